"""What a whole Chinese text says of its companies: short names, owners of products, and whom it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from extractors.understand.lexicon import Lexicon
from extractors.understand.names import squeeze
from extractors.understand.parts import Name, Statement
from extractors.understand.regions import regions
from extractors.understand.zh_names import (
    as_name,
    listed,
    owner_after,
    owner_before,
    products_of,
    stated_owner,
)
from extractors.understand.zh_words import company_at

_SHORT = re.compile(
    r"(?<=公司)[（(][“「\"]([^”」\"“）)，]{2,12})[”」\"]|(?:以下简称|简称|下称|统称)[：:]?\s*[“「\"]?(?:公司"
    r"|本公司)?[”」\"]?(?:或|、)?[“「\"]?([^”」\"“）)，]{2,12})[”」\"]"
)
_NOT_BEFORE = re.compile(
    r"(?:(?:调用|采用|接入|底座|基座|使用)(?:的)?(?:已备案)?(?:大?模型|大?模型能力|能力|服务)?(?:：|为|是|包括)|接入了|调用了|采用了|使用了|调用|接入|基于|采用|使用|依托"
    r"|借助|搭载|底座(?:是|为)?|投资方(?:是|为|包括)?|投资人(?:是|之一、)?"
    r"|股东(?:是"
    r"|为|包括)?|领投|参股|客户(?:包括|有|是)?|用户包括|合作伙伴(?:包括|有)?|与|感谢|对手|据|替|代理|对标|超过|同行"
    r"|获|引述|援引|转自|来源|调用的是|用的是|来自于|竞品|接受|服务于|供应商|承办|联合|受|向|给|在)$"
)
_NOT_AFTER = re.compile(
    r"^(?:报道|讯|电[，。]|日报|记者|获悉|领投|参股|投资|证券报|律师|分析师|应用商店|等(?:机构|投资|媒体|客户|应用商店)"
    r"|的(?:能力|接口|API|算力|报道|投资|开源|底座|应用商店)|(?:开源|云)?(?:接口|API|算力)|提供|的?助理|研究(?:员"
    r"|报告)|为此|应用商店|参股|旗下基金|控股企业|为其|为该|为公司)"
)
_PORTRAIT = re.compile(
    r"(?:对话|专访|访谈|采访|走进|访)(?P<x>[^，。：“”]{2,14}?)(?:创始人|联合创始人|CEO|董事长|总经理|总裁|负责人|首席|掌门人)"
)
_PAPERS = re.compile(
    r"(?:^|[。\n])(?P<x>[^，。；：、“”\n]{2,24}?)(?:则|也|还)?(?:的|在)?(?:最新)?(?:招股书|招股说明书|年报|半年报|财报|[一三]?季报|中报|公告)"
    r"(?:中)?(?:显示|称|披露|表示)"
)
_POINTS = re.compile(
    r"(?:(?<![^，。；：\n])|的|则|还有|就|，)(?:(?:就|则|便)?是|名叫|叫做|名为|叫)(?:来自)?(?:[^，。的]{2,6}的)?(?P<x>[^，。；：、“”的是]{2,14})$"
)
_TRADE = re.compile(
    r"(?:(?<![^，。；\n])|[和与、及])(?:做|搞|主打|专注|主营|研究|开发)[^，。；的]{2,14}的(?P<x>[^，。；：、“”的]{2,10})(?=[，、和与]|$)"
)
_SIGNED = re.compile(
    r"(?:——|均为|系指|指)(?P<x>[^，。；\n“”]{4,40}?)(?:全体|团队|敬上"
    r"|$|。|董事会|\n)|(?:^|\n)(?P<y>[^，。；\n“”]{4,40}公司)(?:董事会)?\s*(?:\n[二〇\d]{2,4}年[^\n]*)?$"
)


@dataclass(slots=True)
class Reading:
    """What is known of the whole text while its sentences are read; `recent` are the companies named last."""

    text: str
    lexicon: Lexicon
    owners: dict[str, Name] = field(default_factory=dict)
    shorts: dict[str, Name] = field(default_factory=dict)
    main: Name | None = None
    firm: bool = False
    recent: tuple[Name, ...] = ()


def titled(reading: Reading, title: str) -> None:
    """`X：…` as a title says whom the text is about; X must stand in the text too."""
    _portrayed(reading, title)
    match = re.match(r"(?P<x>[^：:，。、]{2,20})[：:]", title)
    at = reading.text.find(match["x"]) if match else -1
    judged = company_at(reading.text, at, at + len(match["x"]), reading.lexicon) if match and at >= 0 else None
    if judged is not None and judged.sure > 0.8 and reading.main is None:
        reading.main, reading.firm = as_name(judged), True


def _after_mark(text: str, floor: int, at: int) -> int:
    """Where the stretch before `at` begins, at most 40 characters back and after the last mark."""
    start = at
    while start > max(floor, at - 40) and text[start - 1] not in "，。；：、“”「」":
        start -= 1
    return start


def introductions(reading: Reading) -> None:
    """Short names that the text gives to a legal name, and the company that the text is about."""
    for match in _SHORT.finditer(reading.text):
        opening = max(reading.text.rfind("（", 0, match.start() + 1), reading.text.rfind("(", 0, match.start() + 1))
        line = reading.text.rfind("\n", 0, match.start()) + 1
        owner = company_at(reading.text, _after_mark(reading.text, line, opening), opening, reading.lexicon)
        if opening >= line and owner is not None and owner.sure > 0:
            reading.shorts[match[1] or match[2]] = as_name(owner)
            if reading.main is None or "公司" in match[0]:
                reading.main, reading.firm = reading.main or as_name(owner), True


def _portrayed(reading: Reading, title: str) -> None:
    """`专访X创始人…` as a title; X, without its place, must stand in the text."""
    match = _PORTRAIT.search(title)
    words = match["x"] if match else ""
    for name in (words, regions().in_chinese.sub("", words, count=1)):
        at = reading.text.find(name) if len(name) > 1 else -1
        judged = company_at(reading.text, at, at + len(name), reading.lexicon, 0.7) if at >= 0 else None
        if judged is not None and judged.sure > 0 and reading.main is None:
            reading.main, reading.firm = as_name(judged), True


def _papers(reading: Reading) -> None:
    """`X招股书显示，公司…`: the text is about X."""
    match = _PAPERS.search(reading.text)
    judged = company_at(reading.text, match.start("x"), match.end("x"), reading.lexicon, 0.7) if match else None
    if judged is not None and judged.sure > 0 and reading.main is None:
        reading.main, reading.firm = as_name(judged), True


def pointed(reading: Reading, start: int, end: int) -> Name | None:
    """The company that the end of a clause [start, end) points to: `晚一步的，是X`, `新加入的是X`."""
    while end > start and reading.text[end - 1] in "。！；":
        end -= 1
    match = _POINTS.search(reading.text, start, end)
    judged = company_at(reading.text, match.start("x"), match.end("x"), reading.lexicon, 0.7) if match else None
    if judged is None or judged.sure <= 0 or (match and match.end() < end):
        return None
    return as_name(judged)


def tradesmen(reading: Reading, start: int, end: int) -> list[Name]:
    """Companies told by their trade: `做盲文翻译的X，和做家谱的Y`."""
    found = []
    for match in _TRADE.finditer(reading.text, start, end):
        judged = company_at(reading.text, match.start("x"), match.end("x"), reading.lexicon, 0.7)
        if judged is not None and judged.sure > 0:
            found.append(as_name(judged))
    return found


def _main(reading: Reading, statements: list[Statement]) -> Name | None:
    """The company that the text is about: who signs it, else the subject that comes most often."""
    text = reading.text
    for match in _SIGNED.finditer(text):
        part = "x" if match["x"] else "y"
        owner = company_at(text, match.start(part), match.end(part), reading.lexicon)
        if owner is not None and owner.sure > 0:
            reading.firm = True
            return as_name(owner)
    seen: dict[str, list[Name]] = {}
    for statement in statements:
        for clause in statement.clauses[:2]:
            end = min(clause.end, clause.start + 40)
            for judged in listed(text, clause.start, end, reading.lexicon, False)[:1]:
                if judged.sure > 0.8 and not excluded(text, judged.start, judged.end, clause.start):
                    seen.setdefault(squeeze(text[judged.start : judged.end]), []).append(as_name(judged))
    if not seen:
        return None
    most = max(seen.values(), key=len)
    often = text.count(text[most[0].start : most[0].end])
    reading.firm = often > 2 or (often > 1 and len(seen) < 3)
    return most[0]


def ownership(reading: Reading, statements: list[Statement]) -> None:
    """Whose each quoted product is, wherever the text tells it."""
    text, lexicon = reading.text, reading.lexicon
    _papers(reading)
    reading.main = reading.main or _main(reading, statements)
    for statement in statements:
        spans = products_of(text, statement.start, statement.end)
        for number, (start, end) in enumerate(spans):
            floor = spans[number - 1][1] if number else statement.start
            ceiling = spans[number + 1][0] if number + 1 < len(spans) else statement.end
            owner = owner_after(text, end, statement.end, lexicon) or owner_before(
                text, statement.start, start - 1, lexicon
            )
            if owner is None:
                owner = stated_owner(text, end, ceiling, lexicon)
            if owner is None and number == 0:
                owner = stated_owner(text, floor, start, lexicon)
            if owner is None or owner.sure <= 0:
                continue
            key = squeeze(text[start:end])
            held = reading.owners.get(key)
            if held is None or (held.why == "position" and owner.why != "position"):
                reading.owners[key] = as_name(owner)


def excluded(text: str, start: int, end: int, floor: int) -> bool:
    """Whether a company stands as supplier, investor, client or source."""
    before = text[max(floor, start - 10) : start]
    return bool(_NOT_BEFORE.search(before) or _NOT_AFTER.match(text[end : end + 8]))
