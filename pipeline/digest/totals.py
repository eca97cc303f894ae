"""What a digest says of stated totals and official lists: those that are new since the mail before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from extractors.records import Kind
from pipeline.clean import one_line
from pipeline.reconcile import name_of
from storage.reconcile import ListRecord, Total

MOST = 10
"""Totals in one mail, and lists."""


@dataclass(frozen=True, slots=True)
class TotalNote:
    """A stated total as a reader sees it: who states it (a source's id, or a site), for which day and place, and how
    many are held."""

    kind: Kind
    who: str
    day: str
    stated: str
    held: int
    gap: int


@dataclass(frozen=True, slots=True)
class ListNote:
    """An official list with an open question: how many things do not add up, how many rows it lost."""

    name: str
    problems: int
    vanished: int


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What is new in the reconciliation; false where nothing is."""

    totals: tuple[TotalNote, ...] = ()
    lists: tuple[ListNote, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.totals or self.lists)


def reconciled_of(totals: Iterable[Total], lists: Iterable[ListRecord]) -> Reconciled:
    """The newest of these totals and lists."""
    newest = sorted(totals, key=lambda total: total.date, reverse=True)[:MOST]
    return Reconciled(
        tuple(note_of(total) for total in newest),
        tuple(
            ListNote(one_line(one.name, 80), len(one.account.get("problems", ())), one.vanished)
            for one in list(lists)[:MOST]
        ),
    )


def note_of(total: Total) -> TotalNote:
    """A total as a reader sees it."""
    stated = f">{total.stated}" if total.at_least else str(total.stated)
    day = f"{total.date} ({total.place})" if total.place else total.date
    return TotalNote(total.kind, name_of(total.articles[0], {}), day, stated, total.held, total.gap)
