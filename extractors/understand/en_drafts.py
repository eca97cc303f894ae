"""Drafts from English prose: which company and product each approved clause means."""

from __future__ import annotations

import re
from itertools import pairwise

from extractors.understand.drafts import Draft
from extractors.understand.en_names import find_names, is_holder, is_supply
from extractors.understand.lexicon import Lexicon
from extractors.understand.names import squeeze
from extractors.understand.parts import Clause, Name, Statement, Status

_LIST = re.compile(
    r"\b(?:among|include[sd]?|including|such as|range[sd]? from|recipients|beneficiaries"
    r"|namely|are|were|entries|names)\b"
)
_REFERENCE = re.compile(
    r"\b(?:the|its|that|this|our) (?:company|firm|app|model|service|algorithm"
    r"|chatbot|product|tool|assistant|platform|start-up)\b|\b[Ii]t (?:was|has"
    r"|is)\b|\bwe (?:were|got|are|have)\b|^It\b|^The (?:company|app|model|firm"
    r"|service|algorithm)\b",
    re.I,
)
_UNIT = re.compile(
    r"\b(?:its|wholly[- ]owned|an?) (?:[\w-]+ ){0,4}(?:subsidiary|unit|entity|affiliate|arm)\b"
    r"(?: of the [CG]\w+)?(?:,? [A-Z])?"
)
_LEGAL = re.compile(r"(?:Co\.,? ?Ltd|Limited|Inc)\b")
_THEIRS = re.compile(r"(?:^|\b)(?:[Ii]ts|[Tt]heir|[Tt]hey|[Oo]ur|[Tt]he (?:company|firm|start-up)'s)\b[^.;]{0,60}$")
_NAMED = re.compile(
    r"The (?:new )?(?:model|service|app|chatbot|tool|assistant|algorithm|product),? "
    r"(?:which is |is )?(?:named|called|dubbed|known as) [\"“]?(?P<p>[A-Z][\w.-]*(?: [A-Z0-9][\w.-]*){0,3})"
)
_DEVELOPER = re.compile(r"(?:Developer|Maker|Operator|Provider) [A-Z]")
_ASIDE = re.compile(
    r"\b(?:runs on|calls|clients?|customers?|investors?|backed by|raised|compet\w+"
    r"|rivals?|shares|revenue|users?|founded|partner\w*|hosted|licensed from"
    r"|supplier)\b",
    re.I,
)


def read_english(text: str, statements: list[Statement], lexicon: Lexicon) -> list[Draft]:
    """The drafts of all statements, in order, approved or not."""
    drafts: list[Draft] = []
    owners: dict[str, Name] = {}
    recent: Name | None = None
    for number, statement in enumerate(statements):
        names = find_names(text, statement.start, statement.end, lexicon)
        for name in names:
            if name.role == "product" and name.owner:
                owners.setdefault(squeeze(text[name.start : name.end]), name.owner)
        made_by = _DEVELOPER.match(text, statement.start, statement.end)
        orphan = drafts[-1] if drafts and drafts[-1].product and not drafts[-1].company else None
        if made_by and orphan:
            owner = next((name for name in names if name.why == "maker"), None)
            orphan.company, orphan.sure = owner, 0.85
        _name_product(text, statement, drafts)
        found = _drafts(text, statement, names, owners, recent)
        recent = next((n for n in names if n.role == "company" and is_holder(text, n)), recent)
        if not any(draft.status is Status.APPROVED for draft in found):
            found += _referred(text, statements, number, drafts)
        drafts += found
    _continue(text, drafts)
    return [draft for draft in drafts if not _announces(text, draft, drafts)]


def _name_product(text: str, statement: Statement, drafts: list[Draft]) -> None:
    """`The model, named P, …`: the product of the approval told in the sentence before."""
    match = _NAMED.match(text, statement.start, statement.end)
    last = drafts[-1] if drafts else None
    if not match or last is None or last.product is not None or last.status is not Status.APPROVED:
        return
    if last.statement.line >= statement.line - 1:
        last.product = (match.start("p"), match.end("p"))


