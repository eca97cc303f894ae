"""A Dask scheduler and workers on this machine, as programs: `python -m distributed.cli...`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress


def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@contextmanager
def dask(*arguments: str) -> Iterator[subprocess.Popen]:
    """A scheduler or a worker, in a process group of its own."""
    command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
    options = {"DASK_DISTRIBUTED__ADMIN__LOG_FORMAT": "", "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "60s"}
    process = subprocess.Popen(
        command, env=os.environ | options, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def scheduler(stack: ExitStack, at: int) -> subprocess.Popen:
    """One that answers."""
    process = stack.enter_context(dask("scheduler", "--host", "127.0.0.1", "--port", str(at), "--no-dashboard"))
    while process.poll() is None:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", at)):
            break
        time.sleep(0.05)
    return process


def worker(stack: ExitStack, at: int) -> subprocess.Popen:
    options = ("--nthreads", "1", "--no-dashboard", "--death-timeout", "60")
    return stack.enter_context(dask("worker", f"tcp://127.0.0.1:{at}", *options))
