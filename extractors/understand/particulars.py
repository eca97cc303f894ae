"""Particulars of an approval from the words around it: kind, batch, date, place and authority."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from extractors.records import Kind
from extractors.understand.dates import DateHit
from extractors.understand.regions import regions
from extractors.understand.sentences import starting_in

_KINDS_ZH = (
    (Kind.DEEP_SYNTHESIS_FILING, re.compile(r"深度合成|深度组成|生成合成类|深度合成演算法")),
    (Kind.GENAI_REGISTRATION, re.compile(r"登记|上线编号|登記")),
    (Kind.GENAI_FILING, re.compile(r"生成式|大模型|语言模型|上线备案|国家(?:级)?备案|内地备案|网信(?:办|部门)备案")),
    (
        Kind.ALGORITHM_FILING,
        re.compile(
            r"(?:信息服务)?算法(?:的)?备案|推荐算法|个性化推送|调度(?:决策"
            r"|类)|排序精选|检索过滤|信息检索类|内容过滤|算法备案"
        ),
    ),
)
_KINDS_EN = (
    (Kind.DEEP_SYNTHESIS_FILING, re.compile(r"deep[- ]synthesis", re.I)),
    (
        Kind.ALGORITHM_FILING,
        re.compile(
            r"recommendation algorithm|algorithms?[- ](?:recommendation|filing|registry"
            r"|registration)s?|filed (?:recommendation )?algorithms?|ranking algorithm"
            r"|dispatch\w* algorithm|matching algorithm",
            re.I,
        ),
    ),
    (Kind.GENAI_REGISTRATION, re.compile(r"\bregist(?:er|ers|ered|ration|rations|ry)\b", re.I)),
    (
        Kind.GENAI_FILING,
        re.compile(
            r"\bfil(?:ed|ing|ings)\b|\bapprov\w+|\bclear(?:ed|s|ance)\b|green[- ]?li(?:ght"
            r"|t)|\bLLMs?\b|language model|generative|nod\b|go-ahead|sanctioned",
            re.I,
        ),
    ),
)
_AI_TEXT = re.compile(r"大模型|生成式|语言模型|AI|人工智能")
_LOOSE = re.compile(r"(?:相关|有关|必要|所需|合规)(?:的)?备案")
_FILING_WORD = re.compile(r"备案|存案|获批|放行|过审|批准|获准|过关|准生证|上岗证|绿灯")
_ALGORITHM_NAME = re.compile(r"算法$|演算法$|algorithm$", re.I)
_LOCAL = re.compile(
    r"省|市网信|地方网信|属地|provincial|municipal|local|Guangdong|Jiangsu|Zhejiang|Yunnan"
    r"|Sichuan|Fujian|office|notice|API|calls?\b",
    re.I,
)
_NATIONAL = re.compile(
    r"国家网信办|国家互联网信息办公室|中央网信办|国家网信部门|Cyberspace Administration|\bCAC\b|China's (?:cyberspace"
    r"|internet) (?:regulator|watchdog)",
    re.I,
)
_OFFICE = re.compile(
    r"([\u3400-\u9fff]{2,4}?)(?:省|市|自治区|壮族自治区|回族自治区)?(?:互联网信息办公室"
    r"|委网信办|网信办|网信部门|网信中国)"
)
_VAGUE = re.compile(r"近日|日前|近期|不久前|recently", re.I)


@lru_cache(maxsize=256)
def _kinds_in(context: str, language: str) -> tuple[Kind, ...]:
    """The kinds that a passage names. Kept, for the facts of an article share most passages."""
    table = _KINDS_EN if language == "en" else _KINDS_ZH
    return tuple(kind for kind, pattern in table if pattern.search(context))


def kind_of(contexts: list[str], language: str, product: str | None) -> Kind:
    """The kind that the wording tells: the nearest context that tells one decides."""
    for rank, context in enumerate(contexts):
        found = _kinds_in(context, language)
        if (
            found
            and product
            and _ALGORITHM_NAME.search(product)
            and not {Kind.DEEP_SYNTHESIS_FILING, Kind.ALGORITHM_FILING} & set(found)
        ):
            continue
        if rank > 2 and set(found) == {Kind.GENAI_REGISTRATION, Kind.GENAI_FILING} and _mostly_filed(context):
            return Kind.GENAI_FILING
        if found:
            return _chosen(found, context, language, product)
        if language != "en" and _LOOSE.search(context):
            return Kind.UNSPECIFIED
        if (
            language != "en"
            and re.search(r"备案|存案|过关|获批", context)
            and (_AI_TEXT.search(" ".join(contexts)) or "算法" not in " ".join(contexts))
        ):
            return Kind.GENAI_FILING
    if product and _ALGORITHM_NAME.search(product):
        return Kind.ALGORITHM_FILING
    wide = " ".join(contexts)
    return Kind.GENAI_FILING if _FILING_WORD.search(wide) or language == "en" else Kind.UNSPECIFIED


def _mostly_filed(context: str) -> bool:
    """Whether a passage that speaks of both speaks more of filing than of registration."""
    filed = len(re.findall(r"备案|\bfil(?:ed|ings?)\b|\bapprov\w+|\bcleared\b", context))
    return filed >= len(re.findall(r"登记|\bregist\w+", context))


def _chosen(found: Sequence[Kind], context: str, language: str, product: str | None) -> Kind:
    if product and _ALGORITHM_NAME.search(product):
        algorithms = [kind for kind in found if kind in (Kind.DEEP_SYNTHESIS_FILING, Kind.ALGORITHM_FILING)]
        return algorithms[0] if algorithms else Kind.ALGORITHM_FILING
    if language == "en" and found[0] is Kind.GENAI_REGISTRATION:
        filed = re.search(r"\bfil(?:ed|ing|ings)\b|approv|LLM|language model", context)
        return Kind.GENAI_FILING if filed and not _LOCAL.search(context) else Kind.GENAI_REGISTRATION
    if Kind.GENAI_REGISTRATION in found and Kind.GENAI_FILING in found and language != "en":
        if re.search(
            r"生成式人工智能服务备案|大模型备案|通过[^，。]{0,12}备案|完成[^，。]{0,14}备案|获[^，。]{0,10}备案",
            context,
        ):
            both = re.search(r"登记", context) and not re.search(r"(?:而非|不是|并非)登记", context)
            return (
                Kind.GENAI_REGISTRATION
                if both and re.search(r"登记[^，。]{0,12}(?:而非|不是|并非)", context)
                else Kind.GENAI_FILING
            )
        return Kind.GENAI_REGISTRATION
    return found[0]


def date_of(dates: list[DateHit], start: int, end: int, at: int, roles: tuple[str, ...] = ("day",)) -> str | None:
    """The date that belongs to offset `at` among the dates in [start, end): the finest, nearest before first."""
    inside = [hit for hit in starting_in(dates, start, end) if hit.role in roles]
    if not inside:
        return None
    before = [hit for hit in inside if hit.start <= at]
    chosen = before[-1] if before else inside[0]
    finest = [hit for hit in inside if hit.value.startswith(chosen.value)]
    return max(finest, key=lambda hit: len(hit.value)).value


def is_vague(text: str) -> bool:
    """Whether a passage dates its news by a word such as 近日 only."""
    return bool(_VAGUE.search(text))


def authority_of(text: str) -> str | None:
    """The regulator that a passage names: CAC, or a provincial office by its province."""
    if _NATIONAL.search(text):
        return "CAC"
    for office in _OFFICE.finditer(text):
        if office[1].endswith(("国家", "中央")):
            return "CAC"
        province = regions().of_text(office[1])
        if province is not None:
            return f"{province}网信办"
    return None
