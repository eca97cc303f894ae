"""Group the mentions of one company (and of those it shares a number or product with) into approvals.

In the order of what is most certain: filing number, then company and product, then product alone, then
company alone. A mention that fits two approvals joins neither: it waits for review.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from extractors.records import Kind
from storage.identity.days import RHYTHM, distance, span
from storage.identity.mention import Mention


class Group:
    """Mentions that are one approval, as far as is known."""

    def __init__(self, first: Mention) -> None:
        self.mentions = [first]

    def add(self, mention: Mention) -> None:
        """Take one more mention in."""
        self.mentions.append(mention)

    @property
    def kind(self) -> Kind:
        """The kind that its mentions name; `unspecified` only where none names one."""
        named = [m.kind for m in self.mentions if m.kind is not Kind.UNSPECIFIED]
        return named[0] if named else Kind.UNSPECIFIED

    @property
    def companies(self) -> set[str]:
        """The companies that its mentions name."""
        return {m.company for m in self.mentions if m.company}

    @property
    def products(self) -> set[str]:
        """The products that its mentions name, normalised."""
        return {m.product_key for m in self.mentions if m.product_key}

    @property
    def numbers(self) -> set[str]:
        """The filing numbers that its mentions print, normalised."""
        return {m.number_key for m in self.mentions if m.number_key}

    def fits_kind(self, mention: Mention) -> bool:
        """Whether the kinds agree, or one of them is left open."""
        return Kind.UNSPECIFIED in (mention.kind, self.kind) or mention.kind is self.kind

    def fits_batch(self, mention: Mention) -> bool:
        """Whether no other batch is named on both sides."""
        batches = {m.batch for m in self.mentions if m.batch is not None}
        return mention.batch is None or not batches or mention.batch in batches

    def fits_time(self, mention: Mention) -> bool:
        """Whether the mention lies within the register's rhythm of the group, so far as dates are given."""
        batches = {m.batch for m in self.mentions if m.batch is not None}
        if mention.batch is not None and mention.batch in batches:
            return True
        ours, spans = _when(mention), [when for m in self.mentions if (when := _when(m))]
        return ours is None or not spans or min(distance(ours, when) for when in spans) <= RHYTHM


def _when(mention: Mention) -> tuple[date, date] | None:
    if mention.date:
        return span(mention.date)
    return (mention.told_on, mention.told_on) if mention.told_on and not mention.background else None


def group(mentions: Iterable[Mention]) -> tuple[list[Group], list[Mention]]:
    """All approvals of these mentions, and the mentions that fit more than one."""
    ordered = sorted((m for m in mentions if not m.revocation), key=_certainty)
    groups: list[Group] = []
    waiting: list[Mention] = []
    for mention in ordered:
        _place(mention, groups, waiting)
    return groups, waiting


def _certainty(mention: Mention) -> tuple[int, bool, tuple[str, ...]]:
    if mention.number_key:
        rank = 0
    elif mention.company and mention.product_key:
        rank = 1
    elif mention.product_key:
        rank = 2
    else:
        rank = 3
    return rank, mention.kind is Kind.UNSPECIFIED, mention.order


def _place(mention: Mention, groups: list[Group], waiting: list[Mention]) -> None:
    candidates = _candidates(mention, groups)
    if len(candidates) == 1:
        candidates[0].add(mention)
    elif candidates:
        waiting.append(mention)
    else:
        groups.append(Group(mention))


def _candidates(mention: Mention, groups: Sequence[Group]) -> list[Group]:
    if mention.number_key:
        return [g for g in groups if mention.number_key in g.numbers and g.fits_kind(mention)]
    fitting = [g for g in groups if g.fits_kind(mention) and _same_service(mention, g)]
    if len(fitting) > 1:
        fitting = _narrow(fitting, lambda g: g.fits_batch(mention))
    if len(fitting) > 1:
        fitting = _narrow(fitting, lambda g: g.fits_time(mention))
    return fitting


def _same_service(mention: Mention, group: Group) -> bool:
    if mention.company and mention.product_key:
        return mention.company in group.companies and mention.product_key in group.products
    if mention.product_key:
        return mention.product_key in group.products
    if mention.company not in group.companies:
        return False
    return group.fits_batch(mention) and group.fits_time(mention)


def _narrow(groups: list[Group], test: Callable[[Group], bool]) -> list[Group]:
    return [g for g in groups if test(g)] or groups
