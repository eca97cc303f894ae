"""Logistic regression over signs: rows of signs in, a weigher out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from extractors.understand.weights import Weigher

RARE = 3
"""Signs that fewer rows have are dropped."""
_STRENGTH = 0.5
"""The inverse of the L2 penalty."""
_ROUNDS = 3
CERTAIN = 9.0
"""The log-odds of what every row answers alike."""
_LIGHT = 0.004
"""Weights under this are left out of the file."""

Bag = list[list[str]]
"""The signs of each mention of a name."""


def fit(rows: Sequence[tuple[Iterable[str], int]], rare: int = RARE) -> Weigher:
    """A weigher of these signs and answers (0 or 1)."""
    return fit_bags([(answer, [list(signs)]) for signs, answer in rows], rare)


def fit_bags(bags: Sequence[tuple[int, Bag]], rare: int = RARE) -> Weigher:
    """A weigher of bags, each answered 1 or 0: a right one is told by its best row, which is found in rounds."""
    if len({answer for answer, _ in bags}) < 2:
        return Weigher(CERTAIN if bags and bags[0][0] else -CERTAIN, {})
    names, matrix = _encoded([signs for _, bag in bags for signs in bag], rare)
    ends = np.cumsum([len(bag) for _, bag in bags])
    spans = [range(end - len(bag), end) for (_, bag), end in zip(bags, ends, strict=True)]
    answers = np.repeat([answer for answer, _ in bags], [len(bag) for _, bag in bags])
    model = LogisticRegression(C=_STRENGTH, max_iter=600, warm_start=True).fit(matrix, answers)
    if any(len(span) > 1 for span in spans):
        for _ in range(_ROUNDS - 1):
            scores = model.decision_function(matrix)
            kept = np.array([at for span, (answer, _) in zip(spans, bags, strict=True) for at in
                             ([max(span, key=scores.__getitem__)] if answer else span)])  # fmt: skip
            model.fit(matrix[kept], answers[kept])
    weights = {name: round(float(weight), 4) for name, weight in zip(names, model.coef_[0], strict=True)}
    heavy = {name: weight for name, weight in weights.items() if abs(weight) > _LIGHT}
    return Weigher(round(float(model.intercept_[0]), 4), heavy)


def _encoded(rows: Sequence[Iterable[str]], rare: int) -> tuple[list[str], csr_matrix]:
    """The signs that count, in order, and the rows as a matrix of them."""
    signs = [set(row) for row in rows]
    seen = Counter(sign for row in signs for sign in row)
    names = sorted(sign for sign, count in seen.items() if count >= rare)
    column = {sign: at for at, sign in enumerate(names)}
    found = [sorted(column[sign] for sign in row if sign in column) for row in signs]
    columns = np.array([at for row in found for at in row], dtype=np.int32)
    starts = np.concatenate([[0], np.cumsum([len(row) for row in found])])
    return names, csr_matrix((np.ones(len(columns)), columns, starts), shape=(len(found), len(names)))