def _continue(text: str, drafts: list[Draft]) -> None:
    """`The algorithm, "P", is filed ...`: the product of the company approved in the sentence before."""
    for earlier, later in pairwise(drafts):
        orphan = later.product and not later.company and later.status is Status.APPROVED
        alone = earlier.company and not earlier.product and earlier.status is Status.APPROVED
        if (
            orphan
            and alone
            and earlier.statement.line == later.statement.line
            and earlier.statement is not later.statement
        ):
            later.company, later.sure = earlier.company, 0.8
    owned = {draft.company for draft in drafts if draft.product and draft.company}
    drafts[:] = [draft for draft in drafts if draft.product or draft.company not in owned]


def _announces(text: str, draft: Draft, drafts: list[Draft]) -> bool:
    """Whether a company only tells of its subsidiary's approval."""
    if draft.company is None or draft.product is not None:
        return False
    after = text[draft.company.end : draft.statement.end]
    told = re.match(r"[^.]{0,40}\b(?:said|announced|announces|disclosed|discloses)\b", after)
    unit = _UNIT.search(after)
    return told is not None and unit is not None and (unit[0][-1].isupper() or _LEGAL.search(after) is not None)


def _clause_at(statement: Statement, at: int) -> Clause:
    inside = [clause for clause in statement.clauses if clause.start <= at]
    return inside[-1] if inside else statement.clauses[0]


def _drafts(
    text: str, statement: Statement, names: list[Name], owners: dict[str, Name], recent: Name | None
) -> list[Draft]:
    drafts: list[Draft] = []
    used: set[Name] = set()
    for name in names:
        if name.role != "product" or is_supply(text, name):
            if name.role == "product" and name.owner:
                used.add(name.owner)
            continue
        owner = name.owner or owners.get(squeeze(text[name.start : name.end]))
        if owner is None and _THEIRS.search(text, statement.start, name.start):
            alone = not any(other.role == "company" and other.start < name.start for other in names)
            owner = recent if alone else None
        if owner:
            used.add(owner)
        clause = _clause_at(statement, name.start)
        sure = 0.92 if owner else 0.5
        drafts.append(Draft(owner, (name.start, name.end), statement, clause, clause.status, sure, name.why))
    for name in names:
        if name.role != "company" or name in used:
            continue
        clause = _clause_at(statement, name.start)
        if not is_holder(text, name) or (
            clause.own is Status.NEUTRAL
            and _ASIDE.search(text[clause.start : clause.end])
            and not _LIST.search(text[clause.start : clause.end])
        ):
            continue
        drafts.append(Draft(name, None, statement, clause, clause.status, _sure(text, name, clause), name.why))
    _join(text, drafts)
    return sorted(drafts, key=lambda draft: draft.at)


def _sure(text: str, name: Name, clause: Clause) -> float:
    base = {"lexicon": 0.92, "legal name": 0.92, "organisation's word": 0.85, "maker": 0.8, "place name": 0.8}.get(
        name.why, 0.7
    )
    return base if clause.own is Status.APPROVED or name.id else base - 0.05


def _join(text: str, drafts: list[Draft]) -> None:
    """A product without an owner takes the one company of its sentence, if there is only one."""
    companies = [draft for draft in drafts if draft.company and not draft.product and draft.status is Status.APPROVED]
    orphans = [draft for draft in drafts if draft.product and not draft.company and draft.status is Status.APPROVED]
    if len(companies) == 1 and len(orphans) == 1 and not any(draft.product and draft.company for draft in drafts):
        orphans[0].company = companies[0].company
        orphans[0].sure = 0.75
        drafts.remove(companies[0])


def _referred(text: str, statements: list[Statement], number: int, drafts: list[Draft]) -> list[Draft]:
    """`It was registered on ...`: the company or product spoken of just before."""
    statement = statements[number]
    clause = next(
        (
            c
            for c in statement.clauses
            if c.own is Status.APPROVED and c.weight >= 2 and _REFERENCE.search(text[c.start : c.end])
        ),
        None,
    )
    if clause is None:
        return []
    for earlier in reversed(drafts):
        if earlier.statement.line < statement.line - 1:
            break
        if earlier.status is Status.APPROVED:
            return []
        if earlier.status is Status.NEUTRAL:
            beside = next((d.company for d in drafts if d.statement is earlier.statement and d.company), None)
            owner = earlier.company or beside
            return [Draft(owner, earlier.product, statement, clause, Status.APPROVED, 0.6, "reference")]
    return []
