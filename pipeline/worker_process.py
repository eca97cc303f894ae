"""The worker's own side: the process that `pipeline.worker` starts, and the form of its answers."""

from __future__ import annotations

import builtins
import io
import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.util import resolve_name
from multiprocessing.connection import Connection
from typing import Any
from zoneinfo import ZoneInfo

_TRUSTED = ("extractors.", "config.", "datetime", "zoneinfo", __name__)


class Fault(Exception):
    """The function raised an error that is none of ours: its type and message."""


class UnusableAnswer(Exception):
    """The answer holds what no answer may."""


def serve(descriptor: str, cpu: str, memory: str) -> None:
    """The child's whole life: answer calls until the parent hangs up."""
    _bound(int(memory))
    builtins.__import__ = _unhurried(builtins.__import__)
    connection = Connection(int(descriptor))
    make = pickle.loads(connection.recv_bytes())  # noqa: S301 (from our own parent, as all requests are)
    resident = cache(make) if make else None
    while True:
        try:
            request = connection.recv_bytes()
        except EOFError:
            os._exit(0)
        connection.send_bytes(_called(request, resident, float(cpu)))


def _bound(memory: int) -> None:
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # ends the process, whatever it is doing
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # not every system has this one
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _unhurried(load: Callable[..., Any]) -> Callable[..., Any]:
    """Imports that stop the call's clock: that a library is loaded where it is first needed is no page's fault.

    One that is loaded already leaves the clock alone: the kernel counts in ticks, and forgets the one that is cut.
    """

    def patient(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if _absolute(name, globals, level) in sys.modules:
            return load(name, globals, locals, fromlist, level)
        left, _ = signal.setitimer(signal.ITIMER_PROF, 0)
        try:
            return load(name, globals, locals, fromlist, level)
        finally:
            signal.setitimer(signal.ITIMER_PROF, left)

    return patient


def _absolute(name: str, scope: Any, level: int) -> str:
    package = (scope or {}).get("__package__")
    return resolve_name("." * level + name, package) if level and package else name


def _called(request: bytes, resident: Callable[[], object] | None, cpu: float) -> bytes:
    function, asked, args, kwargs = pickle.loads(request)  # noqa: S301
    if asked and resident:
        args = (resident(), *args)
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


class _Loader(pickle.Unpickler):
    """Takes records, dates and errors of ours, nothing else: a child that was taken over can't command its parent."""

    def find_class(self, module: str, name: str) -> Any:
        if f"{module}.".startswith(_TRUSTED) and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"the worker answered with {module}.{name}")


def load(answer: bytes) -> tuple[bool, Any]:
    """Whether the function returned, and what it returned or raised. Raises UnusableAnswer."""
    try:
        returned, value = _Loader(io.BytesIO(answer)).load()
    except Exception as error:
        raise UnusableAnswer(str(error)) from error
    return bool(returned), value
