"""What every reader of a file gives: its lines and tables in the order of the document, no meaning yet."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from extractors.read.guard import UnreadablePage

Cells = tuple[str, ...]

MOST_ROWS = 100_000
"""More rows than ten times the largest official list are no list."""
MOST_COLUMNS = 60

_UNPRINTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u2060\ufeff\ud800-\udfff]")
_GAP = re.compile(r"[^\S\n]+")
_BREAK = re.compile(r" *\n+ *")
_RADICALS = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]")


_PARTS = """
⺁厂 ⺄乙 ⺇几 ⺈刀 ⺊卜 ⺌小 ⺍小 ⺎兀 ⺒巳 ⺓幺 ⺛旡 ⺜日 ⺝月 ⺟母 ⺠民 ⺧牛 ⺩王 ⺪疋 ⺬示
⺮竹 ⺵网 ⺶羊 ⺻聿 ⺼肉 ⺽臼 ⻁虎 ⻃西 ⻄西 ⻅见 ⻆角 ⻇角 ⻉贝 ⻊足 ⻋车 ⻑長 ⻒長 ⻓长 ⻔门
⻗雨 ⻘青 ⻙韦 ⻚页 ⻛风 ⻜飞 ⻝食 ⻡首 ⻢马 ⻣骨 ⻤鬼 ⻥鱼 ⻦鸟 ⻧卤 ⻨麦 ⻩黄 ⻪黾 ⻫斉 ⻬齐
⻭歯 ⻮齿 ⻯竜 ⻰龙 ⻱龜 ⻲亀 ⻳龟 ⼾户 ⾭青
"""
_PART = {pair[0]: pair[1] for pair in _PARTS.split()}
"""Characters that fonts name by a radical: NFKC knows only one of the two blocks, and two in an older form."""


class UnreadableList(UnreadablePage):
    """A file gives no list; the message says why, and the way out."""


class NoList(UnreadableList):
    """A file that can be read, and holds no table at all."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One table: rows of cells as printed, not always of one width. `place` says where, for people.

    `page` is the page of a PDF (from 1): a table that goes on there may begin with the rest of a broken row.
    """

    rows: tuple[Cells, ...]
    place: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """The lines and tables of a file in order.

    `notes` tell what else was found and left alone; `doubts` why some of it may be missing.
    """

    blocks: tuple[str | Grid, ...]
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def grids(self) -> tuple[Grid, ...]:
        """Its tables."""
        return tuple(block for block in self.blocks if isinstance(block, Grid))


def tidy(text: str) -> str:
    """A cell as people see it: no control or invisible characters, blanks folded, a broken line joined.

    A line break between two Latin words was a blank; beside a Chinese character it was none. Radicals that a
    font names in place of the characters (U+2F24 for 大) are the characters.
    """
    text = _UNPRINTED.sub("", text.replace("\r", "\n"))
    text = _RADICALS.sub(lambda match: _PART.get(match[0]) or unicodedata.normalize("NFKC", match[0]), text)
    text = _GAP.sub(" ", text).strip()
    return _BREAK.sub(lambda match: _joint(text[match.start() - 1], text[match.end()]), text)


def _joint(before: str, after: str) -> str:
    return " " if (before.isascii() and before.isalnum() and after.isascii() and after.isalnum()) else ""


def squeezed(text: str) -> str:
    """NFKC without any blank: the form in which two prints of one cell are the same."""
    return "".join(unicodedata.normalize("NFKC", text).split())
