"""Who is named where: every mention of a company or product, and which mentions name the same one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ahocorasick_rs import AhoCorasick, MatchKind

from extractors.understand.bounds import bounded
from extractors.understand.entities import Entities, Role, Span
from extractors.understand.hints import hints_of
from extractors.understand.lexicon import Lexicon, whole_word
from extractors.understand.names import company_key, product_key
from extractors.understand.organisations import QUOTED, words_of_speech
from extractors.understand.regions import regions
from extractors.understand.sentences import Extent

_GENERIC_TAIL = re.compile(
    r"(?:[”」』》\"]?[\u3400-\u9fff]{0,6})?(?:大语言模型|大模型|模型|算法|助手|应用|平台|系统|服务|智能体)?"
)
_LONGEST_PRODUCT = 30
_SHORTEST = 2
_OPENING = '“「『《"'
_MAY_BE = 0.03
_CERTAIN, _ECHOED = 0.6, 0.8


@dataclass(frozen=True, slots=True)
class Mention:
    """A name at [start, end) of the text; `source` is what saw it.

    That is `read`, `known`, `quoted`, or `echo` where it was read elsewhere in the text.
    """

    start: int
    end: int
    role: Role
    sure: float
    source: str


@dataclass(slots=True)
class Group:
    """The mentions of one company or one product, in order."""

    role: Role
    key: str
    id: str | None
    mentions: list[Mention] = field(default_factory=list)

    def surface(self, text: str) -> str:
        """The name as the text has it first."""
        return text[self.mentions[0].start : self.mentions[0].end]


def find_mentions(plain: str, lines: Sequence[Extent], entities: Entities, lexicon: Lexicon) -> list[Mention]:
    """Every mention in these lines: what the reader of names sees, else known companies, else quotations."""
    found: list[Mention] = []
    hints = hints_of([plain[line.start : line.end] for line in lines])
    for line in lines:
        words = plain[line.start : line.end]
        spans = [part for span in entities.find(words, hints) for part in bounded(words, span)]
        here = [mention for span in spans for mention in _either(span, line.start)]
        for hit in lexicon.find(words):
            if not hit.weak:
                _add(here, Mention(line.start + hit.start, line.start + hit.end, "company", 0.5, "known"))
        for match in QUOTED.finditer(words):
            if len(match[1].strip()) <= _LONGEST_PRODUCT and not words_of_speech().search(match[1]):
                _add(here, Mention(line.start + match.start(1), line.start + match.end(1), "product", 0.3, "quoted"))
        found += _placed(plain, sorted(here, key=lambda mention: mention.start))
    return sorted([*found, *echoes(plain, lines, found)], key=lambda mention: mention.start)


def echoes(plain: str, lines: Iterable[Extent], seen: Iterable[Mention]) -> Iterator[Mention]:
    """Names that were read for certain in one place, wherever else they stand unread in these lines."""
    known = sorted(seen, key=lambda mention: mention.start)
    sure: dict[str, Mention] = {}
    for mention in known:
        name = plain[mention.start : mention.end]
        if mention.source == "read" and mention.sure >= _CERTAIN and len(name) >= _shortest(name):
            best = sure.get(name)
            sure[name] = mention if best is None or best.sure < mention.sure else best
    if not sure:
        return
    matcher = AhoCorasick(list(sure), matchkind=MatchKind.LeftmostLongest)
    starts = [mention.start for mention in known]
    for line in lines:
        words = plain[line.start : line.end]
        for _, start, end in matcher.find_matches_as_indexes(words):
            at = bisect_left(starts, line.start + end)
            if whole_word(words, start, end) and all(m.end <= line.start + start for m in known[max(0, at - 3) : at]):
                told = sure[words[start:end]]
                yield Mention(line.start + start, line.start + end, told.role, told.sure * _ECHOED, "echo")


def _shortest(name: str) -> int:
    return 3 if name.isascii() else _SHORTEST


def _either(span: Span, offset: int) -> Iterator[Mention]:
    """A name as what it likely names, and as the other thing where that may be."""
    yield Mention(offset + span.start, offset + span.end, span.role, span.sure, "read")
    if span.other >= _MAY_BE:
        other: Role = "product" if span.role == "company" else "company"
        yield Mention(offset + span.start, offset + span.end, other, span.other, "read")


def _placed(plain: str, mentions: list[Mention]) -> list[Mention]:
    """The mentions without those that are a mere place: one right before a company's name begins it."""
    places = {m.end: m.start for m in mentions if regions().in_chinese.fullmatch(plain, m.start, m.end)}
    starts = set(places.values())
    return [
        replace(m, start=places[m.start]) if m.role == "company" and m.start in places else m
        for m in mentions
        if m.start not in starts or m.end not in places
    ]


