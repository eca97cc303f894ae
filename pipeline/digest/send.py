"""Send what is due, one mail for each subscriber, so that a crash at any point loses and doubles nothing."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.settings import Settings
from config.source import Source
from pipeline.digest.channels import Channels, Clock, Transport
from pipeline.digest.compose import Leaving, compose
from pipeline.digest.content import Digest
from pipeline.digest.drafts import Draft, Drafts
from pipeline.digest.hooks import Hooks
from pipeline.digest.links import LEAVE, Links, links_of
from pipeline.digest.mail import (
    MailFailure,
    PermanentMailFailure,
    ServerAway,
    TemporaryMailFailure,
    operator_of,
    send,
    sender,
)
from pipeline.digest.render import Rendered
from pipeline.lease import Lease
from storage import deliveries, mails
from storage.database import Database
from storage.deliveries import Boundary
from storage.mails import PreparedMail
from storage.subscribers import HOOK, count_refusal, plain_address

LEASE = "digest"
"""Name of the lease: two senders at once would send every mail twice."""
FRESH = timedelta(seconds=20)
"""A mail sets out only under a lease that was renewed so lately: with `mail.DEADLINE` it can't outlast the lease."""
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(days=1)
"""Between two tries of one mail; the pause doubles with each."""
GIVE_UP = timedelta(days=5)
"""How long a mail is tried that the server puts off; then it counts as refused (RFC 5321, 4.5.4.1)."""
TEST = "Greenlit: a test message · 测试消息"
"""Subject of a message that says only that it arrives."""
MOST_AWAY = 3
"""Mails in a row that find no server before a round gives up: each may cost the whole timeout."""


@dataclass(frozen=True, slots=True)
class DigestReport:
    """What a round came to: mails sent, failed and left out (nothing in them to tell any more, or the reader left).

    `items` counts what was told, once for each reader; `errors` says of each failed mail why.
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
        return f"{self.sent} mails sent with {self.items} items in all, {self.failed} not sent"

    def __add__(self, other: DigestReport) -> DigestReport:
        return DigestReport(
            self.sent + other.sent,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.items + other.items,
            self.errors + other.errors,
        )


def send_digest(
    database: Database,
    settings: Settings,
    now: Clock,
    transport: Transport | None = None,
    *,
    hooks: Hooks | None = None,
    boundary: Boundary = lambda schedule: None,
    sources: Mapping[str, Source] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> DigestReport:
    """Send what is new to every reader, and what is due again; one mail that fails blocks no other.

    What was found at or after its schedule's `boundary` waits for a later digest: so the service may ask as often as
    it likes, and a digest that was missed is sent late, not lost. `sources` have the names of those that could not be
    seen. Raises ConfigError (no mail server, no sender) and Taken: at the start, or between two mails where this
    process stood still for so long that another took over.
    """
    domain = sender(settings).domain
    with (
        Channels(settings, transport, hooks) as channels,
        Lease(database, now, LEASE, "sends this database's digest") as lease,
    ):
        fresh = _FreshLease(lease, now)
        _prepare(database, now, domain, boundary, fresh)
        links = links_of(settings)
        drafts = Drafts(database, settings, now(), sources or {}, links.marker if links else None)
        return _Round(database, settings, now, channels, drafts, links, fresh).send(stopped)


def _prepare(database: Database, now: Clock, domain: str, boundary: Boundary, lease: _FreshLease) -> None:
    """Make the mails, step by step: what a crash leaves waits for the next round."""
    moment = now()
    with database.write() as session:
        steps = deliveries.steps(session, moment, boundary)
    for step in steps:
        lease.keep()
        with database.write() as session:
            deliveries.post(session, step, moment, domain)


class _Round:
    """One round: this thread renders, others hand over what is rendered, each mail by one of them."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        now: Clock,
        channels: Channels,
        drafts: Drafts,
        links: Links | None,
        lease: _FreshLease,
    ) -> None:
        self._database, self._settings, self._now = database, settings, now
        self._channels, self._drafts, self._links, self._lease = channels, drafts, links, lease
        self._away = 0

    def send(self, stopped: Callable[[], bool]) -> DigestReport:
        width = self._settings.smtp_connections
        report, untried = DigestReport(), 0
        running: set[Future[DigestReport]] = set()
        with ThreadPoolExecutor(width, thread_name_prefix="mail") as pool:
            for mail in self._due():
                if stopped() or self._away >= MOST_AWAY:
                    untried += 1
                    continue
                running.add(pool.submit(self._one, mail, self._drafted(mail)))
                if len(running) >= 2 * width:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    report = sum((future.result() for future in done), report)
            report = sum((future.result() for future in running), report)
        return report + _untried(untried) if untried else report

    def _due(self) -> Iterator[PreparedMail]:
        """Page by page; what was tried in this round is not tried again."""
        moment, after = self._now(), 0
        while True:
            with self._database.read() as session:
                page = mails.due(session, moment, after, hooks_only=not self._channels.takes_mail)
            if not page:
                return
            yield from page
            after = page[-1].id

    def _drafted(self, mail: PreparedMail) -> Draft | Exception | None:
        try:
            return self._drafts.of(mail)
        except Exception as error:  # whatever is wrong with one mail, the others go out
            return error

    def _one(self, mail: PreparedMail, draft: Draft | Exception | None) -> DigestReport:
        self._lease.keep()
        with self._database.read() as session:
            waiting = mails.is_waiting(session, mail.id)
        if not waiting or draft is None:
            return DigestReport(skipped=1)  # what may not be told any more leaves its mail when the next are made
        try:
            if isinstance(draft, Exception):
                raise draft
            self._hand_over(mail, draft)
        except Exception as error:
            self._away = self._away + 1 if isinstance(error, ServerAway) else 0
            return self._failed(mail, error)
        self._away = 0
        return self._done(mail, draft)

    def _hand_over(self, mail: PreparedMail, draft: Draft) -> None:
        if mail.address.startswith(HOOK):
            hooks, id = self._channels.hooks, mail.address.removeprefix(HOOK)
            if hooks is None:
                raise TemporaryMailFailure(f"{mail.address} can't be told here: no webhooks are configured")
            hooks.post(id, mail.message_id.strip("<>").partition("@")[0], draft.digest, mail.subscriber.language)
            return
        rendered, leaving = draft.rendered, None
        if self._links is not None:
            page = self._links.to(LEAVE, mail.subscriber)
            rendered = rendered.with_link(self._links.marker, page)
            leaving = Leaving(operator_of(self._settings), page)
        self._channels.mail(compose(self._settings, mail.address, mail.message_id, rendered, self._now(), leaving))

    def _done(self, mail: PreparedMail, draft: Draft) -> DigestReport:
        told = draft.digest.told
        with self._database.write() as session:
            mails.mark_sent(session, mail.id, self._now(), told)
        return DigestReport(sent=1, items=told)

    def _failed(self, mail: PreparedMail, error: Exception) -> DigestReport:
        # The log gets no reason: servers repeat the address in it, which must be erasable.
        logging.getLogger(__name__).warning("mail %s was not sent: %s", mail.message_id, type(error).__name__)
        reason = str(error) if isinstance(error, MailFailure) else f"{type(error).__name__}: {error}"
        now = self._now()
        refused = isinstance(error, PermanentMailFailure) or (_is_put_off(error) and now - mail.created_at >= GIVE_UP)
        pause = min(FIRST_PAUSE * 2 ** min(mail.attempts, 20), LONGEST_PAUSE)
        with self._database.write() as session:
            mails.mark_failed(session, mail.id, reason, None if refused else now + pause)
            if refused:
                count_refusal(session, mail.subscriber.id, now)
        return DigestReport(failed=1, errors=(f"{mail.address}: {reason}",))


