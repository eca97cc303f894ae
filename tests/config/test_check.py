"""What is wrong between source files: doubles, and samples that are missing."""

from pathlib import Path

from config.check import check_sources
from config.source import SourceFiles, built_in_sources, load_sources, read_source, samples_of

FEED = 'id = "{id}"\nname = "我的"\nkind = "media"\nlanguage = "zh"\n[listing]\nkind = "feed"\nurl = "{url}"\n'


def write(folder: Path, id: str, url: str, more: str = "") -> Path:
    path = folder / f"{id}.toml"
    path.write_text(FEED.format(id=id, url=url) + more, encoding="utf-8")
    return path


def test_the_built_in_sources_are_right_together():
    assert check_sources(load_sources([built_in_sources()])) == ()


def test_two_sources_of_one_listing_are_named_with_the_line(tmp_path):
    write(tmp_path, "a", "https://a.example/feed")
    second = write(tmp_path, "b", "https://a.example/feed")
    (problem,) = check_sources(load_sources([tmp_path]))
    assert problem.path == str(second)
    assert problem.message.startswith("line 7, listing.url: the source a reads the same links")


def test_two_sources_may_take_different_links_of_one_listing(tmp_path):
    write(tmp_path, "a", "https://a.example/feed", 'include = "/ai/"\n')
    write(tmp_path, "b", "https://a.example/feed", 'include = "/law/"\n')
    assert check_sources(load_sources([tmp_path])) == ()


def test_a_source_that_is_off_reads_nothing_twice(tmp_path):
    write(tmp_path, "mine", "https://36kr.com/feed", 'content = "summary"\n')
    assert check_sources(load_sources([built_in_sources(), tmp_path])) == ()


def test_an_operators_file_of_a_built_in_id_takes_its_place(tmp_path):
    text = (built_in_sources() / "kr36.toml").read_text(encoding="utf-8")
    (tmp_path / "kr36.toml").write_text(text.replace("enabled = false", "enabled = true"), encoding="utf-8")
    files = load_sources([built_in_sources(), tmp_path])
    assert files.sources["kr36"].enabled
    assert check_sources(files) == ()


def test_a_built_in_source_without_samples_is_told_where_they_belong():
    path = built_in_sources() / "ghost.toml"
    source = read_source(built_in_sources() / "ithome.toml")
    files = SourceFiles({"ghost": source.model_copy(update={"id": "ghost", "enabled": False})}, (), {"ghost": path})
    said = [problem.message for problem in check_sources(files)]
    folder = samples_of(path)
    assert folder == built_in_sources().parent / "samples" / "ghost"
    assert [f"ghost: no sample {name}.*; it belongs in {folder}" for name in ("listing", "expected")] == said


def test_an_operators_source_needs_no_samples(tmp_path):
    path = write(tmp_path, "a", "https://a.example/feed")
    assert check_sources(load_sources([tmp_path])) == ()
    assert samples_of(path) == tmp_path / "samples" / "a"
