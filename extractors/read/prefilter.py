"""Can a page matter at all? Asked of its raw bytes, in any charset, before anything is parsed.

Words may be parted by tags and blanks: where the first part of one stands before such a break, what follows is
looked at. So every byte is read once, whichever engine reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from ahocorasick_rs import BytesAhoCorasick, Implementation

from extractors.read.told import Told
from extractors.records import Raw

_CHINESE = """
备案 備案 登记 登記 存案 算备 算備 过审 過審 获批 獲批 批准 批出 放行 过关 過關 获准 獲准 入围 入圍 注销 註銷
准生证 準生證 上岗证 上崗證 通行证 通行證 开绿灯 開綠燈 拿到号 拿到號 上线编号 深度合成 生成式
网信 網信 名单 名單
"""
_ENGLISH = """
approv clearance clears cleared greenlit greenlight green-li filing filed register registr sanctioned
licens licenc go-ahead beian cyberspace
"""
_ENGLISH_PAIRS = (
    "green li", "the nod", "deep synthesis", "added to", "the list", "let through", "internet authority",
    "internet regulator", "internet watchdog",
)  # fmt: skip
_GB_STARTS = frozenset(word[0].encode("gb18030") for word in _CHINESE.split())
_CHARSETS = ("utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be")
_LATIN_CHARSETS = ("utf-8", "utf-16-le", "utf-16-be")
_BREAKS = (b"<", b" ", b"\t", b"\r", b"\n", b"&nbsp;")
"""How what parts the characters of a word begins."""
_FARTHEST = 4_000
"""Bytes within which a word that is parted goes on."""
_BREAK = rb"(?:<[^<>]{0,300}+>|&nbsp;|[ \t\r\n])"

Scan = Callable[[Raw, Callable[[int, int], bool]], bool]
"""Shows (pattern, offset behind it) of matches in bytes, in order, until it is told that this one was enough."""

_UTF8_START = 4
"""Bytes that the start of a word and a break have in UTF-8, at least."""
_LABELS = ((b"utf-8", b"utf8"), (b"gb2312", b"gbk", b"gb18030"))
"""How pages call their charset: those of which fewer words are looked for first."""
_CHARSET = b"charset="
_STATED = 2_000
"""Bytes in which a page states its charset."""
LOOK = 64_000
LONGEST = 64
"""Bytes that Aho-Corasick looks through at a time, since every finding takes more memory than its bytes, and that the
longest spelling of a word stays below."""


class Prefilter:
    """Words without which no page states an approval, looked for in the bytes as they are, and across breaks."""

    def __init__(self, engine: Callable[[list[bytes]], Scan] | None = None) -> None:
        """`engine` is `aho_corasick`, or `hyperscan` where it is installed: the verdicts are the same."""
        parted = _parted_words()
        # What fewer charsets have comes later, so that the others are known by the same numbers without it.
        ranks = {pattern: _rank(pattern, parted) for pattern in (*_patterns(), *parted)}
        patterns = sorted(ranks, key=lambda pattern: (ranks[pattern], pattern))
        self._parted = [parted.get(pattern) for pattern in patterns]
        self._wide = frozenset(at for at, word in enumerate(patterns) if b"\0" in word)
        kept = [sum(rank <= most for rank in ranks.values()) for most in range(len(_LABELS) + 1)]
        self._scans = [(engine or aho_corasick)(patterns[:count]) for count in kept]

    def may_matter(self, body: Raw) -> bool:
        """Whether the page can state an approval: false only where it holds none of the words."""
        return self._scan(body)(body, self._words_in(body))

    def may_tell(self, body: Raw) -> bool:
        """Whether a web page can state an approval in what it tells: words in its menus and scripts don't count."""
        is_word, told = self._words_in(body), Told(body)

        def tells(which: int, end: int) -> bool:
            # Of a word that is parted, what stands before the break: the break itself may be a tag.
            word = self._parted[which]
            return is_word(which, end) and (which in self._wide or told.at(end - word.overlap if word else end))

        return self._scan(body)(body, tells)

    def _scan(self, body: Raw) -> Scan:
        """A third of the time goes for what no page in the stated charset has; whole words are looked for in any."""
        return self._scans[_stated(body)]

    def _words_in(self, body: Raw) -> Callable[[int, int], bool]:
        """Whether a match is a word: all of one, or the start of one that goes on behind a break."""

        def is_word(which: int, end: int) -> bool:
            word = self._parted[which]
            if word is None:
                return True
            behind = end - word.overlap
            return word.rest.match(body, behind, behind + _FARTHEST) is not None

        return is_word


def aho_corasick(patterns: list[bytes]) -> Scan:
    """The engine that is always there: one pass of an automaton over the bytes in lower case."""
    words = BytesAhoCorasick(patterns, implementation=Implementation.DFA)

    def scan(body: Raw, enough: Callable[[int, int], bool]) -> bool:
        lowered = body.lower()
        for start in range(0, max(len(lowered) - LONGEST, 1), LOOK):
            found = words.find_matches_as_indexes(lowered[start : start + LOOK + LONGEST])
            if any(enough(which, start + end) for which, _, end in found):
                return True
        return False

    return scan