def _is_put_off(error: Exception) -> bool:
    """Whether the server takes other mails, and this one only later."""
    return isinstance(error, TemporaryMailFailure) and not isinstance(error, ServerAway)


def _untried(count: int) -> DigestReport:
    """Mails that stay due, as the server was away for those before them, or the service stops."""
    return DigestReport(
        failed=count, errors=(f"{count} more not tried, as the mail server is away or we are stopping",)
    )


class _FreshLease:
    """A lease that several threads keep; renewed when the last time was not lately."""

    def __init__(self, lease: Lease, now: Clock) -> None:
        self._lease, self._now, self._renewed = lease, now, now()
        self._lock = threading.Lock()

    def keep(self) -> None:
        """Raises Taken where another has it."""
        with self._lock:
            if self._now() - self._renewed >= FRESH:
                self._lease.renew()
                self._renewed = self._now()


def send_test(settings: Settings, address: str, now: datetime, hooks: Hooks | None = None) -> None:
    """Send one message that says only that it arrives. Raises ConfigError, AddressProblem and MailFailure."""
    to = plain_address(address)
    if to.startswith(HOOK) and hooks is not None:
        key = hashlib.sha256(f"{to} {now.isoformat()}".encode()).hexdigest()[:32]
        hooks.post(to.removeprefix(HOOK), f"test-{key}", Digest(), "both", TEST)
        return
    text = "This is a test of Greenlit: digests of new approvals will come this way."
    rendered = Rendered(TEST, f"<p>{text}</p>", text + "\n")
    name = hashlib.sha256(f"{to} {now.isoformat()}".encode()).hexdigest()[:32]
    send(settings, compose(settings, to, f"<test-{name}@{sender(settings).domain}>", rendered, now))
