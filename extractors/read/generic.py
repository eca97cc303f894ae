"""Articles of pages whose structure nobody has written down."""

from __future__ import annotations

from extractors.read.density import density_text
from extractors.read.text import fragment_text

LARGEST = 1_000_000
"""Characters of a page that is read twice; a larger one has no time for that."""
ALIKE = 0.95
"""The share of one text's characters that must stand in the other for it to be a part of that."""
TRIMMED = (0.6, 0.85)
"""How much shorter a second opinion may be that only drops what follows the article."""
LONGER = 1.35
"""How much longer a second opinion must be, to show that the first one lost a part of the article."""
NEAR = 0.75
"""How near to each other two readings are in length that need no third one: the shorter one's share of the longer."""


def generic_text(html: str) -> str:
    """The main text of any article page; empty where none is found.

    trafilatura finds it (favouring precision), unless our own reader, by the weight of paragraphs, found the same
    article without a tail of other things, or much more of it. trafilatura compares its own reading with those of other
    programs, which takes half of its time: only where it and ours are of different lengths.
    """
    if len(html) > LARGEST:
        return _trafilatura(html)
    second = density_text(html)
    first = _trafilatura(html, fast=True)
    if not are_near(first, second):
        first = _trafilatura(html)
    return second if is_better(second, first) else first


def are_near(one: str, other: str) -> bool:
    """Whether two readings found about as much."""
    short, long = sorted((len(one), len(other)))
    return short > 0 and short >= NEAR * long


def is_better(second: str, first: str) -> bool:
    """Whether the second reading of a page is the better one: a larger part of the article, or less around it."""
    if not first or not second:
        return bool(second)
    share = len(second) / len(first)
    if share >= LONGER:
        return _part(first, second) >= ALIKE
    # A notice begins with the words that its table is about: what drops the beginning is not the same article.
    begins = first.partition("\n")[0] in second
    return begins and TRIMMED[0] <= share <= TRIMMED[1] and _part(second, first) >= ALIKE


def _part(small: str, large: str) -> float:
    """The share of the characters of `small` whose whole lines stand in `large`."""
    there = set(large.split("\n"))
    rows = small.split("\n")
    return sum(len(row) for row in rows if row in there) / max(1, sum(map(len, rows)))


def _trafilatura(html: str, *, fast: bool = False) -> str:
    """Its own plain text is not used, since it marks up lists and tables in ways that are not the page's."""
    from trafilatura import extract

    try:
        found = extract(
            html,
            fast=fast,
            output_format="html",
            favor_precision=True,
            include_comments=False,
            include_tables=True,
            with_metadata=False,
        )
    except Exception:  # a third party's code on a hostile page: whatever it raises, it found no article
        return ""
    return fragment_text(found) if found else ""
