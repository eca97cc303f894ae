"""What a digest would say, and whom it would go to: nothing is sent or marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from config.settings import Settings
from config.source import Source
from pipeline.digest.channels import Clock
from pipeline.digest.drafts import Draft, Drafts
from pipeline.digest.links import LEAVE, links_of
from pipeline.digest.mail import sender
from pipeline.digest.render import Rendered
from storage import deliveries, mails
from storage.corrections import follow
from storage.database import Database
from storage.deliveries import Boundary
from storage.filters import facets_of
from storage.mails import MailItem, PreparedMail
from storage.queries import approvals_by_id
from storage.subscribers import SubscriberRecord


def preview(
    database: Database,
    settings: Settings,
    now: Clock,
    subscriber: SubscriberRecord | None = None,
    since: date | None = None,
    sources: Mapping[str, Source] | None = None,
) -> Rendered:
    """What the next digest would say: to `subscriber`, or to anyone; with `since`, what was first seen from then on."""
    links = links_of(settings) if subscriber is not None else None
    drafts = Drafts(database, settings, now(), sources or {}, links.marker if links else None)
    reader = subscriber.id if subscriber else None
    if since is None:
        items = _waiting(database, now(), reader)
    with database.read() as session:
        if since is not None:
            items = mails.seen_since(session, datetime.combine(since, time(), settings.zone))
            items = _wanted(session, items, subscriber, sources or {})
        before = mails.last_mail(session, reader)
    rendered = drafts.draft(items, subscriber.language if subscriber else "both", before).rendered
    return rendered.with_link(links.marker, links.to(LEAVE, subscriber)) if links and subscriber else rendered


def _waiting(database: Database, moment: datetime, reader: int | None) -> list[MailItem]:
    """What waits once it is set right what was told, as a round does first; that is then taken back."""
    with database.write() as session:
        follow(session, moment)
        items = mails.pending(session, reader)
        session.rollback()
    return items


def _wanted(
    session: Session, items: list[MailItem], subscriber: SubscriberRecord | None, sources: Mapping[str, Source]
) -> list[MailItem]:
    """Those of these items that the subscriber's filter wants."""
    if subscriber is None:
        return items
    kinds = {id: source.kind for id, source in sources.items()}
    found = approvals_by_id(session, [item.approval_id for item in items])
    fit = {a.id for a in found if subscriber.wish.filter.matches(facets_of(a, kinds))}
    return [item for item in items if item.approval_id in fit]


@dataclass(frozen=True, slots=True)
class Planned:
    """One mail that would be sent now."""

    address: str
    subject: str
    items: int
    message_id: str


def plan(
    database: Database,
    settings: Settings,
    now: Clock,
    sources: Mapping[str, Source],
    boundary: Boundary = lambda schedule: None,
) -> list[Planned]:
    """The mails that a round would send now, found on the very way of a round, which is then taken back."""
    with database.write() as session:
        deliveries.prepare(session, now(), sender(settings).domain, boundary)
        due = list(_all_due(session, now()))
        session.rollback()
    drafts = Drafts(database, settings, now(), sources, None)
    found = [(mail, drafts.of(mail)) for mail in due]
    return [_planned(mail, draft) for mail, draft in found if draft is not None]


def _all_due(session: Session, moment: datetime) -> Iterator[PreparedMail]:
    after = 0
    while page := mails.due(session, moment, after):
        yield from page
        after = page[-1].id


def _planned(mail: PreparedMail, draft: Draft) -> Planned:
    return Planned(mail.address, draft.rendered.subject, draft.digest.told, mail.message_id)
