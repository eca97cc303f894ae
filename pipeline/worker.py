"""A process of its own for what reads hostile bytes: a crash or a hang there costs one call, never the run.

    with Worker(resident=partial(Analyst.of, companies)) as worker:
        article = worker.call(read_article, html, url, rules)
        facts = worker.ask(Analyst.facts, article)

The kernel itself ends a call that takes too long (`setitimer`), even deep in a library written in C.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from typing import Any, ParamSpec, TypeVar

from pipeline.worker_process import Fault, UnusableAnswer, load

__all__ = ["Fault", "Limit", "Worker", "WorkerDied", "WorkerError", "WorkerStopped"]

P = ParamSpec("P")
T = TypeVar("T")

LARGEST = 200_000_000
"""Bytes of one answer; none of ours comes near."""

_BOOT = "import sys; sys.path[:] = sys.argv[4:]; from pipeline.worker_process import serve; serve(*sys.argv[1:4])"


@dataclass(frozen=True, slots=True)
class Limit:
    """What one call may cost: seconds of CPU, seconds on the clock (for one that sleeps), bytes of address space."""

    cpu: float = 2.0
    wall: float = 60.0
    memory: int = 2_000_000_000


class WorkerError(Exception):
    """The call gave no result, and the worker is gone; the next call gets a new one."""


class WorkerStopped(WorkerError):
    """The call took longer than it may, and was killed."""


class WorkerDied(WorkerError):
    """The call crashed its process."""


class Worker:
    """One long-lived child process, started with the first call. Threads share it, one call at a time."""

    def __init__(self, limit: Limit | None = None, resident: Callable[[], object] | None = None) -> None:
        """`resident` makes what stays in the child and is too heavy to be sent with each call (see `ask`)."""
        self._limit = limit or Limit()
        self._resident = resident
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` returns. It, its arguments and result must be picklable; results are records or plain values.

        Raises what the function raised where that error is ours, else Fault; WorkerStopped, WorkerDied.
        """
        return self._run(function, False, args, kwargs)

    def ask(self, function: Callable[..., T], /, *args: object) -> T:
        """What `function` (a method of the resident, say) returns for the resident and `args`. As `call`."""
        return self._run(function, True, args, {})

    def start(self) -> None:
        """Start the child now, so that it is ready when the first call comes."""
        with self._lock:
            self._ready()

    def close(self) -> None:
        """End the child; a later call starts another."""
        with self._lock:
            self._discard()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, function: Callable[..., T], resident: bool, args: Any, kwargs: Any) -> T:
        request = pickle.dumps((function, resident, args, kwargs), pickle.HIGHEST_PROTOCOL)
        with self._lock:
            returned, answer = self._answer(request)
        if returned:
            result: T = answer
            return result
        raise answer

    def _answer(self, request: bytes) -> tuple[bool, Any]:
        try:
            connection = self._ready().connection
            connection.send_bytes(request)
            if not connection.poll(self._limit.wall):
                raise WorkerStopped(f"took more than {self._limit.wall:g} seconds")
            return load(connection.recv_bytes(LARGEST))
        except (EOFError, OSError):
            raise self._end() from None
        except UnusableAnswer as error:
            self._discard()
            raise WorkerDied(f"was answered with nonsense ({error})") from error
        except BaseException:  # also where this thread is interrupted: the next call must not get this one's answer
            self._discard()
            raise

    def _ready(self) -> _Child:
        if self._child is not None and self._child.process.poll() is not None:
            self._discard()
        if self._child is None:
            self._child = _start(self._limit)
            self._child.connection.send_bytes(pickle.dumps(self._resident, pickle.HIGHEST_PROTOCOL))
        return self._child

    def _end(self) -> WorkerError:
        code = self._discard(patience=1.0)
        if code == -signal.SIGPROF:
            return WorkerStopped(f"took more than {self._limit.cpu:g} seconds of CPU")
        return WorkerDied(f"crashed its process ({_named(code)})")

    def _discard(self, patience: float = 0.0) -> int:
        """Let go of the child, killed where it does not end by itself within `patience` seconds; its exit code."""
        child, self._child = self._child, None
        if child is None:
            return 0
        child.connection.close()
        with suppress(subprocess.TimeoutExpired):
            return child.process.wait(patience)
        child.process.kill()
        return child.process.wait()


@dataclass(frozen=True, slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    connection: Connection


def _start(limit: Limit) -> _Child:
    ours, theirs = Pipe()
    with theirs:
        options = [str(theirs.fileno()), str(limit.cpu), str(limit.memory)]
        process = subprocess.Popen(  # noqa: S603 (our own interpreter and code)
            [sys.executable, "-I", "-c", _BOOT, *options, *sys.path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},  # threads eat address space
            process_group=0,  # Ctrl-C is the parent's to answer
        )
    return _Child(process, ours)


def _named(code: int) -> str:
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"exit code {code}"
