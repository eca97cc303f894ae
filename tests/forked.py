"""Work done in a child process that can be killed between any two statements; nothing is left of it but its rows."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from sqlalchemy import event

from storage.database import Database, open_database


def in_child(work: Callable[[], None]) -> int:
    """Do `work` in a child process; returns its exit code, negative for the signal that ended it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_at(statement: int, url: str, work: Callable[[Database], None]) -> bool:
    """Do `work` on the database at `url` in a process that is killed before its n-th statement; False where it ended."""

    def child() -> None:
        database = open_database(url)
        count = 0

        def counted(*_: object) -> None:
            nonlocal count
            count += 1
            if count == statement:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(database.engine, "before_cursor_execute", counted)
        event.listen(database.engine, "commit", counted)
        work(database)

    code = in_child(child)
    assert code in (0, -signal.SIGKILL)
    return code != 0
