"""From mentions to approvals: grouping, the choice of each field, and the status.

A pure function: the same mentions give the same approvals in whatever order they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from storage.identity.groups import Group, group
from storage.identity.mention import Mention, Resolution, Resolved

Value = TypeVar("Value")


def resolve(mentions: Iterable[Mention], min_confidence: float) -> Resolution:
    """All approvals of these mentions; a reading below `min_confidence` (0..1) with no second story is held.

    So is what only sources in shadow mode say.
    """
    everything = list(mentions)
    groups, waiting = group(everything)
    unresolved = [m.id for m in waiting]
    cancelled: dict[int, list[Mention]] = {}
    revoked: set[int] = set()
    for revocation in sorted((m for m in everything if m.revocation), key=lambda m: m.order):
        hits = _revoked(revocation, groups)
        revoked |= set(hits)
        if hits:
            cancelled.setdefault(hits[0], []).append(revocation)
        else:
            unresolved.append(revocation.id)
    approvals = tuple(
        _resolved(g, cancelled.get(n, []), min_confidence, revoked=n in revoked) for n, g in enumerate(groups)
    )
    return Resolution(approvals, tuple(sorted(unresolved)))


def _revoked(revocation: Mention, groups: Sequence[Group]) -> list[int]:
    """The groups that a cancellation means: by its number, else by company and product; none where that is unclear.

    An early number stands in two series: the regulator's own list cancels both.
    """
    fitting = [(n, g) for n, g in enumerate(groups) if g.fits_kind(revocation)]
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
