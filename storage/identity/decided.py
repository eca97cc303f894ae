"""What reviewers decided about mentions, and how it is found again in texts that were read anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from extractors.records import Kind
from extractors.understand.names import number_key
from storage.identity.mention import Mention
from storage.records import Action

APART = (Action.SPLIT, Action.REJECT)
"""The actions that take mentions out of the approvals which they were in."""
VERDICTS = (Action.REJECT, Action.CONFIRM)
KEYS = ("kind", "filing_no", "company")
"""The fields by which an approval is known: what reviewers set of them is taken for the word of its mentions."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a decision remembers of one mention: enough to know it again in a later edition or reading.

    `company`, `product_key` and `number_key` are as in `Mention`; `start` and `end` are offsets into the text.
    """

    role: str
    kind: str
    company: str | None
    product_key: str | None
    number_key: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision about mentions (their ids), the older the smaller its `order`.

    A split has a side for each approval, every other action has one; `fields` are what a rename sets.
    """

    order: int
    action: Action
    sides: tuple[frozenset[int], ...]
    fields: tuple[tuple[str, Any], ...] = ()

    @property
    def mentions(self) -> frozenset[int]:
        """All mentions that it is about."""
        return frozenset().union(*self.sides)


def known_again(anchor: Anchor, mentions: Iterable[tuple[int, Anchor]]) -> int | None:
    """Which of the mentions of the same article is the one that was decided about; None where none is.

    By its number, else its product, else its company, else the place in the text.
    """
    fits = [(_likeness(anchor, other), -abs(other.start - anchor.start), -id) for id, other in mentions]
    best = max((fit for fit in fits if fit[0]), default=None)
    return -best[2] if best else None


def _likeness(one: Anchor, other: Anchor) -> tuple[int, bool] | None:
    if one.role != other.role or (one.number_key and other.number_key and one.number_key != other.number_key):
        return None
    same = [one.number_key and one.number_key == other.number_key]
    product, company = one.product_key == other.product_key, one.company == other.company
    same += [one.product_key and product and company, one.product_key and product]
    overlap = one.start < other.end and other.start < one.end
    same += [one.company and company and overlap, overlap and not (one.product_key and other.product_key)]
    rank = next((len(same) - n for n, yes in enumerate(same) if yes), 0)
    return (rank, one.kind == other.kind or Kind.UNSPECIFIED in (one.kind, other.kind)) if rank else None


def as_renamed(mentions: Iterable[Mention], decided: Iterable[Decided]) -> list[Mention]:
    """The mentions with the kind, number and company that reviewers set: they are grouped by these."""
    held = {mention.id: mention for mention in mentions}
    for one in sorted(decided, key=lambda d: d.order):
        values = {name: value for name, value in one.fields if name in KEYS}
        for id in one.mentions & held.keys() if values else ():
            held[id] = replace(held[id], **_keyed(values))
    return list(held.values())


def _keyed(values: dict[str, Any]) -> dict[str, Any]:
    if "kind" in values:
        values = {**values, "kind": Kind(values["kind"])}
    return {**values, "number_key": number_key(values["filing_no"])} if "filing_no" in values else values


def clusters(decided: Iterable[Decided]) -> list[frozenset[int]]:
    """The mentions that decisions hold together; no two share one, and the last word counts."""
    held: list[frozenset[int]] = []
    for one in sorted(decided, key=lambda d: d.order):
        if one.action is Action.MERGE:
            joined = [cluster for cluster in held if cluster & one.mentions]
            held = [cluster for cluster in held if not cluster & one.mentions] + [one.mentions.union(*joined)]
        elif one.action in APART:
            for side in one.sides:
                held = [*(cluster - side for cluster in held), side]
    return [cluster for cluster in held if cluster]


def verdict(decided: Iterable[Decided], mentions: Iterable[int]) -> Action | None:
    """The last word on an approval of these mentions: REJECT, CONFIRM, or None where there is none."""
    ids = set(mentions)
    said = [one for one in decided if one.action in VERDICTS and one.mentions & ids]
    return max(said, key=lambda one: one.order).action if said else None


def renamed(decided: Iterable[Decided], approvals: Sequence[Iterable[int]]) -> list[dict[str, Any]]:
    """What each approval (as the ids of its mentions) is to show instead: a rename goes to the one with most of it."""
    held = [set(approval) for approval in approvals]
    found: list[dict[str, Any]] = [{} for _ in held]
    for one in sorted(decided, key=lambda d: d.order):
        shares = [(len(one.mentions & ids), -n) for n, ids in enumerate(held)]
        share, n = max(shares, default=(0, 0))
        if one.action is Action.RENAME and share:
            found[-n].update((name, value) for name, value in one.fields if name not in KEYS)
    return found
