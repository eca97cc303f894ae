"""Where a name begins and ends: what a reader of names took too much of, or left out, is put right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from extractors.understand.entities import Span
from extractors.understand.organisations import LEGAL, QUOTED
from extractors.understand.regions import regions

_LEAD = re.compile(
    r"[指即叫由系为是与和从向]|(?:Because|Rivals?|VIE|Unit|Its|Their|And|But|If|When|While|Whether|That|By|For|With"
    r"|From|Separately|Meanwhile|Today|Yes|No|Also|Only|Among|Like|Of|In|On|At|As|Soon|Developer|Operator|Maker|Startup"
    r"|Rival|Insurer|Carmaker) (?=[A-Z0-9])"
)
_ROLE_WORD = re.compile(
    r"[\u3400-\u9fff]{0,8}?(?:服务商|运营商|供应商|开发商|制造商|厂商|运营方|开发方|申报方|对手|同行|独角兽|新势力|龙头企?业?"
    r"|初创公司|初创企业|创业公司|上市公司|子公司|母公司|老字号|友商|东家|旗下|名为|名叫|取名|叫做|叫作)(?=[\u3400-\u9fffA-Z]{2})"
)
_NO_NAME = re.compile(
    r"Soon|Others?|More|Most|Many|Some|Several|Another|Both|Neither|Nor|Two|Three|Four|Five|Six|Seven"
)
_COMMON_NOUN = re.compile(
    r"(?:生成式|人工智能|AI|多模态|语言|自研的?|新|大)*(?:模型|算法|产品|服务|应用|助手|聊天机器人)"
    r"|(?:[Tt]he |[Ii]ts )?(?:(?:[Ll]arge|[Ll]anguage|[Gg]enerative|[Ff]oundation|AI) ){1,4}"
    r"(?:[Mm]odel|[Cc]hatbot|[Ss]ervice)s?"
)
"""What any product is called: no name of one."""
_DAY_AHEAD = re.compile(r"[今昨近当同][日天晚早晨夜午年期来起]|昨(?=\S)|日前")
_POST = re.compile(
    r"(?:(?:联合)?创始人|(?:副|常务副)?(?:董事长|总经理|总裁|馆长|院长|校长|社长|局长|主任|部长|站长|台长|会长|秘书长)|董秘|董事会秘书"
    r"|负责人|掌门人|首席\S{2,4}官|技术总监|总监|总工(?:程师)?|工程师|经理|发言人|CEO|CTO|COO|CFO)$"
)
_VERB_AHEAD = re.compile(r"[有以凭携推将把让](?=[“「『《])")
_TOGETHER = re.compile(r"[\s，]?(?:联合|共同|合作|合报|合办|携手|一起|一同|双双|分别|各自|两家|两单位)")
_JOINT = re.compile(r"(?P<first>[^与和同及、]{3,})[与和同及](?P<second>[^与和同及、]{3,})")
_PLACE_BEHIND = re.compile(r"[（(]([\u3400-\u9fff]{2,6})[）)]")
_LEGAL_BEHIND = re.compile(rf"[\u3400-\u9fff]{{0,8}}?(?:{LEGAL.pattern})")
_CLOSING = re.compile(r"[”」』》]")
_OPENED = re.compile(r"[“「『《]")
_SHORTEST = 2
_LONGEST_PLACE = 4
_LONGEST_ENGLISH_PLACE = 20

Step = Callable[[str, Span], Span]


def bounded(words: str, span: Span) -> Iterator[Span]:
    """The names in a span of a line: it with its bounds put right, two where joint applicants were read as one."""
    for part in _parted(words, span):
        for step in _STEPS[part.role]:
            part = step(words, part)
        common = part.role == "product" and _COMMON_NOUN.fullmatch(words, part.start, part.end)
        if not common and not _NO_NAME.fullmatch(words, part.start, part.end):
            yield part


def _parted(words: str, span: Span) -> Iterator[Span]:
    """`X与Y` before `联合申报` is two companies; so is `X / Y`."""
    joint = _JOINT.fullmatch(words, span.start, span.end) if span.role == "company" else None
    if joint and _TOGETHER.match(words, span.end):
        yield replace(span, end=joint.end("first"))
        yield replace(span, start=joint.start("second"))
    else:
        yield span


def _without_lead(words: str, span: Span) -> Span:
    """Without a word of the sentence before the name (`指杭州…`) and without what follows its closing quote."""
    quote = _CLOSING.search(words, span.start, span.end)
    if quote and quote.start() - span.start >= _SHORTEST and not _OPENED.search(words, span.start, quote.start()):
        span = replace(span, end=quote.start())
    lead = _LEAD.match(words, span.start, span.end)
    chinese = lead is not None and not lead[0].isascii()
    if lead is None or (chinese and not regions().in_chinese.match(words, lead.end())):
        return span
    return replace(span, start=lead.end()) if span.end - lead.end() >= _SHORTEST else span


def _without_role(words: str, span: Span) -> Span:
    """Without what the company is (`服务商莱茵桥数字`)."""
    role = _ROLE_WORD.match(words, span.start, span.end)
    if role is None or LEGAL.match(words, role.end()) or span.end - role.end() < _SHORTEST:
        return span
    return replace(span, start=role.end())


def _without_day(words: str, span: Span) -> Span:
    """Without the day that comes next (`卓胜微视今日宣布`)."""
    for start in (span.end - 2, span.end - 1):
        if start - span.start >= _SHORTEST and _DAY_AHEAD.match(words, start):
            return replace(span, end=start)
    return span


def _without_post(words: str, span: Span) -> Span:
    """Without whose post it is (`云帆文化馆副馆长`), and without a verb before a quotation (`云帆有“看得清”`)."""
    post = _POST.search(words[span.start : span.end])
    if post and post.start() >= _SHORTEST:
        return replace(span, end=span.start + post.start())
    if span.end - 1 - span.start >= _SHORTEST and _VERB_AHEAD.match(words, span.end - 1):
        return replace(span, end=span.end - 1)
    return span


def _with_place(words: str, span: Span) -> Span:
    """With the whole place that it begins in the middle of, and the one in brackets that ends it or stands behind."""
    for match in regions().in_english.finditer(words, max(0, span.start - _LONGEST_ENGLISH_PLACE), span.start):
        if words[match.end() : span.start] == " ":
            return replace(span, start=match.start())
    for match in regions().in_chinese.finditer(words, max(0, span.start - _LONGEST_PLACE), span.end):
        if match.start() < span.start < match.end() < span.end:
            span = replace(span, start=match.start())
    opened = max(words.rfind("（", span.start, span.end), words.rfind("(", span.start, span.end))
    closed = max(words.rfind("）", span.start, span.end), words.rfind(")", span.start, span.end))
    behind = _PLACE_BEHIND.match(words, opened if opened > closed else span.end)
    if behind is None or behind.end() < span.end or not regions().in_chinese.match(behind[1]):
        return span
    legal = _LEGAL_BEHIND.match(words, behind.end())
    return replace(span, end=legal.end() if legal else behind.end())


def _to_the_quote(words: str, span: Span) -> Span:
    """A product that begins a quotation, read to the quotation's end: symbols and blanks in it are of the name."""
    match = QUOTED.match(words, span.start - 1) if span.start else None
    return replace(span, end=match.end(1)) if match and match.end(1) > span.end else span


_STEPS: dict[str, tuple[Step, ...]] = {
    "company": (_without_lead, _without_role, _without_day, _without_post, _with_place),
    "product": (_without_lead, _to_the_quote),
}
