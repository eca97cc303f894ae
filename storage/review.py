"""What waits for a person: doubtful approvals, unresolved mentions, conflicts, new companies, accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from storage.conflicts import Conflict, conflicts_of
from storage.curating import companies
from storage.decided import decisions_about, replay
from storage.deciding import rivals
from storage.identity.decided import verdict
from storage.queries import QUOTE, approvals_by_id
from storage.reconcile import current_lists, totals
from storage.records import Action, Approval
from storage.tables import Company, StoredApproval, StoredMention


class Topic(StrEnum):
    """Why something waits."""

    HELD = "held"  # one uncertain reading
    UNRESOLVED = "unresolved"  # a mention that fits no approval, or several
    CONFLICT = "conflict"  # news and an official list, or two articles, disagree
    COMPANY = "company"  # met in texts, and not in the lexicon
    ACCOUNT = "account"  # a list or a stated total that does not add up


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to decide. `id` is the approval's, mention's or company's (a list's for an account).

    `candidates` are the approvals that an unresolved mention may speak of.
    """

    topic: Topic
    id: str
    title: str
    detail: str
    quote: str = ""
    url: str | None = None
    candidates: tuple[int, ...] = ()


def counts(session: Session) -> dict[Topic, int]:
    """How many questions of each topic there are; conflicts and accounts are counted by looking at them."""
    held = select(func.count(StoredApproval.id)).where(
        StoredApproval.status == "held", StoredApproval.merged_into.is_(None)
    )
    met = select(func.count(Company.id)).where(Company.origin == "discovered", Company.merged_into.is_(None))
    return {
        Topic.HELD: session.scalars(held).one(),
        Topic.UNRESOLVED: sum(1 for _ in _unresolved(session)),
        Topic.CONFLICT: sum(1 for _ in _conflicts(session)),
        Topic.COMPANY: session.scalars(met).one(),
        Topic.ACCOUNT: sum(1 for _ in _accounts(session)),
    }


def questions(session: Session, topic: Topic) -> Iterator[Question]:
    """What waits of one topic; the oldest first, companies by how many approvals they have."""
    if topic is Topic.HELD:
        yield from _held(session)
    elif topic is Topic.UNRESOLVED:
        yield from (_of_mention(session, mention) for mention in _unresolved(session))
    elif topic is Topic.CONFLICT:
        yield from _conflicts(session)
    elif topic is Topic.COMPANY:
        yield from _met(session)
    else:
        yield from _accounts(session)


def _held(session: Session) -> Iterator[Question]:
    wanted = select(StoredApproval.id).where(StoredApproval.status == "held", StoredApproval.merged_into.is_(None))
    for found in approvals_by_id(session, session.scalars(wanted.order_by(StoredApproval.id))):
        if found.articles:
            first = found.articles[0]
            detail = f"{found.kind.value}, one reading, confidence {found.confidence:.2f}"
            yield Question(Topic.HELD, str(found.id), name_of(found), detail, first.quote, first.url)


def name_of(approval: Approval) -> str:
    """Company and product, for people."""
    return " / ".join(part for part in (approval.company.name, approval.product) if part) or f"approval {approval.id}"


def _unresolved(session: Session) -> Iterator[StoredMention]:
    wanted = select(StoredMention).where(StoredMention.approval_id.is_(None)).order_by(StoredMention.id)
    for mention in session.scalars(wanted):
        if mention.role == "approval" or not _dismissed(session, mention):
            yield mention


def _dismissed(session: Session, mention: StoredMention) -> bool:
    return verdict(replay(session, [mention]).decided, [mention.id]) is Action.REJECT


def _of_mention(session: Session, mention: StoredMention) -> Question:
    fits = tuple(rivals(session, mention))
    name = " / ".join(part for part in (mention.company_name, mention.product) if part) or "no name"
    what = "a cancellation" if mention.role == "revocation" else mention.kind
    fitting = f"fits approvals {', '.join(map(str, fits))}" if fits else "fits no approval"
    quote = mention.quote[:QUOTE]
    return Question(Topic.UNRESOLVED, str(mention.id), name, f"{what}; {fitting}", quote, mention.article.url, fits)


def _conflicts(session: Session) -> Iterator[Question]:
    """Disagreements that nobody has decided about."""
    listed = _told(StoredMention.register.is_(True))
    news = _told(StoredMention.register.is_(False))
    differing = or_(and_(listed, news), StoredApproval.id.in_(_said_differently()))
    wanted = select(StoredApproval.id).where(StoredApproval.merged_into.is_(None), differing)
    for found in approvals_by_id(session, session.scalars(wanted.order_by(StoredApproval.id))):
        differ = conflicts_of(found.articles)
        if differ and found.status != "rejected" and not decisions_about(session, found.id):
            said = "; ".join(_in_words(one) for one in differ)
            article = differ[0].article
            yield Question(Topic.CONFLICT, str(found.id), name_of(found), said, article.quote, article.url)


def _said_differently() -> Select[int | None]:
    """The approvals of which articles give several numbers, days or companies; some of them mean the same."""
    values = (StoredMention.number_key, StoredMention.date, StoredMention.company_id)
    several = or_(*(func.count(value.distinct()) > 1 for value in values))
    told = select(StoredMention.approval_id).where(StoredMention.approval_id.is_not(None))
    return told.group_by(StoredMention.approval_id).having(several)


def _in_words(conflict: Conflict) -> str:
    where = "in the list, {} in the news" if conflict.official else "in one article, {} in another"
    return f"{conflict.field}: {conflict.said} {where.format(conflict.other)}"


def _told(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(StoredMention.approval_id == StoredApproval.id, condition)


def _met(session: Session) -> Iterator[Question]:
    for one in companies(session, origin="discovered"):
        count = f"{one.approvals} approval{'' if one.approvals == 1 else 's'}"
        detail = f"{count}; known as {', '.join(one.names[:8])}"
        yield Question(Topic.COMPANY, one.id, one.name, detail)


def _accounts(session: Session) -> Iterator[Question]:
    for one in current_lists(session):
        problems = [str(problem) for problem in one.account.get("problems", ())]
        problems += [f"{one.vanished} rows are not printed any more"] if one.vanished else []
        if problems:
            yield Question(Topic.ACCOUNT, f"list {one.id}", one.name, "; ".join(problems), url=one.page_url or one.url)
    for total in totals(session):
        if total.gap:
            said = total.articles[0]
            stated = f"more than {total.stated}" if total.at_least else str(total.stated)
            detail = f"stated {stated} by {total.date}, held {total.held}, {total.gap} missing"
            yield Question(Topic.ACCOUNT, f"total {total.kind.value} {total.date}", said.title, detail, url=said.url)
