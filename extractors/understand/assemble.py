"""From drafts to facts: merge what is one approval, look up its particulars, say how sure it is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from extractors.records import ApprovalFact, CompanyName, Facts, RevocationFact
from extractors.understand.batches import draft_batch, with_common_batch
from extractors.understand.claims import claims_of
from extractors.understand.details import draft_kind, draft_province, lead_text
from extractors.understand.drafts import Draft
from extractors.understand.lexicon import Lexicon
from extractors.understand.names import company_key
from extractors.understand.particulars import authority_of
from extractors.understand.parts import Name, Status
from extractors.understand.reading import Reading
from extractors.understand.sentences import starting_in
from extractors.understand.when import draft_date

_NAMELESS = re.compile(
    r"(?:已|获准|均已|已经|顺利)(?:通过|完成|获批|获准|备案|登记|向公众)?[^，。；]{0,16}(?:大模型|生成式|算法)"
    r"[^，。；]{0,10}(?:占|超|达|位居|数量)"
)
_LONGEST_QUOTE = 200
_NUMBERED = 0.97
_RATHER = 0.6


def assemble(reading: Reading, drafts: list[Draft], lexicon: Lexicon) -> Facts:
    """The facts of one article."""
    approved = [draft for draft in drafts if draft.status is Status.APPROVED]
    revoked = [draft for draft in drafts if draft.status is Status.REVOKED]
    attach_numbers(reading, approved)
    attach_numbers(reading, revoked)
    approved = _merged(reading, approved, lexicon)
    facts = [_approval(reading, draft, lexicon) for draft in approved]
    claims = claims_of(reading, bool(facts))
    facts = _with_history(reading, with_common_batch(reading, facts))
    revocations = tuple(_revocation(reading, draft, lexicon) for draft in _merged(reading, revoked, lexicon))
    return Facts(bool(facts or claims) or _stated(reading), tuple(facts), claims, revocations)


def _stated(reading: Reading) -> bool:
    """Whether a sentence says, without a name or a number, that services of a place or a group were approved."""
    for statement in reading.statements:
        for clause in statement.clauses:
            if clause.own is Status.APPROVED and _NAMELESS.search(reading.plain, clause.start, clause.end):
                return True
    return False


def attach_numbers(reading: Reading, drafts: list[Draft]) -> None:
    """Give each number to the draft it stands by: in its sentence in order, else the one just before."""
    open_ones: dict[int, list[Draft]] = {}
    for draft in sorted((draft for draft in drafts if draft.number is None), key=lambda d: d.at):
        open_ones.setdefault(id(draft.statement), []).append(draft)
    for here in open_ones.values():
        inside = starting_in(reading.numbers, here[0].statement.start, here[0].statement.end)
        named = [draft for draft in here if draft.product] or here
        if len(inside) == len(named):
            for draft, number in zip(named, inside, strict=True):
                draft.number = number
            continue
        for number in inside:
            before = [draft for draft in named if draft.at < number.start and draft.number is None]
            if before:
                before[-1].number = number
    held = {draft.number for draft in drafts}
    for number in reading.numbers:
        if number in held or reading.in_table(number.start):
            continue
        last = next((d for d in reversed(drafts) if d.at < number.start and d.number is None), None)
        if last is not None and _same_passage(last, number.start):
            last.number = number


def _same_passage(draft: Draft, at: int) -> bool:
    return 0 <= at - draft.statement.end < 60


def _merged(reading: Reading, drafts: list[Draft], lexicon: Lexicon) -> list[Draft]:
    """One draft for each company and product; a company alone gives way to its products."""
    kept: list[Draft] = []
    by_product: dict[str, list[Draft]] = {}
    for draft in sorted(drafts, key=lambda d: (d.product is None, d.company is None, -d.sure, d.at)):
        alike = by_product.setdefault(_product_key(reading, draft, lexicon), []) if draft.product else kept
        twin = next((other for other in alike if _same(reading, draft, other, lexicon)), None)
        if twin is None:
            kept.append(draft)
            if draft.product:
                alike.append(draft)
            continue
        twin.twins.append(draft)
        if twin.number is None and draft.number is not None:
            twin.number = draft.number
    return sorted(kept, key=lambda d: d.at)


def _same(reading: Reading, draft: Draft, other: Draft, lexicon: Lexicon) -> bool:
    if draft.number and other.number and draft.number.text != other.number.text:
        return False
    company = _same_company(reading, draft.company, other.company, lexicon)
    if draft.product and other.product:
        mine, theirs = (_product_key(reading, each, lexicon) for each in (draft, other))
        if mine == theirs and (company or draft.company is None or other.company is None):
            return draft_kind(reading, draft) is draft_kind(reading, other) or draft.rule == "reference"
        return False
    if draft.company is None or other.company is None:
        return False
    return company and (draft.product is None)


def _product_key(reading: Reading, draft: Draft, lexicon: Lexicon) -> str:
    assert draft.product is not None
    return lexicon.product_key(draft.company.id if draft.company else None, reading.plain[slice(*draft.product)])


def _same_company(reading: Reading, one: Name | None, other: Name | None, lexicon: Lexicon) -> bool:
    if one is None or other is None:
        return one is other
    if one.id is not None and one.id == other.id:
        return True
    a, b = (company_key(reading.plain[name.start : name.end]) for name in (one, other))
    short, long = sorted((a, b), key=len)
    return a == b or (len(short) >= 3 and _within(short, long))


def _within(short: str, long: str) -> bool:
    """Whether the characters of `short` come in `long` in that order (皮影科技 in 西安皮影数字科技)."""
    if short.isascii():
        return long.startswith(short)
    rest = iter(long)
    return short[0] in long and all(char in rest for char in short)


def _with_history(reading: Reading, facts: list[ApprovalFact]) -> list[ApprovalFact]:
    """Beside fresh news, what is a quarter older or of an earlier batch is told as history."""
    if reading.published is None:
        return facts
    old = (reading.published - timedelta(days=100)).isoformat()
    fresh = [fact for fact in facts if fact.date and fact.date >= old[: len(fact.date)] and not fact.background]
    known = set(fresh)
    newest = max((fact.batch for fact in fresh if fact.batch), default=0)
    return [
        replace(fact, background=True)
        if fresh
        and fact not in known
        and ((fact.date and fact.date < old[: len(fact.date)]) or (fact.batch or newest) < newest)
        else fact
        for fact in facts
    ]


def company_name(reading: Reading, name: Name | None, lexicon: Lexicon) -> CompanyName:
    """A company as the text has it, with its other names where it is known."""
    if name is None:
        return CompanyName(None, None)
    surface = reading.text[name.start : name.end]
    id = name.id or lexicon.company_of(surface)
    names = (surface, *(lexicon.names(id) if id else ()))
    return CompanyName(id, surface, tuple(dict.fromkeys(names)))


def _approval(reading: Reading, draft: Draft, lexicon: Lexicon) -> ApprovalFact:
    start, end = _quote(draft)
    text = reading.plain
    company, kind = company_name(reading, draft.company, lexicon), draft_kind(reading, draft)
    return ApprovalFact(
        company,
        reading.text[slice(*draft.product)] if draft.product else None,
        kind,
        reading.text[start:end],
        start,
        end,
        filing_no=reading.text[draft.number.start : draft.number.end] if draft.number else None,
        date=draft_date(reading, draft),
        batch=draft_batch(reading, draft, kind),
        province=draft_province(reading, draft, company, lexicon),
        authority=authority_of(text[draft.statement.start : draft.statement.end])
        or authority_of(lead_text(reading, draft)),
        background=draft.clause.background,
        confidence=_confidence(draft),
    )


def _revocation(reading: Reading, draft: Draft, lexicon: Lexicon) -> RevocationFact:
    start, end = _quote(draft)
    return RevocationFact(
        company_name(reading, draft.company, lexicon),
        reading.text[slice(*draft.product)] if draft.product else None,
        draft_kind(reading, draft),
        reading.text[start:end],
        start,
        end,
        filing_no=reading.text[draft.number.start : draft.number.end] if draft.number else None,
        date=draft_date(reading, draft),
    )


def _quote(draft: Draft) -> tuple[int, int]:
    """The sentence, or so much of it around the name as 200 characters hold."""
    start, end = draft.statement.start, draft.statement.end
    if end - start > _LONGEST_QUOTE:
        start = max(start, min(draft.at - 60, end - _LONGEST_QUOTE))
        end = start + _LONGEST_QUOTE
    return start, end


def _confidence(draft: Draft) -> float:
    """What was weighed; a likely company and product that stand by their filing number are as good as certain."""
    whole = draft.number is not None and draft.company is not None and draft.product is not None
    whole = whole and draft.sure >= _RATHER
    return round(min(max(draft.sure, _NUMBERED if whole else 0.0), 0.99), 2)
