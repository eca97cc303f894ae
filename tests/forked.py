"""Work done in a child process that can be killed between any two statements; nothing is left of it but its rows.

A child begins with all that this process has loaded, and so do its worker processes: a kill costs a part of a second.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Pipe
from pathlib import Path

from sqlalchemy import event

from pipeline import worker
from pipeline.worker_process import serve
from storage.database import Database


def in_child(work: Callable[[], None]) -> int:
    """Do `work` in a child process; returns its exit code, negative for the signal that ended it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            worker._start = forked_worker
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Forked:
    """A child process, with as much of `subprocess.Popen` as a worker's owner asks for."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        if self._code is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        until = time.monotonic() + (timeout if timeout is not None else 60)
        while (code := self.poll()) is None:
            if time.monotonic() >= until:
                raise subprocess.TimeoutExpired("a forked worker", timeout or 60)
            time.sleep(0.001)
        return code

    def kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)


def _held() -> int:
    """The address space that this process holds already, in bytes: a copy begins with it, a program does not."""
    sizes = Path("/proc/self/statm")
    return int(sizes.read_text().split()[0]) * resource.getpagesize() if sizes.exists() else 0


def forked_worker(limit: worker.Limit) -> worker._Child:
    """What `pipeline.worker` starts as a program, begun as a copy of this process: the same code serves."""
    ours, theirs = Pipe()
    pid = os.fork()
    if pid == 0:
        try:
            ours.close()  # else the end of this process would not be seen
            os.setpgid(0, 0)
            serve(str(theirs.fileno()), str(limit.cpu), str(limit.memory + _held()))
        finally:
            os._exit(1)
    theirs.close()
    return worker._Child(Forked(pid), ours)  # type: ignore[arg-type]


def killed_at(statement: int, database: Database, work: Callable[[Database], None]) -> bool:
    """Do `work` in a process that is killed before its n-th statement; False where it ended.

    The database's connections are closed before, so that the two processes share none; what it has learnt stays.
    """
    database.close()

    def child() -> None:
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
