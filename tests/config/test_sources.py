"""The built-in sources: each loads, has its samples, and reads them to what is expected."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from config.source import ArticleRules, Source, SourceProblem, built_in_sources, load_sources, read_source
from extractors.read.charset import decode
from extractors.read.html import read_article, read_carried
from extractors.read.listing import read_listing

FOLDER = built_in_sources()
SAMPLES = FOLDER.parent / "samples"
IDS = sorted(path.stem for path in FOLDER.glob("*.toml"))
DOCUMENTS = {"cac_genai_register", "cac_algorithm_register", "beian_notices", "cninfo"}
"""Sources whose links lead to documents, so that they have no sample of an article."""
PROVINCES = dict(
    re.findall(
        r"(\w+):(\w+)",
        "beijing:北京 tianjin:天津 hebei:河北 shanxi:山西 neimenggu:内蒙古 liaoning:辽宁 jilin:吉林 heilongjiang:黑龙江"
        " shanghai:上海 jiangsu:江苏 zhejiang:浙江 anhui:安徽 fujian:福建 jiangxi:江西 shandong:山东 henan:河南 hubei:湖北"
        " hunan:湖南 guangdong:广东 guangxi:广西 hainan:海南 chongqing:重庆 sichuan:四川 guizhou:贵州 yunnan:云南 xizang:西藏"
        " shaanxi:陕西 gansu:甘肃 qinghai:青海 ningxia:宁夏 xinjiang:新疆",
    )
)
WITHOUT_ADDRESS = re.findall(
    r"\w+",
    "tianjin hebei shanxi jilin heilongjiang jiangxi henan hubei hunan hainan shaanxi gansu qinghai ningxia xinjiang",
)
"""The offices whose address no reference of ours gives: it is left out, not guessed."""


def source(name: str) -> Source:
    found = read_source(FOLDER / f"{name}.toml")
    assert isinstance(found, Source), found
    return found


def known() -> list[str]:
    return [name for name in IDS if source(name).structure == "known"]


def with_articles() -> list[str]:
    return [name for name in known() if name not in DOCUMENTS]


def sources() -> list[Source]:
    return [source(name) for name in IDS]


def listing_sample(name: str) -> Path:
    (found,) = sorted((SAMPLES / name).glob("listing.*"))
    return found


def expected(name: str) -> dict:
    return json.loads((SAMPLES / name / "expected.json").read_text(encoding="utf-8"))


def test_every_built_in_source_loads():
    files = load_sources([FOLDER])
    assert files.problems == ()
    assert sorted(files.sources) == IDS
    assert {"cac", "ithome", "qbitai", "technode"} <= set(IDS)


@pytest.mark.parametrize("name", known())
def test_a_source_of_known_structure_has_its_samples(name):
    files = {path.stem for path in (SAMPLES / name).glob("*")}
    wanted = {"listing", "expected"} if name in DOCUMENTS else {"listing", "article", "expected"}
    assert files == wanted, f"config/samples/{name} lacks a sample, or has one too many"


def test_no_samples_without_a_source():
    assert {path.name for path in SAMPLES.iterdir()} <= set(IDS)


@pytest.mark.parametrize("name", known())
def test_the_listing_sample_reads_to_the_expected_links(name):
    rules = source(name).listing
    assert rules is not None
    links = read_listing(listing_sample(name).read_bytes(), None, rules.address(), rules)
    wanted = expected(name)["links"]
    assert [(link.url, link.title, link.published and link.published.isoformat()) for link in links] == [
        (entry["url"], entry["title"], entry["published"]) for entry in wanted
    ]
    assert [bool(link.html) for link in links] == ["text" in entry for entry in wanted]
    for link, entry in zip(links, wanted, strict=True):
        if link.html:
            assert read_carried(link, source(name).article).text == entry["text"]


@pytest.mark.parametrize("name", with_articles())
def test_the_article_sample_reads_to_the_expected_article(name):
    page = SAMPLES / name / "article.html"
    wanted = expected(name)
    article = read_article(decode(page.read_bytes()).text, wanted["links"][0]["url"], source(name).article)
    assert {
        "title": article.title,
        "published": article.published and article.published.isoformat(),
        "language": article.language,
        "text": article.text,
    } == wanted["article"]


@pytest.mark.parametrize("name", with_articles())
def test_the_samples_agree_on_when_it_was_published(name):
    """The article sample is that of the listing's first link: to the minute, or where a list has days, to the day."""
    wanted = expected(name)
    page, listed = wanted["article"]["published"], wanted["links"][0]["published"]
    assert page is not None
    if listed is not None:
        length = len("2026-01-09") if "T00:00:00" in page + listed else len("2026-01-09T15:30")
        assert page[:length] == listed[:length]


