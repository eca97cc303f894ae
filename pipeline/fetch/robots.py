"""What a site's robots.txt allows Greenlit (RFC 9309): one reading a day for each origin.

No file (4xx) means allowed; a file that can't be had (5xx, 429, no answer, a broken reply) means not allowed.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from extractors.records import Page
from pipeline.fetch.client import PRODUCT
from pipeline.fetch.errors import BadReply, FetchError, HttpStatus, Refused, Unreachable
from pipeline.fetch.request import Request

MAX_BYTES = 500 * 1024
"""What RFC 9309 asks a crawler to read; rules after that are not seen."""

AGE = timedelta(hours=24)
"""How long one reading holds (RFC 9309, 2.4)."""

FAILED_AGE = timedelta(minutes=5)
"""How long a failed one holds: enough to spare a site in trouble, short enough for the next round."""

AGENT = re.compile(r"user(?:-|\s*)agent(?![\w-])\s*:?\s*(.+)", re.IGNORECASE)
"""A line that names a crawler, in all the spellings that Protego takes."""

ACCEPT = "text/plain, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class _Rules:
    """One reading; `problem` says why there are no rules to ask, and then nothing is allowed."""

    until: datetime
    parsed: Protego
    problem: str | None = None


class Robots:
    """The rules of all origins met so far. Safe to share between threads."""

    def __init__(self, read: Callable[[Request], Page], clock: Callable[[], datetime]) -> None:
        """`read` fetches a robots.txt, politely; it raises FetchError."""
        self._read = read
        self._clock = clock
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._rules: dict[str, _Rules] = {}

    def permit(self, url: str, *, operator: bool = False) -> float:
        """The crawl-delay in seconds (0 without one, a day at most) of a page that may be fetched.

        Raises Refused where it may not be, and what a fetch of robots.txt raises where that is refused or held.
        """
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        rules = self._of(origin, operator)
        if rules.problem is not None:
            raise Refused(url, f"{origin}/robots.txt can't be read, so nothing is allowed ({rules.problem})")
        if not rules.parsed.can_fetch(url, PRODUCT):
            raise Refused(url, f"{origin}/robots.txt does not allow it; leave the page, or ask the site")
        return min(rules.parsed.crawl_delay(PRODUCT) or 0.0, AGE.total_seconds())

    def _of(self, origin: str, operator: bool) -> _Rules:
        with self._guard:
            lock = self._locks.setdefault(origin, threading.Lock())
        with lock:
            known = self._rules.get(origin)
            if known is None or known.until <= self._clock():
                known = self._rules[origin] = self._fetch(origin, operator)
            return known

    def _fetch(self, origin: str, operator: bool) -> _Rules:
        try:
            page = self._read(Request(f"{origin}/robots.txt", accept=ACCEPT, operator=operator))
        except HttpStatus as error:
            if error.status < 500 and error.status != 429:
                return _Rules(self._clock() + AGE, Protego.parse(""))
            return self._failed(error)
        except (Unreachable, BadReply) as error:
            return self._failed(error)
        return _Rules(self._clock() + AGE, Protego.parse(_for_us(_text(page.body))))

    def _failed(self, error: FetchError) -> _Rules:
        return _Rules(self._clock() + FAILED_AGE, Protego.parse(""), error.reason)


def _text(body: bytes) -> str:
    """The first 500 kB, whole lines only: half a rule could allow or forbid too much."""
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES].rpartition(b"\n")[0]
    return body.decode("utf-8-sig", errors="replace")


def _for_us(text: str) -> str:
    """The file with all other crawlers under one name.

    Protego keeps a group's rules once for each crawler named: a file of 500 kB can name so many that they fill
    all memory.
    """
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return "\n".join(_renamed(line) for line in lines)


def _renamed(line: str) -> str:
    agent = AGENT.fullmatch(line)
    if agent is None or agent[1] == "*":
        return line
    ours = agent[1].replace("*", "").strip().lower() == PRODUCT.lower()
    return f"User-agent: {PRODUCT if ours else 'another'}"
