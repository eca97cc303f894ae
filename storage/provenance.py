"""Which mentions support each field of an approval, which say otherwise, and the rule that chose between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
    KNOWN = "known"  # a known company outranks one that texts only named
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
    told = [(one, dict(one.fields)) for one in approval.articles if not one.revocation]
    return tuple(
        _company(approval, told) if name == "company" else _field(name, str(value), told)
        for name, value in values
        if value is not None
    )


_Told = Sequence[tuple[Evidence, dict[str, Any]]]
"""Articles with what each says, by field."""


def _field(name: str, value: str, told: _Told) -> FieldRecord:
    said_as = _SAID_AS.get(name, name)
    empty = Kind.UNSPECIFIED if name == "kind" else None
    support: list[Evidence] = []
    exact: list[Evidence] = []
    others: dict[str, list[Evidence]] = {}
    for one, says in told:
        said = says.get(said_as)
        if said is None or said == empty:
            continue
        if agree(said_as, value, str(said)):
            support.append(one)
            exact += [one] if str(said) == value else []
        else:
            others.setdefault(str(said), []).append(one)
    return _chosen(name, value, exact, support, others)


def _company(approval: Approval, told: _Told) -> FieldRecord:
    """Whatever name a mention prints, resolution found which company it is.

    An official list prints legal names that the news does not use: with one, whatever names its company supports it.
    """
    naming = [(one, str(says["company"])) for one, says in told if says.get("company")]
    ours = approval.company.id
    listed = any(one.register for one, _ in naming) and any(one.company == ours for one, _ in naming)
    support: list[Evidence] = []
    others: dict[str, list[Evidence]] = {}
    for one, printed in naming:
        (support if listed or one.company == ours else others.setdefault(printed, [])).append(one)
    found = _chosen("company", str(approval.company.name), support, support, others)
    met = all(_only_met(one.company) for several in others.values() for one in several)
    return replace(found, rule=Rule.KNOWN) if support and others and met and not _only_met(ours) else found


def _only_met(company: str | None) -> bool:
    """Whether texts named a company that is not known otherwise."""
    return str(company).startswith("d-")


def _chosen(
    name: str,
    value: str,
    exact: Sequence[Evidence],
    support: Sequence[Evidence],
    others: Mapping[str, Sequence[Evidence]],
) -> FieldRecord:
    """`exact` are those of `support` that say the value as it is, `others` those that say something else."""
    rule = _rule(exact, support, [one for several in others.values() for one in several])
    return FieldRecord(name, value, rule, tuple(support), tuple(Other(said, tuple(by)) for said, by in others.items()))


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
