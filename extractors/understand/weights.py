"""Weighing: signs in, a chance out. What `make model` learnt, kept as plain numbers: logistic regressions and trees."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from extractors.understand.trees import Tree, Trees


@dataclass(frozen=True, slots=True)
class Weigher:
    """One logistic regression over signs."""

    bias: float
    weights: dict[str, float]

    def score(self, signs: Iterable[str]) -> float:
        """The log-odds: the bias and the weights of all signs; unknown signs weigh nothing."""
        return self.bias + self.weight(signs)

    def weight(self, signs: Iterable[str]) -> float:
        """The weights of the signs alone, each counted once, as they were learnt; their order doesn't matter."""
        return math.fsum(filter(None, map(self.weights.get, dict.fromkeys(signs))))

    def heaviest(self, signs: Iterable[str], count: int) -> list[tuple[str, float]]:
        """The signs that weighed most, either way, heaviest first."""
        known = [(sign, self.weights[sign]) for sign in signs if sign in self.weights]
        return sorted(known, key=lambda pair: -abs(pair[1]))[:count]


def chance(score: float) -> float:
    """The probability of log-odds."""
    return 1 / (1 + math.exp(-score)) if score > -30 else 0.0


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learnt, by question.

    Is this company's or product's approval told here, or its end (`revoked`); whose is a product; does the article tell
    of any approval; and, by trees, is the whole fact right, and is an article relevant that names no one for certain?
    """

    company: Weigher
    product: Weigher
    revoked: Weigher
    owner: Weigher
    article: Weigher
    fact: Trees
    relevant: Trees
    version: str


WEIGHERS = ("company", "product", "revoked", "owner", "article")
TREES = ("fact", "relevant")


def weights_file() -> Path:
    """Where the shipped weights lie."""
    return Path(str(files("extractors.understand") / "data" / "weights.json.gz"))


def load_weights(path: Path | None = None) -> Weights:
    """The weights of a file, the shipped one by default."""
    with gzip.open(path or weights_file(), "rt", encoding="utf-8") as file:
        content: dict[str, Any] = json.load(file)
    parts: dict[str, Any] = {name: Weigher(row["bias"], row["weights"]) for name, row in content["weighers"].items()}
    parts |= {name: _trees(row) for name, row in content["trees"].items()}
    return Weights(version=content["version"], **parts)


def _trees(row: dict[str, Any]) -> Trees:
    trees = tuple(Tree(*(tuple(tree[part]) for part in Tree.__dataclass_fields__)) for tree in row["trees"])
    return Trees(tuple(row["measures"]), row["bias"], trees)
