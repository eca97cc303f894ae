"""The bounds of one fetch, and the clock that enforces the one on time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may cost.

    `seconds`: all hops together, each phase; a server that drips a byte a second never trips a read timeout.
    `connect_seconds`: one address, so that a dead one leaves time for the next.
    `decoded`: bytes of a page; the longest article or list seen is far below.
    `wire`: bytes read from one connection, with headers and chunk framing.
    `headers`: bytes of the reply's headers.
    `ratio`: decoded bytes for each compressed one, looked at above `ratio_from`; text stays below 30,
    a bomb comes near 1,030.
    `redirects`: followed before giving up (RFC 9309 asks for five on robots.txt).
    """

    seconds: float = 30.0
    connect_seconds: float = 10.0
    decoded: int = 10 * MB
    wire: int = 11 * MB
    headers: int = 64_000
    ratio: int = 200
    ratio_from: int = 1 * MB
    redirects: int = 5


class Deadline:
    """Counts down the time of one fetch; waiting for a host's turn is not counted."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._ends = monotonic() + seconds

    def left(self) -> float:
        """Seconds left, always above 0. Raises TimeoutError."""
        left = self._ends - self._monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def pause(self) -> None:
        """Keep what is left for the next hop."""
        self._seconds = self._ends - self._monotonic()

    def resume(self) -> None:
        """Go on counting."""
        self._ends = self._monotonic() + self._seconds
