"""Which mentions support each field of an approval, which say otherwise, and the rule that chose between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from extractors.records import Kind
from storage.conflicts import agree
from storage.records import Approval, Evidence


class Rule(StrEnum):
    """What chose a value; the order of those that compare is that of `storage.identity.resolve`."""

    AGREED = "agreed"  # nobody says otherwise
    REVIEWED = "reviewed"  # a reviewer decided it
    WATCHED = "watched"  # a watched source outranks one in shadow mode
    REGISTER = "register"  # an official list outranks the news
    FOREGROUND = "foreground"  # what an article reports outranks what it mentions as background
    SUREST = "surest"
    FINEST = "finest"  # the finest date inside the one that was chosen
    FIRST = "first"  # of equals, the first in a fixed order


_SAID_AS = MappingProxyType({"approved_on": "date"})
"""What mentions call a field, where it has another name there."""


@dataclass(frozen=True, slots=True)
class Other:
    """A value that was not chosen, and what says it."""

    value: str
    articles: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class FieldRecord:
    """One field of an approval: its value, the mentions that support it, other values, and what chose.

    `support` is empty only where a reviewer decided the value.
    """

    name: str
    value: str
    rule: Rule
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
    return FieldRecord("company", str(approval.company.name), Rule.AGREED if support else Rule.REVIEWED, support, ())


def _rule(exact: Sequence[Evidence], support: Sequence[Evidence], against: Sequence[Evidence]) -> Rule:
    if not support:
        return Rule.REVIEWED
    if not against:
        return Rule.AGREED
    ours, theirs = min(map(_authority, exact or support)), min(map(_authority, against))
    if theirs < ours:
        return Rule.FINEST if min(map(_authority, support)) <= theirs else Rule.REVIEWED
    compared = (Rule.WATCHED, Rule.REGISTER, Rule.FOREGROUND, Rule.SUREST)
    return next((rule for rule, our, their in zip(compared, ours, theirs, strict=True) if our != their), Rule.FIRST)


def _authority(one: Evidence) -> tuple[bool, bool, bool, float]:
    """Whom to believe, as resolution does: see `storage.identity.resolve`."""
    return one.shadow, not one.register, one.background, -one.confidence
