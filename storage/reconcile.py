"""Stated totals against what is held, lists that do not add up, and what their new editions changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from extractors.records import CHINA, Kind
from extractors.understand.scope import NATIONAL
from storage.editions import IMPORTED
from storage.identity.days import span
from storage.queries import in_register
from storage.tables import StoredApproval, StoredArticle, StoredClaim, StoredEdition, StoredMention, StoredRow

_Span = tuple[int, int]
"""The first and the last of some serials."""
GENERATIVE = (Kind.GENAI_FILING, Kind.GENAI_REGISTRATION, Kind.UNSPECIFIED)
COUNTED = ("reported", "confirmed", "revoked")
"""Statuses that a stated total counted: what was cancelled later had been approved."""


@dataclass(frozen=True, slots=True)
class Said:
    """An article that states a total."""

    source: str | None
    url: str | None
    title: str
    published: datetime | None
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Total:
    """A stated total of one kind by a day, and how many approvals of that kind, place and time are held.

    `date` is as precise as stated, else the day of the article; `place` is a province, 全国, or None where it is not
    said (counted as the whole country). `confirmed` of the `held` stand in official lists.
    """

    kind: Kind
    date: str
    place: str | None
    stated: int
    at_least: bool
    held: int
    confirmed: int
    articles: tuple[Said, ...]

    @property
    def gap(self) -> int:
        """How many of the stated are not held."""
        return max(self.stated + self.at_least - self.held, 0)


@dataclass(frozen=True, slots=True)
class ListRecord:
    """The current edition of one official list; `account` and `changes` as stored (storage.editions).

    `vanished` counts the rows that it printed once and does not any more.
    """

    id: int
    source: str
    name: str
    url: str | None
    page_url: str | None
    number: int
    seen_at: datetime
    rows: int
    vanished: int
    adds_up: bool
    account: dict[str, Any] = field(hash=False)
    changes: dict[str, Any] | None = field(hash=False)


@dataclass(frozen=True, slots=True)
class SerialGap:
    """The running total of a source's lists, up to `last`: serials that no list prints, and those that two print."""

    source: str
    kind: Kind
    missing: tuple[tuple[int, int], ...]
    twice: tuple[tuple[int, int], ...]
    last: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Everything that is to be compared with what the regulators state."""

    totals: tuple[Total, ...]
    lists: tuple[ListRecord, ...]
    serials: tuple[SerialGap, ...]

    @property
    def open_lists(self) -> tuple[ListRecord, ...]:
        """The lists that do not add up, or lost rows."""
        return tuple(one for one in self.lists if not one.adds_up or one.vanished)

    @property
    def open_questions(self) -> int:
        """How many things are to be looked into."""
        return sum(bool(total.gap) for total in self.totals) + len(self.open_lists) + len(self.serials)


def reconciliation(session: Session) -> Reconciliation:
    """The state of things: totals by kind and day, the oldest first; lists by source and name."""
    lists = current_lists(session)
    return Reconciliation(totals(session), lists, _serial_gaps(lists))


def totals(session: Session, seen_by: datetime | None = None) -> tuple[Total, ...]:
    """Every stated total, alike ones as one; with what was held at `seen_by`, else now."""
    said: dict[tuple[str, str, str | None, int], list[tuple[StoredClaim, StoredArticle]]] = defaultdict(list)
    wanted = (
        select(StoredClaim, StoredArticle)
        .join(StoredArticle, StoredArticle.id == StoredClaim.article_id)
        .where(StoredClaim.cumulative.is_not(None))
    )
    for claim, article in session.execute(wanted):
        day = claim.date or _day(article.published or article.first_seen_at)
        said[(claim.kind, day, claim.place, claim.cumulative or 0)].append((claim, article))
    known = _approved(session, seen_by)
    found = [_total(Kind(kind), day, place, total, claims, known) for (kind, day, place, total), claims in said.items()]
    kinds = list(Kind)
    return tuple(sorted(found, key=lambda t: (kinds.index(t.kind), t.date, t.place or "", t.stated)))


@dataclass(frozen=True, slots=True)
class _Approved:
    kind: Kind
    day: date
    place: str | None
    confirmed: bool


def _approved(session: Session, seen_by: datetime | None) -> list[_Approved]:
    """What each approval counts for: its day is the last one that its date covers, else that of its first article."""
    told = (
        select(StoredMention.approval_id, func.min(func.coalesce(StoredArticle.published, StoredArticle.first_seen_at)))
        .join(StoredArticle, StoredArticle.id == StoredMention.article_id)
        .group_by(StoredMention.approval_id)
    )
    first = dict(session.execute(told).all())
    listed = select(StoredMention.approval_id).where(StoredMention.register, StoredMention.role == "approval")
    confirmed = set(session.scalars(listed))
    counted = [in_register(), StoredApproval.status.in_(COUNTED)]
    if seen_by is not None:
        counted.append(StoredApproval.first_seen_at <= seen_by)
    rows = session.execute(
        select(StoredApproval.id, StoredApproval.kind, StoredApproval.approved_on, StoredApproval.province).where(
            *counted
        )
    )
    return [
        _Approved(Kind(kind), span(on)[1] if on else first[id].astimezone(CHINA).date(), place, id in confirmed)
        for id, kind, on, place in rows
    ]


def _total(
    kind: Kind,
    day: str,
    place: str | None,
    stated: int,
    claims: Sequence[tuple[StoredClaim, StoredArticle]],
    known: Iterable[_Approved],
) -> Total:
    until = span(day)[1]
    kinds = GENERATIVE if kind is Kind.UNSPECIFIED else (kind,)
    local = place not in (None, NATIONAL)
    held = [a for a in known if a.kind in kinds and a.day <= until and (not local or _is_in(a.place, place))]
    said = sorted((_said(article) for _, article in claims), key=lambda s: (s.published or s.seen_at, s.url or ""))
    at_least = all(claim.at_least for claim, _ in claims)
    return Total(kind, day, place, stated, at_least, len(held), sum(a.confirmed for a in held), tuple(said))


def _is_in(province: str | None, place: str | None) -> bool:
    return province is not None and place is not None and province.startswith(place)


def _said(article: StoredArticle) -> Said:
    return Said(article.source, article.url, article.title, article.published, article.first_seen_at)


def _day(moment: datetime) -> str:
    return moment.astimezone(CHINA).date().isoformat()


def current_lists(session: Session) -> tuple[ListRecord, ...]:
    """The current edition of every list."""
    return _lists(session, StoredEdition.current.is_(True))


def changed_since(session: Session, moment: datetime) -> tuple[tuple[Total, ...], tuple[ListRecord, ...]]:
    """The totals that were first stated after `moment`, or whose gap has changed; lists with a question since then."""
    before = {_what(total): total.gap for total in totals(session, moment)}
    fresh = tuple(total for total in totals(session) if _is_fresh(total, moment) or total.gap != before[_what(total)])
    lists = _lists(session, StoredEdition.current & (StoredEdition.seen_at > moment))
    return fresh, tuple(one for one in lists if not one.adds_up or (one.changes and one.changes["vanished"]))


def _is_fresh(total: Total, moment: datetime) -> bool:
    return min(said.seen_at for said in total.articles) > moment


def _what(total: Total) -> tuple[Kind, str, str | None, int]:
    return total.kind, total.date, total.place, total.stated


def _lists(session: Session, wanted: ColumnElement[bool]) -> tuple[ListRecord, ...]:
    lost = (
        select(func.count(StoredRow.id))
        .where(StoredRow.edition_id == StoredEdition.id, StoredRow.vanished)
        .scalar_subquery()
    )
    rows = session.execute(select(StoredEdition, lost).where(wanted).order_by(StoredEdition.source, StoredEdition.id))
    return tuple(_list(edition, vanished) for edition, vanished in rows)


def _list(row: StoredEdition, vanished: int) -> ListRecord:
    return ListRecord(
        row.id,
        row.source,
        row.name,
        row.url,
        row.page_url,
        row.number,
        row.seen_at,
        row.rows,
        vanished,
        row.adds_up,
        row.account,
        row.changes,
    )


def _serial_gaps(lists: Iterable[ListRecord]) -> tuple[SerialGap, ...]:
    """The lists of one source run on: which serials lie between them, and which are in two of them.

    A list from disk fills the gaps of any source, and those of all sources are none for it: it may stand beside them.
    """
    runs: dict[tuple[str, str], list[_Span]] = defaultdict(list)
    for one in lists:
        for series in one.account.get("series", ()):
            if _runs_on(series):
                runs[(one.source, series["kind"])].append((series["first"], series["last"]))
    found = []
    for (source, kind), spans in sorted(runs.items()):
        others = [o for (by, of), held in runs.items() if of == kind and IMPORTED in (by, source) for o in held]
        last = max(end for _, end in spans)
        missing = tuple((a, b) for a, b in _between([*spans, *others]) if b < last)
        twice = _overlaps(spans) if source != IMPORTED else ()
        if missing or twice:
            found.append(SerialGap(source, Kind(kind), missing, twice, last))
    return tuple(found)


def _runs_on(series: dict[str, Any]) -> bool:
    """Whether the serials of a list go on where those of the one before ended."""
    runs = series["kind"] in (Kind.GENAI_FILING, Kind.GENAI_REGISTRATION) and series["first"] is not None
    return runs and not series["scope"] and not series["cancelled"]


def _between(spans: Iterable[_Span]) -> Iterator[_Span]:
    reached = 0
    for first, last in sorted(spans):
        if first > reached + 1:
            yield reached + 1, first - 1
        reached = max(reached, last)


def _overlaps(spans: Iterable[_Span]) -> tuple[_Span, ...]:
    found, reached = [], 0
    for first, last in sorted(spans):
        if first <= reached:
            found.append((first, min(last, reached)))
        reached = max(reached, last)
    return tuple(found)
