"""Folds: who answers to which article, so that no model is asked what it was taught."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from extractors.training.corpus import Annotated

FOLDS = 3
_HANDS = 2 * FOLDS
"""So many hands must have written for each to be kept in one fold."""


def folds_of(articles: Sequence[Annotated]) -> list[int]:
    """The fold of each article, 0 to FOLDS - 1; every fold has its share of each language.

    What one hand wrote is in one fold: a model answers to hands that it never read, as it will in use. Where few hands
    wrote, copies of one text and stories of one event are in one fold. Skeletons, whose answers aren't counted, are
    dealt out one by one.
    """
    many = len({article.hand for article in articles if article.whole}) >= _HANDS
    units = [article.hand if many and article.whole else article.family for article in articles]
    english = Counter(unit for unit, article in zip(units, articles, strict=True) if article.article.language == "en")
    held = {True: [0] * FOLDS, False: [0] * FOLDS}
    fold: dict[str, int] = {}
    for unit, size in sorted(Counter(units).items(), key=lambda pair: (-pair[1], pair[0])):
        mine = held[2 * english[unit] > size]
        fold[unit] = mine.index(min(mine))
        mine[fold[unit]] += size
    return [fold[unit] for unit in units]
