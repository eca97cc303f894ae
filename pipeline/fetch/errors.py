"""Why a page was not fetched.

FetchError            any of them: `url` is the hop where it happened, `reason` says what happened and what to do
├── Refused           we did not ask: bad address, forbidden network, robots.txt
├── Unreachable       nobody answered: DNS, connect, TLS, deadline (`again`: worth another try soon)
├── BadReply          the answer can't be used: too large, odd coding, too many redirects, malformed
├── HttpStatus        the server said no: status >= 400 (`status`, `retry_after`)
├── Held              the host asked for a pause that has not passed (`until`)
└── Stopped           Greenlit is being stopped: nothing is asked any more, and the host refused nothing
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

SHOWN = 300
"""Characters of an address, and of a reason, that a message shows."""


class FetchError(Exception):
    """A page was not fetched; the message is one line: address, what happened, what to do."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{_one_line(url)}: {_one_line(reason)}")
        self.url = url
        self.reason = reason


class Refused(FetchError):
    """Greenlit itself does not fetch this address."""


class Unreachable(FetchError):
    """No complete answer came; `again` where another try in a moment may do better."""

    def __init__(self, url: str, reason: str, *, again: bool = False) -> None:
        super().__init__(url, reason)
        self.again = again


class BadReply(FetchError):
    """An answer came, but it breaks a bound or the protocol."""


class HttpStatus(FetchError):
    """The server answered with an error status; `retry_after` is the pause it asked for."""

    def __init__(self, url: str, status: int, retry_after: timedelta | None = None) -> None:
        super().__init__(url, f"answered with status {status}; {_advice(status)}")
        self.status = status
        self.retry_after = retry_after


class Held(FetchError):
    """The host is not asked before `until` (aware)."""

    def __init__(self, url: str, until: datetime) -> None:
        super().__init__(url, f"the host wants no request before {until.isoformat(timespec='seconds')}; try after that")
        self.until = until


class Stopped(FetchError):
    """Greenlit is being stopped, so the address was not asked; it says nothing about the host."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "not asked, as Greenlit is being stopped; it stays due for the next run")


def _advice(status: int) -> str:
    if status in (404, 410):
        return "the page is gone or was moved: check the address"
    if status in (401, 403, 407, 451):
        return "the site does not give it to Greenlit: disable the source or ask the site"
    if status == 429:
        return "it wants fewer requests: raise the source's spacing or interval"
    return "the server is in trouble: try later" if status >= 500 else "check the address"


def _one_line(text: str) -> str:
    shown = "".join(char if char.isprintable() else "?" for char in text[:SHOWN])
    shown = re.sub(r"//[^/?#]*@", "//...@", shown)  # what stands there may be a password
    return shown if len(text) <= SHOWN else f"{shown}..."
