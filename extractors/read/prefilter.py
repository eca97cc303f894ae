"""Can a page matter at all? Asked of its raw bytes, in any charset, before anything is parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ahocorasick_rs import BytesAhoCorasick

_CHINESE = """
备案 備案 登记 登記 存案 算备 算備 过审 過審 获批 獲批 批准 批出 放行 过关 過關 获准 獲准 入围 入圍 注销 註銷
准生证 準生證 上岗证 上崗證 通行证 通行證 开绿灯 開綠燈 拿到号 拿到號 上线编号 深度合成 生成式
网信 網信 名单 名單
"""
_ENGLISH = """
approv clearance clears cleared greenlit greenlight green-li filing filed register registr sanctioned
licens licenc go-ahead beian cyberspace
"""
_ENGLISH_PAIRS = ("green li", "the nod", "deep synthesis", "added to", "the list")
_TAG = re.compile(rb"<[^<>]{0,300}>")
_CHARSETS = ("utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be")
_LATIN_CHARSETS = ("utf-8", "utf-16-le", "utf-16-be")

# Every finding of a word, and every piece between two tags, takes more memory than its bytes: so it goes by windows.
LOOK = 64_000
LONGEST = 64
"""Bytes that are looked through at a time, and that the longest spelling of a word stays below."""
WINDOW = 250_000
BROKEN = 4_000
"""Bytes that are freed of tags and blanks at a time, and over which a word may be broken up from one to the next."""


class Prefilter:
    """Words without which no page states an approval, looked for in the bytes as they are, then without breaks."""

    def __init__(self) -> None:
        self._words = BytesAhoCorasick(sorted(set(_patterns())))

    def may_matter(self, body: bytes) -> bool:
        """Whether the page can state an approval: false only where it holds none of the words.

        Of a page larger than WINDOW, a word is not found whose characters are parted by more than BROKEN bytes.
        """
        return any(map(self._matters, _windows(body, WINDOW, BROKEN)))

    def _matters(self, body: bytes) -> bool:
        lowered = body.lower()
        return self._holds(lowered) or self._holds(_unbroken(lowered))

    def _holds(self, body: bytes) -> bool:
        return any(map(self._words.find_matches_as_indexes, _windows(body, LOOK, LONGEST)))


def _windows(body: bytes, size: int, overlap: int) -> Iterator[bytes]:
    """The body in parts of `size` bytes, each with the first `overlap` bytes of the next."""
    if len(body) <= size + overlap:
        yield body
        return
    for start in range(0, len(body), size):
        yield body[start : start + size + overlap]


def may_matter(body: bytes) -> bool:
    """`Prefilter().may_matter(body)`, for a single page."""
    return Prefilter().may_matter(body)


def _unbroken(body: bytes) -> bytes:
    """The bytes without what may part the characters of a word: tags and blanks."""
    return _TAG.sub(b"", body).replace(b"&nbsp;", b"").translate(None, b" \t\r\n")


def _patterns() -> Iterator[bytes]:
    for word in _CHINESE.split():
        for spelled in (word, "\u3000".join(word)):
            yield from (encoded for charset in _CHARSETS if (encoded := _encoded(spelled, charset)))
        yield "".join(f"&#{ord(char)};" for char in word).encode()
        yield "".join(f"&#x{ord(char):x};" for char in word).encode()
        yield "".join(f"\\u{ord(char):04x}" for char in word).encode()
        yield "".join(f"%{byte:02x}" for byte in word.encode()).encode()
    for word in (*_ENGLISH.split(), *_ENGLISH_PAIRS):
        yield from (word.encode(charset) for charset in _LATIN_CHARSETS)


def _encoded(word: str, charset: str) -> bytes | None:
    """The bytes of a word, as they are after ASCII letters in them were put in lower case."""
    try:
        return word.encode(charset).lower()
    except UnicodeEncodeError:
        return None
