"""Review as its user meets it: lists in a pipe, keys on a terminal, decisions with reasons."""

from __future__ import annotations

import json
import os
import pty
import sys
from pathlib import Path

import pytest
from shell import Shell

from storage.cases import CASES
from storage.identity.decided import Decided
from storage.identity.mention import Mention
from storage.identity.resolve import resolve
from storage.records import Action

SURE = (
    "3月5日，杭州海棠语音科技有限公司的“棠音”大模型通过生成式人工智能服务备案，备案号为Zhejiang-TangYin-202603050001。"
)
OTHER = "3月6日，青禾智能的“禾苗”大模型通过生成式人工智能服务备案。"


@pytest.fixture
def greenlit(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    lines = [
        {"id": id, "title": "通过备案", "text": text, "published": "2026-03-06", "source": "wire"}
        for id, text in (("a", SURE), ("b", OTHER))
    ]
    stored = shell("import", stdin="\n".join(json.dumps(one, ensure_ascii=False) for one in lines))
    assert stored.returncode == 0, stored.stderr
    return shell


def test_decisions_from_the_command_line(greenlit: Shell) -> None:
    assert greenlit("approvals", "merge", "1", "2").returncode == 2  # no reason given
    merged = greenlit("approvals", "merge", "1", "2", "--reason", "one product", "--author", "ana")
    assert merged.stdout.startswith("decision 1: merge approval:1: now approval 1"), merged.stderr
    assert len(json.loads(greenlit("approvals", "list", "--json").stdout)) == 1
    assert "mention 2" in greenlit("approvals", "show", "2").stdout
    apart = greenlit("approvals", "split", "1", "--mention", "2", "--reason", "two after all", "--json")
    assert json.loads(apart.stdout)["approvals"] == [1, 2]
    renamed = greenlit("approvals", "rename", "1", "--product", "棠音二", "--date", "2026-03", "--reason", "typo")
    assert renamed.returncode == 0
    assert "棠音二" in greenlit("approvals", "list").stdout
    assert greenlit("approvals", "reject", "2", "--reason", "an advertisement").returncode == 0
    listed = greenlit("review", "--decisions").stdout.splitlines()
    assert [line.split("\t")[3] for line in listed] == ["merge", "split", "rename", "reject"]
    assert "undone: decision 4: reject approval:2" in greenlit("undo", "--author", "ben").stdout
    assert "undone by ben" in greenlit("review", "--decisions").stdout
    assert greenlit("undo", "4").returncode == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("approvals", "merge", "1", "99", "--reason", "x"), 1, "no approval 99"),
        (("approvals", "reject", "1", "--reason", " "), 2, "--reason"),
        (("approvals", "rename", "1", "--reason", "x"), 2, "--product"),
        (("approvals", "rename", "1", "--date", "2026-13-01", "--reason", "x"), 2, "YYYY"),
        (("approvals", "split", "1", "--mention", "9", "--reason", "x"), 1, "no mention 9"),
        (("companies", "merge", "nobody", "baidu", "--reason", "x"), 1, "no company nobody"),
        (("companies", "confirm", "青禾智能", "--id", "D 1", "--reason", "x"), 2, "small letters"),
        (("companies", "show", "nobody"), 1, "no company nobody"),
    ],
)
def test_what_cannot_be_decided_is_one_clear_line(
    greenlit: Shell, words: tuple[str, ...], code: int, said: str
) -> None:
    done = greenlit(*words)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr


def test_companies_are_listed_merged_and_given_to_the_reader(greenlit: Shell) -> None:
    met = {row["name"]: row["id"] for row in json.loads(greenlit("companies", "list", "--json").stdout)}
    known = greenlit("companies", "confirm", "青禾智能", "--id", "qinghe", "--en", "Qinghe", "--reason", "looked up")
    assert known.returncode == 0, known.stderr
    assert greenlit("companies", "alias", "qinghe", "禾苗科技", "--reason", "its brand").returncode == 0
    assert "1 company" in greenlit("companies", "release").stdout
    facts = json.loads(greenlit("extract", stdin=json.dumps({"id": "x", "title": "", "text": OTHER})).stdout)
    assert facts["approvals"][0]["company"]["id"] == "qinghe"
    assert "qinghe" in greenlit("companies", "show", met["青禾智能"]).stdout


def test_the_queue_as_a_list_and_for_programs(greenlit: Shell) -> None:
    listed = greenlit("review")
    assert any(line.startswith("company\t") for line in listed.stdout.splitlines())
    queue = json.loads(greenlit("review", "--json", "--only", "company", "--limit", "1").stdout)
    assert [q["topic"] for q in queue["questions"]] == ["company"]
    assert queue["counts"]["company"] == 2


