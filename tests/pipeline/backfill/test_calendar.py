"""Coverage as a calendar: what is covered, and why some days are holes."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from official_lists import FILED_2025
from registry import Registry, docx, register_source
from registry import rows as listed
from web import Web

from config.source import load_sources
from pipeline.backfill.calendar import LEGEND, lines
from pipeline.backfill.listing import backfill
from storage.backfills import Spec, Tally, add_units, advance, job_of, open_units, postpone
from storage.coverage import Dateless, coverage, dateless

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)


def test_days_are_covered_open_or_failing_with_their_reason(database) -> None:
    with database.write() as session:
        job = job_of(session, "gdelt", "备案 2026-02-27..2026-03-03", {}, NOON)
        days = [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)]
        add_units(session, job.id, [Spec(day.isoformat(), since=day, until=day) for day in days], NOON)
        units = open_units(session, job.id)
        for unit in units[:3]:
            advance(session, unit, 1, Tally(), (), NOON, True)
        postpone(session, units[3], "the archive is away", NOON, NOON)
    with database.read() as session:
        found = list(lines(coverage(session)))
    assert found == [
        "gdelt 备案 2026-02-27..2026-03-03: 3 of 5 days covered",
        "  2026-02  " + " " * 26 + "##",
        "  2026-03  #?-",
        "  ? 2026-03-02: the archive is away",
        LEGEND,
    ]


def test_official_lists_come_in_as_history_and_their_days_are_covered(make, tmp_path) -> None:
    parts = make()
    with Web() as web:
        registry = Registry(web, etags=False)
        registry.put("a.docx", docx((FILED_2025, listed(FILED_2025, 4))), "备案信息（2026年1月）")
        registry.publish()
        folder = register_source(registry, tmp_path / "sources")
        (source,) = load_sources([folder]).sources.values()
        window = date(2026, 3, 1), date(2026, 3, 10)
        counts = backfill(parts.watch(), source, *window, lambda at, counts: None)
        assert (counts.approvals, counts.news, counts.rejected) == (4, 0, 0)
        web.log.clear()
        backfill(parts.watch(), source, *window, lambda at, counts: None)
        assert web.log == []
    with parts.database.read() as session:
        (found,) = coverage(session)
    assert len(found.days) == 10


@pytest.mark.parametrize("first", [0, 7])
def test_a_unit_moves_only_from_where_it_stands(database, first) -> None:
    from storage.backfills import Overtaken

    with database.write() as session:
        job = job_of(session, "warc", "all hosts", {}, NOON)
        add_units(session, job.id, [Spec("a", place=first)], NOON)
        (unit,) = open_units(session, job.id)
        moved = advance(session, unit, first + 1, Tally(pages=3), ("x",), NOON, False)
        with pytest.raises(Overtaken):
            advance(session, unit, first + 2, Tally(), (), NOON, True)
        assert advance(session, moved, first + 2, Tally(pages=1), (), NOON, True).done


def test_files_of_no_day_are_counted_with_their_reasons(database) -> None:
    with database.write() as session:
        job = job_of(session, "jsonl", "all files", {}, NOON)
        add_units(session, job.id, [Spec("a"), Spec("b"), Spec("c")], NOON)
        first, second, _ = open_units(session, job.id)
        advance(session, first, 1, Tally(), (), NOON, True)
        postpone(session, second, "it is gone", NOON, NOON)
    with database.read() as session:
        assert coverage(session) == []
        assert dateless(session) == [Dateless("jsonl all files", 3, 1, ("b: it is gone",))]


@pytest.mark.parametrize(("done", "found"), [(True, []), (False, [Dateless("wayback x", 1, 0, ())])])
def test_units_of_no_day_beside_others_are_told_only_while_they_are_open(database, done, found) -> None:
    with database.write() as session:
        job = job_of(session, "wayback", "x", {}, NOON)
        day = date(2026, 3, 1)
        add_units(session, job.id, [Spec("index", since=day, until=day), Spec("pages")], NOON)
        index, pages = open_units(session, job.id)
        advance(session, index, 1, Tally(), (), NOON, True)
        if done:
            advance(session, pages, 1, Tally(), (), NOON, True)
    with database.read() as session:
        assert dateless(session) == found
