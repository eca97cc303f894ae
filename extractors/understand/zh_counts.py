"""Stated totals in Chinese: `新增3款`, `累计41款`, `全省第十二款`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from extractors.understand.chars import beginning
from extractors.understand.numerals import CHINESE, whole
from extractors.understand.regions import regions
from extractors.understand.sentences import Extent
from extractors.understand.tally import LARGEST, Count, nearest, stretches

_N = rf"(?P<n>\d{{1,3}}(?:,\d{{3}})+|\d+|[{CHINESE}]+)"
_COUNT = re.compile(
    rf"(?<![\d.第A-Za-z\-{CHINESE}]){_N}[余多几]? ?(?P<unit>款|家|个|项|件|例|张)"
    r"(?!人(?!工智能)|[月周年城市省行季部委字方环档以])(?=(?P<what>[^，。；、]{0,16}))"
)
_HEADED = re.compile(rf"(?:备案|登记)[^，。；（()\n]{{0,6}}[（(]共?{_N} ?[款个项件][）)]")
_FROM = re.compile(r"[由从]\s?$")
_TO = re.compile(r"[增升涨扩][^，。；]{0,3}[到至为]")
_SCOPE = (
    *("全省", "全市", "全区", "全州", "全疆", "我省", "我市", "我区"),
    *("省内", "市内", "区内", "本省", "本市", "自治区", "兵团"),
)
_NONE_BEFORE = re.compile(
    r"完成[\u3400-\u9fff]{2,10}(?:备案|登记)[^。]{0,16}零的?突破|实现[\u3400-\u9fff]{2,16}零的?突破"
    r"|(?<=[，。；])[\u3400-\u9fff]{2,6}实现零的?突破"
)
_NOT_COUNTED = re.compile(
    r"^(?:的|来自|公司(?:披露|宣布|表示|同日)|[^，。；]{0,1}(?:月|工作日|小时|维度|参数|方向|场景|阶段|环节|步骤|问题|字|层面|条|省|市|城市|地区|国家"
    r"|部门|领域|机构|部委|岗位|席位|语种|单位处于|客户|渠道|名字|版本|问|试点|小组|办事|季度|多月|月前))"
)
_TOTAL = re.compile(
    r"累计|总数|总量|总计|存量|[增升]至|增加[到至为]|扩大[到至]|历年|[全本我][省市区国州]合计|[升来增]到|至此|迄今|至今|到目前为止|先后已|合共"
)
_NEW = re.compile(
    r"新增|(?<![更创高])新(?!闻|型|疆|兴|能源|三板)|[本此今]次|[本该]批|这一?批|又|再[添增批]|增加(?![到至为])|同比|环比|较[^，]{1,6}多|办结"
    rf"|第[{CHINESE}\d]+(?:批|季度)|首批|首个[^，]{{0,14}}名单|其中"
)
_AS_OF = re.compile(r"截至|截止|目前|现在|现有|已有|已达|更新[之以]?后|[月年][底末]")
_REACHED = re.compile(r"[全我本][国省市区][^，]*(?:达|突破|超过|满)[^，]{0,3}$")
_PERIOD = re.compile(
    r"今年(?!以来已)|去年(?!底|末)|上月|本月|本周|上周|当月|月份|季度|上半年|年内|\d月(?![\d底末])|全年|日至"
)
_TALLY = re.compile(rf"(?:(?:{'|'.join(_SCOPE)}|全国)的?)?(?:备案|登记)?(?:累计|总数|总量)")
_LESS = re.compile(r"不足\s?$|平均|每$")
_ONE = re.compile(r"[新仅]")
_ADDED = re.compile(r"新|[^，]{0,6}(?:入列|在列|入围)")
_MAYBE = re.compile(r"[全我本][国省市区]共|达|突破|超过|满|全部")


def chinese_counts(text: str, start: int, end: int) -> list[Count]:
    """The counts in text[start:end] (plain)."""
    pieces = stretches(text, start, end, "zh")
    headed = {count.start: count for count in _headed(text, start, end)}
    found = [_count(text, pieces, match) for match in _COUNT.finditer(text, start, end)]
    counts = [*headed.values(), *(count for count in found if count is not None and count.start not in headed)]
    for pattern in (_first(), _NONE_BEFORE):
        counts += [Count(m.start(), m.end(), 1, True, "首") for m in pattern.finditer(text, start, end)]
    ranks = list(_ranks(text, start, end))
    return counts + ([rank for rank in ranks if text[rank.start - 2 : rank.start] == "累计"] or ranks)


def _headed(text: str, start: int, end: int) -> Iterator[Count]:
    """The counts in headings of lists: `备案（2款）`."""
    for match in _HEADED.finditer(text, start, end):
        value = whole(match["n"])
        if value and value <= LARGEST:
            yield Count(match.start("n"), match.end("n"), value, _told(match[0]) or False, "表")


def _count(text: str, pieces: list[Extent], match: re.Match[str]) -> Count | None:
    value = whole(match["n"])
    if not value or value > LARGEST or _NOT_COUNTED.match(match["what"]):
        return None
    near = nearest(pieces, match.start())
    around = [piece for piece in near if piece.start <= match.start()]
    before = text[around[0].start : match.start()]
    if _FROM.search(before) and _TO.match(match["what"]):
        return None
    if _LESS.search(before) or (match["n"] == "一" and not _ONE.search(before)):
        return None
    total = _is_total(text, around, match)
    if total is None and _TALLY.match(text, min((piece.start for piece in near[len(around) :]), default=len(text))):
        total = False
    return Count(match.start(), match.end("unit"), value, total, match["what"])


def _place() -> str:
    """A place, or the one that the text is about."""
    return beginning([*_SCOPE, *regions().chinese]) + rf"(?:{'|'.join(_SCOPE)}|{regions().in_chinese.pattern})"


@cache
def _first() -> re.Pattern[str]:
    """`为湖南首家`: the first one of a place."""
    return re.compile(
        rf"{_place()}(?:省|市|自治区)?(?:首家|首个|首款|第一家|第一个|第一款)"
        r"(?=[，。！；、]|完成|通过|获|(?:备案|登记)类?(?:的)?(?:大?模型|应用|服务|功能|产品)|$)"
    )


@cache
def _rank() -> re.Pattern[str]:
    """`湖北省今年第3款`, `累计第五款`: as many as that so far."""
    year = "(?:今年|年内|本年)?"
    return re.compile(
        rf"(?:累计|{_place()}(?:省|市|自治区)?{year}(?:省内|市内)?的?)"
        rf"第(?P<n>\d{{1,3}}|[{CHINESE}]+)[款个家例]"
    )


def _ranks(text: str, start: int, end: int) -> Iterator[Count]:
    for match in _rank().finditer(text, start, end):
        value = whole(match["n"])
        if value and value > 1:
            yield Count(match.start("n") - 1, match.end(), value, True, "第")


def _is_total(text: str, around: list[Extent], match: re.Match[str]) -> bool | None:
    """What the words before a number say, those of its own stretch first; None where they leave it open."""
    if _ADDED.match(match["what"]):
        return False
    maybe = False
    for piece in around:
        words = text[piece.start : min(match.start(), piece.end)]
        told = _told(words)
        if told is not None:
            return told
        maybe = maybe or bool(_MAYBE.search(words))
    return True if maybe else None


def _told(words: str) -> bool | None:
    news, totals = list(_NEW.finditer(words)), list(_TOTAL.finditer(words))
    if news or totals:
        return not news or bool(totals and totals[-1].start() > news[-1].start())
    if _AS_OF.search(words) or _REACHED.search(words):
        return True
    return False if _PERIOD.search(words) else None
