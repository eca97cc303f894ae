"""Training of the weights: logistic regressions over the signs of names and pairs, trees over measures of facts."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from extractors.training.corpus import Annotated, Truth
from extractors.understand.candidates import Candidate, candidates, judge_names
from extractors.understand.entities import Role
from extractors.understand.lexicon import Lexicon
from extractors.understand.measures import Measured, Neighbours, measured
from extractors.understand.mentions import Group
from extractors.understand.owner_signs import owner_signs
from extractors.understand.scene import Scene
from extractors.understand.signs import group_signs, mention_signs
from extractors.understand.trees import MISSING, NO_TREES, Tree, Trees
from extractors.understand.weights import Weigher, Weights

_ROUNDS = 3
_RARE = 3
_STRENGTH = 0.5
"""The inverse of the L2 penalty."""
_WORDS = 0.1
"""How much of a word's sign counts beside a cue's: words are many, and each is seen seldom."""
_ENGLISH_WORDS = 0.1
_ENGLISH = re.compile(r"[a-z]{2}$|[a-z]{3}.$")
_WORD_SIGNS = ("<", ">", "in ", "on ", "under ")
_LIGHT = 0.004
"""Weights under this are left out of the file."""
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


def fit(rows: Sequence[tuple[Iterable[str], int]], rare: int = _RARE, strength: float = _STRENGTH) -> Weigher:
    """A weigher of these signs and answers (0 or 1); signs seen fewer than `rare` times are dropped."""
    signs = [set(row) for row, _ in rows]
    seen = Counter(sign for row in signs for sign in row)
    known = {sign: number for number, sign in enumerate(sorted(s for s, count in seen.items() if count >= rare))}
    cells = [(at, known[sign]) for at, row in enumerate(signs) for sign in row if sign in known]
    scale = np.array([_scale(sign) for sign in sorted(known)])
    values = scale[[column for _, column in cells]]
    matrix = csr_matrix((values, tuple(zip(*cells, strict=True))), shape=(len(signs), len(known)))
    model = LogisticRegression(C=strength, max_iter=600).fit(matrix, [answer for _, answer in rows])
    weights = {sign: round(float(model.coef_[0][at] * scale[at]), 4) for sign, at in known.items()}
    return Weigher(
        round(float(model.intercept_[0]), 4), {sign: weight for sign, weight in weights.items() if abs(weight) > _LIGHT}
    )


def _scale(sign: str) -> float:
    if not sign.startswith(_WORD_SIGNS):
        return 1.0
    return _ENGLISH_WORDS if _ENGLISH.search(sign) else _WORDS


def fit_names(reads: Sequence[Read], role: Role) -> Weigher:
    """The weigher of one role. An approved name is told by its best mention, found in rounds."""
    bags = [(answer, _bag(read, group)) for read in reads for group, answer in _answers(read, role)]
    weigher: Weigher | None = None
    for _ in range(_ROUNDS):
        rows: list[tuple[Iterable[str], int]] = []
        for answer, bag in bags:
            if answer and weigher is not None:
                rows.append((max(bag, key=weigher.score), 1))
            else:
                rows += [(signs, answer) for signs in bag]
        weigher = fit(rows)
    assert weigher is not None
    return weigher


def _bag(read: Read, group: Group) -> list[list[str]]:
    common = group_signs(read.scene, group)
    return [common + mention_signs(read.scene, mention) for mention in group.mentions]


def _answers(read: Read, role: Role) -> list[tuple[Group, int]]:
    """The groups of a role with 1 (approved, be it history) or 0."""
    answers = []
    for group in read.scene.groups:
        if group.role == role:
            names = read.names(group)
            answers.append((group, int(any(_named(truth, role, names) for truth in read.annotated.approved))))
    return answers


def _named(truth: Truth, role: Role, names: set[str]) -> bool:
    return truth.is_company(names) if role == "company" else truth.is_product(names)


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
    """All weighers but the trees of whole facts, which weigh nothing yet."""
    return Weights(fit_names(reads, "company"), fit_names(reads, "product"), fit_owner(reads, lexicon), NO_TREES, "")


def fact_rows(reads: Sequence[Read], weights: Weights, lexicon: Lexicon) -> list[Row]:
    """The measures of every candidate fact of articles that `weights` were not fitted on, and whether it is right."""
    rows: list[Row] = []
    for read in reads:
        judged = judge_names(read.scene, weights)
        near = Neighbours(read.scene, judged)
        options = candidates(read.scene, judged, weights.owner, lexicon)
        rows += [(measured(option, near), _right(read, option, options)) for option in options]
    return rows


def fit_facts(rows: Sequence[Row]) -> Trees:
    """Trees that tell which candidate facts are right."""
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
