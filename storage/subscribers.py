"""Who gets the digest, when and of what: added once, and erased without a trace but a salted hash."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import idna
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from storage.alarms import OF_SUBSCRIBERS, AlarmName, settle
from storage.filters import WishProblem, filter_of
from storage.tables import Delivery, Mail, Subscriber, Suppressed
from storage.wishes import Cadence, Schedule, Wish

HOOK = "hook:"
"""What the address of a webhook begins with; its id follows."""
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""The part before the @: a dot-atom (RFC 5322, 3.4.1), which every mail server takes."""
HOOK_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
LONGEST, LONGEST_LOCAL = 254, 64
"""Characters of a whole address and of its local part (RFC 5321, 4.5.3.1)."""
MOST_REFUSALS = 3
"""Mails in a row that are refused for good before a subscriber is suspended."""


class AddressProblem(WishProblem):
    """A text that is not one plain mail address, nor a hook."""


@dataclass(frozen=True, slots=True)
class SubscriberRecord:
    """One subscriber: `address` is a mail address in lower case, its domain in ASCII, or `hook:<id>`."""

    id: int
    address: str
    wish: Wish
    created_at: datetime
    confirmed_at: datetime | None = None
    suspended_at: datetime | None = None
    refusals: int = 0

    @property
    def language(self) -> str:
        """en, zh or both."""
        return self.wish.language

    @property
    def state(self) -> str:
        """`active`, `unconfirmed` (asked, has not answered) or `suspended` (refused too often)."""
        if self.suspended_at is not None:
            return "suspended"
        return "active" if self.confirmed_at is not None else "unconfirmed"


def plain_address(text: str) -> str:
    """`text` as one address in lower case, its domain in ASCII (IDNA), or as `hook:<id>`. Raises AddressProblem."""
    if text.startswith(HOOK):
        if not HOOK_ID.fullmatch(text.removeprefix(HOOK)):
            raise AddressProblem(f"{text!r} is not a hook such as {HOOK}team: small letters, digits and hyphens")
        return text
    local, at, domain = text.strip(" ").rpartition("@")
    if not at or not LOCAL.fullmatch(local) or len(local) > LONGEST_LOCAL:
        raise AddressProblem(f"{text!r} is not one mail address such as reader@example.org")
    try:
        host = idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")
    except idna.IDNAError as error:
        raise AddressProblem(f"{text!r}: the part after the @ is not a domain: {error}") from error
    address = f"{local}@{host}".lower()
    if len(address) > LONGEST:
        raise AddressProblem(f"{text[:40]!r}...: a mail address has at most {LONGEST} characters")
    return address


def add(session: Session, address: str, wish: Wish, now: datetime, *, confirmed: bool = True) -> SubscriberRecord:
    """Let `address` be told from now on; one that is already gets the new wish, and is suspended no more.

    Without `confirmed` nothing is sent until `confirm`, by a newer link than any before. Raises AddressProblem.
    """
    plain = plain_address(address)
    row = _find(session, plain)
    if row is None:
        row = Subscriber(address=plain, created_at=now)
        session.add(row)
    schedule = wish.schedule
    row.language, row.empty, row.filters = wish.language, wish.empty, wish.filter.text
    row.cadence, row.at, row.weekday, row.zone = schedule.cadence, schedule.at, schedule.weekday, schedule.zone
    if row.confirmed_at is None:
        row.confirmed_at = now if confirmed else None
        row.created_at = now  # so that a link to confirm holds as long when it is asked for again
    session.flush()
    if row.suspended_at is not None:
        _resume(session, row, now)
    return record_of(row)


def _resume(session: Session, row: Subscriber, now: datetime) -> None:
    """Tell again, and try the mails that were given up once more."""
    row.suspended_at, row.refusals = None, 0
    given_up = (Mail.subscriber_id == row.id) & Mail.sent_at.is_(None) & Mail.next_try_at.is_(None)
    session.execute(update(Mail).where(given_up).values(next_try_at=now))
    settle(session, alarm_source(row.id), {}, now, OF_SUBSCRIBERS)


