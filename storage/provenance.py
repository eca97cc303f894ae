"""Which mentions support each field of an approval, which say otherwise, and the rule that chose between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from extractors.records import Kind
from storage.conflicts import agree
from storage.records import Approval, Evidence

RULES = MappingProxyType(
    {
        "agreed": "nobody says otherwise",
        "reviewed": "a reviewer decided it",
        "watched": "a watched source outranks one in shadow mode",
        "register": "an official list outranks the news",
        "foreground": "what an article reports outranks what it mentions as background",
        "surest": "the surest reading",
        "finest": "the finest date inside the one that was chosen",
        "first": "of equals, the first in a fixed order (date, day, address)",
    }
)
"""What chose a value, in words; the order is that of `storage.identity.resolve`."""
_SAID_AS = MappingProxyType({"approved_on": "date"})
"""What mentions call a field, where it has another name there."""


@dataclass(frozen=True, slots=True)
class Other:
    """A value that was not chosen, and what says it."""

    value: str
    articles: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class FieldRecord:
    """One field of an approval: its value, the mentions that support it, other values, and what chose (RULES).

    `support` is empty only where a reviewer decided the value.
    """

    name: str
    value: str
    rule: str
    support: tuple[Evidence, ...]
    others: tuple[Other, ...]


def provenance(approval: Approval) -> tuple[FieldRecord, ...]:
    """Every field of the approval that has a value, with what supports it."""
    values = (
        ("kind", approval.kind.value),
        ("company", approval.company.name),
        ("product", approval.product),
        ("filing_no", approval.filing_no),
        ("approved_on", approval.approved_on),
        ("batch", approval.batch),
        ("province", approval.province),
        ("authority", approval.authority),
        ("scope", approval.scope),
    )
    told = [one for one in approval.articles if not one.revocation]
    return tuple(
        _company(approval, told) if name == "company" else _field(name, str(value), told)
        for name, value in values
        if value is not None
    )


def _field(name: str, value: str, told: Sequence[Evidence]) -> FieldRecord:
    said_as = _SAID_AS.get(name, name)

    def says(one: Evidence) -> Any:
        said = dict(one.fields).get(said_as)
        return None if said_as == "kind" and said == Kind.UNSPECIFIED else said

    speaking = [(one, str(said)) for one in told if (said := says(one)) is not None]
    support = tuple(one for one, said in speaking if agree(said_as, value, said))
    others: dict[str, list[Evidence]] = {}
    for one, said in speaking:
        if not agree(said_as, value, said):
            others.setdefault(said, []).append(one)
    exact = [one for one, said in speaking if said == value]
    rule = _rule(exact, support, [one for several in others.values() for one in several])
    return FieldRecord(name, value, rule, support, tuple(Other(said, tuple(by)) for said, by in others.items()))


def _company(approval: Approval, told: Sequence[Evidence]) -> FieldRecord:
    """Whatever name a mention prints, resolution found it to be this company."""
    support = tuple(one for one in told if dict(one.fields).get("company"))
    return FieldRecord("company", str(approval.company.name), "agreed" if support else "reviewed", support, ())


def _rule(exact: Sequence[Evidence], support: Sequence[Evidence], against: Sequence[Evidence]) -> str:
    if not support:
        return "reviewed"
    if not against:
        return "agreed"
    ours, theirs = min(map(_authority, exact or support)), min(map(_authority, against))
    if theirs < ours:
        return "finest" if min(map(_authority, support)) <= theirs else "reviewed"
    for name, our, their in zip(("watched", "register", "foreground", "surest"), ours, theirs, strict=True):
        if our != their:
            return name
    return "first"


def _authority(one: Evidence) -> tuple[bool, bool, bool, float]:
    """Whom to believe, as resolution does: see `storage.identity.resolve`."""
    return one.shadow, not one.register, one.background, -one.confidence


