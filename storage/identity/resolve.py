"""From mentions to approvals: grouping, the choice of each field, and the status.

A pure function: the same mentions and decisions give the same approvals in whatever order they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from extractors.records import Kind
from storage.identity.decided import Decided, as_renamed, clusters, renamed, verdict
from storage.identity.groups import Group, group
from storage.identity.mention import Mention, Resolution, Resolved
from storage.records import Action

Value = TypeVar("Value")


def resolve(mentions: Iterable[Mention], min_confidence: float, decided: Sequence[Decided] = ()) -> Resolution:
    """All approvals of these mentions; a reading below `min_confidence` (0..1) with no second story is held.

    So is what only sources in shadow mode say. `decided` are the reviewers' standing decisions: they come first.
    """
    everything = as_renamed(mentions, decided)
    groups, waiting = group(everything, decided)
    unresolved = [m.id for m in waiting]
    cancelled: dict[int, list[Mention]] = {}
    revoked: set[int] = set()
    for revocation in sorted((m for m in everything if m.revocation), key=lambda m: m.order):
        hits = _cancelled_by_hand(revocation, groups, decided)
        hits = _revoked(revocation, groups) if hits is None else hits
        revoked |= set(hits)
        if hits:
            cancelled.setdefault(hits[0], []).append(revocation)
        else:
            unresolved.append(revocation.id)
    found = [_resolved(g, cancelled.get(n, []), min_confidence, revoked=n in revoked) for n, g in enumerate(groups)]
    return Resolution(_reviewed(_numbered_once(found, groups), decided), tuple(sorted(unresolved)))


def _cancelled_by_hand(revocation: Mention, groups: Sequence[Group], decided: Sequence[Decided]) -> list[int] | None:
    """The group that reviewers gave a cancellation; empty where they took it out of all, None where they are silent."""
    together = next((c for c in clusters(decided) if revocation.id in c), None)
    if together is None:
        return None
    return [n for n, g in enumerate(groups) if any(m.id in together for m in g.mentions)][:1]


def _numbered_once(found: Sequence[Resolved], groups: Sequence[Group]) -> list[Resolved]:
    """One number of one kind leads to one approval, whatever was split: the others show it, and do not go by it."""
    owners: dict[tuple[Kind, str], int] = {}
    for n in sorted(range(len(found)), key=lambda n: groups[n].rejected):
        if found[n].number_key:
            owners.setdefault((found[n].kind, found[n].number_key or ""), n)
    kept = set(owners.values())
    return [one if n in kept else replace(one, number_key=None) for n, one in enumerate(found)]


def _reviewed(found: Sequence[Resolved], decided: Sequence[Decided]) -> tuple[Resolved, ...]:
    """The approvals as reviewers want them shown."""
    if not decided:
        return tuple(found)
    names = renamed(decided, [one.mentions for one in found])
    return tuple(
        _as_decided(one, values, verdict(decided, one.mentions)) for one, values in zip(found, names, strict=True)
    )


def _as_decided(found: Resolved, values: dict[str, Any], said: Action | None) -> Resolved:
    if "product" in values:
        values = {**values, "product_names": tuple(sorted({*found.product_names, values["product"]}))}
    if said is Action.REJECT:
        values = {**values, "status": "rejected"}
    elif said is Action.CONFIRM and found.status == "held":
        values = {**values, "status": "reported"}
    return replace(found, **values) if values else found


def _revoked(revocation: Mention, groups: Sequence[Group]) -> list[int]:
    """The groups that a cancellation means: by its number, else by company and product; none where that is unclear.

    An early number stands in two series: the regulator's own list cancels both.
    """
    fitting = [(n, g) for n, g in enumerate(groups) if g.fits_kind(revocation) and not g.rejected]
    if revocation.number_key:
        hits = [n for n, g in fitting if revocation.number_key in g.numbers]
    else:
        hits = [n for n, g in fitting if revocation.company in g.companies and revocation.product_key in g.products]
    return hits if len(hits) == 1 or (revocation.register and revocation.number_key) else []


def _resolved(found: Group, cancelled: list[Mention], min_confidence: float, *, revoked: bool) -> Resolved:
    ranked = sorted(found.mentions, key=_authority)
    numbered = _first(ranked, lambda m: m if m.number_key else None)
    return Resolved(
        mentions=tuple(sorted(m.id for m in [*found.mentions, *cancelled])),
        kind=found.kind,
        status="revoked" if revoked else _status(ranked, min_confidence),
        company=_company(ranked),
        product=_first(ranked, lambda m: m.product),
        product_names=tuple(sorted({m.product for m in ranked if m.product})),
        filing_no=numbered.filing_no if numbered else _first(ranked, lambda m: m.filing_no),
        number_key=numbered.number_key if numbered else None,
        province=_first(ranked, lambda m: m.province),
        authority=_first(ranked, lambda m: m.authority),
        approved_on=_date(ranked),
        batch=_first(ranked, lambda m: m.batch),
        scope=_first(ranked, lambda m: m.scope),
        confidence=max(m.confidence for m in ranked),
    )


def _company(ranked: Sequence[Mention]) -> str | None:
    """The company of the best mention; one that is known beats one that was only met (`d-`) under a legal name."""
    known = _first(ranked, lambda m: m.company if m.company and not m.company.startswith("d-") else None)
    return known or _first(ranked, lambda m: m.company)


def _authority(mention: Mention) -> tuple[bool, bool, bool, float, tuple[str, ...]]:
    """Sort key of whom to believe: the register, then news of the day, then background; the surer first.

    A source in shadow mode comes last, whatever it says.
    """
    return mention.shadow, not mention.register, mention.background, -mention.confidence, mention.order


def _first(ranked: Sequence[Mention], field: Callable[[Mention], Value | None]) -> Value | None:
    return next((value for m in ranked if (value := field(m)) is not None), None)


def _date(ranked: Sequence[Mention]) -> str | None:
    """The register's date; else the finest one that the best mention's date contains."""
    best = _first(ranked, lambda m: m.date)
    if best is None or ranked[0].register:
        return best
    finer = sorted((m.date for m in ranked if m.date and m.date.startswith(best)), key=lambda d: (-len(d), d))
    return finer[0]


def _status(ranked: Sequence[Mention], min_confidence: float) -> str:
    told = [m for m in ranked if not m.shadow]
    if not told:
        return "held"
    if told[0].register:
        return "confirmed"
    certain = max(m.confidence for m in told) >= min_confidence
    return "reported" if certain or len({m.story for m in told}) > 1 else "held"
