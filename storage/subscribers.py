"""Who gets the digest: added once, and erased without a trace but a salted hash."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import idna
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from storage.tables import Delivery, Mail, Subscriber, Suppressed

Language = Literal["en", "zh", "both"]
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""The part before the @: a dot-atom (RFC 5322, 3.4.1), which every mail server takes."""
LONGEST, LONGEST_LOCAL = 254, 64
"""Characters of a whole address and of its local part (RFC 5321, 4.5.3.1)."""


class AddressProblem(ValueError):
    """A text that is not one plain mail address, or a language that no digest is written in."""


@dataclass(frozen=True, slots=True)
class SubscriberRecord:
    """One reader: `address` in lower case, its domain in ASCII; `language` is en, zh or both."""

    id: int
    address: str
    language: str
    created_at: datetime


def plain_address(text: str) -> str:
    """`text` as one address in lower case, its domain in ASCII (IDNA). Raises AddressProblem."""
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


def add(session: Session, address: str, language: str, now: datetime) -> SubscriberRecord:
    """Let `address` get every digest from now on; one that does already gets it in `language`.

    Raises AddressProblem.
    """
    plain = plain_address(address)
    if language not in get_args(Language):
        raise AddressProblem(f"language {language!r} is not one of {', '.join(get_args(Language))}")
    row = _find(session, plain)
    if row is None:
        row = Subscriber(address=plain, created_at=now)
        session.add(row)
    row.language = language
    session.flush()
    return _record(row)


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
    session.execute(delete(Delivery).where(Delivery.subscriber_id == row.id))
    session.execute(delete(Mail).where(Mail.subscriber_id == row.id))
    session.execute(delete(Subscriber).where(Subscriber.id == row.id))
    if session.get(Suppressed, hashed) is None:
        session.add(Suppressed(hash=hashed, at=now))
    session.flush()
    return True


def suppressed(session: Session, address: str, salt: bytes) -> bool:
    """Whether `address` was removed before. Raises AddressProblem."""
    return session.get(Suppressed, suppression_hash(plain_address(address), salt)) is not None


def suppression_hash(address: str, salt: bytes) -> str:
    """What is kept of a removed address: the hex SHA-256 of the salt and the address."""
    return hashlib.sha256(salt + address.encode("ascii")).hexdigest()


def subscribers(session: Session) -> list[SubscriberRecord]:
    """Everyone who gets the digest, by address."""
    return [_record(row) for row in session.scalars(select(Subscriber).order_by(Subscriber.address))]


def _find(session: Session, address: str) -> Subscriber | None:
    return session.scalars(select(Subscriber).where(Subscriber.address == address)).first()


def _record(row: Subscriber) -> SubscriberRecord:
    return SubscriberRecord(row.id, row.address, row.language, row.created_at)
