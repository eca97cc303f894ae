"""From bytes to text: which charset a page is in, whatever it says of itself."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEAD = 4096
_LABEL = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WEB = ("utf-8", "big5", "cp", "iso8859", "euc_", "shift_jis", "koi8")
_LATIN = {"cp1252", "iso8859-1", "iso8859-15", "ascii"}
_ASCII = bytes(range(128))
_CJK_RUN = re.compile(rb"[\x80-\xff]{4}")
_COMMON = "的一是在不了有和人中大为為年月日国國公司"


@dataclass(frozen=True, slots=True)
class Decoded:
    """`text`, the Python name of the charset it was in, and how many U+FFFD it holds (a sign of damage)."""

    text: str
    charset: str
    replaced: int


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """Decode a response by its byte-order mark, or by the first charset that fits every byte. Never raises.

    UTF-8 is tried before any label, since text that is valid UTF-8 is UTF-8 and pages labelled gbk that
    are not are common; then the header's and the page's labels, then GB18030 or Big5. Where none fits,
    the one that damages least is taken, with U+FFFD for what it can't say.
    """
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return _lossy(body[len(mark) :], charset)
    utf8 = _lossy(body, "utf-8")
    if _is_mostly(body, utf8):
        return utf8
    labels = tuple(_labels(body, content_type))
    unlabelled = ("cp1252",) if not _CJK_RUN.search(body) else _chinese(body)
    for charset in (*labels, *unlabelled):
        text = _strict(body, charset)
        if text is not None:
            return Decoded(text, charset, text.count("\ufffd"))
    rest = [_lossy(body, charset) for charset in (*labels, "gb18030", "big5hkscs")]
    return min((utf8, *rest), key=lambda decoded: decoded.replaced)


def _is_mostly(body: bytes, utf8: Decoded) -> bool:
    """Whether this is UTF-8, forgiving the odd character that was cut in two (one in twenty)."""
    if not utf8.replaced:
        return True
    high = len(body.translate(None, _ASCII))
    return utf8.replaced * 60 <= high


def _labels(body: bytes, content_type: str | None) -> Iterator[str]:
    header = _LABEL.findall((content_type or "").encode("ascii", "replace"))
    for label in (*header, *_LABEL.findall(body[:_HEAD])):
        name = _python_name(label.decode("ascii", "replace"))
        # Servers call everything Latin-1 by default; runs of high bytes are not European text.
        if name and not (name in _LATIN and _CJK_RUN.search(body)):
            yield "cp1252" if name in _LATIN else name


def _python_name(label: str) -> str | None:
    bare = re.sub(r"[^a-z0-9]", "", label.lower()).removeprefix("x")
    if bare.startswith(("gb", "euccn", "cngb", "cp936", "ms936", "windows936")):
        return "gb18030"
    if bare.startswith("big5") or bare == "cp950":
        return "big5hkscs"
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    return name if name.startswith(_WEB) or name in _LATIN else None


def _chinese(body: bytes) -> tuple[str, str]:
    """GB18030 and Big5, the likelier first: nearly all Big5 bytes decode as GB18030, to rare characters."""
    simplified, traditional = _strict(body, "gb18030"), _strict(body, "big5hkscs")
    if simplified and traditional and _familiar(traditional) > _familiar(simplified):
        return "big5hkscs", "gb18030"
    return "gb18030", "big5hkscs"


def _familiar(text: str) -> int:
    return sum(map(text.count, _COMMON))


def _strict(body: bytes, charset: str) -> str | None:
    try:
        return str(body, charset)
    except (UnicodeError, ValueError):
        return None


def _lossy(body: bytes, charset: str) -> Decoded:
    text = body.decode(charset, "replace")
    return Decoded(text, charset, text.count("\ufffd"))
