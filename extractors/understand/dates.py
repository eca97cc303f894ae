"""Dates in a text, absolute and relative, resolved against the day of publication."""

from __future__ import annotations

import calendar
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from extractors.understand.numerals import whole

_Y = r"(?P<y>20[0-3]\d|[二两][〇零○一二三四五六七八九]{3})"
_M = r"(?P<m>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_D = r"(?P<d>[12]\d|3[01]|0?[1-9]|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_SHIFT = {"今": 0, "本": 0, "去": -1, "前": -2, "明": 1}
_OPENING = 200
_WEEKDAYS = "一二三四五六日"

_CHINESE = re.compile(
    rf"(?=[\d二两一三四五六七八九十今去前明本昨上这当周星])(?:"
    rf"(?P<ymd>{_Y} ?年 ?{_M} ?月(?: ?{_D} ?[日号])?)"
    rf"|(?<![\d.])(?P<iso>(?P<iy>20[0-3]\d)[-/.](?P<im>1[0-2]|0?[1-9])(?:[-/.](?P<id>[12]\d"
    rf"|3[01]|0?[1-9]))?)(?![\d.年])"
    rf"|(?P<rel>(?P<ry>[今去前明])年(?!第|首|前)(?:的)?(?:(?P<rm>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月(?:份)?"
    rf"(?:(?P<rd>[12]\d|3[01]|0?[1-9]|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])[日号])?)?)"
    rf"|(?P<md>(?<![\d/年]){_M.replace('<m>', '<nm>')}月(?:份)?(?:(?P<last>的?最后一(?:个工作日|天|个(?:周|星期)"
    rf"[{_WEEKDAYS}天])|末|底)"
    rf"|{_D.replace('<d>', '<nd>')}[日号])?)(?![\d])"
    rf"|(?P<slash>(?<=[（(])(?P<sm>1[0-2]|0?[1-9])/(?P<sd>[12]\d|3[01]|0?[1-9])(?=[）)]))"
    rf"|(?P<yo>{_Y.replace('<y>', '<oy>')}年)"
    rf"|(?P<day>(?:今天|今日|本日|今起|今晨|今早|昨天|昨日|昨晚|前天|前日)|[今昨前](?=[（(](?P<dd>\d{{1,2}})日?[）)]))"
    rf"|(?P<week>(?P<wr>上上|上|本|这)(?:个)?(?:周|星期|礼拜)(?P<wd>[一二三四五六日天])?)"
    rf"|(?P<wday>(?<![上下本这每双单隔一个\d])(?:周|星期)(?P<wday_of>[一二三四五六日天])(?=[，,上下早晚凌午公（(]))"
    rf"|(?P<month>(?:本月|当月|上月|上个月|这个月)(?:的)?(?:(?P<mday>[12]\d|3[01]|0?[1-9])[日号])?)"
    rf"|(?P<do>(?<![\d月第]){_D.replace('<d>', '<od>')}日(?![内前后常程报])))"
)
_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): n for n, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
_EM = (
    r"(?:January|February|March|April|May|June|July|August|September|October"
    r"|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)"
)
_ISSUE = (
    r"(?:updates?|lists?|batch|tables?|rounds?|additions|intake|notices?|registers?|registrations?|filings?|approvals?)"
)
_DAYS = {name.lower(): n for n, name in enumerate(calendar.day_name)}
_ENGLISH = re.compile(
    rf"\b(?=[A-Z\d])(?:"
    rf"(?P<mdy>\b(?P<m1>{_EM})\.? (?P<d1>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?\b(?!%)(?:,? (?P<y1>20[0-3]\d)\b)?)"
    rf"|(?P<dmy>\b(?P<d2>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)? (?:of )?(?P<m2>{_EM})\b\.?(?:,? (?P<y2>20[0-3]\d)\b)?)"
    rf"|(?P<iso>\b(?P<iy>20[0-3]\d)-(?P<im>1[0-2]|0[1-9])(?:-(?P<id>[12]\d|3[01]|0[1-9]))?\b)"
    rf"|(?P<my>\b(?P<m3>{_EM})\.?,? (?:of )?(?P<y3>20[0-3]\d)\b)"
    rf"|(?P<mr>\b(?P<m5>{_EM}) (?:of )?(?P<r5>last year|the previous year|the year before|this year)\b)"
    rf"|(?P<mn>(?:\b(?:the )?(?P<m6>{_EM})(?=(?:['’]s)? (?:[a-z-]+ )?{_ISSUE}\b)|(?<=\()(?P<m7>{_EM})(?=\))))"
    rf"|(?P<mo>\b(?P<pre>in|since|by|of|until|till|through|during|last|this|early"
    rf"|late|mid|and|to|from|end-|the) (?P<m4>{_EM})\b"
    rf"(?!\.?,? (?:of )?(?:20[0-3]\d|[12]?\d\b|3[01]\b|last year|this year)))"
    rf"|(?P<week>\b(?P<wr>last|this|earlier this|previous|the previous) week\b)"
    rf"|(?P<month>\b(?P<mw>last|this|earlier this|the previous) month\b)"
    rf"|(?P<weekend>\b(?:over|at|on|during|this|last) (?:the )?weekend\b)"
    rf"|(?P<wday>\b(?:(?:on|late on|since|by|said|announced) "
    rf"|(?<!next )(?<!this )(?<!every )(?<!coming )(?<!following )(?<!black )(?<!-))"
    rf"(?P<w>Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b)"
    rf"|(?P<lday>\blast (?P<lw>Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b)"
    rf"|(?P<day>\b(?:today|yesterday)\b)"
    rf"|(?P<yr>\b(?P<rw>last|this) year\b)"
    rf"|(?P<yo>\b(?:in|late|early|mid|since|during|of|by|end of) (?:late |early |mid-)?(?P<y4>20[0-3]\d)\b))",
    re.I,
)
_ASOF = re.compile(
    r"(?:截至|截止|截止到|截至到|as of|as at|through|up to|by the end of|by end of|by|until|since)\s?$", re.I
)
_TELLS = re.compile(
    r"[^，。；、\n]{0,3}(?:(?:欣然)?宣布|宣佈|公布|公佈|披露|公告|表示|透露|官宣|告诉|对外称|自愿公告|证实|回应"
    r"|传来消息)|\s?称"
    r"|[在向][^，。；\n]{1,12}(?:表示|称|披露|透露|回应|回复)"
    r"|[^，。；\n]{0,24}(?:获悉|了解到)"
)
_TELLS_EN = re.compile(r"\b(?:said|says|announced|told|disclosed|reported|wrote)(?: late| early)?,? (?:on |late on )?$")
_TELLS_NEXT = re.compile(r",? (?:announced|said|disclosed|reported|unveiled)\b|，(?:本报|本网)?记者[^。；，]{0,24}获悉")
_BEGAN = re.compile(
    r"\b(?:rules?|regime|measures|system|procedure|law)\b[^.;]{0,30}"
    r" (?:took effect|came into (?:force|effect)|began)(?: in| on)? ?$"
)
_STANDS = re.compile(r"\b(?:has been|is|was|on [\w'’ -]{1,30}) (?:filed |registered |approved |cleared )?$")
_UNTIL = re.compile(r"(?:since|by|until|till|through)\b", re.I)
_AGO = re.compile(r"[^，。；]{0,4}(?:以来|以前|之前|前)")
_SINCE = re.compile(r"(?:零点|凌晨)?起(?!草|诉|注销|撤销)")
_FROM = re.compile(r"\bfrom $", re.I)
_OFFICIAL = re.compile(r"网信[^，。；]{0,6}$")
_NEWS = re.compile(r"(?:[上下早晚][午间上])?(?:发布)?(?:消息|讯)")
_WIRE = re.compile(r"\s*(?:/[^/\n]{2,40}/|\([^()\n]{2,40}\))\s*(?:--|-|–|—)")
_REPORT = re.compile(r"^(?:\s?(?:讯|电|消息|报道|\(.{2,8}(?:电|讯))|[^，。；]{0,4}(?:报道|电\b|讯\b))|^\s*(?:--|-|–|—)")


