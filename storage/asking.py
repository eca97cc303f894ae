"""Is it approved? What a name, product or number leads to, as of a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from extractors.records import CHINA
from extractors.understand.lexicon import Lexicon
from extractors.understand.names import company_key, number_key
from storage.desk import Standing, Stated, find
from storage.identity.days import span
from storage.queries import approvals_by_id, in_register
from storage.records import Approval
from storage.search import fold
from storage.tables import CompanyAlias, StoredApproval, StoredMention

ALIKE = 5
"""Names that an answer lists."""


class Verdict(StrEnum):
    """The answer: `reported` is news only, `ambiguous` fits services of several companies, or is not sure."""

    YES = "yes"
    REPORTED = "reported"
    NO = "no"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one name: the approval that says most, where to look, and why; `others` are further ones."""

    name: str
    verdict: Verdict
    detail: str
    approval: Approval | None = None
    page: str | None = None
    others: tuple[int, ...] = ()


def ask(session: Session, name: str, lexicon: Lexicon, held: Sequence[Standing], as_of: date | None = None) -> Answer:
    """The answer for a company, a product, both with a space or slash between, or a filing number.

    `held` are the standings of the register: a "no" says how complete it is.
    """
    found = [a for a in _fitting(session, name, lexicon) if as_of is None or _by(a, as_of)]
    standing = [a for a in found if a.status in ("confirmed", "reported") or _revoked_after(a, as_of)]
    if not standing:
        return _nothing(name, found) or _alike(session, name, as_of) or _no(name, held)
    owners = {a.company.id or a.company.name for a in standing}
    best = min(standing, key=lambda a: (a.status != "confirmed", a.approved_on or "9", a.id))
    others = tuple(a.id for a in standing if a is not best)
    if len(owners) > 1:
        detail = f"fits services of {len(owners)} companies: {_names(standing)}"
        return Answer(name, Verdict.AMBIGUOUS, detail, others=tuple(a.id for a in standing))
    verdict = Verdict.YES if best.status == "confirmed" else Verdict.REPORTED
    return Answer(name, verdict, _detail(best, others), best, _page_of(best), others)


def _detail(best: Approval, others: Sequence[int]) -> str:
    said = [best.kind.value, " / ".join(part for part in (best.company.name, best.product) if part)]
    said += [f"approved {best.approved_on}"] if best.approved_on else []
    said += ["retyped from the official list, not yet seen on the page"] if best.retyped else []
    said += [f"and {len(others)} more"] if others else []
    return ", ".join(said)


def _page_of(approval: Approval) -> str | None:
    """The page to look at: an official list, else the first news that can be opened, else the id of what says so."""
    pages = [one for one in approval.articles if not one.revocation]
    best = min(pages, key=lambda one: (not one.url, not one.register, one.background), default=None)
    return best.url or best.id if best else None


def _nothing(name: str, found: Sequence[Approval]) -> Answer | None:
    """Where what fits is cancelled or doubtful."""
    gone = next((a for a in found if a.status == "revoked"), None)
    if gone is not None:
        return Answer(name, Verdict.NO, f"{gone.kind.value}: cancelled", gone, _page_of(gone))
    doubtful = next((a for a in found if a.status == "held"), None)
    if doubtful is not None:
        detail = "one uncertain reading, which waits for review"
        return Answer(name, Verdict.AMBIGUOUS, detail, doubtful, _page_of(doubtful))
    return None


def _alike(session: Session, name: str, as_of: date | None) -> Answer | None:
    """Where the register holds names or numbers of which this is a part: not sure, as people shorten them."""
    if not _is_telling(name):
        return None
    found = find(session, text=name, statuses=("confirmed", "reported")).approvals
    near = [a for a in found if as_of is None or _by(a, as_of)]
    detail = f"none of just this name, but like it: {_names(near)}"
    return Answer(name, Verdict.AMBIGUOUS, detail, others=tuple(a.id for a in near)) if near else None


