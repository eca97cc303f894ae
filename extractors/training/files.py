"""Files of annotated articles, of skeletons and of grammars, read for training."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from extractors.lines import article_from_line
from extractors.training.corpus import Annotated, Truth
from extractors.training.grammar import grown
from extractors.training.skeletons import filled


def load(paths: Iterable[Path]) -> list[Annotated]:
    """What these files hold, or all in these folders, in order of name.

    `*.jsonl` are articles (a row without an id is a skeleton), `*.toml` are grammars. What stands in one file counts as
    of one hand, and so does what stands in its `_long` sister.
    """
    files = [file for path in paths for file in (_within(path) if path.is_dir() else [path])]
    found: list[Annotated] = []
    for file in files:
        if file.suffix == ".toml":
            found += map(filled, grown(file))
            continue
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line]
        articles = [row for row in rows if "id" in row]
        found += [_annotated(row, family, file) for row, family in zip(articles, _families(articles), strict=True)]
        found += [filled(row) for row in rows if "id" not in row]
    return found


def _within(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.jsonl"), *folder.glob("*.toml")])


def _families(rows: list[dict[str, Any]]) -> list[str]:
    """For each article of a file the first one that it belongs with: copies of one text, stories of one event."""
    first: dict[str, str] = {}
    for row in rows:
        keys = [row["id"], *([row["family"]] if row["family"] else [])]
        keys += [fact["event"] for fact in row["approvals"] if fact.get("event")]
        heads = sorted({first.get(key, row["id"]) for key in keys})
        first = {key: heads[0] if head in heads else head for key, head in first.items()}
        first |= dict.fromkeys(keys, heads[0])
    return [first[row["id"]] for row in rows]


def _annotated(row: dict[str, Any], family: str, file: Path) -> Annotated:
    truths = [_truth(fact, revoked=False) for fact in row["approvals"]]
    truths += [_truth(fact, revoked=True) for fact in row["revocations"]]
    others = tuple(row["not_approved"])
    hand = file.stem.removesuffix("_long")
    return Annotated(article_from_line(row), tuple(truths), others, bool(row.get("relevant")), family, hand)


def _truth(fact: dict[str, Any], *, revoked: bool) -> Truth:
    return Truth(tuple(fact["company"]), tuple(fact["product"]), bool(fact.get("background")), revoked)
