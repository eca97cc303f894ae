"""Whole numbers as Chinese and English texts write them."""

from __future__ import annotations

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "○": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_ORDINALS = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]
_TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}

CHINESE = "零〇○一二两三四五六七八九十百千"
ENGLISH = "|".join(sorted([*_WORDS, *_TENS], key=len, reverse=True))
ENGLISH_ORDINALS = "|".join([*_ORDINALS, "inaugural", "maiden"])


def whole(text: str) -> int | None:
    """The number that `text` writes in digits, Chinese numerals or an English word; None for anything else."""
    text = text.strip().lower().replace(",", "").replace("，", "")
    if text.isascii() and text.isdigit():
        return int(text) if len(text) < 10 else None
    if text in _WORDS:
        return _WORDS.index(text)
    return _TENS.get(text) if text in _TENS else _chinese(text)


def ordinal(text: str) -> int | None:
    """The rank that `text` writes: `fourth`, `4th`, `inaugural`, `四`, `首`."""
    text = text.strip().lower()
    if text in ("inaugural", "maiden", "首"):
        return 1
    if text in _ORDINALS:
        return _ORDINALS.index(text)
    return whole(text[:-2] if text[-2:] in ("st", "nd", "rd", "th") else text)


def _chinese(text: str) -> int | None:
    if not text or any(char not in _DIGITS and char not in _UNITS for char in text):
        return None
    if not any(char in _UNITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text)) if len(text) < 10 else None
    total = digit = 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        else:
            total += (digit or 1) * _UNITS[char]
            digit = 0
    return total + digit
