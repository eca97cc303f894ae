"""From names to drafts: which names the prose says were approved, whose each product is, how sure that is."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from extractors.understand.cancelled import is_cancelled
from extractors.understand.drafts import Draft
from extractors.understand.lexicon import Lexicon
from extractors.understand.mentions import Group, Mention
from extractors.understand.owner_signs import owner_signs
from extractors.understand.parts import Name, Status
from extractors.understand.scene import Scene
from extractors.understand.signs import group_signs, mention_signs
from extractors.understand.weights import Weigher, Weights, chance

ACCEPTED = 0.5
"""The least chance with which a fact is said at all; `confidence` carries it on."""
_UNSAID = 0.8
"""The least chance in an article in which no clause says that anything was approved, and no number stands."""
_KNOWN = 0.38
_HOPELESS = -4.0
_STRANGER = -4.0
_NEAREST = 8
_MOST = 4
_MENTIONS = 4
_JOINT = re.compile(r"\s*(?:[、和与及]|以及|联合|(?:,? )?and)\s*")


@dataclass(frozen=True, slots=True)
class Judged:
    """A name with the log-odds that its approval is told, and the mention that tells it best."""

    group: Group
    score: float
    mention: Mention


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fact that may be told: a company, a product of its, or both; `owned` are the log-odds of ownership."""

    company: Judged | None
    product: Judged | None
    owned: float = 0.0

    @property
    def mention(self) -> Mention:
        """The mention that stands for it."""
        judged = self.product or self.company
        assert judged is not None
        return judged.mention


def judge_names(scene: Scene, weights: Weights) -> list[Judged]:
    """Every name with its score: that of its best mention."""
    judged = []
    for group in scene.groups:
        weigher = weights.company if group.role == "company" else weights.product
        judged.append(_judge(scene, group, weigher))
    return judged


def _judge(scene: Scene, group: Group, weigher: Weigher) -> Judged:
    common = weigher.score(group_signs(scene, group))
    scores = [(common + weigher.score(mention_signs(scene, m)) - weigher.bias, m) for m in group.mentions]
    score, mention = max(scores, key=lambda pair: (pair[0], -pair[1].start))
    return Judged(group, score, mention)


class Owners:
    """The companies that may own a product: those named nearest to it, and those named most."""

    def __init__(self, companies: list[Judged]) -> None:
        named = sorted(((m.start, at) for at, each in enumerate(companies) for m in each.group.mentions))
        self._companies = companies
        self._starts = [start for start, _ in named]
        self._order = [at for _, at in named]
        self._most = sorted(range(len(companies)), key=lambda at: -len(companies[at].group.mentions))[:_MOST]

    def near(self, product: Group) -> list[Judged]:
        """The likely owners of a product, in order of first mention."""
        found = set(self._most)
        for mention in product.mentions[:_MENTIONS]:
            at = bisect_left(self._starts, mention.start)
            found.update(self._order[max(0, at - _NEAREST) : at + _NEAREST])
        return [self._companies[at] for at in sorted(found)]


def candidates(scene: Scene, judged: list[Judged], weigher: Weigher, lexicon: Lexicon) -> list[Candidate]:
    """Each product with its likeliest owner (joint ones each), each company alone."""
    companies = [each for each in judged if each.group.role == "company"]
    owners = Owners(companies)
    found: list[Candidate] = []
    for product in judged:
        if product.group.role == "product" and product.score > _HOPELESS:
            found += _owned(scene, product, owners, weigher, lexicon)
    return found + [Candidate(company, None) for company in companies if company.score > _HOPELESS]


def _owned(scene: Scene, product: Judged, owners: Owners, weigher: Weigher, lexicon: Lexicon) -> list[Candidate]:
    others = [each for each in owners.near(product.group) if not _same_words(product.group, each.group)]
    scored = [(weigher.score(owner_signs(scene, product.group, each.group, lexicon)), each) for each in others]
    best, owner = max(scored, key=lambda pair: pair[0], default=(_STRANGER, None))
    found = [Candidate(None, product, best)] if best < 0 else []
    if owner is None or best <= _STRANGER:
        return found
    joint = [pair for pair in scored if pair[0] > 0 and pair[1] is not owner and _jointly(scene, owner, pair[1])]
    return [*found, *(Candidate(each, product, score) for score, each in [(best, owner), *joint])]


def _same_words(one: Group, other: Group) -> bool:
    """Whether two groups are two readings of the same words."""
    starts = {mention.start for mention in one.mentions}
    return all(mention.start in starts for mention in other.mentions)


def _jointly(scene: Scene, one: Judged, other: Judged) -> bool:
    """Whether two companies stand side by side as joint applicants: `由X与Y联合申报`."""
    for a in one.group.mentions:
        for b in other.group.mentions:
            first, second = (a, b) if a.start < b.start else (b, a)
            if _JOINT.fullmatch(scene.reading.plain, first.end, second.start):
                return True
    return False


def fact_signs(scene: Scene, candidate: Candidate) -> list[str]:
    """What speaks for a whole fact: its parts' scores by steps, alone and together, and what stands with it."""
    signs = ["lang " + scene.reading.language]
    levels = []
    for name, judged in (("company", candidate.company), ("product", candidate.product)):
        if judged is None:
            signs.append(f"no {name}")
            continue
        signs += _steps(name, judged.score)
        levels.append(f"{name} {_level(judged.score)}")
        signs += [f"{name} from {judged.mention.source}", f"{name} id {judged.group.id is not None}"]
        signs.append(f"{name} sure {int(max(m.sure for m in judged.group.mentions) * 5)}")
    if candidate.product:
        owned = "owned" if candidate.company else "unowned"
        signs += _steps(owned, candidate.owned)
        levels.append(f"{owned} {_level(candidate.owned)}")
    signs += [", ".join(levels), ", ".join(levels[1:])]
    return signs + _stands(scene, candidate)


