"""A lease: the right to do one thing alone on a database, such as to serve it, to send its digest, to read a source.

It is a row that is renewed while the work goes on. A process that dies leaves its lease behind: on its own
machine that is seen at once, elsewhere the lease runs out after `storage.leases.TERM`.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from extractors.records import CHINA
from storage import leases
from storage.database import Database

SERVICE = "service"
"""The lease of whoever serves a database."""


class Taken(Exception):
    """Another process has the lease: until `until` (aware), unless it renews it."""

    def __init__(self, doing: str, other: leases.Other) -> None:
        until = other.expires_at.astimezone(CHINA)
        super().__init__(
            f"{other.holder} {doing} already: stop it, or try again after {until:%H:%M:%S} (Asia/Shanghai)"
        )
        self.until = other.expires_at


class Lease:
    """Use it in a `with`, and `renew` it at least every `storage.leases.TERM`. Both raise Taken."""

    def __init__(self, database: Database, now: Callable[[], datetime], name: str, doing: str) -> None:
        """`doing` says in a message what the holder of `name` does, as in "sends the digest"."""
        self._database = database
        self._now = now
        self._name = name
        self._doing = doing
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"

    def renew(self) -> None:
        """Take the lease, or keep it for another term."""
        with self._database.write() as session:
            leases.bury(session, self._name, self._is_dead)
            other = leases.take(session, self._name, self._holder, self._now())
        if other is not None:
            raise Taken(self._doing, other)

    def __enter__(self) -> Self:
        self.renew()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._database.write() as session:
            leases.give_back(session, self._name, self._holder)

    def _is_dead(self, holder: str) -> bool:
        """Whether a holder was a process of this machine that is no more."""
        host, _, rest = holder.partition(":")
        pid = rest.partition(":")[0]
        if host != socket.gethostname() or not pid.isdigit() or holder == self._holder:
            return False
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False  # it lives, as somebody else's
        return False
