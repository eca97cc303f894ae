"""Boosted trees (Friedman 2001) as plain numbers: measures in, log-odds out. Trained by `make model`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

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


@dataclass(frozen=True)
class Trees:
    """The sum of trees over named measures."""

    measures: tuple[str, ...]
    bias: float
    trees: tuple[Tree, ...]

    def scores(self, told: Sequence[Mapping[str, float]]) -> list[float]:
        """The log-odds of each; a measure that isn't told counts as MISSING."""
        if not self.trees or not told:
            return [self.bias] * len(told)
        values = np.array([[each.get(name, MISSING) for name in self.measures] for each in told])
        row = np.arange(len(told))[:, None] * len(self.measures)
        nodes = self._nodes
        at = np.broadcast_to(nodes.roots, (len(told), len(self.trees)))
        for _ in range(nodes.depth):
            low = values.take(row + nodes.measure.take(at)) <= nodes.bound.take(at)
            at = np.where(low, nodes.left.take(at), nodes.right.take(at))
        return [self.bias + float(total) for total in nodes.value.take(at).sum(axis=1)]

    def score(self, told: Mapping[str, float]) -> float:
        """The log-odds of one."""
        return self.scores([told])[0]

    @cached_property
    def _nodes(self) -> _Nodes:
        sizes = np.array([len(tree.measure) for tree in self.trees])
        roots = np.cumsum(sizes) - sizes
        measure, bound, left, right, value = (
            np.concatenate([getattr(tree, part) for tree in self.trees]) for part in Tree.__dataclass_fields__
        )
        end, here, first = measure < 0, np.arange(sizes.sum()), np.repeat(roots, sizes)
        left, right = (np.where(end, here, first + child) for child in (left, right))
        depth = max(map(_depth, self.trees))
        return _Nodes(roots, depth, np.where(end, 0, measure), np.where(end, np.inf, bound), left, right, value)


def _depth(tree: Tree, node: int = 0) -> int:
    """How many steps lead from a node to its farthest end."""
    if tree.measure[node] < 0:
        return 0
    return 1 + max(_depth(tree, tree.left[node]), _depth(tree, tree.right[node]))


@dataclass(frozen=True, slots=True)
class _Nodes:
    """The nodes of all trees, one after the other; an end leads to itself."""

    roots: NDArray[np.intp]
    depth: int
    measure: NDArray[np.intp]
    bound: NDArray[np.float64]
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    value: NDArray[np.float64]


NO_TREES = Trees((), 0.0, ())
