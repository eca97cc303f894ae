"""One sender at a time for each database: two that run at once would send every mail twice."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from storage import leases
from storage.database import Database

LEASE = "digest"
"""Name of the lease; it holds for storage.leases.TERM after its last renewal."""
LOOK = timedelta(seconds=1)
"""Between two looks at a lease that may be a dead process's."""


class AlreadySending(Exception):
    """Another process holds the lease: until `until` (aware), unless it is renewed."""

    def __init__(self, until: datetime) -> None:
        shown = until.isoformat(timespec="seconds")
        super().__init__(f"another process sends this database's digest now; try again after {shown}")
        self.until = until


@contextmanager
def only_sender(
    database: Database, now: Callable[[], datetime], sleep: Callable[[float], object] | None = None
) -> Iterator[Callable[[], None]]:
    """Be the only sender; gives the function that renews the lease, to be called before each mail.

    A lease that nobody renews is a dead process's: with `sleep` (of seconds; true where it was cut short) its end
    is waited for. Raises AlreadySending, and so does the renewal where the lease was lost.
    """
    holder = uuid.uuid4().hex
    take = partial(_take, database, holder, now)
    try:
        take()
    except AlreadySending as other:
        if sleep is None:
            raise
        _outlast(other, take, sleep)
    try:
        yield take
    finally:
        with database.write() as session:
            leases.give_back(session, LEASE, holder)


def _take(database: Database, holder: str, now: Callable[[], datetime]) -> None:
    with database.write() as session:
        other = leases.take(session, LEASE, holder, now())
    if other is not None:
        raise AlreadySending(other.expires_at)


def _outlast(other: AlreadySending, take: Callable[[], None], sleep: Callable[[float], object]) -> None:
    for _ in range(leases.TERM // LOOK + 1):
        if sleep(LOOK.total_seconds()):
            break
        try:
            return take()
        except AlreadySending as error:
            if error.until != other.until:  # renewed: it lives
                raise
    raise other
