"""Send what is due, one mail for each subscriber, so that a crash at any point loses and doubles nothing."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from functools import partial

from jinja2 import Environment

from config.settings import Settings
from config.source import Source
from pipeline.digest.content import digest_of, unseen_of
from pipeline.digest.mail import MailFailure, PermanentMailFailure, ServerAway, compose, require_server, send, sender
from pipeline.digest.render import Frame, Rendered, environment, render
from pipeline.digest.totals import reconciled_of
from pipeline.lease import Lease
from storage import deliveries
from storage.alarms import blind_spots
from storage.database import Database
from storage.deliveries import PreparedMail
from storage.desk import standings
from storage.queries import approvals_by_id
from storage.reconcile import changed_since
from storage.subscribers import SubscriberRecord, plain_address

Transport = Callable[[EmailMessage], None]
"""Sends one message; raises MailFailure. The real one is `smtp(settings)`."""
Clock = Callable[[], datetime]

LEASE = "digest"
"""Name of the lease: two senders at once would send every mail twice."""
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(days=1)
"""Between two tries of one mail; the pause doubles with each."""
MOST_AWAY = 3
"""Mails in a row that find no server before a round gives up: each may cost the whole timeout."""


@dataclass(frozen=True, slots=True)
class DigestReport:
    """What a round came to: mails sent, failed and left out (nothing in them to tell any more).

    `items` counts the approvals told, one for each reader; `errors` says of each failed mail why.
    """

    sent: int = 0
    failed: int = 0
    skipped: int = 0
    items: int = 0
    errors: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """One line for people."""
        if not (self.sent or self.failed):
            return "nothing new to send"
        return f"{self.sent} mails sent with {self.items} approvals in all, {self.failed} not sent"

    def __add__(self, other: DigestReport) -> DigestReport:
        return DigestReport(
            self.sent + other.sent,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.items + other.items,
            self.errors + other.errors,
        )


def smtp(settings: Settings) -> Transport:
    """The transport to the configured mail server. Raises ConfigError where none is."""
    require_server(settings)
    return partial(send, settings)


def send_digest(
    database: Database,
    settings: Settings,
    now: Clock,
    transport: Transport | None = None,
    *,
    found_before: datetime | None = None,
    sources: Mapping[str, Source] | None = None,
) -> DigestReport:
    """Send what is new to every reader, and what is due again; one mail that fails blocks no other.

    What was found at or after `found_before` waits for a later digest: so the service may ask as often as it
    likes, and a digest that was missed is sent late, not lost. `sources` have the names of those that could not be
    seen. Raises ConfigError (no mail server, no sender) and
    Taken: at the start, or between two mails where this process stood still for so long that another took over.
    """
    transport, domain = transport or smtp(settings), sender(settings).domain
    with Lease(database, now, LEASE, "sends this database's digest") as lease:
        with database.write() as session:
            mails = deliveries.prepare(session, now(), domain, found_before)
        if not mails:
            return DigestReport()
        frame = _frame(database, settings, now(), sources or {})
        return _Round(database, settings, now, transport, environment(), frame, lease.renew).send(mails)


@dataclass(frozen=True, slots=True)
class _Round:
    """What all mails of one round share."""

    database: Database
    settings: Settings
    now: Clock
    transport: Transport
    templates: Environment
    frame: Frame
    renew: Callable[[], None]

    def send(self, mails: Sequence[PreparedMail]) -> DigestReport:
        report, away = DigestReport(), 0
        for n, mail in enumerate(mails):
            self.renew()
            try:
                items = self._hand_over(mail)
            except Exception as error:  # whatever is wrong with one mail, the others go out
                report += self._failed(mail, error)
                away = away + 1 if isinstance(error, ServerAway) else 0
            else:
                report += self._done(mail, items)
                away = 0
            if away == MOST_AWAY:
                return report + _untried(mails[n + 1 :])
        return report

    def _hand_over(self, mail: PreparedMail) -> int:
        """How many approvals the server took in this mail; 0 where none is left to tell, or nobody to tell them to."""
        with self.database.read() as session:
            waiting = deliveries.is_waiting(session, mail.id)
            digest = digest_of(approvals_by_id(session, mail.approvals) if waiting else [])
        if digest.total:
            rendered = render(self.templates, digest, self.frame, mail.language)
            self.transport(compose(self.settings, mail.address, mail.message_id, rendered, self.now()))
        return digest.total

    def _done(self, mail: PreparedMail, items: int) -> DigestReport:
        with self.database.write() as session:
            deliveries.mark_sent(session, mail.id, self.now())
        return DigestReport(sent=1, items=items) if items else DigestReport(skipped=1)

    def _failed(self, mail: PreparedMail, error: Exception) -> DigestReport:
        # The log gets no reason: servers repeat the address in it, which must be erasable.
        logging.getLogger(__name__).warning("mail %s was not sent: %s", mail.message_id, type(error).__name__)
        reason = str(error) if isinstance(error, MailFailure) else f"{type(error).__name__}: {error}"
        pause = min(FIRST_PAUSE * 2 ** min(mail.attempts, 20), LONGEST_PAUSE)
        again = None if isinstance(error, PermanentMailFailure) else self.now() + pause
        with self.database.write() as session:
            deliveries.mark_failed(session, mail.id, reason, again)
        return DigestReport(failed=1, errors=(f"{mail.address}: {reason}",))


def _untried(mails: Sequence[PreparedMail]) -> DigestReport:
    """Mails that stay due, as the server was away for those before them."""
    note = (f"{len(mails)} more not tried, as the mail server is away",) if mails else ()
    return DigestReport(failed=len(mails), errors=note)


def _frame(database: Database, settings: Settings, moment: datetime, sources: Mapping[str, Source]) -> Frame:
    with database.read() as session:
        known, alarms = standings(session), blind_spots(session)
        before = deliveries.last_sent(session)
        changed = changed_since(session, before) if before else ((), ())
    day = moment.astimezone(settings.zone).date().isoformat()
    unseen = unseen_of(alarms, sources, settings.zone)
    names = {id: source.name_en or source.name for id, source in sources.items()}
    reconciled = reconciled_of(*changed, names)
    return Frame(day, known, settings.public_url, sender(settings).addr_spec, unseen, reconciled)


def preview(
    database: Database,
    settings: Settings,
    now: Clock,
    subscriber: SubscriberRecord | None = None,
    since: date | None = None,
    sources: Mapping[str, Source] | None = None,
) -> Rendered:
    """What the next digest would say: to `subscriber`, or to anyone; with `since`, what was first seen from then on."""
    with database.read() as session:
        if since is not None:
            ids = deliveries.seen_since(session, datetime.combine(since, time(), settings.zone))
        else:
            ids = deliveries.pending(session, subscriber.id if subscriber else None)
        digest = digest_of(approvals_by_id(session, ids))
    language = subscriber.language if subscriber else "both"
    return render(environment(), digest, _frame(database, settings, now(), sources or {}), language)


def send_test(settings: Settings, address: str, now: datetime) -> None:
    """Send one mail that says only that mail works. Raises ConfigError, AddressProblem and MailFailure."""
    to = plain_address(address)
    text = "This is a test mail of Greenlit: digests of new approvals will come this way."
    rendered = Rendered("Greenlit: a test mail · 测试邮件", f"<p>{text}</p>", text + "\n")
    name = hashlib.sha256(f"{to} {now.isoformat()}".encode()).hexdigest()[:32]
    send(settings, compose(settings, to, f"<test-{name}@{sender(settings).domain}>", rendered, now))
