"""What a digest says: new approvals by kind and day, what was amended, cancelled and corrected, what was not seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from config.source import Source
from extractors.records import CHINA, Kind
from pipeline.clean import http_link, language_of, one_line
from storage.alarms import AlarmRecord
from storage.items import FIELDS, TOLD, Event
from storage.mails import MailItem
from storage.provenance import provenance
from storage.records import Approval, Evidence, Origin

MOST_ITEMS = 50
"""Approvals in one mail, whatever is said of them."""
QUOTE = 200
"""Characters of a quote, at most (DESIGN section 8)."""


@dataclass(frozen=True, slots=True)
class Item:
    """One approval as a reader sees it: every text is one bounded line, `link` is http(s) or None."""

    id: int
    chinese: str
    english: str
    product: str
    kind: Kind
    status: str
    filing_no: str
    approved_on: str
    province: str
    authority: str
    batch: int | None
    on_device: bool
    retyped: bool
    quote: str
    quote_language: str
    title: str
    source: str
    link: str | None
    more: int
    delay: timedelta | None = None
    """From the moment that its source gives to the moment at which we first saw it."""

    def name(self, language: str) -> str:
        """The company (both names, or the one of `language`) and product, for a subject or heading."""
        company = self.english or self.chinese if language == "en" else self.chinese or self.english
        return " ".join(part for part in (company, self.product) if part)


@dataclass(frozen=True, slots=True)
class Group:
    """The approvals of one kind and day; `day` is empty where none is stated."""

    kind: Kind
    day: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One field that arrived (`before` is empty) or changed."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Amendment:
    """What changed of an approval that was told."""

    item: Item
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """What was told and was wrong: `why` is rejected, merged, changed or split; `heir` is what it is one with."""

    item: Item
    why: str
    heir: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """The content of one mail; `remainder` counts what found no place in it, `total` the new approvals with it."""

    groups: tuple[Group, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    corrections: tuple[Correction, ...] = ()
    revocations: tuple[Item, ...] = ()
    total: int = 0
    remainder: int = 0
    delay: timedelta | None = None
    timed: int = 0

    @property
    def news(self) -> tuple[Item, ...]:
        """The new approvals that are shown."""
        return tuple(item for group in self.groups for item in group.items)

    @property
    def told(self) -> int:
        """How many things it tells."""
        shown = len(self.news) + len(self.amendments) + len(self.corrections) + len(self.revocations)
        return shown + self.remainder


@dataclass(frozen=True, slots=True)
class Unseen:
    """A source that could not be watched as it should: its names, what is wrong (an alarm's name), since which day."""

    chinese: str
    english: str
    alarm: str
    day: str

    def name(self, language: str) -> str:
        """The source's name in `language`: en, zh or both."""
        names = {"en": self.english, "zh": self.chinese}
        return names.get(language) or " · ".join(dict.fromkeys((self.english, self.chinese)))


def unseen_of(alarms: Iterable[AlarmRecord], sources: Mapping[str, Source], zone: ZoneInfo) -> tuple[Unseen, ...]:
    """What a reader is told of alarms: no more than that a source was not seen, as the rest is the operator's."""
    return tuple(_unseen(alarm, sources.get(alarm.source), zone) for alarm in alarms)


def _unseen(alarm: AlarmRecord, source: Source | None, zone: ZoneInfo) -> Unseen:
    name = source.name if source else alarm.source
    english = (source.name_en if source else None) or name
    day = alarm.raised_at.astimezone(zone).date().isoformat()
    return Unseen(one_line(name, 80), one_line(english, 80), alarm.name.value, day)


@dataclass(frozen=True, slots=True)
class Selection:
    """What of all that is to be told finds a place: `events` by approval, `kept` their ids, `new` how many are new."""

    events: Mapping[int, Sequence[MailItem]]
    kept: frozenset[int]
    new: int

    @property
    def wanted(self) -> list[int]:
        """The approvals to load: those kept, and those they are one with."""
        heirs = (item.changes.get("heir") for id in self.kept for item in self.events[id])
        return sorted(self.kept | {heir for heir in heirs if heir})


def selection(told: Sequence[MailItem], most: int = MOST_ITEMS) -> Selection:
    """At most `most` approvals: corrections and cancellations before news, news before amendments; older items first.

    Of one that is new in this mail no amendment is told besides.
    """
    events: dict[int, list[MailItem]] = {}
    for item in told:
        events.setdefault(item.approval_id, []).append(item)
    for items in events.values():
        if items[-1].event is Event.AMENDED and any(item.event is Event.NEW for item in items):
            items[:] = [item for item in items if item.event is Event.NEW]
    rank = [Event.CORRECTED, Event.REVOKED, Event.NEW, Event.AMENDED]
    order = sorted(events, key=lambda id: rank.index(events[id][-1].event))
    new = sum(items[-1].event is Event.NEW for items in events.values())
    return Selection(events, frozenset(order[:most]), new)


def everything_new(approvals: Iterable[Approval]) -> list[MailItem]:
    """Those of these approvals that may be told, as if they were new."""
    fit = (a for a in approvals if a.status in TOLD and a.articles)
    return [MailItem(0, approval.id, Event.NEW, approval.first_seen_at, {}) for approval in fit]


def digest_of(approvals: Iterable[Approval], chosen: Selection) -> Digest:
    """What is told of these approvals, the newest day first."""
    known = {approval.id: approval for approval in approvals}
    kept = [(id, items) for id, items in chosen.events.items() if id in chosen.kept and id in known]
    parts = {event: [id for id, items in kept if items[-1].event is event] for event in Event}
    items = [item_of(known[id]) for id in parts[Event.NEW]]
    delays = [item.delay for item in items if item.delay is not None]
    return Digest(
        groups=_groups(items),
        amendments=tuple(_amendment(known[id], chosen.events[id]) for id in parts[Event.AMENDED]),
        corrections=tuple(_correction(known, id, chosen.events[id][-1]) for id in parts[Event.CORRECTED]),
        revocations=tuple(_revocation(known[id]) for id in parts[Event.REVOKED]),
        total=chosen.new,
        remainder=len(chosen.events) - len(chosen.kept),
        delay=sorted(delays)[len(delays) // 2] if delays else None,
        timed=len(delays),
    )


def _groups(items: Sequence[Item]) -> tuple[Group, ...]:
    kinds = list(Kind)
    by_day = sorted(items, key=lambda item: item.approved_on, reverse=True)
    ordered = sorted(by_day, key=lambda item: kinds.index(item.kind))
    groups = groupby(ordered, key=lambda item: (item.kind, item.approved_on))
    return tuple(Group(kind, day, tuple(held)) for (kind, day), held in groups)


def _amendment(approval: Approval, told: Sequence[MailItem]) -> Amendment:
    """Of several changes of one field what was first and what is last."""
    first: dict[str, Any] = {}
    last: dict[str, Any] = {}
    for item in told:
        for field, (before, after) in item.changes.items() if item.event is Event.AMENDED else ():
            first.setdefault(field, before)
            last[field] = after
    changes = [Change(field, _value(first[field]), _value(last[field])) for field in FIELDS if field in last]
    kept = tuple(change for change in changes if change.before != change.after)
    return Amendment(item_of(approval, _saying(approval, {change.field for change in kept})), kept)


def _saying(approval: Approval, fields: set[str]) -> list[Evidence]:
    """The articles that say what these fields are now."""
    confirming = [one for one in approval.articles if one.register and "status" in fields]
    return confirming + [one for said in provenance(approval) if said.name in fields for one in said.support]


def _revocation(approval: Approval) -> Item:
    return item_of(approval, [one for one in approval.articles if one.revocation])


def _value(value: Any) -> str:
    return one_line("" if value is None else str(value), 80)


def _correction(known: Mapping[int, Approval], approval_id: int, told: MailItem) -> Correction:
    heir = known.get(told.changes.get("heir") or 0)
    name = item_of(heir).name("both") if heir is not None else ""
    fields = told.changes.get("fields", {})
    changes = tuple(Change(field, _value(before), _value(after)) for field, (before, after) in fields.items())
    return Correction(item_of(known[approval_id]), str(told.changes.get("why", "rejected")), name, changes)


def item_of(approval: Approval, saying: Sequence[Evidence] = ()) -> Item:
    """An approval as a reader sees it, in the words of one of the articles `saying` what is told of it, else of all."""
    chinese, english = _names(approval)
    evidence = _best(saying or approval.articles)
    quote = one_line(evidence.quote if evidence else "", QUOTE)
    return Item(
        id=approval.id,
        chinese=chinese,
        english=english,
        product=one_line(approval.product, 80),
        kind=approval.kind,
        status=approval.status,
        filing_no=one_line(approval.filing_no, 80),
        approved_on=one_line(approval.approved_on, 10),
        province=one_line(approval.province, 40),
        authority=one_line(approval.authority, 80),
        batch=approval.batch,
        on_device=approval.scope == "on_device",
        retyped=approval.retyped,
        quote=quote,
        quote_language=language_of(quote),
        title=one_line(evidence.title if evidence else ""),
        source=one_line(evidence.source if evidence else "", 80),
        link=http_link(evidence.url if evidence else None),
        more=max(len(approval.articles) - 1, 0),
        delay=_delay(approval),
    )


def _delay(approval: Approval) -> timedelta | None:
    """How long we took to see the first page that gives a time; a date alone is none."""
    said = [e.published for e in approval.articles if e.published and not e.background and e.origin is Origin.LIVE]
    first = min(said, default=None)
    if first is None or first.astimezone(CHINA).time() == time() or first > approval.first_seen_at:
        return None
    return approval.first_seen_at - first


def _names(approval: Approval) -> tuple[str, str]:
    """The Chinese and the English name of the company, each once; either may be empty."""
    company = approval.company
    if company.name and company.name == company.name_en:
        return "", one_line(company.name, 80)
    names = [one_line(name, 80) for name in (company.name, company.name_en, *company.names) if name]
    chinese = next((name for name in names if language_of(name) == "zh"), "")
    return chinese, next((name for name in names if name and language_of(name) == "en"), "")


def _best(articles: Sequence[Evidence]) -> Evidence | None:
    """The first article that tells of the approval as news and can be opened."""
    return min(
        articles, key=lambda e: (e.origin is Origin.SHADOW, e.background, http_link(e.url) is None), default=None
    )
