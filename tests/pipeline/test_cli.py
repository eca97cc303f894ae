"""The command line as a user meets it: a process, its output, its exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from outlet import article, open_archive, open_outlet
from shell import Shell
from smtp_server import smtp_server
from sqlalchemy import text
from web import Web

from config.settings import Settings
from pipeline.cli.main import app
from storage.database import open_database

ONE = {
    "id": "a1",
    "title": "海棠语音“棠音”通过备案",
    "text": "3月5日，杭州海棠语音科技有限公司的“棠音”大模型通过生成式人工智能服务备案，备案号为Zhejiang-TangYin-202603050001。",
    "published": "2026-03-05",
    "source": "wire",
}


@pytest.fixture
def greenlit(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def web():
    with Web() as server:
        yield server


def line(**changes: object) -> str:
    return json.dumps({**ONE, **changes}, ensure_ascii=False)


def commands(group=app, words=()) -> list[tuple[str, ...]]:
    """Every command, with the words that lead to it."""
    found = []
    for command in group.registered_commands:
        name = command.name or command.callback.__name__.rstrip("_")
        found.append((*words, name))
    for sub in group.registered_groups:
        found += commands(sub.typer_instance, (*words, sub.name))
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_has_help_with_an_example(greenlit: Shell, words: tuple[str, ...]) -> None:
    said = greenlit(*words, "--help")
    assert said.returncode == 0
    assert "Example: " in said.stdout
    assert "greenlit " + " ".join(words) in " ".join(said.stdout.split())


def test_extract_answers_each_line_in_order_and_goes_on_after_a_bad_one(greenlit: Shell) -> None:
    lines = [line(), "not json", "[]", line(id="a2", text=None), line(id="a4", text="今天天气很好。")]
    said = greenlit("extract", "-", stdin="\n".join(lines))
    rows = [json.loads(row) for row in said.stdout.splitlines()]
    assert said.returncode == 3
    assert [row.get("id") for row in rows] == ["a1", None, None, "a2", "a4"]
    assert [("error" in row) for row in rows] == [False, True, True, True, False]
    assert "line 2" in rows[1]["error"]
    fact = rows[0]["approvals"][0]
    assert (fact["product"], fact["kind"], fact["filing_no"]) == (
        "棠音",
        "genai_filing",
        "Zhejiang-TangYin-202603050001",
    )
    assert ONE["text"][fact["start"] : fact["end"]] == fact["quote"]
    assert (rows[4]["relevant"], rows[4]["approvals"]) == (False, [])


def test_parse_reads_pages_and_names_those_it_cannot(greenlit: Shell) -> None:
    rows = [{"id": "p", "url": "https://n.example/1", "html": article(1)}, {"id": "q", "html": 3}]
    said = greenlit("parse", stdin="\n".join(map(json.dumps, rows)))
    page, bad = [json.loads(row) for row in said.stdout.splitlines()]
    assert said.returncode == 3
    assert (page["id"], page["language"], page["published"][:10]) == ("p", "zh", "2026-03-02")
    assert "产品1号" in page["text"]
    assert bad == {"id": "q", "error": 'line 2: "html" must be a text'}


def test_import_list_show_export(greenlit: Shell) -> None:
    said = greenlit("import", "-", stdin=line() + "\n" + line(id="a2", text=ONE["text"] + "公司表示满意。"))
    assert (said.returncode, said.stdout, "2 articles new" in said.stderr) == (0, "", True)
    assert greenlit("import", stdin=line()).stderr.startswith("0 articles new, 0 in a new edition, 1 known")
    (row,) = [json.loads(r) for r in greenlit("approvals", "export").stdout.splitlines()]
    assert set(row) >= {
        "id",
        "kind",
        "status",
        "company",
        "product",
        "product_names",
        "filing_no",
        "province",
        "authority",
    }
    assert (row["approved_on"], row["precision"], row["status"]) == ("2026-03-05", "day", "reported")
    assert [a["id"] for a in row["articles"]] == ["a1", "a2"]
    listed = greenlit("approvals", "list", "--quotes").stdout
    assert "杭州海棠语音科技有限公司" in listed and "「" in listed
    shown = greenlit("approvals", "show", str(row["id"])).stdout
    assert "supports" in shown and "filing_no Zhejiang-TangYin-202603050001" in shown
    assert greenlit("approvals", "show", "999").returncode == 1


@pytest.mark.parametrize("format", ["json", "csv", "xlsx", "parquet"])
def test_other_formats_of_the_export(greenlit: Shell, format: str) -> None:
    greenlit("import", stdin=line(text="=" + ONE["text"]))
    path = greenlit.folder / f"out.{format}"
    assert greenlit("approvals", "export", "--format", format, "-o", str(path)).returncode == 0
    if format == "json":
        assert json.loads(path.read_text())[0]["product"] == "棠音"
    elif format == "csv":
        assert "杭州海棠语音科技有限公司" in path.read_text()
    elif format == "parquet":
        from pyarrow import parquet

        assert parquet.read_table(path).column("product").to_pylist() == ["棠音"]
    else:
        assert path.read_bytes()[:2] == b"PK"


def test_an_xlsx_needs_a_file(greenlit: Shell) -> None:
    said = greenlit("approvals", "export", "--format", "xlsx")
    assert (said.returncode, "--output" in said.stderr) == (2, True)


def test_a_csv_list_is_imported_and_a_broken_xlsx_is_refused_in_words(greenlit: Shell) -> None:
    rows = greenlit.folder / "list.csv"
    head = "kind,batch,date,province,company,product,filing_no"
    rows.write_text(f"{head}\ngenai_filing,2026-03,2026-03-05,浙江省,海棠语音,棠音,Zhejiang-TangYin-202603050001\n")
    assert greenlit("import", str(rows)).returncode == 0
    assert "棠音" in greenlit("approvals", "list").stdout
    rows.write_text(f"{head}\ngenai_filing,2026-03,yesterday,x,y,z,n\n")
    said = greenlit("import", str(rows))
    assert (said.returncode, "line 2" in said.stdout) == (3, True)
    (greenlit.folder / "list.xlsx").write_bytes(b"PK")
    said = greenlit("import", "list.xlsx")
    assert (said.returncode, "list.xlsx" in json.loads(said.stdout)["error"]) == (3, True)


@pytest.mark.parametrize(
    ("words", "env", "code", "said"),
    [
        (["nonsense"], {}, 2, "No such command"),
        (["approvals", "list", "--kind", "x"], {}, 2, "genai_filing"),
        (["status"], {"GREENLIT_WEB_PORT": "abc"}, 2, "GREENLIT_WEB_PORT"),
        (["status"], {"GREENLIT_NONSENSE": "1"}, 2, "GREENLIT_NONSENSE"),
        (["--config", "missing.toml", "status"], {}, 2, "missing.toml"),
        (["extract", "missing.jsonl"], {}, 2, "missing.jsonl"),
        (["fetch", "nobody"], {}, 2, "cac"),
        (["backfill", "ithome", "--since", "2024-01-01"], {}, 2, "{page}"),
        (["backfill", "cac", "--since", "soon"], {}, 2, "YYYY-MM-DD"),
        (["backfill", "--jsonl", "."], {}, 2, "is a folder"),
        (["backfill", "--warc", "."], {}, 2, "no *.warc"),
        (["backfill", "--html", ".", "--dry-run"], {}, 2, "no *.html"),
        (["digest", "send"], {}, 2, "GREENLIT_SMTP_HOST"),
        (["subscribers", "add", "no address"], {}, 2, "no address"),
        (["subscribers", "remove", "a@b.example"], {}, 1, "not subscribed"),
        (["subscribers", "remove", "nonsense"], {}, 2, "nonsense"),
        (["status"], {"GREENLIT_DATABASE_URL": "mysql://x"}, 2, "sqlite:///"),
        (["status"], {"GREENLIT_DATA_DIR": "/proc/nowhere"}, 1, "/proc/nowhere"),
    ],
)
def test_bad_input_is_one_clear_line(
    greenlit: Shell, words: list[str], env: dict[str, str], code: int, said: str
) -> None:
    done = greenlit(*words, **env)
    assert done.returncode == code
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_wrong_key_in_the_file_names_file_and_key(greenlit: Shell) -> None:
    (greenlit.folder / "greenlit.toml").write_text("web_prot = 1\n")
    said = greenlit("status")
    assert (said.returncode, "greenlit.toml: web_prot" in said.stderr) == (2, True)
    (greenlit.folder / "greenlit.toml").write_text("web_port = \n")
    assert "not valid TOML" in greenlit("status").stderr


def test_a_database_of_a_newer_version_is_exit_code_4(greenlit: Shell) -> None:
    assert greenlit("db", "upgrade").returncode == 0
    database = open_database(Settings(data_dir=greenlit.folder / "data").database)
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    for words in (["status"], ["db", "upgrade"], ["approvals", "list"]):
        said = greenlit(*words)
        assert (said.returncode, "9999" in said.stderr) == (4, True)


def test_sources_check_names_file_and_line(greenlit: Shell) -> None:
    assert greenlit("sources", "check").returncode == 0
    (greenlit.folder / "mine.toml").write_text(
        'id = "mine"\nname = "m"\nkind = "media"\nlanguage = "zh"\ncolour = "red"\n'
    )
    said = greenlit("sources", "check", GREENLIT_SOURCES_DIR=str(greenlit.folder))
    assert said.returncode == 3
    assert "mine.toml" in said.stderr and "line 5" in said.stderr and "colour" in said.stderr
    assert "cac" in greenlit("sources", "list").stdout


def test_fetch_reports_each_source_and_its_exit_code(greenlit: Shell, web: Web) -> None:
    folder = open_outlet(web, greenlit.folder / "s", 1)
    env = {"GREENLIT_SOURCES_DIR": str(folder), "GREENLIT_ALLOW_PRIVATE_NETWORKS": "true"}
    assert "outlet: ok" in greenlit("fetch", "outlet", **env).stderr
    web.serve("/feed.xml", "<html></html>")
    said = greenlit("fetch", "outlet", **env)
    assert (said.returncode, "outlet: failed" in said.stderr) == (1, True)
    assert greenlit("status").returncode == 3


def test_a_private_address_is_not_fetched_without_leave(greenlit: Shell, web: Web) -> None:
    folder = open_outlet(web, greenlit.folder / "s", 1)
    said = greenlit("fetch", "outlet", GREENLIT_SOURCES_DIR=str(folder))
    assert (said.returncode, web.log) == (1, [])
    own = {"GREENLIT_SOURCES_DIR": str(folder), "GREENLIT_PRIVATE_HOSTS": f"127.0.0.1:{web.port}"}
    said = greenlit("fetch", "outlet", **own)
    assert (said.returncode, "1 listed, 1 new, 0 read" in said.stderr) == (1, True)  # every page was refused
    assert [asked.path for asked in web.log] == ["/robots.txt", "/feed.xml"]


def test_backfill_prints_its_report(greenlit: Shell, web: Web) -> None:
    folder = open_archive(web, greenlit.folder / "s", pages=1)
    env = {"GREENLIT_SOURCES_DIR": str(folder), "GREENLIT_ALLOW_PRIVATE_NETWORKS": "true"}
    said = greenlit("backfill", "archive", "--since", "2026-03-01", "--until", "2026-03-31", **env)
    assert (said.returncode, "2 approvals" in said.stdout) == (0, True)


def test_explain_tells_every_step_and_stores_nothing(greenlit: Shell) -> None:
    (greenlit.folder / "a.jsonl").write_text(line())
    said = greenlit("explain", "a.jsonl")
    steps = [row.split()[0] for row in said.stdout.splitlines() if row[:1].strip()]
    assert said.returncode == 0
    assert {"prefilter", "read", "sentence", "approval", "resolve", "digest"} <= set(steps)
    assert greenlit("approvals", "export").stdout == ""
    (greenlit.folder / "bad.html").write_text("<html><body>" + "<div>" * 60_000)
    said = greenlit("explain", "bad.html")
    assert (said.returncode, said.stdout.splitlines()[-1].startswith("refused")) == (3, True)
    assert greenlit("explain", "nothing.html").returncode == 2


def test_explain_of_a_refused_address_is_exit_code_3(greenlit: Shell, web: Web) -> None:
    said = greenlit("explain", f"{web.url}/0.html")
    assert (said.returncode, web.log) == (3, [])


def test_subscribers_are_imported_as_they_were_exported(greenlit: Shell, tmp_path: Path) -> None:
    weekly = ("--cadence", "weekly", "--weekday", "fri", "--at", "07:15", "--empty")
    assert greenlit("subscribers", "add", "ana@example.org", *weekly).returncode == 0
    listed = greenlit("subscribers", "list").stdout
    assert listed == "ana@example.org\tboth\tweekly fri 07:15 even when empty\t{}\tactive\n"
    table = tmp_path / "readers.csv"
    exported = greenlit("subscribers", "export").stdout
    table.write_text(f"{exported}bob@example.org{',' * 14}unconfirmed\n", encoding="utf-8")
    again = greenlit("subscribers", "import", str(table))
    assert (again.returncode, again.stdout) == (3, "1 subscribers taken, 1 not\n")
    assert "line 3: is unconfirmed" in again.stderr
    assert greenlit("subscribers", "list").stdout == listed


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--cadence", "hourly", "--at", "08:00"), "no time of day"),
        (("--weekday", "fri"), "no weekday"),
    ],
    ids=["time", "weekday"],
)
def test_a_schedule_that_contradicts_itself_is_refused(greenlit: Shell, arguments: tuple[str, ...], says: str) -> None:
    refused = greenlit("subscribers", "add", "ana@example.org", *arguments)
    assert (refused.returncode, says in refused.stderr) == (2, True)


def test_a_table_of_another_charset_is_refused_with_its_line(greenlit: Shell, tmp_path: Path) -> None:
    (tmp_path / "readers.csv").write_bytes("address,province\nana@example.org,北京\n".encode("gbk"))
    refused = greenlit("subscribers", "import", str(tmp_path / "readers.csv"))
    assert (refused.returncode, "line 2: is not UTF-8" in refused.stderr) == (2, True)


def test_a_hook_without_a_file_is_said_so(greenlit: Shell) -> None:
    added = greenlit("subscribers", "add", "hook:team")
    assert (added.returncode, "team.toml" in added.stderr) == (0, True)


def test_subscribers_are_listed_and_erased(greenlit: Shell) -> None:
    assert greenlit("subscribers", "add", "ana@example.org", "--language", "en").returncode == 0
    assert greenlit("subscribers", "list").stdout == "ana@example.org\ten\tdaily\t{}\tactive\n"
    assert greenlit("subscribers", "remove", "ANA@example.org").returncode == 0
    assert greenlit("subscribers", "list").stdout == ""
    data = b"".join(path.read_bytes() for path in (greenlit.folder / "data").iterdir())
    assert b"ana@example.org" not in data


def test_digest_preview_shows_what_was_first_seen_since(greenlit: Shell) -> None:
    greenlit("import", stdin=line())
    assert "棠音" in greenlit("digest", "preview", "--since", "2020-01-01").stdout


def test_output_may_be_cut_by_its_reader(greenlit: Shell) -> None:
    greenlit("import", stdin="\n".join(line(id=str(n), text=ONE["text"].replace("棠音", f"棠音{n}")) for n in range(5)))
    command = f"{sys.executable} -c 'from pipeline.cli.main import run; run()' approvals export | head -c 1"
    said = subprocess.run(command, shell=True, capture_output=True, cwd=greenlit.folder, env=greenlit.env, check=False)
    assert said.stderr == b""


def test_what_a_page_says_cannot_command_the_terminal(greenlit: Shell) -> None:
    greenlit("import", stdin=line(title="\x1b]0;owned\x07\u202egnp", text=ONE["text"].replace("海棠", "海\x1b[31m棠")))
    said = greenlit("approvals", "list", "--quotes").stdout + greenlit("approvals", "show", "1").stdout
    assert "棠音" in said
    assert not {"\x1b", "\x07", "\u202e"} & set(said)


def test_a_test_mail_reaches_its_subscriber(greenlit: Shell) -> None:
    with smtp_server() as server:
        env = {"GREENLIT_SMTP_HOST": "127.0.0.1", "GREENLIT_SMTP_PORT": str(server.port)}
        assert greenlit("subscribers", "test", "ana@example.org", **env).returncode == 0
    assert [mail.to for mail in server.mails] == [["ana@example.org"]]
    assert "test" in server.mails[0].message["Subject"]
    assert greenlit("subscribers", "test", "ana@example.org", **env).returncode == 1


def test_import_answers_a_line_it_cannot_take_and_takes_the_rest(greenlit: Shell) -> None:
    said = greenlit(
        "import", stdin="\n".join(["{", line(id="x", text=None), line(id="y", published="0001-01-01"), line()])
    )
    rows = [json.loads(row) for row in said.stdout.splitlines()]
    assert said.returncode == 3
    assert [row["id"] for row in rows] == [None, "x", "y"]
    assert all(set(row) == {"id", "error"} for row in rows)
    assert "棠音" in greenlit("approvals", "list").stdout


def test_two_lists_of_one_name_are_both_held(greenlit: Shell) -> None:
    head = "kind,batch,date,province,company,product,filing_no\n"
    for company, number in (("甲公司", "Zhejiang-Jia-202603050001"), ("乙公司", "Zhejiang-Yi-202603050002")):
        (greenlit.folder / "list.csv").write_text(
            f"{head}genai_filing,2026-03,2026-03-05,浙江省,{company},产品,{number}\n"
        )
        assert greenlit("import", "list.csv").returncode == 0
    listed = greenlit("approvals", "list").stdout
    assert "甲公司" in listed and "乙公司" in listed


def test_a_backfill_with_missing_pages_says_so_each_time(greenlit: Shell, web: Web) -> None:
    folder = open_archive(web, greenlit.folder / "s", pages=1)
    web.serve("/1.html", b"", status=500)
    env = {"GREENLIT_SOURCES_DIR": str(folder), "GREENLIT_ALLOW_PRIVATE_NETWORKS": "true"}
    for _ in range(2):
        said = greenlit("backfill", "archive", "--since", "2026-03-01", "--until", "2026-03-31", **env)
        assert (said.returncode, "1 pages are missing" in said.stdout) == (3, True)


def test_explain_of_a_stored_article_tells_what_it_supports(greenlit: Shell) -> None:
    (greenlit.folder / "a.jsonl").write_text(line())
    greenlit("import", "a.jsonl")
    said = greenlit("explain", "a.jsonl").stdout
    assert "known before" in said and "resolve    杭州海棠语音科技有限公司 / 棠音" in said


def test_search_finds_approvals_companies_and_articles(greenlit: Shell) -> None:
    greenlit("import", stdin=line())
    for asked in ("棠音", "海棠語音", "TangYin-2026", "语音科技 棠音"):
        found = json.loads(greenlit("search", asked, "--json").stdout)
        assert [one["product"] for one in found["approvals"]] == ["棠音"], asked
    found = json.loads(greenlit("search", "海棠", "--json").stdout)
    assert (len(found["companies"]), [one["id"] for one in found["articles"]]) == (1, ["a1"])
    plain = greenlit("search", "海棠")
    assert (plain.returncode, plain.stdout.count("海棠语音")) == (0, 3)
    nothing = greenlit("search", "鲸歌")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert greenlit("search", " ").returncode == 2


def test_evidence_is_shown_and_exported(greenlit: Shell, web: Web) -> None:
    sources = open_outlet(web, greenlit.folder / "sources", 1)
    allowed = {"GREENLIT_SOURCES_DIR": str(sources), "GREENLIT_ALLOW_PRIVATE_NETWORKS": "1"}
    greenlit("fetch", "outlet", **allowed)
    shown = json.loads(greenlit("approvals", "show", "1", "--evidence", "--json").stdout)
    assert [(page["status"], page["kept"]) for page in shown["pages"]] == [(200, True)]
    assert shown["pages"][0]["sha256"] in greenlit("approvals", "show", "1", "--evidence").stdout
    made = greenlit("evidence", "export", "1", "--with-pages", "--output", str(greenlit.folder / "e.zip"))
    assert (made.returncode, "1 approval," in made.stderr, "1 of them in it" in made.stderr) == (0, True, True)
    assert (greenlit.folder / "e.zip").read_bytes().startswith(b"PK")
    unknown = greenlit("evidence", "export", "99")
    assert (unknown.returncode, "no approval 99" in unknown.stderr) == (1, True)
