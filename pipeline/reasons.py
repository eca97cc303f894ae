"""Which name of `storage.runs.Reason` an error goes by."""

from __future__ import annotations

from extractors.read.entry import BlockedListing, EmptyListing, UnreadableListing
from extractors.read.guard import BlockedPage, ShortPage, UnreadablePage
from pipeline.fetch import BadReply, FetchError, Held, HttpStatus, Refused, Unreachable
from pipeline.ingest import Broken, Damaged
from pipeline.lease import Taken
from storage.runs import Reason

NAMES: tuple[tuple[type[Exception], Reason], ...] = (
    (BlockedListing, Reason.CHALLENGE),
    (EmptyListing, Reason.ZERO_LINKS),
    (UnreadableListing, Reason.UNREADABLE),
    (BlockedPage, Reason.CHALLENGE),
    (ShortPage, Reason.SHORT_BODY),
    (UnreadablePage, Reason.UNREADABLE),
    (Damaged, Reason.REPLACED),
    (Refused, Reason.REFUSED),
    (Unreachable, Reason.UNREACHABLE),
    (BadReply, Reason.BAD_REPLY),
    (HttpStatus, Reason.HTTP_STATUS),
    (Held, Reason.HELD),
    (Taken, Reason.BUSY),
)
"""The narrower type stands first."""
STAGES = {
    "read": Reason.UNREADABLE,
    "register": Reason.UNREADABLE,
    "understand": Reason.UNDERSTAND,
    "store": Reason.STORE,
}


def reason_of(error: BaseException) -> Reason:
    """The name of what went wrong; FAULT for what nobody expected."""
    for known, reason in NAMES:
        if isinstance(error, known):
            return reason
    if isinstance(error, Broken):
        cause = error.__cause__
        return reason_of(cause) if isinstance(cause, UnreadablePage) else STAGES.get(error.stage, Reason.FAULT)
    return Reason.FAULT


def is_known(error: BaseException) -> bool:
    """Whether the error's own message says enough: it names what happened and what to do."""
    return isinstance(error, FetchError | UnreadableListing | Taken)