def _add(mentions: list[Mention], new: Mention) -> None:
    if all(new.end <= other.start or other.end <= new.start for other in mentions):
        mentions.append(new)


def group_mentions(plain: str, mentions: list[Mention], lexicon: Lexicon) -> list[Group]:
    """The mentions by what they name, in the order in which each is named first."""
    groups: dict[tuple[str, str], Group] = {}
    for mention in mentions:
        name = plain[mention.start : mention.end]
        id = lexicon.company_of(name) if mention.role == "company" else None
        key = (id or company_key(name)) if mention.role == "company" else product_key(name)
        group = groups.setdefault((mention.role, key), Group(mention.role, key, id))
        group.mentions.append(mention)
    return _joined(plain, list(groups.values()))


def _joined(plain: str, groups: list[Group]) -> list[Group]:
    """One group for a long name and the short one that stands for it."""
    kept: list[Group] = []
    by_head: dict[tuple[str, str], list[Group]] = {}
    for group in sorted(groups, key=lambda g: -max(m.end - m.start for m in g.mentions)):
        heads = _heads(plain, group)
        longer = next((long for long in by_head.get(heads[0], ()) if _short_of(plain, group, long)), None)
        if longer is not None:
            longer.mentions = sorted([*longer.mentions, *group.mentions], key=lambda m: m.start)
            longer.id = longer.id or group.id
            continue
        kept.append(group)
        for head in heads:
            by_head.setdefault(head, []).append(group)
    return sorted(kept, key=lambda group: group.mentions[0].start)


def _heads(plain: str, group: Group) -> list[tuple[str, str]]:
    """The first two characters under which a name may be looked up: with its place, and without."""
    name = group.surface(plain).lstrip(_OPENING)
    if group.role == "product":
        return [(group.role, name[:2])]
    key, bare = company_key(name), company_key(regions().in_chinese.sub("", name, count=1))
    return [(group.role, head[:2]) for head in dict.fromkeys((key, bare))]


def _short_of(plain: str, short: Group, long: Group) -> bool:
    if short.id and long.id and short.id != long.id:
        return False
    if short.role == "company":
        return _short_company(company_key(short.surface(plain)), long.surface(plain))
    return _short_product(short.surface(plain), long.surface(plain))


def _short_company(short: str, long: str) -> bool:
    """Whether a company key begins a longer name, apart from its place: 拓音智能 of 深圳市拓音智能有限公司."""
    key = company_key(long)
    bare = company_key(regions().in_chinese.sub("", long, count=1)) if not key.isascii() else key
    least = 4 if short.isascii() else 2
    return len(short) >= least and short != key and (key.startswith(short) or bare.startswith(short))


def _short_product(short: str, long: str) -> bool:
    """Whether a longer product name is a short one with a general word after it: 稷下 of “稷下”农业大模型."""
    bare = long.lstrip('“「『《"')
    if len(short) < 2 or not bare.startswith(short) or bare == short:
        return bare == short
    return (
        len(bare) > len(short)
        and _GENERIC_TAIL.fullmatch(bare, len(short)) is not None
        and bare[len(short)] in '”」』》"'
    )
