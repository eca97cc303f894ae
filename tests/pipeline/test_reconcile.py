"""Stated totals against what is held, in words: reconcile, batches, status."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from official_lists import FILED_2025, as_docx
from readings import NOON, fact, reading
from registry import rows

from extractors.records import Claim, Kind
from extractors.registers.reading import ListContext, read_register
from pipeline.reconcile import lines
from storage.articles import save
from storage.batches import rounds
from storage.editions import ListFile, save_edition
from storage.reconcile import reconciliation
from storage.records import Origin, Policy

TIMES = {"stcn": "Securities Times"}
THEN = datetime(2024, 1, 28, 2, tzinfo=UTC)


def tell(database, lexicon, key: str, *facts, claim: Claim | None = None, **known) -> None:
    with database.write() as session:
        batches = (claim,) if claim else ()
        save(session, reading(key, *facts, batches=batches, **known), lexicon, Policy())


def held(n: int) -> list:
    return [fact(f"公司{i}", f"产品{i}", date="2023-11-05") for i in range(n)]


def said(database) -> list[str]:
    with database.read() as session:
        return list(lines(reconciliation(session), TIMES))


def test_a_total_is_put_beside_what_was_held_by_its_day(database, lexicon) -> None:
    tell(database, lexicon, "a", *held(38))
    tell(database, lexicon, "late", fact("迟到公司", "迟到产品", date="2024-02-09"))
    text = "据统计，截至目前，我国已有超过40个大模型通过备案。"
    claim = Claim(Kind.GENAI_FILING, cumulative=40)
    tell(database, lexicon, "b", claim=claim, text=text, published=THEN, source="stcn", url="https://a.example/1")
    assert (
        "  Securities Times, 28 January 2024 (全国): more than 40; held: 38, 0 of them in official lists (3 or more missing)"
        in said(database)
    )


def test_a_province_is_counted_by_itself_and_copies_of_a_claim_are_one_line(database, lexicon) -> None:
    tell(database, lexicon, "a", *(fact(f"公司{i}", f"产品{i}", date="2024-01", province="北京") for i in range(2)))
    tell(database, lexicon, "c", fact("沪上公司", "沪上产品", date="2024-01", province="上海"))
    text = "截至1月末，北京累计完成备案3款。"
    claim = Claim(Kind.GENAI_FILING, cumulative=3, date="2024-01")
    for n in range(2):
        tell(database, lexicon, f"b{n}", claim=claim, text=text, published=THEN, url=f"https://a.example/{n}")
    with database.read() as session:
        (total,) = reconciliation(session).totals
    assert (total.place, total.held, total.gap, len(total.articles)) == ("北京", 2, 1, 2)


def listed(database, lexicon, name: str, table: list, source: str = "cac") -> None:
    body = as_docx([(FILED_2025, table)])
    file = ListFile(
        source, name, name, read_register(body, name, ListContext()), NOON, Origin.LIVE, url=f"https://r.example/{name}"
    )
    with database.write() as session:
        save_edition(session, file, lexicon, Policy())


def test_lists_that_do_not_add_up_and_serials_in_no_list_are_named(database, lexicon) -> None:
    listed(database, lexicon, "备案信息（2026年1月）", rows(FILED_2025, 5))
    holed = rows(FILED_2025, 4, first=9)
    listed(database, lexicon, "备案信息（2026年3月）", [*holed[:1], *holed[2:]])
    text = "\n".join(said(database))
    assert "备案信息（2026年1月）: edition 1, 5 rows, adds up" in text
    assert "备案信息（2026年3月）: edition 1, 3 rows, does not add up" in text
    assert "serials 10 are missing" in text
    assert "serials 6-8 of 12 stand in no list that is held" in text
    with database.read() as session:
        assert reconciliation(session).open_questions == 2


def test_serials_in_two_lists_are_named_and_a_list_from_disk_fills_a_gap(database, lexicon) -> None:
    from storage.editions import IMPORTED

    listed(database, lexicon, "备案信息（2026年1月）", rows(FILED_2025, 5))
    listed(database, lexicon, "备案信息（2026年3月）", rows(FILED_2025, 4, first=9))
    listed(database, lexicon, "备案信息（2026年5月）", rows(FILED_2025, 4, first=11, seed=2))
    text = "\n".join(said(database))
    assert "cac: filings: serials 6-8 of 14 stand in no list that is held; serials 11-12 stand in two lists" in text
    listed(database, lexicon, "list.docx", rows(FILED_2025, 3, first=6), source=IMPORTED)
    text = "\n".join(said(database))
    assert "cac: filings: serials 11-12 stand in two lists" in text
    assert "no list that is held" not in text


def test_what_a_new_edition_changed_is_shown(database, lexicon) -> None:
    first = rows(FILED_2025, 3)
    listed(database, lexicon, "a", first)
    second = [{**first[0], "company": "改名后的科技有限公司"}, first[1], *rows(FILED_2025, 1, first=3, seed=2)]
    body = as_docx([(FILED_2025, second)])
    file = ListFile(
        "cac", "a", "other", read_register(body, "a", ListContext()), NOON, Origin.LIVE, url="https://r.example/a"
    )
    with database.write() as session:
        save_edition(session, file, lexicon, Policy())
    text = "\n".join(said(database))
    assert "added since edition 1: 1" in text and "vanished since edition 1: 1" in text
    assert f"company: {first[0]['company']} → 改名后的科技有限公司" in text


def test_rounds_say_how_many_they_were_to_have_and_which_are_held(database, lexicon) -> None:
    four = Claim(Kind.GENAI_FILING, batch=4, count=14, date="2024-01")
    tell(
        database,
        lexicon,
        "a",
        fact("甲", "一", batch=4),
        fact("乙", "二"),
        fact("丙", "三", background=True),
        claim=four,
    )
    tell(database, lexicon, "b", fact("丁", "四", batch=4), claim=Claim(Kind.GENAI_FILING, batch=4, count=15))
    listed(database, lexicon, "备案信息（2026年1月）", rows(FILED_2025, 5))
    with database.read() as session:
        found = {one.name: one for one in rounds(session)}
    assert set(found) == {"4", "备案信息（2026年1月）"}
    assert (found["4"].stated, len(found["4"].held), found["4"].missing, found["4"].date) == (
        (14, 15),
        3,
        12,
        "2024-01",
    )
    assert (found["备案信息（2026年1月）"].stated, len(found["备案信息（2026年1月）"].held)) == ((), 5)


def test_rounds_come_by_day_and_by_number(database, lexicon) -> None:
    for key, stated in (
        ("a", {"batch": 11}),
        ("b", {}),
        ("c", {"batch": 4}),
        ("d", {"date": "2026-04"}),
        ("e", {"date": "2025-03"}),
    ):
        tell(database, lexicon, key, claim=Claim(Kind.GENAI_FILING, count=7, **stated))
    with database.read() as session:
        assert [one.name for one in rounds(session)] == ["4", "11", "2025-03", "2026-03-10", "2026-04"]


def test_the_commands_say_the_same(tmp_path, monkeypatch, capsys, lexicon) -> None:
    from pipeline.cli.main import main
    from storage.database import open_database

    monkeypatch.setenv("GREENLIT_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    database = open_database(f"sqlite:///{tmp_path / 'greenlit.db'}")
    tell(
        database,
        lexicon,
        "a",
        fact("甲", "一", batch=4),
        claim=Claim(Kind.GENAI_FILING, batch=4, count=2, cumulative=7),
    )
    database.close()
    (tmp_path / "list.docx").write_bytes(as_docx([(FILED_2025, [*rows(FILED_2025, 3)[:1], rows(FILED_2025, 3)[2]])]))
    assert main(["import", "list.docx", "--dry-run"]) == 3
    assert "serials 2 are missing" in capsys.readouterr().err
    assert main(["reconcile", "--json"]) == 0
    state = json.loads(capsys.readouterr().out)
    assert [(t["stated"], t["held"], t["gap"]) for t in state["totals"]] == [(7, 1, 6)]
    assert state["lists"] == []
    assert main(["import", "list.docx"]) == 3
    assert main(["reconcile"]) == 0
    out = capsys.readouterr().out
    assert "import: list.docx: edition 1, 2 rows, does not add up" in out
    assert main(["batches", "list"]) == 0
    assert "genai_filing\t4\t\tstated 2\theld 1\t1 missing" in capsys.readouterr().out
    assert main(["batches", "show", "4"]) == 0
    assert "甲" in capsys.readouterr().out
    assert main(["batches", "show", "none"]) == 1
    assert main(["status"]) == 0
    assert "lists        1 held, 1 with open questions: greenlit reconcile" in capsys.readouterr().out


def test_news_and_list_that_disagree_are_both_shown(database, lexicon) -> None:
    from storage import queries
    from storage.conflicts import conflicts_of

    (row,) = rows(FILED_2025, 1)
    tell(
        database, lexicon, "n",
        fact(row["company"], row["product"], filing_no=row["filing_no"].upper(), date="2020-01-01", province=row["province"]),
    )  # fmt: skip
    listed(database, lexicon, "备案信息（2026年1月）", [row])
    with database.read() as session:
        (one,) = queries.approvals(session)
    (conflict,) = conflicts_of(one.articles)
    assert (conflict.field, conflict.other, conflict.said) == ("date", "2020-01-01", one.approved_on)
    assert one.status == "confirmed"


def test_the_digest_says_what_is_new_of_totals_and_lists(database, lexicon) -> None:
    from datetime import timedelta

    from pipeline.digest.content import Digest
    from pipeline.digest.render import Frame, environment, render
    from pipeline.digest.totals import reconciled_of
    from storage.reconcile import changed_since

    tell(database, lexicon, "old", claim=Claim(Kind.GENAI_FILING, cumulative=9), seen_at=NOON - timedelta(days=3))
    claim = Claim(Kind.GENAI_FILING, cumulative=40, date="2026-03-09")
    tell(database, lexicon, "new", claim=claim, source="stcn", text="超过40个")
    table = rows(FILED_2025, 3)
    listed(database, lexicon, "备案信息（2026年3月）", [table[0], table[2]])
    with database.read() as session:
        changed = changed_since(session, NOON - timedelta(days=1))
        later = changed_since(session, NOON)
    assert not reconciled_of(*later)
    names = {"stcn": ("证券时报", "Securities Times")}
    frame = Frame("2026-03-10", (), None, "g@desk.example", (), reconciled_of(*changed), names=names)
    for language, words in (
        ("en", "Securities Times, 2026-03-09: >40 stated, "),
        ("zh", "证券时报，2026-03-09：公布 >40，已收录"),
    ):
        mail = render(environment(), Digest(), frame, language)
        assert words in mail.text
        assert "备案信息（2026年3月）" in mail.text and "备案信息（2026年3月）" in mail.html
        assert "of 9" not in mail.text


def test_a_gap_that_changed_is_told_again(database, lexicon) -> None:
    from datetime import timedelta

    from storage.reconcile import changed_since

    claim = Claim(Kind.GENAI_FILING, cumulative=3, date="2026-03-01")
    tell(database, lexicon, "old", *held(1), claim=claim, seen_at=NOON - timedelta(days=3))
    with database.read() as session:
        assert changed_since(session, NOON - timedelta(days=1)) == ((), ())
    tell(database, lexicon, "new", fact("又一家公司", "又一个产品", date="2026-02-20"))
    with database.read() as session:
        (total,), _ = changed_since(session, NOON - timedelta(days=1))
        assert (total.stated, total.held, total.gap) == (3, 2, 1)
        assert changed_since(session, NOON) == ((), ())
