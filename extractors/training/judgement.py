"""Training of the weights: logistic regressions over the signs of names and pairs, trees over measures of facts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

from extractors.training.corpus import Annotated, Truth
from extractors.training.regression import CERTAIN, Bag, fit, fit_bags
from extractors.understand.candidates import Candidate
from extractors.understand.claims import claims_of
from extractors.understand.entities import Role
from extractors.understand.lexicon import Lexicon
from extractors.understand.measures import Measured, Neighbours, measured
from extractors.understand.mentions import Group
from extractors.understand.owner_signs import owner_signs
from extractors.understand.relevance import relevance_measures
from extractors.understand.scene import Scene
from extractors.understand.signs import article_signs, group_signs, mention_signs
from extractors.understand.trees import MISSING, NO_TREES, Tree, Trees
from extractors.understand.verdicts import options_of
from extractors.understand.weights import Weigher, Weights, chance

_BOOSTING: dict[str, Any] = {
    "n_estimators": 220,
    "learning_rate": 0.05,
    "max_depth": 4,
    "min_samples_leaf": 15,
    "subsample": 0.6,
    "max_features": 0.3,
    "random_state": 20231,
}

Row = tuple[Measured, int]
"""The measures of a candidate fact, and 1 where it is right."""


@dataclass(frozen=True, slots=True)
class Read:
    """A training article as it was read."""

    annotated: Annotated
    scene: Scene

    def names(self, group: Group) -> set[str]:
        """The forms of a name in the text."""
        return {self.scene.reading.plain[m.start : m.end] for m in group.mentions}


def bags_of(reads: Sequence[Read]) -> list[tuple[Read, Group, Bag]]:
    """Every name of every article with its signs."""
    return [(read, group, _bag(read, group)) for read in reads for group in read.scene.groups]


def _bag(read: Read, group: Group) -> Bag:
    common = group_signs(read.scene, group)
    return [common + mention_signs(read.scene, mention, group.key) for mention in group.mentions]


def _named(read: Read, group: Group, truths: Iterable[Truth]) -> int:
    """1 where a truth names the group, be it as history, else 0."""
    names = read.names(group)
    return int(any(t.is_company(names) if group.role == "company" else t.is_product(names) for t in truths))


def fit_owner(reads: Sequence[Read], lexicon: Lexicon) -> Weigher:
    """The weigher of ownership, from every product whose company is annotated."""
    rows: list[tuple[Iterable[str], int]] = []
    for read in reads:
        for product in read.scene.products:
            truths = [t for t in read.annotated.truths if t.company and t.is_product(read.names(product))]
            for company in read.scene.companies if truths else ():
                right = any(truth.is_company(read.names(company)) for truth in truths)
                rows.append((sorted(owner_signs(read.scene, product, company, lexicon)), int(right)))
    return fit(rows, rare=2)


def fit_parts(reads: Sequence[Read], lexicon: Lexicon) -> Weights:
    """All weighers; the trees weigh nothing yet."""
    known = [read for read in reads for _ in range(read.annotated.times)]
    bags = bags_of(known)

    def names(role: Role) -> Weigher:
        return fit_bags([(_named(r, group, r.annotated.approved), bag) for r, group, bag in bags if group.role == role])

    return Weights(
        names("company"),
        names("product"),
        fit_bags([(_named(read, group, read.annotated.revoked), bag) for read, group, bag in bags]),
        fit_owner(known, lexicon),
        fit([(article_signs(r.scene), int(bool(r.annotated.approved))) for r in known]),
        NO_TREES,
        NO_TREES,
        "",
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """An article with its candidate facts, each with its measures and whether it is right."""

    read: Read
    near: Neighbours
    options: list[Candidate]
    rows: list[Row]


def asked(reads: Sequence[Read], weights: Weights, lexicon: Lexicon) -> list[Asked]:
    """The candidate facts of articles that `weights` were not fitted on."""
    found: list[Asked] = []
    for read in reads:
        near, options = options_of(read.scene, weights, lexicon)
        rows = [(measured(option, near), _right(read, option, options)) for option in options]
        found.append(Asked(read, near, options, rows))
    return found


def relevance_rows(articles: Iterable[Asked], trees: Trees) -> list[Row]:
    """The measures of whole articles, by trees of facts that were not fitted on them, and whether each is relevant."""
    return [row for each in articles for row in [_relevance(each, trees)] * each.read.annotated.times]


def _relevance(article: Asked, trees: Trees) -> Row:
    chances = map(chance, trees.scores([told for told, _ in article.rows]))
    scored = list(zip(chances, article.options, strict=True))
    claims = claims_of(article.read.scene.reading, approvals=False)
    return relevance_measures(article.near, scored, claims), int(article.read.annotated.relevant)


def rows_of(articles: Iterable[Asked]) -> list[Row]:
    """All their rows."""
    return [row for article in articles for row in article.rows * article.read.annotated.times]


def fit_facts(rows: Sequence[Row]) -> Trees:
    """Trees that tell which candidates (of whatever kind) are right."""
    if len({answer for _, answer in rows}) < 2:
        return Trees((), CERTAIN if rows and rows[0][1] else -CERTAIN, ())
    names = tuple(sorted({name for told, _ in rows for name in told}))
    values = np.array([[told.get(name, MISSING) for name in names] for told, _ in rows])
    model = GradientBoostingClassifier(**_BOOSTING).fit(values, [answer for _, answer in rows])
    share = sum(answer for _, answer in rows) / len(rows)
    grown = [_tree(each[0].tree_, _BOOSTING["learning_rate"]) for each in model.estimators_]
    return Trees(names, round(math.log(share / (1 - share)), 4), tuple(grown))


def _tree(grown: Any, rate: float) -> Tree:
    leaf = grown.children_left < 0
    return Tree(
        tuple(int(measure) if not end else -1 for measure, end in zip(grown.feature, leaf, strict=True)),
        tuple(0.0 if end else round(float(bound), 4) for bound, end in zip(grown.threshold, leaf, strict=True)),
        tuple(map(int, grown.children_left)),
        tuple(map(int, grown.children_right)),
        tuple(
            round(float(value) * rate, 4) if end else 0.0 for value, end in zip(grown.value[:, 0, 0], leaf, strict=True)
        ),
    )


def _right(read: Read, option: Candidate, options: Sequence[Candidate]) -> int:
    """Whether a candidate is annotated, be it as history.

    A company alone is wrong where its product is read with another company of the same fact: one fact is said once.
    """
    matching = [truth for truth in read.annotated.approved if _tells(read, option, truth)]
    if option.product is None:
        matching = [truth for truth in matching if not _told_fully(read, option, truth, options)]
    return int(bool(matching))


def _told_fully(read: Read, alone: Candidate, truth: Truth, options: Sequence[Candidate]) -> bool:
    return any(
        option.product is not None
        and option.company is not None
        and alone.company is not None
        and option.company.group is not alone.company.group
        and truth.product
        and _tells(read, option, truth)
        for option in options
    )


def _tells(read: Read, option: Candidate, truth: Truth) -> bool:
    company = read.names(option.company.group) if option.company else set()
    product = read.names(option.product.group) if option.product else set()
    if truth.company:
        if not company or not truth.is_company(company):
            return False
        return not product or not truth.product or truth.is_product(product)
    return bool(product) and truth.is_product(product)
