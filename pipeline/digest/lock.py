"""One sender at a time: two that run at once would send every mail twice."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadySending(Exception):
    """Another process sends the digest at this moment."""


@contextmanager
def only_sender(folder: Path) -> Iterator[None]:
    """Be the only sender with this data folder; the system ends the hold when the process dies.

    Raises AlreadySending.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "digest.lock").open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadySending(f"{file.name}: another process sends the digest now; try again later") from error
        yield
