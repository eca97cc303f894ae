"""Boosted trees (Friedman 2001) as plain numbers: measures in, log-odds out. Trained by `make model`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MISSING = -99.0
"""The value of a measure that a candidate doesn't have."""


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree by node, the root first: at a node with a `measure` (by number) values up to `bound` go `left`, others
    `right`; where `measure` is -1, the node ends with `value`."""

    measure: tuple[int, ...]
    bound: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Trees:
    """The sum of trees over named measures."""

    measures: tuple[str, ...]
    bias: float
    trees: tuple[Tree, ...]

    def score(self, told: Mapping[str, float]) -> float:
        """The log-odds; a measure that isn't told counts as MISSING."""
        values = [told.get(name, MISSING) for name in self.measures]
        return self.bias + sum([_value(tree, values) for tree in self.trees])


NO_TREES = Trees((), 0.0, ())


def _value(tree: Tree, values: list[float]) -> float:
    measure, bound, left, right = tree.measure, tree.bound, tree.left, tree.right
    at = 0
    while (asked := measure[at]) >= 0:
        at = left[at] if values[asked] <= bound[at] else right[at]
    return tree.value[at]