@dataclass(frozen=True, slots=True)
class DateHit:
    """A date at [start, end): `value` as YYYY, YYYY-MM or YYYY-MM-DD; `role` is day, told, asof, since or report.

    A date of which a passage says only that something was told then is `told`; a source line's is `report`; `asof` is
    a date up to which something holds, `since` one from which it does.
    """

    start: int
    end: int
    value: str
    role: str


def find_dates(text: str, language: str, published: date | None) -> list[DateHit]:
    """The dates of `text` (already `plain`). Without `published`, relative and year-less dates are left out.

    Where a dateline of up to three days before opens the text, `今日` and `on Thursday` are reckoned from it.
    """
    pattern, resolve = (_ENGLISH, _english) if language == "en" else (_CHINESE, _chinese)
    hits = list(_resolved(pattern, resolve, text, published))
    written = next(
        (_written(hit, published) for hit in hits[:3] if hit.role == "report" and hit.start < _OPENING), None
    )
    return list(_resolved(pattern, resolve, text, written)) if written not in (None, published) else hits


def _written(hit: DateHit, published: date | None) -> date | None:
    """The day of a dateline, where publication followed soon."""
    if published is None or len(hit.value) < 10:
        return None
    day = date.fromisoformat(hit.value)
    return day if timedelta(0) <= published - day <= timedelta(days=3) else None