def _is_telling(name: str) -> bool:
    """Whether part of a name says enough: two Chinese characters, or four letters or digits."""
    folded = fold(name)
    return len(folded) >= 4 or (len(folded) >= 2 and not folded.isascii())


def _names(approvals: Iterable[Approval]) -> str:
    return "; ".join(sorted({f"{a.company.name or '?'} {a.product or ''}".strip() for a in approvals})[:ALIKE])


def _no(name: str, held: Sequence[Standing]) -> Answer:
    return Answer(name, Verdict.NO, f"not in the register, which holds {completeness(held)}")


def completeness(held: Sequence[Standing]) -> str:
    """How much of what regulators state is held, kind by kind."""
    said = []
    for one in held:
        of = f" of {_total(one.stated)} stated by {one.stated.date}" if one.stated else ", no total stated"
        said.append(f"{one.told} {one.kind.value}{of}")
    return "; ".join(said) or "nothing yet"


def _total(stated: Stated) -> str:
    return f"more than {stated.total}" if stated.at_least else str(stated.total)


def _fitting(session: Session, name: str, lexicon: Lexicon) -> list[Approval]:
    whole = _ids(session, name, lexicon)
    if not whole:
        whole = set().union(*_both(session, name, lexicon))
    return approvals_by_id(session, sorted(whole))


def _ids(session: Session, name: str, lexicon: Lexicon) -> set[int]:
    number = number_key(name)
    if number is not None:
        return _approvals(session, StoredMention.number_key == number)
    return _of_company(session, name, lexicon) or _of_product(session, name, lexicon)


def _both(session: Session, name: str, lexicon: Lexicon) -> Iterator[set[int]]:
    """A company and its product, with a space or a slash between."""
    parts = name.replace("/", " ").replace("／", " ").split()
    for at in range(1, len(parts)):
        company, product = " ".join(parts[:at]), " ".join(parts[at:])
        yield _of_company(session, company, lexicon) & _of_product(session, product, lexicon)


def _of_company(session: Session, name: str, lexicon: Lexicon) -> set[int]:
    key = company_key(name)
    known = set(session.scalars(select(CompanyAlias.company_id).where(CompanyAlias.key == key))) if key else set()
    listed = lexicon.company_of(name)
    companies = known | ({listed} if listed else set())
    held = select(StoredApproval.id).where(StoredApproval.company_id.in_(companies), in_register())
    return set(session.scalars(held)) if companies else set()


def _of_product(session: Session, name: str, lexicon: Lexicon) -> set[int]:
    owner = lexicon.product_owner(name)
    keys = {lexicon.product_key(owner, name), lexicon.product_key(None, name)} - {""}
    return _approvals(session, StoredMention.product_key.in_(keys)) if keys else set()


def _approvals(session: Session, condition: ColumnElement[bool]) -> set[int]:
    wanted = select(StoredMention.approval_id).where(condition, StoredMention.approval_id.is_not(None))
    return {id for id in session.scalars(wanted) if id is not None}


def _by(approval: Approval, day: date) -> bool:
    """Whether it was approved by then; without a date, whether anybody had said so."""
    if approval.approved_on:
        return span(approval.approved_on)[0] <= day
    told = [one.published.astimezone(CHINA).date() for one in approval.articles if one.published]
    return min(told, default=approval.first_seen_at.astimezone(CHINA).date()) <= day


def _revoked_after(approval: Approval, as_of: date | None) -> bool:
    """Whether an approval that is cancelled now still stood on that day."""
    if approval.status != "revoked" or as_of is None:
        return False
    gone = [one for one in approval.articles if one.revocation]
    days = [span(str(dict(one.fields)["date"]))[0] for one in gone if dict(one.fields).get("date")]
    days += [one.published.astimezone(CHINA).date() for one in gone if one.published]
    return bool(days) and min(days) > as_of