@pytest.mark.parametrize("name", with_articles())
def test_the_selectors_of_a_source_find_their_part_in_its_sample(name):
    """Not the generic reader behind them: a wrong selector must not hide."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(decode((SAMPLES / name / "article.html").read_bytes()).text)
    rules = source(name).article
    for part in (rules.title, rules.body, rules.published):
        assert not part or tree.css_first(part[0]) is not None, part


@pytest.mark.parametrize("name", IDS)
def test_a_source_says_in_words_what_it_is_and_what_nobody_has_seen(name):
    found = source(name)
    assert found.name and found.name_en
    assert bool(found.disabled_reason) is not found.enabled
    assert found.language == "en" or any("\u4e00" <= char <= "\u9fff" for char in found.name)
    if found.listing is not None:
        assert found.homepage
        assert "Not verified live: " in found.notes
        assert found.shadow is ("\nShadow: " in found.notes)


@pytest.mark.parametrize("name", IDS)
def test_a_source_nobody_has_read_has_nothing_invented(name):
    found = source(name)
    if found.structure == "unknown":
        assert found.listing is None
        assert not found.enabled
        assert found.shadow, "once it is finished and enabled, it starts in shadow"


def test_no_two_sources_read_the_same_links():
    chosen = [(s.listing.method, s.listing.url, s.listing.link, s.listing.include) for s in sources() if s.listing]
    assert len(set(chosen)) == len(chosen)


def test_every_province_has_its_office():
    offices = {s.id.removeprefix("cac_"): s for s in sources() if s.name.endswith("网信办")}
    assert sorted(offices) == sorted(PROVINCES)
    for id, province in PROVINCES.items():
        office = offices[id]
        assert office.name == f"{province}网信办"
        assert office.kind == "official" and office.structure == "unknown"
        assert office.article == ArticleRules() and not office.article_before
    assert sorted(id for id, office in offices.items() if office.homepage is None) == sorted(WITHOUT_ADDRESS)


GOOD = 'id = "mine"\nname = "我的"\nkind = "media"\nlanguage = "zh"\n[listing]\nkind = "feed"\nurl = "https://a.example/f"\n'


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('kind = "media"', "kind = media"), ["not valid TOML", "line 3"]),
        (('name = "我的"', 'nmae = "我的"'), ["line 2", "nmae", "is not a key of a source"]),
        (('language = "zh"', 'language = "fr"'), ["line 4", "language", "'zh' or 'en'"]),
        (("https://a.example", "ftp://a.example"), ["line 7", "listing.url", "http"]),
        (("[listing]", 'interval = "soon"\n[listing]'), ["line 5", "interval", "15m"]),
        (('kind = "feed"', 'kind = "html"'), ["line 5", "listing", "items"]),
        (('kind = "feed"', 'kind = "html"\nitems = "li >"'), ["line 5", "'li >' is not a CSS selector"]),
        (
            ('kind = "feed"', 'kind = "feed"\ntitle = 5\n[article]\ntitle = 6'),
            ["line 7, listing.title", "line 9, article.title"],
        ),
        (("[listing]", '[article]\nbody = ["#main", "a["]\n[listing]'), ["line 6, article.body", "'a[' is not a CSS"]),
        (('kind = "feed"', "kind = \"feed\"\nbody = '{}'"), ["line 5", "listing", "a POST sends"]),
        (('kind = "feed"', 'kind = "feed"\nmethod = "POST"\nbody = "{"'), ["line 8, listing.body", "is not JSON"]),
        (('id = "mine"', 'id = "other"'), ["other", "mine"]),
        (('id = "mine"', 'id = "../Mine"'), ["line 1, id: '../Mine' is no id: use lower-case letters"]),
    ],
)
def test_a_wrong_source_file_gives_one_clear_line(tmp_path, change, says):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(*change), encoding="utf-8")
    problem = read_source(path)
    assert isinstance(problem, SourceProblem)
    assert problem.path == str(path)
    assert "\n" not in problem.message
    for part in says:
        assert part in problem.message


def test_a_wrong_source_leaves_the_others_intact(tmp_path):
    (tmp_path / "mine.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "broken.toml").write_text("id = ", encoding="utf-8")
    files = load_sources([tmp_path])
    assert list(files.sources) == ["mine"]
    assert [Path(problem.path).name for problem in files.problems] == ["broken.toml"]


def test_what_the_guide_shows_is_a_source(tmp_path):
    guide = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    first, *others = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert len(first.splitlines()) == 5
    for block in ("", *others):
        (tmp_path / "my-feed.toml").write_text(first + block, encoding="utf-8")
        assert isinstance(read_source(tmp_path / "my-feed.toml"), Source)
    assert len(others) == 2


def test_the_readme_counts_the_sources_as_they_are() -> None:
    all_ = [source(name) for name in IDS]
    states = Counter("off" if not it.enabled else "shadow" if it.shadow else "watched" for it in all_)
    said = f"{len(IDS)} are built in: {states['watched']} watched, {states['shadow']} in shadow"
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8").split())
    assert said in readme
    assert f"and {states['off']} off" in readme
