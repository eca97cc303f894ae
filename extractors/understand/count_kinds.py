"""The kind of what a number counts: the procedure that the nearest words name."""

from __future__ import annotations

import re

from extractors.records import Kind
from extractors.understand.counted import Counted
from extractors.understand.particulars import kind_of
from extractors.understand.tally import Count

_PROCEDURES = {
    "zh": re.compile(
        r"(?P<deep>深度合成|深度组成|生成合成类)|(?P<registration>登记|上线编号)"
        r"|(?P<algorithm>(?:信息服务|推荐)算法(?:的)?备案|算法备案|推荐算法)"
        r"|(?P<filing>备案|存案|获批|放行|过审|过关|批准|上岗证)"
    ),
    "en": re.compile(
        r"(?P<deep>deep[- ]synthesis)|(?P<algorithm>recommendation algorithm|algorithms?[- ](?:filing|registry)s?)"
        r"|(?P<registration>\bregist(?:er|ers|ered|ration|rations|ry)\b)"
        r"|(?P<filing>\bfil(?:ed|ing|ings)\b|\bapprov\w+|\bclear(?:ed|s|ance)\b|green[- ]?li(?:gh)?t)",
        re.I,
    ),
}
_KINDS = {
    "deep": Kind.DEEP_SYNTHESIS_FILING,
    "registration": Kind.GENAI_REGISTRATION,
    "algorithm": Kind.ALGORITHM_FILING,
    "filing": Kind.GENAI_FILING,
}
_BUILT_ON = {
    "zh": re.compile(
        r"(?:调用|接入|基于|依托|使用|通过接口)[^，。；、]{0,12}?备案(?:的)?(?:大|语言)?(?:模型|服务)"
        r"|已(?:经)?备案的?(?:大|语言)?模型(?=[^，。；、]{0,6}(?:的|能力|接口))"
    ),
    "en": re.compile(
        r"\b(?:(?:rel(?:y|ies|ying)|draw(?:s|ing)?) (?:up)?on|call(?:s|ing)?|us(?:e|es|ing)|buil[dt] on"
        r"|interfaces? (?:of|to)|on top of)\b"
        r"[^,.;]{0,40}?\b(?:filed|approved|registered)\b(?: by others| elsewhere)?"
        r"|\bmodels? (?:already )?(?:filed|approved)(?: by others)?\b(?= and| are)",
        re.I,
    ),
}
_ALGORITHMS = re.compile(r"算法|\balgorithms?\b", re.I)
_DEEP = re.compile(r"深度合成|生成合成|deep[- ]synthesis", re.I)
_OPENING = 1500


def count_kind(counted: Counted) -> Kind:
    """The kind of a count: by its own stretch, its sentence, the sentences before it, the title."""
    reading, count = counted.reading, counted.count
    around = "\n".join([counted.sentence, *counted.earlier])
    for piece in counted.around:
        kind = _nearest(reading.plain[piece.start : piece.end], count.start - piece.start, reading.language)
        if kind is not None:
            return _of_algorithms(kind, count, around)
    contexts = [counted.sentence, *counted.earlier, reading.title, reading.plain[:_OPENING]]
    return _of_algorithms(kind_of(contexts, reading.language, None), count, around + reading.title)


def _nearest(words: str, at: int, language: str) -> Kind | None:
    """The kind of the procedure named nearest to offset `at`; what a service is built on doesn't count."""
    words = _BUILT_ON[language].sub(lambda match: " " * len(match[0]), words)
    found = list(_PROCEDURES[language].finditer(words))
    if not found:
        return None
    best = min(found, key=lambda match: (match.lastgroup != "deep", max(match.start() - at, at - match.end())))
    return _KINDS[str(best.lastgroup)]


def _of_algorithms(kind: Kind, count: Count, around: str) -> Kind:
    """Algorithms are counted by lists of their own: those of deep synthesis where the text speaks of it."""
    if kind not in (Kind.GENAI_FILING, Kind.ALGORITHM_FILING) or not _ALGORITHMS.search(count.what):
        return kind
    if "模型" in count.what:
        return kind
    return Kind.DEEP_SYNTHESIS_FILING if _DEEP.search(around) else Kind.ALGORITHM_FILING