def outside(hits: list[DateHit], names: Iterable[tuple[int, int]], text: str) -> list[DateHit]:
    """The dates that are no part of a name such as 今日河山; `names` are spans in order."""
    spans = list(names)
    starts = [start for start, _ in spans]

    def named(hit: DateHit) -> bool:
        at = bisect_right(starts, hit.start) - 1
        return at >= 0 and hit.end <= spans[at][1] and not text[hit.start].isdigit()

    return [hit for hit in hits if not named(hit)]


def _resolved(pattern: re.Pattern[str], resolve: object, text: str, published: date | None) -> Iterator[DateHit]:
    for match in pattern.finditer(text):
        value = resolve(match, published)  # type: ignore[operator]
        if value:
            yield DateHit(match.start(), match.end(), value, _role(text, match))


def _role(text: str, match: re.Match[str]) -> str:
    before, after = text[max(0, match.start() - 60) : match.start()], text[match.end() : match.end() + 48]
    if match[0].lower().startswith("since") and _STANDS.search(before):
        return "day"
    if _ASOF.search(before) or _BEGAN.search(before) or _UNTIL.match(match[0]) or _AGO.match(after):
        return "asof"
    if _SINCE.match(after) or match[0].endswith("起") or _FROM.search(before):
        return "since"
    if _OFFICIAL.search(before) and _NEWS.match(after):
        return "told"
    if _REPORT.search(after[:12]) or _WIRE.match(after):
        return "report"
    if _TELLS.match(after) or _TELLS_EN.search(before) or _TELLS_NEXT.match(after):
        return "told"
    return "told" if match[0].startswith(("said", "announced")) else "day"


def _text(year: int, month: int | None = None, day: int | None = None) -> str | None:
    if month is None:
        return f"{year:04d}"
    if day is None:
        return f"{year:04d}-{month:02d}"
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _past(published: date | None, month: int, day: int | None = None) -> str | None:
    """A year-less date: the latest one that is not after publication."""
    if published is None:
        return None
    year = published.year
    late = (month, day or 1) > (published.month, published.day + 1)
    return _text(year - 1 if late else year, month, day)


def _number(text: str | None) -> int | None:
    return None if text is None else whole(text)


def _chinese(match: re.Match[str], published: date | None) -> str | None:
    group = match.groupdict()
    if group["ymd"]:
        year = _number(group["y"])
        return _text(year, _number(group["m"]), _number(group["d"])) if year else None
    if group["iso"]:
        return _text(int(group["iy"]), int(group["im"]), _number(group["id"]))
    if group["yo"]:
        year = _number(group["oy"])
        return _text(year) if year else None
    if published is None:
        return None
    if group["rel"]:
        return _text(published.year + _SHIFT[group["ry"]], _number(group["rm"]), _number(group["rd"]))
    if group["md"]:
        return _month_day(group, published)
    if group["slash"]:
        return _past(published, int(group["sm"]), int(group["sd"]))
    if group["day"] and group["dd"]:
        return _day_only(published, int(group["dd"]))
    if group["day"]:
        back = {"昨": 1, "前": 2}.get(group["day"][0], 0)
        return (published - timedelta(days=back)).isoformat()
    if group["week"]:
        return _week(published, {"上": 1, "上上": 2}.get(group["wr"], 0), group["wd"])
    if group["wday"]:
        back = (published.weekday() - _WEEKDAYS.index(group["wday_of"].replace("天", "日"))) % 7
        return (published - timedelta(days=back)).isoformat()
    if group["month"]:
        month = _month(published, group["month"].startswith("上"))
        return _text(int(month[:4]), int(month[5:]), _number(group["mday"]))
    return _day_only(published, _number(group["od"]))


