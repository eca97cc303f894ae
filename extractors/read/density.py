"""The main text of a page by the weight of its paragraphs: a second opinion beside trafilatura's.

Each block of text gives its weight (characters, less three for each one in a link) to the elements around it,
less to each further one out; the heaviest element is the article, without its blocks that are mostly links.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from extractors.read.text import node_text, walk

_ASIDE = "nav, footer, aside, form, figcaption, [hidden]"
_NAMED = ", ".join(f"[{at}*={name} i]" for at in ("id", "class") for name in ("comment", "related", "recommend"))
_HOLDERS = frozenset({"div", "td", "section", "article", "main", "body"})
_BLOCKS = _HOLDERS | {"p", "pre", "blockquote", "li", "h2", "h3"}
_LISTS = frozenset({"div", "ul", "ol", "table", "section"})
_SHORTEST = 15
_SHORTEST_LOOSE = 30
_FAR = 4
_FADING = 0.75
_LINK = 3.0
_ITEM = 0.5
_MOSTLY_LINKS = 0.6
_LONGEST_LIST = 400


@dataclass(slots=True)
class _Open:
    """An element that is being read: characters of its own text and of all in it, and how many are in links."""

    node: LexborNode
    own: int = 0
    own_linked: int = 0
    all: int = 0
    linked: int = 0
    weight: float = 0.0


@dataclass(slots=True)
class _Weights:
    """What the walk over a page found: the heaviest element, and the blocks (`mem_id`) that are mostly links."""

    best: LexborNode | None = None
    most: float = 0.0
    lists: set[int] = field(default_factory=set)


def density_text(html: str) -> str:
    """The main text of a page; empty where it has none. The page must have passed `refuse_hostile`."""
    tree = LexborHTMLParser(html)
    if tree.body is None:
        return ""
    beside = {node.mem_id for node in tree.css(_ASIDE)} | _named(tree, tree.body)
    found = _weigh(tree.body, beside)
    return node_text(found.best, beside | found.lists - {found.best.mem_id}) if found.best else ""


def _named(tree: LexborHTMLParser, body: LexborNode) -> set[int]:
    """Readers' comments and other articles, by the names of their elements; a name like that may hold everything."""
    half = len(body.text()) / 2
    return {
        node.mem_id
        for node in tree.css(_NAMED)
        if node.tag not in ("body", "html", "main", "article") and len(node.text()) < half
    }


def _weigh(body: LexborNode, beside: set[int]) -> _Weights:
    """One walk over the page: elements are weighed as they close, so that all in them has been weighed before."""
    found = _Weights()
    stack: list[_Open] = []
    links = 0
    for node, entering in walk(body, beside):
        if node.tag == "-text":
            _read(stack, len((node.text_content or "").strip()), linked=links > 0)
        elif entering:
            links += node.tag == "a"
            stack.append(_Open(node))
        else:
            links -= node.tag == "a"
            _close(stack, found)
    return found


def _read(stack: list[_Open], length: int, *, linked: bool) -> None:
    """Text belongs to the innermost block around it."""
    block = next((opened for opened in reversed(stack) if opened.node.tag in _BLOCKS), None)
    if block is not None:
        block.own += length
        block.own_linked += length * linked
    stack[-1].all += length
    stack[-1].linked += length * linked


def _close(stack: list[_Open], found: _Weights) -> None:
    _spread(stack)
    closed = stack.pop()
    if closed.weight > found.most:
        found.best, found.most = closed.node, closed.weight
    if closed.node.tag in _LISTS and 0 < closed.all < _LONGEST_LIST and closed.linked > _MOSTLY_LINKS * closed.all:
        found.lists.add(closed.node.mem_id)
    if stack:
        stack[-1].all += closed.all
        stack[-1].linked += closed.linked


def _spread(stack: list[_Open]) -> None:
    """Give the weight of the innermost element to those around it; one that holds others keeps it, too."""
    block, tag = stack[-1], stack[-1].node.tag or ""
    if block.own < (_SHORTEST_LOOSE if tag in _HOLDERS else _SHORTEST):
        return
    weight = max(0.0, block.own - _LINK * block.own_linked) * (_ITEM if tag == "li" else 1.0)
    around = stack if tag in _HOLDERS else stack[:-1]
    for opened in reversed(around[-_FAR:]):
        opened.weight += weight
        weight *= _FADING