def test_decisions_as_test_cases_hold_without_the_database(greenlit: Shell) -> None:
    greenlit("approvals", "merge", "1", "2", "--reason", "one")
    greenlit("approvals", "split", "1", "--mention", "2", "--reason", "two")
    cases = [json.loads(line) for line in greenlit("review", "--cases").stdout.splitlines()]
    assert [case["expect"] for case in cases] == ["merge", "split"]
    assert {case["expect"] for case in cases} <= set(CASES)
    for case, sizes in zip(cases, ([2], [1, 1]), strict=True):
        mentions = [Mention(n, m["company_id"], m["kind"], (str(n),), str(n)) for n, m in enumerate(case["mentions"])]
        sides: dict[int, set[int]] = {}
        for n, m in enumerate(case["mentions"]):
            sides.setdefault(m["side"], set()).add(n)
        said = Decided(1, Action(case["expect"]), tuple(frozenset(side) for side in sides.values()))
        assert [len(a.mentions) for a in resolve(mentions, 0.9, [said]).approvals] == sizes


def on_a_terminal(greenlit: Shell, keys: str, *words: str) -> str:
    """Run a command on a pseudo-terminal and type `keys`, a line for each question."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(greenlit.folder)
        os.execve(
            sys.executable,
            [sys.executable, "-c", "from pipeline.cli.main import run; run()", *words],
            {**greenlit.env, "TERM": "dumb"},
        )
    os.write(terminal, keys.encode())
    said = b""
    try:
        while chunk := os.read(terminal, 4096):
            said += chunk
    except OSError:  # how a terminal says that its program has ended
        pass
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, said.decode()
    return said.decode()


def test_on_a_terminal_each_question_is_asked_and_a_key_decides(greenlit: Shell) -> None:
    said = on_a_terminal(greenlit, "k\nlooked up\nx\nq\n", "review", "--only", "company")
    assert "[k]nown from now on" in said
    assert "none of the keys" in said or "1 decided" in said
    origins = [row["origin"] for row in json.loads(greenlit("companies", "list", "--json").stdout)]
    assert sorted(origins) == ["curated", "discovered"]
    (made,) = json.loads(greenlit("review", "--decisions", "--json").stdout)
    assert (made["action"], made["reason"]) == ("confirm", "looked up")


def test_names_are_checked_one_line_each(greenlit: Shell, tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("公司,备注\n杭州海棠语音科技有限公司,x\n无此名,\n", encoding="utf-8-sig")
    lines = [line.split("\t") for line in greenlit("check", "names.csv").stdout.splitlines()]
    assert [line[:2] for line in lines] == [["杭州海棠语音科技有限公司", "reported"], ["无此名", "no"]]
    assert lines[0][2] == "Zhejiang-TangYin-202603050001"
    assert "not in the register, which holds 2 genai_filing" in lines[1][4]
    early = json.loads(greenlit("check", "棠音", "--as-of", "2026-03-01", "--json").stdout)
    assert [one["approved"] for one in early] == ["no"]
    for bad, body in {"latin.csv": "名称\n海棠".encode("gb18030"), "empty.csv": b"name\n"}.items():
        (tmp_path / bad).write_bytes(body)
        assert greenlit("check", bad).returncode == 2
    assert greenlit("check", "missing.csv").returncode == 2


def test_changes_since_a_day(greenlit: Shell) -> None:
    greenlit("approvals", "rename", "1", "--product", "棠音二", "--reason", "typo")
    changes = json.loads(greenlit("approvals", "changes", "--since", "2026-01-01", "--json").stdout)
    assert [(c["approval"], c["what"]) for c in changes] == [(1, "added"), (2, "added"), (1, "changed")]
    assert changes[-1]["fields"] == {"product": ["棠音", "棠音二"]}
    assert greenlit("approvals", "changes", "--since", "2999-01-01").stdout == ""
    assert greenlit("approvals", "changes", "--since", "x").returncode == 2


def test_the_database_is_checked_backed_up_restored_and_copied(greenlit: Shell, tmp_path: Path) -> None:
    assert greenlit("db", "check").returncode == 0
    assert greenlit("db", "backup", "one.backup").returncode == 0
    assert greenlit("db", "backup", "one.backup").returncode == 1
    greenlit("approvals", "reject", "1", "--reason", "x")
    assert "--replace" in greenlit("db", "restore", "one.backup").stderr
    assert "2 approvals restored" in greenlit("db", "restore", "one.backup", "--replace").stdout
    assert "rejected" not in greenlit("approvals", "list").stdout
    assert greenlit("db", "copy", f"sqlite:///{tmp_path / 'other.db'}").returncode == 0
    there = {"GREENLIT_DATABASE_URL": f"sqlite:///{tmp_path / 'other.db'}"}
    assert greenlit("approvals", "list", **there).stdout == greenlit("approvals", "list").stdout
    assert greenlit("db", "copy", f"sqlite:///{tmp_path / 'other.db'}").returncode == 1
    assert "approvals" in json.loads(greenlit("db", "metadata").stdout)["databases"]["greenlit"]["tables"]


def test_articles_are_read_anew_and_a_page_is_forgotten(greenlit: Shell) -> None:
    shown = greenlit("reextract", "--again", "--dry-run")
    assert "0 added, 0 changed, 0 dropped" in shown.stderr
    assert shown.returncode == 0
    assert json.loads(greenlit("reextract", "--json").stdout)["articles"] == {"changed": 0, "same": 0, "not_kept": 0}
    assert greenlit("forget", "https://a.example/none", "--reason", "asked to").returncode == 1
