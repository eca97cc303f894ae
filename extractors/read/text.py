"""From parsed HTML to plain text: one line for each paragraph, one for each table row."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

CELL = " | "
"""Between the cells of a table row."""

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
_WRAPPED = re.compile(r"(?<=[\u3001-\u9fff\uff00-\uffef])\s*\n\s*(?=[\u3001-\u9fff\uff00-\uffef])")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")


def clean(text: str) -> str:
    """Without what a database can't keep: NUL and lone surrogates."""
    return _UNSAFE.sub("", text)


def lines(text: str) -> str:
    """White space folded: single spaces, no blank line, no space at the ends of a line."""
    folded = _SPACES.sub(" ", _INVISIBLE.sub("", clean(text)))
    return "\n".join(line for line in map(str.strip, folded.split("\n")) if line)


def fragment_text(html: str) -> str:
    """The text of a piece of HTML, or of plain text with entities in it."""
    return node_text(LexborHTMLParser(clean(html)).body)


def shown_text(tree: LexborHTMLParser) -> str:
    """All that a page shows, its title first."""
    return f"{node_text(tree.css_first('title'))}\n{node_text(tree.body)}"


def node_text(node: LexborNode | None) -> str:
    """What a node shows: paragraphs joined by newlines, table rows as their cells joined by " | "."""
    if node is None:
        return ""
    out: list[str] = []
    rows: list[int] = []
    cells: list[list[int]] = []
    for part, entering in _walk(node):
        tag = part.tag or ""
        if tag == "-text":
            out.append(_WRAPPED.sub("", part.text_content or "").replace("\n", " "))
        elif tag == "tr" and entering:
            rows.append(len(out))
            cells.append([])
        elif tag == "tr":
            start = rows.pop()
            out[start:] = [_row(out, start, cells.pop())]
        elif tag in ("td", "th") and entering and cells:
            cells[-1].append(len(out))
        if tag in _BREAKS:
            out.append("\n")
    return lines("".join(out))


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Every node twice, on entering and on leaving (text once); no recursion, since depth is the page's."""
    stack = [(root, True)]
    while stack:
        node, entering = stack.pop()
        tag = node.tag or ""
        if tag in _SKIP:
            continue
        yield node, entering
        if entering and tag != "-text":
            stack.append((node, False))
            stack.extend([(child, True) for child in node.iter(include_text=True)][::-1])


def _row(out: list[str], start: int, cells: list[int]) -> str:
    """One table row as a line; a row that only lays out the page stays as its paragraphs."""
    ends = [*cells[1:], len(out)]
    texts = [lines("".join(out[begin:end])) for begin, end in zip(cells, ends, strict=True)]
    filled = [text for text in texts if text]
    if len(filled) < 2 or max(map(len, filled)) > _LONG_CELL or any(CELL in text for text in filled):
        return "\n" + "".join(out[start:]) + "\n"
    return "\n" + CELL.join(text.replace("\n", " ") for text in texts) + "\n"
