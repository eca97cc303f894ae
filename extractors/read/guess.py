"""A guess at the list of articles on a page: the repeated structure whose links look like articles.

A guess is a draft for an operator to check; it never becomes a source by itself.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from config.source import Listing
from extractors.read.dates import parse_time
from extractors.read.text import node_text

FEWEST = 3
"""Links that make a list."""
STEPS = 6
"""Elements of a selector, at most."""
_NAME = re.compile(r"[A-Za-z][A-Za-z_-]{1,40}")
_HAN = re.compile(r"[\u3400-\u9fff]")
_ARTICLE = re.compile(r"\d{4,}|\d{4}[-/]\d{1,2}|\.s?html?$|/[^/]+(?:-[^/]+){3,}")
_BOXES = frozenset({"li", "tr", "dl", "article", "div", "section"})
_DATE_LENGTH = 40


@dataclass(frozen=True, slots=True)
class _Found:
    """One link: its element, its absolute address."""

    node: LexborNode
    url: str


def guess_list(tree: LexborHTMLParser, url: str, *, browser: bool = False) -> Listing | None:
    """The listing that a page fetched from `url` looks like; None where nothing on it looks like a list."""
    groups: dict[str, list[_Found]] = defaultdict(list)
    for found in _links(tree, url):
        groups[_selector(found.node)].append(found)
    ranked = sorted(groups.items(), key=lambda group: _points(group[1]), reverse=True)
    for selector, group in ranked[:5]:
        urls = {found.url for found in group}
        if len(urls) >= FEWEST and len(tree.css(selector)) <= 2 * len(group):
            parts = _boxed(tree, group) or {"items": selector}
            return Listing.model_validate(
                {"kind": "html", "url": url, "include": url_pattern(urls), "browser": browser, **parts}
            )
    return None


def url_pattern(urls: Iterable[str]) -> str | None:
    """A pattern for most of these addresses, digits and slugs left open; None where they have no common shape."""
    shapes = [_shape(url) for url in urls]
    if not shapes:
        return None
    shape, count = Counter(shapes).most_common(1)[0]
    return shape if count >= 0.8 * len(shapes) and r"\d" in shape else None


def _shape(url: str) -> str:
    parts = urlsplit(url)
    path = re.sub(r"/[A-Za-z0-9]+(?:-[A-Za-z0-9]+){3,}(?=[/.]|$)", "/\0", parts.path)
    return re.sub(r"\d+", r"\\d+", re.escape(path)).replace("\0", r"[\w-]+").replace("\\\\d", r"\d")


def _links(tree: LexborHTMLParser, page: str) -> Iterable[_Found]:
    for node in tree.css("a[href]"):
        try:
            url = urljoin(page, (node.attributes.get("href") or "").strip())
            parts = urlsplit(url)
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and _site(parts.hostname) == _site(urlsplit(page).hostname):
            text = node_text(node)
            if len(text) + len(_HAN.findall(text)) >= 16 and _ARTICLE.search(parts.path + parts.query):
                yield _Found(node, url)


def _site(host: str | None) -> str:
    """What two hosts of one site share, roughly: enough to tell an article from a partner's link."""
    labels = (host or "").split(".")
    second = len(labels) > 2 and labels[-2] in ("com", "gov", "org", "net", "edu", "co")
    return ".".join(labels[-3:] if second else labels[-2:])


def _points(group: Sequence[_Found]) -> float:
    """How much a group looks like the page's list: many links, long titles, a date beside them."""
    titles = {found.url: len(node_text(found.node)) for found in group}
    dated = sum(_date_in(_box(found.node, set(titles))) is not None for found in group) / len(group)
    return sum(min(length, 40) for length in titles.values()) * (1 + dated)


def _selector(node: LexborNode) -> str:
    """Where an element stands: tags and classes of its ancestors, up to one with an id."""
    steps: list[str] = []
    at: LexborNode | None = node
    while at is not None and at.tag not in ("body", "html", "-undef") and len(steps) < STEPS:
        step = _step(at)
        steps.append(step)
        if "#" in step:
            break
        at = at.parent
    return " > ".join(reversed(steps))


def _step(node: LexborNode) -> str:
    tag, own = node.tag or "*", node.attributes.get("id") or ""
    if _NAME.fullmatch(own):
        return f"{tag}#{own}"
    names = [name for name in (node.attributes.get("class") or "").split() if _NAME.fullmatch(name)]
    return f"{tag}.{names[0]}" if names and tag not in ("li", "tr") else tag


def _box(node: LexborNode, urls: set[str]) -> LexborNode:
    """The largest element around a link that holds no other link of its group."""
    box, own = node, node.attributes.get("href")
    others = {url.rpartition("/")[2] for url in urls}
    while (parent := box.parent) is not None and parent.tag not in ("body", "html"):
        hrefs = {a.attributes.get("href") for a in parent.css("a[href]")} - {own}
        if any((href or "").rpartition("/")[2] in others for href in hrefs):
            break
        box = parent
    return box


def _date_in(box: LexborNode) -> LexborNode | None:
    """The smallest element in a box that says nothing but a time."""
    found = None
    for node in box.css("*"):
        text = node_text(node)
        if 8 <= len(text) <= _DATE_LENGTH and parse_time(text):
            found = node
    return found


def _boxed(tree: LexborHTMLParser, group: Sequence[_Found]) -> dict[str, str] | None:
    """Selectors of boxes with link and time in them; None where most links have no time beside them."""
    urls = {found.url for found in group}
    boxes = [_box(found.node, urls) for found in group]
    dates = [(box, _date_in(box)) for box in boxes]
    kinds = Counter(_within(box, date) for box, date in dates if date is not None)
    if not kinds or boxes[0].tag not in _BOXES:
        return None
    parts = {
        "items": Counter(map(_selector, boxes)).most_common(1)[0][0],
        "link": _inside(group[0].node, boxes[0]),
        "published": kinds.most_common(1)[0][0],
    }
    return parts if _fits(tree, parts, group) else None


def _inside(link: LexborNode, box: LexborNode) -> str:
    """A link's selector inside its box: with the heading around it, where there is one."""
    parent = link.parent
    heading = parent is not None and parent.mem_id != box.mem_id and re.fullmatch(r"h[1-6]", parent.tag or "")
    return f"{parent.tag} > {_step(link)}" if heading and parent is not None else _step(link)


def _within(box: LexborNode, node: LexborNode) -> str:
    """What selects an element inside its box: counted among its siblings where its name alone finds another."""
    step = _step(node)
    first = box.css_first(step)
    if (first is not None and first.mem_id == node.mem_id) or node.parent is None:
        return step
    place = [child.mem_id for child in node.parent.iter()].index(node.mem_id) + 1
    return f"{step}:nth-child({place})"


def _fits(tree: LexborHTMLParser, parts: dict[str, str], group: Sequence[_Found]) -> bool:
    """Whether the selectors find most of the group again."""
    hrefs = {found.node.attributes.get("href") for found in group}
    try:
        links = [box.css_first(parts["link"]) for box in tree.css(parts["items"])]
    except SelectolaxError:
        return False
    found = [link for link in links if link is not None and link.attributes.get("href") in hrefs]
    return len(found) >= 0.8 * max(len(hrefs), len(links))