def _stands(scene: Scene, candidate: Candidate) -> list[str]:
    number = scene.place(candidate.mention)
    if number is None:
        return ["nowhere"]
    statement = scene.reading.statements[number]
    count = sum(statement.start <= each.start < statement.end for each in scene.reading.numbers)
    own = scene.clause(statement, candidate.mention.start).own.value
    return [f"numbers {min(count, 2)}", "own " + own]


def _steps(name: str, score: float) -> Iterator[str]:
    """A score as signs: one for each half step that it reaches."""
    return (f"{name} >= {step / 2:g}" for step in range(-6, 7) if score >= step / 2)


def _level(score: float) -> str:
    return "no" if score < -2 else "unlikely" if score < 0 else "likely" if score < 3 else "sure"


def read_prose(scene: Scene, weights: Weights, lexicon: Lexicon) -> list[Draft]:
    """The drafts of an article's prose, in order of the text: approvals, and what was revoked."""
    judged = judge_names(scene, weights)
    options = candidates(scene, judged, weights.owner, lexicon)
    scored = [(chance(weights.fact.score(fact_signs(scene, option))), option) for option in options]
    least = ACCEPTED if scene.says else _UNSAID
    chosen = [
        (sure, option)
        for sure, option in _chosen(scene, scored, least)
        if not is_cancelled(scene, option.mention) and not _elsewhere(scene, option.mention)
    ]
    drafts = [_draft(scene, option, sure, Status.APPROVED) for sure, option in chosen]
    said = {id(group) for _, option in chosen for group in _groups(option)}
    drafts += [_draft(scene, option, 0.9, Status.REVOKED) for option in _revoked(scene, options, said)]
    return sorted((draft for draft in drafts if draft is not None), key=lambda draft: draft.at)


def _elsewhere(scene: Scene, mention: Mention) -> bool:
    """Whether the clause of a mention speaks of another thing's approval: a drug's, a game's, a share issue's."""
    number = scene.place(mention)
    if number is None:
        return False
    clause = scene.clause(scene.reading.statements[number], mention.start)
    return clause.firm and clause.own is Status.OTHER


def _groups(option: Candidate) -> list[Group]:
    return [judged.group for judged in (option.company, option.product) if judged]


def _bar(scene: Scene, alone: Judged, least: float) -> float:
    """The least chance of a company alone: lower for a known one in a clause that speaks of an approval."""
    number = scene.place(alone.mention)
    if alone.group.id is None or number is None or not scene.says:
        return least
    clause = scene.clause(scene.reading.statements[number], alone.mention.start)
    return _KNOWN if clause.status is Status.APPROVED else least


def _chosen(scene: Scene, scored: list[tuple[float, Candidate]], least: float) -> Iterator[tuple[float, Candidate]]:
    """The candidates that are said: the best of each product, a company alone where no product of its is said."""
    taken: set[int] = set()
    owners: set[int] = set()
    for sure, option in sorted(scored, key=lambda pair: (-pair[0], pair[1].mention.start)):
        if option.product is None or sure < least or (id(option.product.group) in taken and option.owned <= 0):
            continue
        taken.add(id(option.product.group))
        owners |= {id(option.company.group)} if option.company else set()
        yield sure, option
    said = {mention.start for _, option in scored if option.product and id(option.product.group) in taken
            for mention in option.product.group.mentions}  # fmt: skip
    for sure, option in scored:
        alone = option.company if option.product is None else None
        if (
            alone
            and sure >= _bar(scene, alone, least)
            and id(alone.group) not in owners
            and alone.mention.start not in said
        ):
            yield sure, option


def _revoked(scene: Scene, options: list[Candidate], said: set[int]) -> Iterator[Candidate]:
    """What clauses of revocation name: products with their owners, companies that have none there."""
    owners: set[int] = set()
    for option in options:
        judged = option.product or option.company
        assert judged is not None
        if id(judged.group) in said or id(judged.group) in owners:
            continue
        mention = next((m for m in judged.group.mentions if is_cancelled(scene, m)), None)
        if mention is None:
            continue
        if option.product and option.company:
            owners.add(id(option.company.group))
        told = Judged(judged.group, judged.score, mention)
        yield Candidate(option.company, told) if option.product else Candidate(told, None)


def _draft(scene: Scene, option: Candidate, sure: float, status: Status) -> Draft | None:
    number = scene.place(option.mention)
    if number is None:
        return None
    statement = scene.reading.statements[number]
    clause = scene.clause(statement, option.mention.start)
    company = _name(option.company, option.mention) if option.company else None
    product = (option.product.mention.start, option.product.mention.end) if option.product else None
    return Draft(company, product, statement, clause, status, sure, "weighed")


def _name(judged: Judged, near: Mention) -> Name:
    """The company by its longest mention nearest to the fact."""
    longest = max(judged.group.mentions, key=lambda m: (m.end - m.start, -abs(m.start - near.start)))
    return Name(longest.start, longest.end, "company", longest.source, judged.group.id)
