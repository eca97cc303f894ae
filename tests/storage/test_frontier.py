"""Links, once each; and what a round leaves behind for the next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from extractors.read.listing import Link
from storage.database import Database
from storage.frontier import CHUNK, add_links, items, waiting
from storage.records import Origin

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)


def links(count: int) -> list[Link]:
    return [Link(f"https://a.example/{n}") for n in range(count)]


def test_more_links_than_fit_into_one_query_are_remembered_once(database: Database) -> None:
    with database.write() as session:
        assert add_links(session, "a", links(2 * CHUNK + 1), Origin.LIVE, NOON) == 2 * CHUNK + 1
        assert add_links(session, "a", links(2 * CHUNK + 2), Origin.LIVE, NOON) == 1


@pytest.mark.parametrize(
    ("first", "source", "then", "fresh"),
    [
        (Origin.SHADOW, "b", Origin.LIVE, 1),
        (Origin.SHADOW, "b", Origin.BACKFILL, 1),
        (Origin.SHADOW, "b", Origin.SHADOW, 0),
        (Origin.SHADOW, "a", Origin.LIVE, 0),  # promoted since: its older finds stay
        (Origin.LIVE, "b", Origin.SHADOW, 0),
        (Origin.LIVE, "b", Origin.LIVE, 0),
    ],
)
def test_what_only_a_shadow_source_named_is_new_to_others(
    database: Database, first: Origin, source: str, then: Origin, fresh: int
) -> None:
    with database.write() as session:
        add_links(session, "a", links(1), first, NOON)
        assert add_links(session, source, links(1), then, NOON) == fresh
        (known,) = [*waiting(session, "a", NOON), *waiting(session, "b", NOON)]
    assert (known.source, known.origin) == ((source, then) if fresh else ("a", first))


def test_items_hold_the_first_and_the_newest(database: Database) -> None:
    with database.write() as session:
        add_links(session, "a", links(3), Origin.FIRST_RUN, NOON)
        add_links(session, "b", links(5), Origin.LIVE, NOON)
        found = items(session, "a")
    assert {(item.first_seen_at, item.origin) for item in found} == {(NOON, Origin.FIRST_RUN)}
