"""Group the mentions of one company (and of those it shares a number or product with) into approvals.

In the order of what is most certain: filing number, then company and product, then product alone, then
company alone. A mention that fits two approvals joins neither: it waits for review. What reviewers put together
comes before all that, and stays together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from extractors.records import Kind
from storage.identity.days import RHYTHM, distance, span
from storage.identity.decided import Decided, clusters, verdict
from storage.identity.mention import Mention
from storage.records import Action


class Group:
    """Mentions that are one approval, as far as is known; `rejected`: a reviewer said that it is none."""

    def __init__(self, first: Mention, *, rejected: bool = False) -> None:
        self.mentions = [first]
        self.rejected = rejected

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


def group(mentions: Iterable[Mention], decided: Sequence[Decided] = ()) -> tuple[list[Group], list[Mention]]:
    """All approvals of these mentions, and the mentions that fit more than one."""
    by_id = {m.id: m for m in mentions if not m.revocation}
    groups = _Groups()
    pinned = _pinned(by_id, decided)
    for first, *others in pinned:
        held = groups.begin(first, rejected=_rejected((first, *others), decided))
        for mention in others:
            groups.add(held, mention)
    placed = {m.id for cluster in pinned for m in cluster}
    waiting: list[Mention] = []
    for mention in sorted((m for m in by_id.values() if m.id not in placed), key=_certainty):
        _place(mention, groups, waiting)
    return groups.all, waiting


def _pinned(by_id: dict[int, Mention], decided: Sequence[Decided]) -> list[list[Mention]]:
    """What reviewers put together; of two that share a number, the one that may keep it comes first."""
    held = [sorted((by_id[m] for m in c if m in by_id), key=_certainty) for c in clusters(decided)]
    pinned = [cluster for cluster in held if cluster]
    return sorted(pinned, key=lambda c: (_rejected(c, decided), not any(m.register for m in c), _certainty(c[0])))


def _rejected(mentions: Iterable[Mention], decided: Sequence[Decided]) -> bool:
    return verdict(decided, (m.id for m in mentions)) is Action.REJECT


def _certainty(mention: Mention) -> tuple[int, bool, bool, tuple[str, ...]]:
    if mention.number_key:
        rank = 0
    elif mention.company and mention.product_key:
        rank = 1
    elif mention.product_key:
        rank = 2
    else:
        rank = 3
    return rank, not mention.register, mention.kind is Kind.UNSPECIFIED, mention.order


class _Groups:
    """The groups so far, found by what they name: an official list has thousands."""

    def __init__(self) -> None:
        self.all: list[Group] = []
        self._by_name: dict[tuple[str, str], list[Group]] = defaultdict(list)

    def begin(self, mention: Mention, *, rejected: bool = False) -> Group:
        """A group of its own for a mention."""
        self.all.append(Group(mention, rejected=rejected))
        self._name(self.all[-1], mention)
        return self.all[-1]

    def add(self, group: Group, mention: Mention) -> None:
        """One more mention in a group."""
        group.add(mention)
        self._name(group, mention)

    def near(self, mention: Mention) -> list[Group]:
        """The groups that share what counts most of a mention: its number, else product, else company."""
        names = _names(mention)
        return self._by_name.get(names[0], []) if names else []

    def _name(self, group: Group, mention: Mention) -> None:
        for name in _names(mention):
            if group not in self._by_name[name]:
                self._by_name[name].append(group)


def _names(mention: Mention) -> list[tuple[str, str]]:
    named = ("number", mention.number_key), ("product", mention.product_key), ("company", mention.company)
    return [(what, key) for what, key in named if key]


def _place(mention: Mention, groups: _Groups, waiting: list[Mention]) -> None:
    candidates = _candidates(mention, groups.near(mention))
    if len(candidates) == 1:
        groups.add(candidates[0], mention)
    elif candidates:
        waiting.append(mention)
    else:
        groups.begin(mention)


def _candidates(mention: Mention, groups: Sequence[Group]) -> list[Group]:
    # An official list overrules nobody's word, but is not drawn into what somebody called wrong either.
    groups = [g for g in groups if g.fits_kind(mention) and not (g.rejected and mention.register)]
    if mention.number_key:
        return _owners(g for g in groups if mention.number_key in g.numbers)
    fitting = [g for g in groups if _same_service(mention, g)]
    if len(fitting) > 1:
        fitting = _narrow(fitting, lambda g: not g.rejected)
    if len(fitting) > 1:
        fitting = _narrow(fitting, lambda g: g.fits_batch(mention))
    if len(fitting) > 1:
        fitting = _narrow(fitting, lambda g: g.fits_time(mention))
    return fitting


def _owners(groups: Iterable[Group]) -> list[Group]:
    """Where reviewers split what prints one number, the first group of each kind goes by it."""
    owners: dict[tuple[Kind, bool], Group] = {}
    for one in groups:
        owners.setdefault((one.kind, one.rejected), one)
    return [g for (_, rejected), g in owners.items() if not rejected] or list(owners.values())


def _same_service(mention: Mention, group: Group) -> bool:
    if mention.company and mention.product_key:
        same_holder = mention.company in group.companies or _same_holder(mention, group)
        return same_holder and mention.product_key in group.products
    if mention.product_key:
        return mention.product_key in group.products
    if mention.company not in group.companies:
        return False
    return group.fits_batch(mention) and group.fits_time(mention)


def _same_holder(mention: Mention, group: Group) -> bool:
    """Whether one name is part of the other: a register prints the legal name, news a short one."""
    return any(
        (one.register or mention.register) and _part_of(ours, theirs)
        for one in group.mentions
        for theirs in one.holders
        for ours in mention.holders
    )


def _part_of(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= 2 and shorter in longer


def _narrow(groups: list[Group], test: Callable[[Group], bool]) -> list[Group]:
    return [g for g in groups if test(g)] or groups
