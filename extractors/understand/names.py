"""Keys under which two spellings of a company, a product or a filing number are the same."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from extractors.records import Kind
from extractors.understand.chars import plain

_DROPPED = re.compile(
    r"[\s\u200b-\u200f\u2060\ufeff·・‧\-‐-―_.,，。、:：;；!！'\"“”‘’`「」『』《》〈〉()（）\[\]【】&|/]+"
)
_LEGAL_TAIL = re.compile(
    r"(?:(?<=..)(?:集团)?(?:股份有限公司|有限责任公司|有限公司|股份公司)(?:有限合伙)?"
    r"|(?<=..)(?:coltd|companylimited|incorporated|inc|ltd|limited|corp|corporation|llc|plc))$"
)
_PRODUCT_TAIL = re.compile(r"(?<=.)(?:大语言模型|大模型|模型|服务|算法|演算法|largelanguagemodel|llm|model|app)$")
_NUMBER = re.compile(r"^[a-z]+-.+-\d{8}(?:\d{4})?(?:s\d{4})?$")
_REGISTRATION = re.compile(r"\d{8}(?:\d{4})?s\d{4}$")
_ALGORITHM = re.compile(r"^(?:网信算备)?\d{19,23}号?$")


def squeeze(name: str) -> str:
    """NFKC, lower case, simplified; no spaces, quotes or punctuation."""
    for _ in range(3):  # dropping a character may let its neighbours combine
        name = _DROPPED.sub("", plain(unicodedata.normalize("NFKC", name)).lower())
    return name


@lru_cache(maxsize=8192)
def company_key(name: str) -> str:
    """The identity of a company name: squeezed, and without its legal tail where something remains."""
    key = squeeze(name)
    while (bare := _LEGAL_TAIL.sub("", key)) != key:
        key = bare
    return key


@lru_cache(maxsize=8192)
def product_key(name: str) -> str:
    """The identity of a product name: squeezed, without a generic tail such as 大模型 where something remains."""
    key = squeeze(name)
    while (bare := _PRODUCT_TAIL.sub("", key)) != key:
        key = bare
    return key


def number_key(filing_no: str) -> str | None:
    """The identity of a filing number, or None where it is damaged (and so no key)."""
    key = "".join(plain(unicodedata.normalize("NFKC", filing_no)).lower().split())
    key = re.sub(r"[‐-―−_]", "-", key)
    if _ALGORITHM.match(key):
        digits = key.removeprefix("网信算备").removesuffix("号")
        return f"网信算备{digits}号" if len(digits) == 21 else None
    return key if _NUMBER.match(key) else None


def number_kind(filing_no: str) -> Kind | None:
    """The kind that the shape of a number tells; None where the wording must (网信算备, damaged)."""
    key = number_key(filing_no)
    if key is None or key.startswith("网信算备"):
        return None
    return Kind.GENAI_REGISTRATION if _REGISTRATION.search(key) else Kind.GENAI_FILING
