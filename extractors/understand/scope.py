"""Of which place a stated total speaks, and whether it is a floor ("more than 40")."""

from __future__ import annotations

import re
from dataclasses import replace

from extractors.records import Article, Claim
from extractors.understand.chars import plain
from extractors.understand.regions import regions

NATIONAL = "全国"
"""The place of a total that counts the whole country."""
_WHOLE = re.compile(
    r"全国|我国|国内|中国|国家网信办|国家互联网信息办公室|中央网信办|\b(?:nationwide|China|Chinese|CAC)\b|\bcountry's\b"
)
_ABROAD = re.compile(r"中国(?:电信|移动|联通|平安|工商|建设|农业|银行|石油|石化)")
_SENTENCE = re.compile(r"[^。！？!?\n]*")
_FLOOR_BEFORE = re.compile(r"(?:超过|超|逾|多于|突破|近?不少于|more than|over|at least|exceed\w*|past)\s*$", re.I)
_FLOOR_AFTER = re.compile(r"^\s*(?:余|多|\+|or more)")


def scoped(claims: tuple[Claim, ...], article: Article) -> tuple[Claim, ...]:
    """The claims with the place that the article gives them: its sentence, else its title; else they keep none."""
    return tuple(_scoped(claim, article) for claim in claims)


def _scoped(claim: Claim, article: Article) -> Claim:
    value = claim.cumulative if claim.cumulative is not None else claim.count
    found = re.search(rf"(?<![\d.]){value}(?![\d.])", article.text) if value is not None else None
    sentence = _around(article.text, found.start()) if found else ""
    return replace(
        claim,
        place=claim.place or place_of(sentence) or place_of(article.title),
        at_least=claim.at_least or (found is not None and _is_floor(article.text, found.start(), found.end())),
    )


def place_of(text: str) -> str | None:
    """全国, the province that a text names first, or None."""
    said = plain(_ABROAD.sub("", text))
    return NATIONAL if _WHOLE.search(said) else regions().of_text(said)


def _around(text: str, at: int) -> str:
    return next((match[0] for match in _SENTENCE.finditer(text) if match.start() <= at < match.end()), "")


def _is_floor(text: str, start: int, end: int) -> bool:
    return bool(_FLOOR_BEFORE.search(text[max(0, start - 12) : start]) or _FLOOR_AFTER.search(text[end : end + 8]))