def _month_day(group: dict[str, str], published: date) -> str | None:
    month = _number(group["nm"]) or 1
    value = _past(published, month, _number(group["nd"]))
    last = group["last"] or ""
    return _last_day(int(value[:4]), month, last) if value and "最后" in last else value


def _last_day(year: int, month: int, words: str) -> str:
    """The last day of a month, the last working day of it, or the last of one weekday: `最后一个周一`."""
    day = date(year, month, calendar.monthrange(year, month)[1])
    weekday = words[-1].replace("天", "日")
    wanted = {_WEEKDAYS.index(weekday)} if words[-2] in "周期" else set(range(5 if words.endswith("工作日") else 7))
    while day.weekday() not in wanted:
        day -= timedelta(days=1)
    return day.isoformat()


def _week(published: date, back: int, weekday: str | None) -> str:
    if weekday is None:
        return (published - timedelta(days=7 * back)).isoformat()[:7]
    monday = published - timedelta(days=published.weekday() + 7 * back)
    return (monday + timedelta(days=_WEEKDAYS.index(weekday.replace("天", "日")))).isoformat()


def _month(published: date, before: bool) -> str:
    first = published.replace(day=1)
    return ((first - timedelta(days=1)) if before else first).isoformat()[:7]


def _day_only(published: date, day: int | None) -> str | None:
    if day is None:
        return None
    base = published if day <= published.day + 1 else published.replace(day=1) - timedelta(days=1)
    return _text(base.year, base.month, day)


def _english(match: re.Match[str], published: date | None) -> str | None:
    group = match.groupdict()
    if group["mdy"] or group["dmy"]:
        n = "1" if group["mdy"] else "2"
        month, day = _MONTHS[group["m" + n].lower()], int(group["d" + n])
        return _text(int(group["y" + n]), month, day) if group["y" + n] else _past(published, month, day)
    if group["iso"]:
        return _text(int(group["iy"]), int(group["im"]), _number(group["id"]))
    if group["my"]:
        return _text(int(group["y3"]), _MONTHS[group["m3"].lower()])
    if group["yo"]:
        return group["y4"]
    if published is None:
        return None
    if group["mr"]:
        shift = 0 if "this" in group["r5"].lower() else 1
        return _text(published.year - shift, _MONTHS[group["m5"].lower()])
    if group["mn"]:
        return _named_month(group["m6"] or group["m7"], published)
    if group["mo"]:
        return _english_month(match, published)
    if group["weekend"]:
        return (published - timedelta(days=(published.weekday() - 5) % 7)).isoformat()[:7]
    if group["week"]:
        return _week(published, 0 if "this" in group["wr"].lower() else 1, None)
    if group["month"]:
        return _month(published, "this" not in group["mw"].lower())
    if group["yr"]:
        return _text(published.year - (group["rw"].lower() == "last"))
    if group["day"]:
        return (published - timedelta(days=group["day"].lower() == "yesterday")).isoformat()
    weekday = _DAYS[(group["w"] or group["lw"]).lower()]
    back = (published.weekday() - weekday) % 7
    return (published - timedelta(days=back or (7 if group["lday"] else 0))).isoformat()


def _named_month(name: str, published: date) -> str | None:
    return _past(published, _MONTHS[name.lower()]) if name[0].isupper() else None


def _english_month(match: re.Match[str], published: date) -> str | None:
    name = match["m4"]
    if name in ("May", "March", "Mar") and match["pre"].lower() in ("and", "to", "the"):
        return None
    return _named_month(name, published)
