"""The reconciliation in words, and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from extractors.registers.account import NAMES
from pipeline.clean import one_line
from storage.reconcile import ListRecord, Reconciliation, Said, SerialGap, Total

MOST_ROWS = 20
"""Rows of a changed list that are named one by one."""
_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905


def lines(found: Reconciliation, names: Mapping[str, str]) -> Iterator[str]:
    """The whole, line by line; `names` are the sources' by id."""
    kind = None
    for total in found.totals:
        if total.kind is not kind:
            kind = total.kind
            yield NAMES[kind]
        yield f"  {total_line(total, names)}"
    yield "lists" if found.lists else "lists: none held yet"
    for one in found.lists:
        yield f"  {list_line(one)}"
        yield from (f"    {line}" for line in list_questions(one))
    for gap in found.serials:
        yield f"  {serial_line(gap)}"


def total_line(total: Total, names: Mapping[str, str]) -> str:
    """`Securities Times, 28 January 2024: more than 40; held: 38`, and how many are missing."""
    said = total.articles[0]
    who = name_of(said, names) + (f" and {len(total.articles) - 1} more" if len(total.articles) > 1 else "")
    place = f" ({total.place})" if total.place else ""
    stated = f"more than {total.stated}" if total.at_least else str(total.stated)
    missing = f" ({total.gap}{' or more' if total.at_least else ''} missing)" if total.gap else ""
    confirmed = f", {total.confirmed} of them in official lists" if total.held else ""
    return f"{who}, {day_of(total.date)}{place}: {stated}; held: {total.held}{confirmed}{missing}"


def name_of(said: Said, names: Mapping[str, str]) -> str:
    """Who says so: the source's name, else the site's."""
    host = urlsplit(said.url or "").hostname or ""
    return one_line(names.get(said.source or "") or said.source or host.removeprefix("www.") or said.title, 60)


def day_of(text: str) -> str:
    """A day of any precision as people write it: `28 January 2024`."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        day = date(parts[0], parts[1], parts[2])
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{_MONTHS[parts[1] - 1]} {parts[0]}" if len(parts) == 2 else text


def list_line(one: ListRecord) -> str:
    """One list: where it is from, its edition, its rows, whether it adds up."""
    verdict = "adds up" if one.adds_up else "does not add up"
    return f"{one.source}: {one_line(one.name, 80)}: edition {one.number}, {one.rows} rows, {verdict}"


def list_questions(one: ListRecord) -> Iterator[str]:
    """What is open about a list: what does not add up, and what its newest edition changed."""
    yield from (one_line(problem, 300) for problem in one.account.get("problems", ()))
    if one.changes is None:
        return
    for what in ("added", "changed", "vanished"):
        rows = one.changes[what]
        if rows:
            yield f"{what} since edition {one.number - 1}: {len(rows)}"
            yield from (f"  {_row(row)}" for row in rows[:MOST_ROWS])


def _row(row: Mapping[str, Any]) -> str:
    shown = " ".join(str(row[name]) for name in ("serial", "product", "company", "filing_no") if row.get(name))
    fields = "; ".join(f"{name}: {old or '-'} → {new or '-'}" for name, old, new in row.get("fields", ()))
    return one_line(f"{shown}{f' ({fields})' if fields else ''}", 300)


def serial_line(gap: SerialGap) -> str:
    """Which serials no list prints, and which stand in two."""
    said = [
        *([f"serials {_spans(gap.missing)} of {gap.last} stand in no list that is held"] if gap.missing else []),
        *([f"serials {_spans(gap.twice)} stand in two lists"] if gap.twice else []),
    ]
    return f"{gap.source}: {NAMES[gap.kind]}: {'; '.join(said)}"


def _spans(spans: Sequence[tuple[int, int]]) -> str:
    return ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in spans[:MOST_ROWS])


def plain(found: Reconciliation, names: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    """The whole for programs."""
    return {
        "totals": [_total_fields(total, names, zone) for total in found.totals],
        "lists": [_list_fields(one, zone) for one in found.lists],
        "serials": [
            {
                "source": g.source,
                "kind": g.kind.value,
                "missing": [list(span) for span in g.missing],
                "twice": [list(span) for span in g.twice],
                "last": g.last,
            }
            for g in found.serials
        ],
        "open_questions": found.open_questions,
    }


def _total_fields(total: Total, names: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    return {
        "kind": total.kind.value,
        "date": total.date,
        "place": total.place,
        "stated": total.stated,
        "at_least": total.at_least,
        "held": total.held,
        "confirmed": total.confirmed,
        "gap": total.gap,
        "articles": [
            {"source": s.source, "name": name_of(s, names), "url": s.url, "title": s.title,
             "published": _time(s.published, zone)}
            for s in total.articles
        ],
    }  # fmt: skip


def _list_fields(one: ListRecord, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "source": one.source,
        "name": one.name,
        "url": one.url,
        "page": one.page_url,
        "edition": one.number,
        "seen_at": _time(one.seen_at, zone),
        "rows": one.rows,
        "adds_up": one.adds_up,
        "account": one.account,
        "changes": one.changes,
    }


def _time(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None
