"""A pinned score on the annotated articles: it may rise, and must not fall."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from config.companies import load_companies
from extractors.lines import article_from_line, facts_to_line
from extractors.understand import Analyst
from extractors.understand.lexicon import Lexicon
from extractors.understand.names import company_key, product_key

GOLD = Path(__file__).parents[2] / "gold"
SHA256 = {
    "dev": "386be70bfd13fb6d753d8eec07969d49936d4fb51b4c90dfc506d1dd386dc687",
    "dev_long": "74f6f15fc60b4e78dad69eff5ebef582d9ee11e78d0bf184ee20ec5a9ae7a01d",
    "sealed_third": "49f30ccfa8464bf0c2366a9ee7816e161f4a4ee0b55ce248006c0b962954637e",
    "sealed_fourth": "29c645d7a82c9b86233111bec099efec24fb85489d43732be5a1119c90a919cd",
    "sealed_fifth": "471cbb163c4664bd455a86bae7369730f25501ed21e853e6df927b0789bfa299",
}
FLOORS = {
    "dev": {"relevant": 1.0, "company": 0.98, "strict": 0.95, "number": 0.98, "revocation": 1.0},
    "dev_long": {"relevant": 1.0, "company": 0.97, "strict": 0.97, "number": 0.92, "revocation": 1.0},
    "sealed_third": {"relevant": 0.9, "company": 0.67, "strict": 0.52, "number": 0.91, "revocation": 1.0},
    "sealed_fourth": {"relevant": 0.93, "company": 0.73, "strict": 0.61, "number": 0.91, "revocation": 0.68},
    "sealed_fifth": {"relevant": 0.95, "company": 0.81, "strict": 0.73, "number": 0.91, "revocation": 0.61},
}


class Tally:
    def __init__(self) -> None:
        self.hit = self.said = self.true = 0

    @property
    def f1(self) -> float:
        return 2 * self.hit / (self.said + self.true) if self.said + self.true else 1.0


def company_agrees(said: dict[str, Any], names: list[str]) -> bool:
    ours = {company_key(name) for name in (said["company"]["name"], *said["company"]["names"]) if name}
    return bool(ours & {company_key(name) for name in names})


def product_agrees(said: dict[str, Any], names: list[str]) -> bool:
    return bool(said["product"]) and product_key(said["product"]) in {product_key(name) for name in names}


def agrees(said: dict[str, Any], true: dict[str, Any]) -> bool:
    return company_agrees(said, true["company"]) if true["company"] else product_agrees(said, true["product"])


def fully(said: dict[str, Any], true: dict[str, Any]) -> bool:
    return (not true["product"] or product_agrees(said, true["product"])) and said.get("kind") == true["kind"]


def pairs(said: list[dict[str, Any]], true: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each said fact with the annotated one it answers best, one to one."""
    left, found = list(said), []
    for full in (True, False):
        for fact in list(true):
            match = next((s for s in left if agrees(s, fact) and (not full or fully(s, fact))), None)
            if match is not None and not any(fact is done for _, done in found):
                left.remove(match)
                found.append((match, fact))
    return found


def scores(rows: list[dict[str, Any]], analyst: Analyst) -> dict[str, float]:
    tallies = {name: Tally() for name in ("relevant", "company", "strict", "number", "revocation")}
    for row in rows:
        line = facts_to_line(row["id"], analyst.facts(article_from_line(row)))
        count(tallies["relevant"], line["relevant"] and row["relevant"], line["relevant"], row["relevant"])
        found = pairs(line["approvals"], row["approvals"])
        history = [pair for pair in found if pair[1].get("background")]
        told = [pair for pair in found if not pair[1].get("background")]
        said = len(line["approvals"]) - len(history)
        true = sum(not fact.get("background") for fact in row["approvals"])
        count(tallies["company"], len(told), said, true)
        count(tallies["strict"], sum(fully(*pair) for pair in told), said, true)
        numbers = [pair for pair in told if pair[1]["filing_no"]]
        count(tallies["number"], sum(s["filing_no"] == t["filing_no"] for s, t in numbers), len(numbers), len(numbers))
        cancelled = pairs(line["revocations"], row["revocations"])
        count(tallies["revocation"], len(cancelled), len(line["revocations"]), len(row["revocations"]))
    return {name: tally.f1 for name, tally in tallies.items()}


def count(tally: Tally, hit: int, said: int, true: int) -> None:
    tally.hit += hit
    tally.said += said
    tally.true += true


@pytest.mark.parametrize("name", FLOORS)
def test_the_score_does_not_fall(name: str) -> None:
    content = (GOLD / f"{name}.jsonl").read_bytes()
    assert hashlib.sha256(content).hexdigest() == SHA256[name]
    rows = [json.loads(line) for line in content.decode().splitlines()]
    reached = scores(rows, Analyst(Lexicon.build(load_companies())))
    assert {key: value for key, value in reached.items() if value < FLOORS[name][key]} == {}


def test_quotes_are_at_their_offsets() -> None:
    analyst = Analyst(Lexicon.build(load_companies()))
    for row in map(json.loads, (GOLD / "dev.jsonl").read_text("utf-8").splitlines()):
        facts = analyst.facts(article_from_line(row))
        for fact in (*facts.approvals, *facts.revocations):
            assert fact.quote == row["text"][fact.start : fact.end]
            assert 0 < len(fact.quote) <= 200
