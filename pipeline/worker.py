"""A process of its own for what reads hostile bytes: a crash or a hang there costs one call, never the run.

    with Worker() as worker:
        article = worker.call(read_article, html, url, rules)

The kernel itself ends a call that takes too long (`setitimer`), even deep in a library written in C.
"""

from __future__ import annotations

import builtins
import io
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from typing import Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

P = ParamSpec("P")
T = TypeVar("T")

LARGEST = 200_000_000
"""Bytes of one answer; none of ours comes near."""

_BOOT = "import sys; sys.path[:] = sys.argv[4:]; from pipeline.worker import serve; serve(*sys.argv[1:4])"
_TRUSTED = ("extractors.", "config.", "datetime", "zoneinfo", "pipeline.worker")


@dataclass(frozen=True, slots=True)
class Limit:
    """What one call may cost: seconds of CPU, seconds on the clock (for one that sleeps), bytes of address space."""

    cpu: float = 2.0
    wall: float = 30.0
    memory: int = 2_000_000_000


class WorkerError(Exception):
    """The call gave no result, and the worker is gone; the next call gets a new one."""


class WorkerStopped(WorkerError):
    """The call took longer than it may, and was killed."""


class WorkerDied(WorkerError):
    """The call crashed its process."""


class Fault(Exception):
    """The function raised an error that is none of ours: its type and message."""


class Worker:
    """One long-lived child process, started with the first call. Threads share it, one call at a time."""

    def __init__(self, limit: Limit | None = None) -> None:
        self._limit = limit or Limit()
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` returns. It, its arguments and result must be picklable; results are records or plain values.

        Raises what the function raised where that error is ours, else Fault; WorkerStopped, WorkerDied.
        """
        request = pickle.dumps((function, args, kwargs), pickle.HIGHEST_PROTOCOL)
        with self._lock:
            returned, answer = self._answer(request)
        if returned:
            result: T = answer
            return result
        raise answer

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

    def _answer(self, request: bytes) -> tuple[bool, Any]:
        connection = self._ready().connection
        try:
            connection.send_bytes(request)
            if not connection.poll(self._limit.wall):
                raise WorkerStopped(f"took more than {self._limit.wall:g} seconds")
            return _load(connection.recv_bytes(LARGEST))
        except (EOFError, OSError):
            raise self._end() from None
        except BaseException:  # also where this thread is interrupted: the next call must not get this one's answer
            self._discard()
            raise

    def _ready(self) -> _Child:
        if self._child is not None and self._child.process.poll() is not None:
            self._discard()
        if self._child is None:
            self._child = _start(self._limit)
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
            process_group=0,  # Ctrl-C is the parent's to answer
        )
    return _Child(process, ours)


def _named(code: int) -> str:
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"exit code {code}"


class _Loader(pickle.Unpickler):
    """Takes records, dates and errors of ours, nothing else: a child that was taken over can't command its parent."""

    def find_class(self, module: str, name: str) -> Any:
        if f"{module}.".startswith(_TRUSTED) and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"the worker answered with {module}.{name}")


def _load(answer: bytes) -> tuple[bool, Any]:
    try:
        returned, value = _Loader(io.BytesIO(answer)).load()
    except Exception as error:
        raise WorkerDied(f"gave no usable answer: {error}") from error
    return bool(returned), value


def serve(descriptor: str, cpu: str, memory: str) -> None:
    """The child's whole life: answer calls until the parent hangs up."""
    _bound(int(memory))
    builtins.__import__ = _unhurried(builtins.__import__)
    connection = Connection(int(descriptor))
    while True:
        try:
            request = connection.recv_bytes()
        except EOFError:
            os._exit(0)
        connection.send_bytes(_called(request, float(cpu)))


def _bound(memory: int) -> None:
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # ends the process, whatever it is doing
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # not every system has this one
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _unhurried(load: Callable[..., Any]) -> Callable[..., Any]:
    """Imports that stop the call's clock: that a library is loaded where it is first needed is no page's fault."""

    def patient(*args: Any, **kwargs: Any) -> Any:
        left, _ = signal.setitimer(signal.ITIMER_PROF, 0)
        try:
            return load(*args, **kwargs)
        finally:
            signal.setitimer(signal.ITIMER_PROF, left)

    return patient


def _called(request: bytes, cpu: float) -> bytes:
    function, args, kwargs = pickle.loads(request)  # noqa: S301 (from our own parent)
    signal.setitimer(signal.ITIMER_PROF, cpu)
    try:
        return _dump((True, function(*args, **kwargs)))
    except Exception as error:  # whatever it is, the parent is told
        ours = f"{type(error).__module__}.".startswith(_TRUSTED)
        return _dump((False, error if ours else Fault(f"{type(error).__name__}: {error}")))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _dump(answer: tuple[bool, Any]) -> bytes:
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = {ZoneInfo: lambda zone: (ZoneInfo, (zone.key,))}
    pickler.dump(answer)
    return buffer.getvalue()
