"""From parsed HTML to plain text: one line for each paragraph, one for each table row."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

CELL = " | "
"""Between the cells of a table row."""

_BETWEEN_CELLS = "\0"  # no page has it: the text is cleaned before it is parsed
_LONG_CELL = 400
_SKIP = frozenset(
    re.findall(r"\w+", "script style noscript template iframe object svg math select textarea button head")
)
_BREAKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure"
        " footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead"
        " title tr ul",
    )
)
_UNSAFE = re.compile("[\x00\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+")
# A line wrapped in the source between two Han characters or Chinese marks is no space to its readers.
_WRAPPED = re.compile(r"(?<=[\u3001-\u9fff\uff00-\uffef])[^\S\n]*+\n\s*+(?=[\u3001-\u9fff\uff00-\uffef])")
_MARKUP = re.compile(r"[<&\r]")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")


@dataclass(slots=True)
class _Row:
    """A table row being read: where it and its cells begin in the output, and whether a table is in it."""

    start: int
    cells: list[int] = field(default_factory=list)
    lays_out: bool = False


def clean(text: str) -> str:
    """Without what a database can't keep: NUL and lone surrogates."""
    return _UNSAFE.sub("", text)


def lines(text: str) -> str:
    """White space folded: single spaces, no blank line, no space at the ends of a line."""
    return _folded(clean(text))


def _unwrapped(text: str) -> str:
    return _WRAPPED.sub("", text).replace("\n", " ") if "\n" in text else text


def _folded(text: str) -> str:
    folded = _SPACES.sub(" ", _INVISIBLE.sub("", text))
    return "\n".join(line for line in map(str.strip, folded.split("\n")) if line)


def fragment_text(html: str) -> str:
    """The text of a piece of HTML, or of plain text with entities in it."""
    html = clean(html)
    return node_text(LexborHTMLParser(html).body) if _MARKUP.search(html) else _folded(_unwrapped(html))


def shows_over(tree: LexborHTMLParser, count: int) -> bool:
    """Whether a page shows more characters than `count`, blanks left out; it is not read further than to know."""
    shown = 0
    for part, _ in walk(tree.body) if tree.body is not None else ():
        if part.tag == "-text":
            shown += len("".join(_INVISIBLE.sub("", part.text_content or "").split()))
            if shown > count:
                return True
    return False


def shown_text(tree: LexborHTMLParser) -> str:
    """All that a page shows, its title first."""
    return f"{node_text(tree.css_first('title'))}\n{node_text(tree.body)}"


def node_text(node: LexborNode | None, without: Collection[int] = ()) -> str:
    """What a node shows: paragraphs joined by newlines, table rows as their cells joined by " | ".

    Empty cells keep their place, but for those at the end of a row. `without` are nodes to leave out (`mem_id`).
    """
    if node is None:
        return ""
    out: list[str] = []
    rows: list[_Row] = []
    for part, entering in walk(node, without):
        tag = part.tag or ""
        if tag == "-text":
            out.append(_unwrapped(part.text_content or ""))
        elif tag == "tr" and entering:
            rows.append(_Row(len(out)))
        elif tag == "tr":
            _close(rows, out)
        elif tag in ("td", "th") and entering and rows:
            rows[-1].cells.append(len(out))
        if tag in _BREAKS:
            out.append("\n")
    return _folded("".join(out)).replace(_BETWEEN_CELLS, CELL)


def walk(root: LexborNode, without: Collection[int] = ()) -> Iterator[tuple[LexborNode, bool]]:
    """Every node that is shown, twice: on entering and on leaving (text once); no recursion, as depth is the page's.

    `without` are nodes to leave out, with all in them (`mem_id`).
    """
    stack = [(root, True)]
    while stack:
        node, entering = stack.pop()
        tag = node.tag or ""
        if tag in _SKIP or (without and node.mem_id in without):
            continue
        yield node, entering
        if entering and tag != "-text":
            stack.append((node, False))
            stack.extend([(child, True) for child in node.iter(include_text=True)][::-1])


def _close(rows: list[_Row], out: list[str]) -> None:
    """Turn the row that ends here into one line, unless it only lays out the page."""
    row = rows.pop()
    if rows:
        rows[-1].lays_out = True
    if row.lays_out:
        return
    ends = [*row.cells[1:], len(out)]
    cells = [_folded("".join(out[begin:end])) for begin, end in zip(row.cells, ends, strict=False)]
    filled = [cell for cell in cells if cell]
    if len(filled) > 1 and max(map(len, filled)) <= _LONG_CELL:
        out[row.start :] = ["\n", _BETWEEN_CELLS.join(cell.replace("\n", " ") for cell in cells).rstrip(_BETWEEN_CELLS)]
