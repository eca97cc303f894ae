"""From candidates to drafts: which facts the prose says, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extractors.understand.cancelled import is_cancelled
from extractors.understand.candidates import Candidate, Judged, Scored, candidates, judge_names
from extractors.understand.drafts import Draft
from extractors.understand.lexicon import Lexicon
from extractors.understand.measures import Neighbours, measured
from extractors.understand.mentions import Group, Mention
from extractors.understand.parts import Name, Status
from extractors.understand.scene import Scene
from extractors.understand.signs import article_signs, passage_of
from extractors.understand.weights import Weights, chance

ACCEPTED = 0.52
"""The least chance with which a fact is said at all; `confidence` carries it on."""
_NAMED, _HINTING = 0.7, 0.0
_UNSAID, _TELLING = 0.84, 1.0
"""In an article that doesn't speak of approvals in more than a weak word: the least chance, and the least log-odds that
the words of the article tell of one; where it has an official word, and where it has none."""
_OFFICIAL = re.compile(
    r"备案|登记|网信|上线编号|\b(?:cyberspace|internet regulator|CAC|filings?|registrations?|deep[- ]synthesis)\b"
)
"""Official words of the procedure: an article that has one may tell of an approval in words that no rule knows."""
_KNOWN = 0.38
_ENDED = 0.0
"""The least log-odds of an end that no rule tells."""
_RATHER, _DOUBTFUL = 0.2, 0.85
_OPEN = frozenset({Status.PLANNED, Status.PENDING, Status.NEGATIVE, Status.DENIED})


@dataclass(frozen=True, slots=True)
class Weighed:
    """Every candidate fact of an article with its chance, and what all of them share."""

    near: Neighbours
    scored: Scored


def weigh(scene: Scene, weights: Weights, lexicon: Lexicon) -> Weighed:
    """The candidates of an article, weighed."""
    near, options = options_of(scene, weights, lexicon)
    told = [measured(option, near) for option in options]
    return Weighed(near, list(zip(map(chance, weights.fact.scores(told)), options, strict=True)))


def options_of(scene: Scene, weights: Weights, lexicon: Lexicon) -> tuple[Neighbours, list[Candidate]]:
    """The candidates of an article, and what all of them share: the same in training as in use."""
    judged = judge_names(scene, weights)
    near = Neighbours(scene, judged, weights.article.score(article_signs(scene)))
    return near, candidates(scene, judged, weights.owner, lexicon)


def drafts_of(scene: Scene, weighed: Weighed) -> list[Draft]:
    """The drafts that follow from candidates, in order of the text: approvals, and what was revoked."""
    scored = weighed.scored
    chosen = [
        (sure, option)
        for sure, option in _chosen(scene, scored, _least(weighed))
        if not is_cancelled(scene, option.mention)
        and not _elsewhere(scene, option.mention)
        and not _open(scene, option.mention)
    ]
    drafts = [_draft(scene, option, sure, Status.APPROVED) for sure, option in chosen]
    said = {id(group) for _, option in chosen for group in _groups(option)}
    revoked = _revoked(scene, [option for _, option in scored], said)
    drafts += [_draft(scene, option, 0.9, Status.REVOKED) for option in revoked]
    return sorted((draft for draft in drafts if draft is not None), key=lambda draft: draft.at)


def _least(weighed: Weighed) -> float:
    """The least chance with which a fact of this article is said."""
    scene = weighed.near.scene
    if scene.speaks:
        return ACCEPTED
    if _OFFICIAL.search(scene.reading.title + "\n" + scene.reading.plain):
        return _NAMED if weighed.near.article["article"] >= _HINTING else 1.0
    return _UNSAID if weighed.near.article["article"] >= _TELLING else 1.0


def _elsewhere(scene: Scene, mention: Mention) -> bool:
    """Whether the clause of a mention speaks of another thing's approval: a drug's, a game's, a share issue's."""
    passage = passage_of(scene, mention)
    return passage is not None and passage[1].firm and passage[1].own is Status.OTHER


def _open(scene: Scene, mention: Mention) -> bool:
    """Whether the clause of a mention says that its approval is planned, pending, refused or denied."""
    passage = passage_of(scene, mention)
    return passage is not None and passage[1].own in _OPEN


def _groups(option: Candidate) -> list[Group]:
    return [judged.group for judged in (option.company, option.product) if judged]


def _bar(scene: Scene, alone: Judged, least: float) -> float:
    """The least chance of a company alone: lower for a known one in a clause that speaks of an approval."""
    passage = passage_of(scene, alone.mention)
    if alone.group.id is None or passage is None or not scene.says:
        return least
    return _KNOWN if passage[1].status is Status.APPROVED else least


def _chosen(scene: Scene, scored: Scored, least: float) -> Iterator[tuple[float, Candidate]]:
    """The candidates that are said: the best of each product, a company alone where no product of its is said."""
    taken: set[int] = set()
    owners: set[int] = set()
    ranked = sorted(scored, key=lambda pair: (-pair[0], pair[1].mention.start))
    for sure, option in ranked:
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
            yield _with_product(ranked, taken, sure, option)


def _with_product(ranked: Scored, taken: set[int], sure: float, alone: Candidate) -> tuple[float, Candidate]:
    """A company that is said, with the product of its that is rather told than not; then it is less than certain."""
    assert alone.company is not None
    for least, option in ranked:
        if least < _RATHER:
            break
        own = option.company is not None and option.company.group is alone.company.group and option.owned > 0
        if own and option.product and id(option.product.group) not in taken:
            taken.add(id(option.product.group))
            return min(sure, _DOUBTFUL), option
    return sure, alone


def _revoked(scene: Scene, options: list[Candidate], said: set[int]) -> Iterator[Candidate]:
    """What clauses of revocation name: products with their owners, companies in sentences that name no such product."""
    owners: set[int] = set()
    places: set[int | None] = set()
    for option in options:
        judged = option.product or option.company
        assert judged is not None
        mention = None if id(judged.group) in said or id(judged.group) in owners else _end(scene, judged)
        if mention is None or (option.product is None and scene.place(mention) in places):
            continue
        if option.product:
            places.add(scene.place(mention))
            owners |= {id(option.company.group)} if option.company else set()
        told = Judged(judged.group, judged.score, mention)
        yield Candidate(option.company, told) if option.product else Candidate(told, None)


def _end(scene: Scene, judged: Judged) -> Mention | None:
    """The mention that tells the end of an approval: by a rule, or by weights that find that likelier."""
    ruled = next((m for m in judged.group.mentions if is_cancelled(scene, m)), None)
    if ruled or judged.ended is None or judged.revoked <= max(_ENDED, judged.score):
        return ruled
    return judged.ended if _of_procedure(scene, judged.ended) else None


def _of_procedure(scene: Scene, mention: Mention) -> bool:
    """Whether the sentence of a mention, or the one before, has a word of the procedure."""
    number = scene.place(mention)
    near = [] if number is None else scene.reading.statements[max(number - 1, 0) : number + 1]
    return any(_OFFICIAL.search(scene.reading.plain, statement.start, statement.end) for statement in near)


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
