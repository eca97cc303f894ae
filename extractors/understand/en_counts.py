"""Stated totals in English: `38 more services`, `bringing the total to 384`, `nine of which were added`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractors.understand.numerals import ENGLISH, ENGLISH_ORDINALS, ordinal, whole
from extractors.understand.tally import LARGEST, Count

_N = rf"(?P<n>\d{{1,3}}(?:,\d{{3}})+|\d+|(?:{ENGLISH}))"
_MONTH = (
    "January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug"
    "|Sept?|Oct|Nov|Dec"
)
_DATED = re.compile(rf"\b(?:{_MONTH})\.? $")
_ALONE = r"(?<![\d$¥€£.,\-#A-Za-z])(?<!No\. )(?<!US\$)(?<!\blist )(?<!\bbatch )(?=[\dzotfsen])"
_NOUN = (
    r"(?P<what>(?:(?!(?:days|weeks|months|years|hours|members|in|by|from|to|at|on|after|before|its|their|a|an)\b)"
    r"[A-Za-z][A-Za-z-]* ){0,5}?(?:models?|LLMs?|services?|apps?|applications?"
    r"|algorithms?|chatbots?|products?|firms?|companies|entries|filings?|registrations?"
    r"|approvals?|additions|names|developers|providers|functions))\b"
)
_HEDGE = (
    r"(?:at |to |of |is |now |close to |was |past |more than |over |nearly |about |some |around |almost |just"
    r" |exactly )*"
)
_COUNT = re.compile(
    rf"{_ALONE}{_N}(?:-plus)? (?:more |new |other |additional |others? |Chinese )*{_NOUN}"
    r"(?! (?:users|people|years|months|days|times|yuan)\b)",
    re.I,
)
_STATUS = re.compile(rf"{_ALONE}{_N} (?:filed|registered)\b(?! (?:by|in|with|under|on|at|[a-z]+s\b))", re.I)
_IN_ALL = re.compile(rf"{_ALONE}{_N} (?:in all|to date|so far|all told)\b", re.I)
_WERE = re.compile(rf"{_ALONE}{_N} (?:were|(?P<had>had been|have been)) (?:filed|registered|approved|cleared)\b", re.I)
_HEADED = re.compile(rf"\b(?:filed|registered|approved|filings|registrations)(?: (?:in|for) \w+)? \({_N}\):", re.I)
_RANK = re.compile(
    rf"\b(?:is|was|becom\w+|became) (?:the|[\w-]+['’]s) (?P<n>{ENGLISH_ORDINALS}|\d{{1,3}}(?:st|nd|rd|th))"
    r"(?: (?!batch|group|round|list|time)[\w-]+){0,4}?"
    r"(?: (?:to be )?(?:filed|registered|approved)\b| in the (?:autonomous )?(?:province|region|city)\b)",
    re.I,
)
_SECOND = re.compile(rf"\btotals? [^.;]{{0,40}}?to [\d,]+ and {_N}\b", re.I)
_NO_UNIT = r"(?!\d|%|,\d| per| ?(?:million|billion|yuan|users|people|hours|days|weeks|months|years)\b| to )"
_TOTAL = re.compile(
    r"(?:\b(?:totals?|tally|count|cumulative(?: number| figure)?)\b[^.;]{0,60}?"
    r" (?:to|at|is|was|reached|hit|past|passed|stood at)\b|\bto a total of\b"
    r"|\bnumber of (?:[\w-]+ ){1,16}?(?:so far )?(?:rose |grew |climbed |increased |up )?(?:at|to)\b"
    r"|\b(?:tak|bring|push|lift)(?:es|ing|s)? (?:the |its |that )?(?:[\w'’]+ ){0,4}?to\b|\bcame to\b"
    r"|\b(?:totals?|to date|so far):|\bcumulative (?:[\w-]+ ){1,6}?[\w-]+:|\b(?:rose|grew|climbed) to\b"
    r"|\b(?:now )?(?:stands?|stood) at\b|\breach(?:ed|es|ing)\b|\bpast\b|\bnumbered\b"
    r"|\b(?:that|which|this) makes\b|\bso far\b[^.;]{0,20}?)"
    rf" {_HEDGE}(?<![\d$]){_N}{_NO_UNIT}",
    re.I,
)
_BARE = re.compile(
    rf"{_ALONE}(?:(?<=another )|(?<=a further )|(?<=added )|(?<=adds )|(?<=cleared )|(?<=approved )|(?<=registered )"
    rf"|(?<=of which )|(?<=, up )|(?<=grew by )|(?<=, adding )){_N}\b"
    rf"(?! (?:{_MONTH})\b)(?![,.]?\d|%)"
    r"(?! (?:million|billion|percent|per cent|yuan|years?|months?|days?|weeks?|people|users|provinc\w+|cities))"
    rf"|{_ALONE}{_N.replace('<n>', '<k>')} (?:(?:more )?of (?:them|which|these|those)|more|others)\b(?! than)",
    re.I,
)
_LASTING = re.compile(
    r"\b(?:total(?! of)|tally|so far|cumulative|to date|in all|all told|since (?:the|August|20)|as of|by the end of"
    r"|at the end of|stands? at|reached|grown to|now)\b|\b(?:holds?|held) $"
    r"|\b(?:ha[sd]|have) (?:now )?(?:completed |filed |approved |cleared |registered )?"
    r"(?:more than |over |nearly |about |some )?$",
    re.I,
)
_LASTS = re.compile(
    r"[^,;.]*?\b(?:so far|to date|as of|by the end of|at the end of|since (?:the|August|20)"
    r"|(?:have|had) (?:now |so far )?(?:been|completed))\b",
    re.I,
)
_NEW = re.compile(
    r"\b(?:more(?! than)|new|newly|latest|last (?:week|month)|this (?:week|month)|batch|round|signed off"
    r"|(?:of|over|in) (?:them|which)|adds?|added|additional|additions|during|same)\b",
    re.I,
)
_SPAN = re.compile(
    r"\b(?:during|(?:in|over) the same|in calendar|in the (?:first|second|third|fourth|last))\b"
    rf"|\b(?:filed|registered|approved|cleared|added) in (?:{_MONTH})\b(?! 20)",
    re.I,
)
_FURTHER = re.compile(r"\b(?:another|further) (?:\w+ )?$", re.I)
_FIRST = re.compile(
    r"\b(?:becom\w+|is|was) the first (?:[\w-]+ ){1,5}(?:from|in|of) [A-Z]\w+ to\b"
    r"|\bhas its first (?:filed|registered|approved)\b|\bthe first in the (?:autonomous )?(?:province|region|city)\b",
)
_GREW = re.compile(r"(?:, up|\bgrew by|, adding) $", re.I)
_SHARED = re.compile(r"\bof (?:them|which|these|those)\b", re.I)
_OF_THE_NEW = re.compile(
    r"[^.;]{0,40}\b(?:added|new|newly|filed|registered|approved|cleared|during|this|last"
    rf"|in (?:the|that|20\d\d|{_MONTH}))\b",
    re.I,
)
_YEARS = range(2000, 2036)


def english_counts(text: str, start: int, end: int) -> list[Count]:
    """The counts in text[start:end] (plain), each number once."""
    taken: dict[int, Count] = {}
    for count in _all(text, start, end):
        if 1 <= count.value <= LARGEST and count.value not in _YEARS:
            taken.setdefault(count.start, count)
    return list(taken.values())


def _all(text: str, start: int, end: int) -> Iterator[Count]:
    for match in _TOTAL.finditer(text, start, end):
        yield Count(match.start("n"), match.end("n"), whole(match["n"]) or 0, True, "total")
    for pattern in (_IN_ALL, _SECOND, _STATUS):
        for match in pattern.finditer(text, start, end):
            yield Count(match.start("n"), match.end("n"), whole(match["n"]) or 0, True, "total")
    for match in _WERE.finditer(text, start, end):
        new = match["had"] is None or bool(_SPAN.search(text, match.start(), min(end, match.end() + 40)))
        yield Count(match.start("n"), match.end("n"), whole(match["n"]) or 0, not new, "filings")
    for match in _HEADED.finditer(text, start, end):
        yield Count(match.start("n"), match.end("n"), whole(match["n"]) or 0, False, "filings")
    for match in _RANK.finditer(text, start, end):
        yield Count(match.start("n"), match.end("n"), ordinal(match["n"]) or 0, True, "first")
    for match in _FIRST.finditer(text, start, end):
        yield Count(match.start(), match.end(), 1, True, "first")
    for match in [*_COUNT.finditer(text, start, end), *_BARE.finditer(text, start, end)]:
        groups = match.groupdict()
        which = "n" if groups["n"] else "k"
        value, at = whole(groups[which]) or 0, match.start(which)
        shared = _SHARED.search(text, max(start, at - 9), match.end())
        if "what" not in groups and shared and not _OF_THE_NEW.match(text, match.end(), end):
            continue
        if value > 1 and not _DATED.search(text[max(start, at - 10) : at]):
            grew = _GREW.search(text[max(start, at - 10) : at])
            total = False if grew else _is_total(text, start, end, at, match.end())
            yield Count(at, match.end(), value, total, groups.get("what") or "more")


def _is_total(text: str, start: int, end: int, at: int, stop: int) -> bool | None:
    """Whether the words around a number make it a total; None where they leave it open."""
    before = re.split(r"[;:]", text[max(start, at - 60) : at])[-1]
    after = re.split(r"[,;]", text[stop : min(end, stop + 100)])[0]
    if _NEW.search(before[-24:] + text[at:stop] + after[:30]) or _SPAN.search(after):
        return False
    if _FURTHER.search(before):
        return None
    return True if _LASTING.search(before) or _LASTS.match(after) else None