def alarm_source(subscriber_id: int) -> str:
    """What an alarm about a subscriber is filed under: no address, which must be erasable."""
    return f"subscriber {subscriber_id}"


def count_refusal(session: Session, subscriber_id: int, now: datetime) -> None:
    """A mail was refused for good; after several in a row the subscriber is suspended, and the operator alarmed."""
    row = session.get(Subscriber, subscriber_id)
    if row is None:
        return  # left meanwhile
    row.refusals += 1
    if row.refusals >= MOST_REFUSALS and row.suspended_at is None:
        row.suspended_at = now
        said = (
            f"{row.refusals} mails in a row were refused for good; nothing is sent any more:"
            " `greenlit subscribers list` shows whom it is, `subscribers add` lets it go on, `remove` ends it"
        )
        settle(session, alarm_source(row.id), {AlarmName.SUSPENDED: said}, now, OF_SUBSCRIBERS)
    session.flush()


def confirm(session: Session, subscriber_id: int, created_at: datetime, now: datetime) -> SubscriberRecord | None:
    """The subscriber wants it; None where there is no such one (any more)."""
    row = session.get(Subscriber, subscriber_id)
    if row is None or row.created_at != created_at:
        return None
    row.confirmed_at = row.confirmed_at or now
    session.flush()
    return record_of(row)


def subscriber(session: Session, subscriber_id: int, created_at: datetime) -> SubscriberRecord | None:
    """One subscriber, by what its links name."""
    row = session.get(Subscriber, subscriber_id)
    return record_of(row) if row is not None and row.created_at == created_at else None


def subscriber_at(session: Session, address: str) -> SubscriberRecord | None:
    """The subscriber of that address. Raises AddressProblem."""
    row = _find(session, plain_address(address))
    return record_of(row) if row is not None else None


def remove(session: Session, address: str, salt: bytes, now: datetime) -> bool:
    """Erase `address` with its mails and deliveries, keeping a salted hash; False where it is not subscribed.

    Raises AddressProblem.
    """
    row = _find(session, plain_address(address))
    if row is None:
        return False
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete=ON"))  # else the bytes stay in the file until overwritten
    hashed = suppression_hash(row.address, salt)
    settle(session, alarm_source(row.id), {}, now, OF_SUBSCRIBERS)
    session.execute(delete(Delivery).where(Delivery.subscriber_id == row.id))
    session.execute(delete(Mail).where(Mail.subscriber_id == row.id))
    session.execute(delete(Subscriber).where(Subscriber.id == row.id))
    if not address.startswith(HOOK):
        session.merge(Suppressed(hash=hashed, at=now))
    session.flush()
    return True


def suppressed(session: Session, address: str, salt: bytes) -> bool:
    """Whether `address` was removed before. Raises AddressProblem."""
    return session.get(Suppressed, suppression_hash(plain_address(address), salt)) is not None


def forgive(session: Session, address: str, salt: bytes) -> None:
    """One who was removed wants to be told again. Raises AddressProblem."""
    session.execute(delete(Suppressed).where(Suppressed.hash == suppression_hash(plain_address(address), salt)))


def suppression_hash(address: str, salt: bytes) -> str:
    """What is kept of a removed address: the hex SHA-256 of the salt and the address."""
    return hashlib.sha256(salt + address.encode("ascii")).hexdigest()


def subscribers(session: Session) -> list[SubscriberRecord]:
    """Everyone, by address."""
    return [record_of(row) for row in session.scalars(select(Subscriber).order_by(Subscriber.address))]


def _find(session: Session, address: str) -> Subscriber | None:
    return session.scalars(select(Subscriber).where(Subscriber.address == address)).first()


def record_of(row: Subscriber) -> SubscriberRecord:
    schedule = schedule_of(row)
    wish = Wish(row.language, schedule, filter_of(row.filters), row.empty)
    return SubscriberRecord(row.id, row.address, wish, row.created_at, row.confirmed_at, row.suspended_at, row.refusals)


def schedule_of(row: Subscriber) -> Schedule:
    """When a subscriber's digest is due."""
    return Schedule(cast(Cadence, row.cadence), row.at, row.weekday, row.zone)
