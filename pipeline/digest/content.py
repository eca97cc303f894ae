"""What a digest says: approvals grouped by kind and day, and a subject that says it all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from config.source import Source
from extractors.records import Kind
from pipeline.clean import http_link, language_of, one_line
from pipeline.digest.labels import say
from storage.alarms import AlarmRecord
from storage.outbox import TOLD
from storage.records import Approval, Evidence, Origin

MOST_ITEMS = 50
"""Approvals in one mail; with them the HTML stays near the 100 KB at which large providers cut a mail."""
SUBJECT = 120
"""Characters of a subject."""
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
class Digest:
    """The content of one mail; `remainder` counts the approvals that found no place in it."""

    groups: tuple[Group, ...]
    total: int
    remainder: int


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


def digest_of(approvals: Iterable[Approval]) -> Digest:
    """The approvals that may be told, by kind and then day, the newest day first."""
    items = [item_of(approval) for approval in approvals if approval.status in TOLD and approval.articles]
    kept = items[:MOST_ITEMS]
    kinds = list(Kind)
    by_day = sorted(kept, key=lambda item: item.approved_on, reverse=True)
    ordered = sorted(by_day, key=lambda item: kinds.index(item.kind))
    groups = groupby(ordered, key=lambda item: (item.kind, item.approved_on))
    return Digest(
        tuple(Group(kind, day, tuple(held)) for (kind, day), held in groups), len(items), len(items) - len(kept)
    )


def item_of(approval: Approval) -> Item:
    """An approval as a reader sees it."""
    chinese, english = _names(approval)
    evidence = _best(approval.articles)
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
    )


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


def subject_of(digest: Digest, language: str) -> str:
    """`Greenlit: 3 new approvals: 小米 MiLM, ...`: as many names as fit, in one bounded line."""
    if not digest.total:
        return "Greenlit：没有新增" if language == "zh" else "Greenlit: no new approvals"
    items = [item for group in digest.groups for item in group.items]
    names = [one_line(item.name(language) or say("unnamed", language), 60) for item in items]
    count = digest.total
    if language == "zh":
        head, comma = f"Greenlit：新增 {count} 项：", "、"
    else:
        head, comma = f"Greenlit: {count} new approval{'s' if count > 1 else ''}: ", ", "
    return _fit(head, names, comma, complete=count == len(names))


def _fit(head: str, names: Sequence[str], comma: str, complete: bool) -> str:
    line = head + names[0]
    for n, name in enumerate(names[1:], 2):
        last = complete and n == len(names)
        if len(line + comma + name) > SUBJECT - (0 if last else len(comma) + 1):
            return f"{line}{comma}…"
        line += comma + name
    return line if complete else f"{line}{comma}…"
