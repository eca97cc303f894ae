"""Stated totals: how many approvals a clause counts, new in this round or so far."""

from __future__ import annotations

import re
from dataclasses import dataclass

from extractors.understand.numerals import CHINESE, ENGLISH, ENGLISH_ORDINALS, ordinal, whole
from extractors.understand.regions import regions

_N = rf"(?P<n>\d{{1,3}}(?:,\d{{3}})+|\d+|[{CHINESE}]+)"
_ZH = re.compile(
    rf"(?<![\d.第A-Za-z\-{CHINESE}]){_N}(?P<more>[余多几]|余万)? ?(?P<unit>款|家|个|项|例"
    rf"|张)(?![月周年人城市省行季月部委字方环档以])(?P<what>[^，。；、]{{0,12}})"
)
_FIRST = re.compile(
    r"(?:全省|全市|全区|我省|我市|省内|市内|为[\u3400-\u9fff]{2,3}"
    r"|成为(?!国内|全国|业内|行业|我国|全球)[\u3400-\u9fff]{2,3})(?:首家"
    r"|首个|首款|第一家|第一个|第一款)(?=[，。！；、]|完成|通过|获|$)"
)
_RANK = re.compile(rf"(?:累计|全省|全市|我省|今年|本省|全区)(?:的)?第(?P<n>\d{{1,3}}|[{CHINESE}]+)(?:款|个|家)")
_CUMULATIVE = re.compile(
    r"现在|累计|总数|总量|全国共|全市共|全省共|至此|升至|达到|达|已有"
    r"|已达|总计|合计|一共|存量|突破|超过|目前|截至|到目前为止|先后已"
    r"|迄今|满|至今|全部"
)
_SHARE = re.compile(r"(?:其中|、)([\u3400-\u9fff]{2,3})$")
_AS_OF = re.compile(r"截至|现在|至今|累计|总量|总数|目前")
_NEW = re.compile(
    r"新增|本次|本批|这一批|此次|新一批|其中|又有|又一|新|上月|本月"
    r"|本周|上周|当月|第[一二三四五六七八九十\d]+(?:批|季度)|首批|月份"
    r"|入围|又"
)
_NOT_COUNTED = re.compile(
    r"^(?:的|来自|公司(?:披露|宣布|表示|同日)|[^，。；]{0,1}(?:月|工作日|小时|维度|参数|方向|场景|阶段|环节|步骤|问题|字|层面|条|省|市|城市|地区|国家"
    r"|部门|领域|机构|部委|岗位|席位|语种|单位处于|客户|渠道|名字|版本|问|试点|小组|办事|季度|多月|月前))"
)
_KIND_WORDS = re.compile(r"大模型|模型|服务|产品|应用|算法|企业|公司|备案|登记|功能|机构|主体|LLM")
_EN_NOUN = (
    r"(?P<what>(?:[A-Za-z][A-Za-z-]* ){0,5}?(?:models?|LLMs?|services?|apps?|applications?"
    r"|algorithms?|chatbots?|products?|firms?|companies|entries|filings?|registrations?"
    r"|approvals?|names|developers|providers|functions))\b"
)
_EN_N = rf"(?P<n>\d{{1,3}}(?:,\d{{3}})+|\d+|(?:{ENGLISH}))"
_EN = re.compile(
    rf"(?<![\d$¥.\-A-Za-z]){_EN_N}(?:-plus)? (?:more |new |other |additional "
    rf"|others? |Chinese |of )*{_EN_NOUN}(?! (?:users|people|years|months|days"
    rf"|times))",
    re.I,
)
_EN_TOTAL = re.compile(
    rf"(?:total\b[^.;]{{0,60}}?|number of (?:\w+ ){{1,5}}(?:so far )?(?:at|to) "
    rf"|tally\b[^.;]{{0,40}}?|taking the (?:total|number) (?:to|past)|past|so far\b[^.;]{{0,20}}?"
    rf"|cumulative\w*[^.;]{{0,30}}?|now stands at|to date: ?|totals?:? |stands at "
    rf"|reach(?:ed|es|ing) |count to )(?:at |to |of |is |past |more than |over "
    rf"|nearly |about |some |around )*(?<![\d$]){_EN_N}(?!\d|%|,\d| per)",
    re.I,
)
_EN_BARE = re.compile(
    rf"(?<![\d$.])(?:(?<=another )|(?<=a further )|(?<=added )|(?<=adds )|(?<=cleared )"
    rf"|(?<=approved )|(?<=registered )){_EN_N}\b"
    r"(?![,.]?\d| (?:million|billion|percent|years?|months?|days?|weeks?|people|users))"
    rf"|(?<![\d$.]){_EN_N.replace('<n>', '<k>')} (?:of them|more|others)\b",
    re.I,
)
_EN_CUMULATIVE = re.compile(
    r"\b(?:total|tally|so far|cumulative|to date|in all|all told|since (?:the"
    r"|August|20)|as of|by the end of|stands? at|reached|more than|over \d+ "
    r"|nearly|first half-year|now|had completed|have completed)\b",
    re.I,
)
_EN_NEW = re.compile(
    r"\b(?:another|more(?! than)|new|newly|latest|last (?:week|month)|this (?:week"
    r"|month)|batch|round|of them|further|adds?|added|additional)\b",
    re.I,
)
_BATCH_ZH = re.compile(rf"第(?P<n>\d{{1,2}}|[{CHINESE}]+)(?:批|轮)(?:次)?|(?P<first>首批|首轮)")
_BATCH_EN = re.compile(
    rf"\b(?P<n>{ENGLISH_ORDINALS}|\d{{1,2}}(?:st|nd|rd|th))[ -](?:such |approval "
    rf"|and latest )?(?:batch|round|group|list|tranche)(?! (?:of drugs|of chips))"
    rf"|\b(?:batch|round) (?P<m>\d{{1,2}}|{ENGLISH})\b|\bits (?P<i>inaugural|first) (?:batch"
    rf"|round|group)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Count:
    """A stated number at [start, end), whether it is a total so far, and the words that it counts."""

    start: int
    end: int
    value: int
    cumulative: bool
    what: str


def find_counts(text: str, start: int, end: int, language: str) -> list[Count]:
    """The counts of services, models or holders in text[start:end] (plain)."""
    return _english(text, start, end) if language == "en" else _chinese(text, start, end)


def find_batch(text: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    """(offset, ordinal) of every batch that text[start:end] names."""
    found = []
    for match in (_BATCH_EN if language == "en" else _BATCH_ZH).finditer(text, start, end):
        groups = match.groupdict()
        word = groups.get("n") or groups.get("m") or groups.get("i") or "首"
        rank = ordinal(word)
        if rank:
            found.append((match.start(), rank))
    return found


def _chinese(text: str, start: int, end: int) -> list[Count]:
    found = []
    for match in _ZH.finditer(text, start, end):
        value = whole(match["n"])
        if not value or _NOT_COUNTED.match(match["what"]) or (match["more"] and match["more"] == "余万"):
            continue
        share = _SHARE.search(text[max(start, match.start() - 8) : match.start()])
        if match["n"] == "一" or (share and share[1] in regions().chinese):
            continue
        if re.search(r"不足\s?$", text[max(start, match.start() - 3) : match.start()]):
            continue
        before = text[max(text.rfind("。", 0, match.start()) + 1, match.start() - 80, 0) : match.start()]
        clause = re.split(r"[，；\n]", before)[-1]
        found.append(Count(match.start(), match.end("unit"), value, _total_zh(clause, before), match["what"]))
    for match in _FIRST.finditer(text, start, end):
        found.append(Count(match.start(), match.end(), 1, True, "首"))
    ranks = [(m, whole(m["n"])) for m in _RANK.finditer(text, start, end)]
    totals = [pair for pair in ranks if "累计" in pair[0][0]] or ranks
    return found + [Count(m.start(), m.end(), rank, True, "第") for m, rank in totals if rank]


def _total_zh(near: str, wide: str) -> bool:
    new, total = list(_NEW.finditer(near)), list(_CUMULATIVE.finditer(near))
    if new or total:
        return not new or bool(total and total[-1].start() > new[-1].start())
    return bool(_AS_OF.search(wide)) and not _NEW.search(wide)


def _english(text: str, start: int, end: int) -> list[Count]:
    found = []
    taken: set[int] = set()
    for match in _EN_TOTAL.finditer(text, start, end):
        value = whole(match["n"])
        if value and not 2000 <= value <= 2035:
            found.append(Count(match.start("n"), match.end("n"), value, True, "total"))
            taken.add(match.start("n"))
    for match in [*_EN.finditer(text, start, end), *_EN_BARE.finditer(text, start, end)]:
        groups = match.groupdict()
        which = "n" if groups["n"] else "k"
        value, at = whole(groups[which]), match.start(which)
        if not value or value == 1 or at in taken or 2000 <= value <= 2035:
            continue
        taken.add(at)
        before = text[max(start, at - 60) : at]
        around = before + text[at : match.end() + 24]
        new = bool(_EN_NEW.search(before[-24:] + text[at : match.end() + 12]))
        found.append(
            Count(at, match.end(), value, bool(_EN_CUMULATIVE.search(around)) and not new, groups.get("what") or "more")
        )
    return found
