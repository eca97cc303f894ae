"""Characters: a form of a text in which rules need one spelling only, at unchanged offsets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

_WIDE = {0xFF01 + offset: 0x21 + offset for offset in range(94)}
_KEPT_WIDE = "，；：！？（）"
_CHINESE = re.compile("[\u3400-\u9fff]+")
_LATIN = re.compile("[A-Za-z]+")


@cache
def plain_table() -> dict[int, str]:
    """The translation behind `plain`: one character for one."""
    lines = data_text("t2s.txt").splitlines()
    table = {ord(pair[0]): pair[1] for line in lines if not line.startswith("#") for pair in line.split()}
    table |= {wide: chr(narrow) for wide, narrow in _WIDE.items() if chr(wide) not in _KEPT_WIDE}
    table |= {0x3000: " ", 0xA0: " ", 0x2007: " ", 0x202F: " ", 0x2011: "-", 0x2010: "-", 0x2012: "-", 0xFE63: "-"}
    table |= {ord("‧"): "·", ord("・"): "·", ord("•"): "·", 0: " ", ord("’"): "'"}
    return table | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


def plain(text: str) -> str:
    """`text` in simplified characters and half-width letters and digits; `len(plain(t)) == len(t)`."""
    return text.translate(plain_table())


def data_text(name: str) -> str:
    """A data file of this package."""
    return (files("extractors.understand") / "data" / name).read_text(encoding="utf-8")


def beginning(words: Iterable[str]) -> str:
    """A pattern that looks whether one of `words` may begin here: before their alternation it makes search fast."""
    return "(?=[" + re.escape("".join(sorted({word[0] for word in words}))) + "])"


def language_of(text: str) -> str:
    """`zh` or `en`, by the share of Chinese characters among the letters of the first 20,000 characters."""
    head = text[:20_000]
    chinese, latin = (sum(map(len, pattern.findall(head))) for pattern in (_CHINESE, _LATIN))
    return "zh" if chinese * 4 > latin else "en"
