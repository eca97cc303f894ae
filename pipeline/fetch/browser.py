"""Pages that need JavaScript, read with an installed Chromium (extra `browser`) that has no network of its own.

Whatever the page asks for is fetched by our own client, with all its checks and manners, and only from the page's
own host; everything else is refused to it. The browser lives in a process that is killed when its time is up.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.util import find_spec
from multiprocessing.connection import Connection, Pipe
from typing import Any
from urllib.parse import urlsplit

from extractors.records import Page
from pipeline.fetch.errors import BadReply, FetchError, Refused, Stopped, Unreachable
from pipeline.fetch.polite import FLOOR, Polite
from pipeline.fetch.request import Request

SECONDS = 30.0
"""The time for one page, without the pauses that its requests keep."""
REQUESTS = 40
"""Requests that one page may make."""
DECODED = 10_000_000
"""Characters of the page once its scripts have run."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
KINDS = frozenset({"document", "script", "xhr", "fetch"})
"""What a page may load: no picture, style, frame of another host or download makes a list."""

_BOOT = "import sys; sys.path[:] = sys.argv[2:]; from pipeline.fetch.chromium import serve; serve(sys.argv[1])"


def render(
    polite: Polite,
    request: Request,
    ready: str,
    *,
    spacing: float = FLOOR,
    seconds: float = SECONDS,
    which: Callable[[str], str | None] = shutil.which,
    spec: Callable[[str], object] = find_spec,
    monotonic: Callable[[], float] = time.monotonic,
) -> Page:
    """The page after its scripts have run, as UTF-8, once something matches `ready` (a CSS selector).

    Raises FetchError; Refused, with the remedy, where Playwright or Chromium is missing.
    """
    if spec("playwright") is None:
        what = "needs a browser: install Greenlit with its extra, pip install 'greenlit[browser]'"
        raise Refused(request.url, what)
    chromium = next(filter(None, map(which, NAMES)), None)
    if chromium is None:
        raise Refused(request.url, "needs a browser, and there is none: install Chromium (apt install chromium)")
    # The empty shell of such a page never changes, so nothing is asked conditionally.
    first = polite.fetch(replace(request, etag=None, last_modified=None), spacing=spacing)
    answers = _Answers(polite, request, first, spacing)
    with _child() as connection:
        connection.send({"chromium": chromium, "url": first.final_url, "ready": ready})
        ends = monotonic() + seconds
        while connection.poll(max(0.0, ends + answers.asked * spacing - monotonic())):
            said = _heard(connection, request.url)
            if "ask" in said:
                _reply(connection, answers.to(said))
            elif "html" in said:
                return _page(first, said["html"])
            else:
                raise BadReply(request.url, f"the browser gave up: {said.get('failed')}")
    raise Unreachable(request.url, f"its scripts showed nothing at {ready!r} within {seconds:g} seconds; check `items`")


@dataclass
class _Answers:
    """What the page gets when it asks: its own host's replies, up to REQUESTS of them."""

    polite: Polite
    request: Request
    first: Page
    spacing: float
    asked: int = 0

    def to(self, said: dict[str, Any]) -> tuple[str, bytes] | None:
        """Content type and body; None for what the page may not have."""
        url = str(said["ask"])
        if url == self.first.final_url and said.get("kind") == "document":
            return self._body(self.first)
        if said.get("method") != "GET" or said.get("kind") not in KINDS or not self._own(url):
            return None
        self.asked += 1
        if self.asked > REQUESTS:
            raise BadReply(self.request.url, f"makes more than {REQUESTS} requests; not a page that can be watched")
        operator = self.request.operator and _origin(url) == _origin(self.request.url)
        try:
            page = self.polite.fetch(
                Request(url, referer=self.first.final_url, operator=operator), spacing=self.spacing
            )
        except Stopped:
            raise
        except FetchError:
            return None
        return self._body(page) if self._own(page.final_url) else None

    def _own(self, url: str) -> bool:
        return urlsplit(url).hostname == urlsplit(self.first.final_url).hostname

    def _body(self, page: Page) -> tuple[str, bytes]:
        return page.header("content-type") or "text/html", page.body


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _page(first: Page, html: str) -> Page:
    body = html.encode("utf-8", "replace")
    headers = (("content-type", "text/html; charset=utf-8"),)
    return replace(first, headers=headers, body=body, sha256=sha256(body).hexdigest())


def _heard(connection: Connection, url: str) -> dict[str, Any]:
    try:
        said = json.loads(connection.recv_bytes(8 * DECODED))
    except (EOFError, OSError, ValueError) as error:
        raise BadReply(url, f"the browser's process ended without an answer ({type(error).__name__})") from error
    return said if isinstance(said, dict) else {}


def _reply(connection: Connection, answer: tuple[str, bytes] | None) -> None:
    with suppress(OSError):  # that the process is gone is told by what it says no more
        connection.send(answer)


@contextmanager
def _child() -> Iterator[Connection]:
    """The process that drives the browser, and takes it along when it is killed."""
    ours, theirs = Pipe()
    with ours:
        with theirs:
            process = subprocess.Popen(  # noqa: S603 (our own interpreter and code)
                [sys.executable, "-I", "-c", _BOOT, str(theirs.fileno()), *sys.path],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                process_group=0,
            )
        try:
            yield ours
        finally:
            process.kill()
            process.wait()