def hyperscan(patterns: list[bytes]) -> Scan:
    """Several times as fast. Not for threads: a scan has one place to work in."""
    import hyperscan as engine

    words: Any = engine.Database(mode=engine.HS_MODE_BLOCK)
    flags = [engine.HS_FLAG_CASELESS] * len(patterns)
    words.compile(
        expressions=[b"".join(b"\\x%02x" % byte for byte in pattern) for pattern in patterns],
        ids=list(range(len(patterns))),
        elements=len(patterns),
        flags=flags,
    )
    scratch = engine.Scratch(words)

    def scan(body: Raw, enough: Callable[[int, int], bool]) -> bool:
        def on_match(which: int, _start: int, end: int, _flags: int, _context: Any) -> bool:
            return enough(which, end)

        try:
            words.scan(body, match_event_handler=on_match, scratch=scratch)
        except engine.ScanTerminated:
            return True
        return False

    return scan


def fastest() -> Callable[[list[bytes]], Scan]:
    """The fastest engine that is installed."""
    return hyperscan if find_spec("hyperscan") else aho_corasick


def _stated(body: Raw) -> int:
    """Which of `_LABELS` a page states first of all; one beyond them for any other, and one that begins in UTF-16."""
    at = body.find(_CHARSET, 0, _STATED)
    if at < 0:
        at = body[:_STATED].lower().find(_CHARSET)
    if at < 0 or body.find(b"\0", 0, _STATED) >= 0:
        return len(_LABELS)
    stated = bytes(body[at + len(_CHARSET) : at + len(_CHARSET) + 20]).lower().lstrip(b"\"' ")
    return next((rank for rank, labels in enumerate(_LABELS) if stated.startswith(labels)), len(_LABELS))


def _rank(pattern: bytes, parted: Container[bytes]) -> int:
    """0 for what any page may have; 1 for what none in UTF-8 has, nor 2 one in GB18030.

    That is UTF-16, and starts of words of which a character has two bytes.
    """
    if b"\0" in pattern:
        return 2
    if len(pattern) >= _UTF8_START or pattern not in parted:
        return 0
    return 1 if pattern[:-1] in _GB_STARTS else 2


@dataclass(frozen=True, slots=True)
class _Parted:
    """What must follow the start of a word and a break, which begins `overlap` bytes before the match's end."""

    overlap: int
    rest: re.Pattern[bytes]


def _parted_words() -> dict[bytes, _Parted]:
    """The starts of words, each with the beginning of a break; words with the same start share it."""
    rests: dict[tuple[bytes, bytes], set[bytes]] = {}
    for word in _CHINESE.split():
        for parts in _spellings(word):
            for at in range(1, len(parts)):
                rest = _BREAK + b"*+" + (_BREAK + b"*+").join(map(re.escape, parts[at:]))
                for sign in _BREAKS:
                    rests.setdefault((b"".join(parts[:at]), sign), set()).add(rest)
    return {
        start + sign: _Parted(len(sign), re.compile(b"|".join(sorted(found)), re.IGNORECASE))
        for (start, sign), found in rests.items()
    }


def _spellings(word: str) -> Iterator[list[bytes]]:
    """The characters of a word, one by one, in the forms that breaks may part."""
    for charset in ("utf-8", "gb18030", "big5hkscs"):
        encoded = [_encoded(char, charset) for char in word]
        if None not in encoded:
            yield [char for char in encoded if char]
    yield [f"&#{ord(char)};".encode() for char in word]
    yield [f"&#x{ord(char):x};".encode() for char in word]


def _patterns() -> Iterator[bytes]:
    for word in _CHINESE.split():
        for spelled in (word, "\u3000".join(word)):
            yield from _in_charsets(spelled, _CHARSETS)
        yield "".join(f"&#{ord(char)};" for char in word).encode()
        yield "".join(f"&#x{ord(char):x};" for char in word).encode()
        yield "".join(f"\\u{ord(char):04x}" for char in word).encode()
        yield "".join(f"%{byte:02x}" for byte in word.encode()).encode()
    for word in _ENGLISH.split():
        yield from _in_charsets(word, _LATIN_CHARSETS)
    for pair in _ENGLISH_PAIRS:
        for blank in (" ", "\n", "\r\n", "&nbsp;"):
            yield from _in_charsets(pair.replace(" ", blank), _LATIN_CHARSETS)


def _in_charsets(word: str, charsets: Iterable[str]) -> Iterator[bytes]:
    yield from (encoded for charset in charsets if (encoded := _encoded(word, charset)))


def _encoded(word: str, charset: str) -> bytes | None:
    """The bytes of a word, as they are after ASCII letters in them were put in lower case."""
    try:
        return word.encode(charset).lower()
    except UnicodeEncodeError:
        return None
