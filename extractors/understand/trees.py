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
        row, tree = np.arange(len(told))[:, None], np.arange(len(self.trees))[None, :]
        nodes = self._nodes
        at = np.zeros((len(told), len(self.trees)), dtype=np.intp)
        while (open_ := nodes.measure[tree, at] >= 0).any():
            low = values[row, nodes.measure[tree, at]] <= nodes.bound[tree, at]
            at = np.where(open_, np.where(low, nodes.left[tree, at], nodes.right[tree, at]), at)
        return [self.bias + float(total) for total in nodes.value[tree, at].sum(axis=1)]

    def score(self, told: Mapping[str, float]) -> float:
        """The log-odds of one."""
        return self.scores([told])[0]

    @cached_property
    def _nodes(self) -> _Nodes:
        """The trees side by side, the small ones filled up with ends."""
        width = max(len(tree.measure) for tree in self.trees)

        def table(rows: list[Sequence[float]], end: float) -> NDArray[np.float64]:
            return np.array([[*row, *[end] * (width - len(row))] for row in rows], dtype=np.float64)

        return _Nodes(
            table([tree.measure for tree in self.trees], -1).astype(np.intp),
            table([tree.bound for tree in self.trees], 0.0),
            table([tree.left for tree in self.trees], 0).astype(np.intp),
            table([tree.right for tree in self.trees], 0).astype(np.intp),
            table([tree.value for tree in self.trees], 0.0),
        )


@dataclass(frozen=True, slots=True)
class _Nodes:
    """The parts of every tree's nodes, a tree a row."""

    measure: NDArray[np.intp]
    bound: NDArray[np.float64]
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    value: NDArray[np.float64]


NO_TREES = Trees((), 0.0, ())
