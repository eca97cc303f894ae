"""The one HTTP client: bounded in time and size, and only to addresses that may be asked.

Every hop of a fetch is a new connection to an address that was checked a moment before; cookies, proxies of the
environment and credentials do not exist here. Politeness (robots.txt, spacing) is `pipeline.fetch.polite`.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from typing import Literal
from urllib.parse import quote

import httpcore
import httpx

from config.settings import Settings
from extractors.records import Page
from pipeline.fetch.addresses import (
    Resolver,
    check_public,
    host_of,
    parse_url,
    port_of,
    resolve_within,
    system_resolver,
)
from pipeline.fetch.connect import Dial, Direct, TooLarge, system_dial
from pipeline.fetch.decode import BadBody, coding_of, read_body
from pipeline.fetch.errors import BadReply, HttpStatus, Refused, Unreachable
from pipeline.fetch.limits import Deadline, Limits
from pipeline.fetch.retry_after import retry_after

PRODUCT = "Greenlit"
"""The product token: what we are called in the User-Agent and in robots.txt."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
ASCII = "".join(chr(code) for code in range(0x21, 0x7F))


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask for.

    `referer` is the page that the link came from; another origin is told only its origin. `etag` and
    `last_modified` are a former reply's headers, sent back byte for byte. `operator` marks an address from the
    operator's configuration: only such a one may lead to a private host that GREENLIT_PRIVATE_HOSTS names.
    """

    url: str
    method: Literal["GET", "POST"] = "GET"
    referer: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    body: bytes | None = None
    content_type: str = "application/x-www-form-urlencoded"
    accept: str = "*/*"
    operator: bool = False

    @property
    def conditional(self) -> bool:
        """Whether 304 (not modified) is a possible answer."""
        return self.etag is not None or self.last_modified is not None


Gate = Callable[[Request], AbstractContextManager[object]]
"""Entered around every hop, with the hop's own request; raises FetchError where the hop may not be made."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """One hop's answer; `location` is where it points to, None where it is the page itself."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    location: str | None = None


class Client:
    """Fetches pages; made by `make_client` only. Safe to share between threads."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        resolve: Resolver,
        dial: Dial,
        limits: Limits,
    ) -> None:
        self._private_hosts = frozenset(settings.private_hosts)
        self._allow_private = settings.allow_private_networks
        self._agent = f"{PRODUCT}/{version('greenlit')} (+{settings.contact})"
        self._clock = clock
        self._monotonic = monotonic
        self._resolve = resolve
        self._dial = dial
        self._limits = limits
        self._tls = httpx.create_ssl_context()

    def fetch(self, request: Request, *, gate: Gate = lambda hop: nullcontext()) -> Page:
        """The page at the end of at most five redirects: status 200-299, or 304 with an empty body.

        Time spent entering `gate` is not counted in the 30 seconds of the fetch. Raises FetchError.
        """
        deadline = Deadline(self._limits.seconds, self._monotonic)
        hop = replace(request, url=str(parse_url(request.url)))
        for _ in range(self._limits.redirects + 1):
            deadline.pause()
            with gate(hop):
                deadline.resume()
                reply = self._hop(hop, deadline)
            if reply.location is None:
                return self._page(request.url, hop.url, reply)
            hop = _follow(hop, reply)
        raise BadReply(request.url, f"redirects more than {self._limits.redirects} times; open it in a browser")

    def _page(self, url: str, final_url: str, reply: _Reply) -> Page:
        digest = sha256(reply.body).hexdigest()
        return Page(url, final_url, reply.status, reply.headers, reply.body, self._clock(), digest)

    def _hop(self, request: Request, deadline: Deadline) -> _Reply:
        """One request and its answer; every failure below becomes a FetchError here."""
        where, url = request.url, httpx.URL(request.url)
        asked = httpx.Request(request.method, url, headers=self._headers(request, url), content=request.body)
        transport = Direct(self._route(request, url, deadline), self._dial, self._tls, deadline, self._limits)
        try:
            with closing(transport.handle_request(asked)) as response:
                return self._read(request, response, deadline)
        except TimeoutError as error:
            raise Unreachable(
                where, f"no complete answer within {self._limits.seconds:g} seconds; try later"
            ) from error
        except ssl.SSLError as error:
            raise Unreachable(where, f"no safe connection ({_said(error)}); check the site's certificate") from error
        except (OSError, httpcore.NetworkError) as error:
            again = error.errno != socket.EAI_NONAME if isinstance(error, OSError) else True
            raise Unreachable(
                where, f"can't be reached ({_said(error)}); check name and network", again=again
            ) from error
        except TooLarge as error:
            raise BadReply(where, f"sends more than {self._limits.wire:,} bytes; not a page") from error
        except httpcore.ProtocolError as error:
            raise BadReply(where, f"does not answer in proper HTTP ({error}); try later") from error

    def _headers(self, request: Request, url: httpx.URL) -> list[tuple[bytes, bytes]]:
        headers = {
            "Host": url.netloc.decode("ascii"),
            "User-Agent": self._agent,
            "Accept": request.accept,
            "Accept-Encoding": "gzip",
            "Connection": "close",
            "Referer": self._referer(request.referer, url),
            "If-None-Match": request.etag,
            "If-Modified-Since": request.last_modified,
            "Content-Type": request.content_type if request.body is not None else None,
        }
        return [(name.encode(), _header(url, name, value)) for name, value in headers.items() if value is not None]

    def _referer(self, referer: str | None, url: httpx.URL) -> str | None:
        """What the site at `url` may learn: all of its own address, else the origin, nothing of a private host."""
        if referer is None:
            return None
        page = parse_url(referer)
        if _origin(page) == _origin(url):
            return str(page)
        if (page.scheme, url.scheme) == ("https", "http") or _place(page) in self._private_hosts:
            return None
        return str(page.copy_with(raw_path=b"/"))

    def _route(self, request: Request, url: httpx.URL, deadline: Deadline) -> Callable[[str, int], Sequence[str]]:
        def route(host: str, port: int) -> Sequence[str]:
            addresses = resolve_within(deadline.left(), self._resolve, host, port)
            if not self._allow_private and not (request.operator and _place(url) in self._private_hosts):
                check_public(str(url), addresses)
            return addresses

        return route

    def _read(self, request: Request, response: httpx.Response, deadline: Deadline) -> _Reply:
        where = request.url
        status = response.status_code
        raw = [(name.decode("latin-1").lower(), value) for name, value in response.headers.raw]
        if sum(len(name) + len(value) for name, value in raw) > self._limits.headers:
            raise BadReply(where, f"has more than {self._limits.headers:,} bytes of headers; not a page")
        headers = tuple((name, value.decode("latin-1")) for name, value in raw)
        if status >= 400:
            raise HttpStatus(where, status, retry_after(response.headers.get("retry-after"), self._clock()))
        location = next((value for name, value in raw if name == "location"), None)
        if status in REDIRECTS and location is not None:
            return _Reply(status, headers, location=quote(location.strip(), safe=ASCII))
        if status == 304 and request.conditional:
            return _Reply(status, headers)
        if not 200 <= status < 300:
            raise BadReply(where, f"answered with status {status}, which says nothing here; check the address")
        return _Reply(status, headers, self._body(where, response, deadline))

    def _body(self, where: str, response: httpx.Response, deadline: Deadline) -> bytes:
        declared = response.headers.get("content-length", "")
        try:
            coding = coding_of(response.headers.get_list("content-encoding"))
            if declared.isdecimal() and int(declared[:20]) > self._limits.decoded:
                raise BadBody(f"is larger than {self._limits.decoded:,} bytes")
            chunks = (chunk for chunk in response.iter_raw() if deadline.left())
            return read_body(chunks, coding, self._limits)
        except BadBody as error:
            raise BadReply(where, f"the reply {error}; check that this is the page you mean") from error


def make_client(
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    monotonic: Callable[[], float] = time.monotonic,
    resolve: Resolver = system_resolver,
    dial: Dial = system_dial,
    limits: Limits | None = None,
) -> Client:
    """The only way to a client. `clock` gives aware times; `resolve` and `dial` are the network's two doors."""
    return Client(settings, clock, monotonic, resolve, dial, limits or Limits())


def _follow(request: Request, reply: _Reply) -> Request:
    """The next hop's request: never the operator's any more, and a GET where the status says so."""
    assert reply.location is not None
    try:
        target = parse_url(str(httpx.URL(request.url).join(reply.location)))
    except httpx.InvalidURL as error:
        raise BadReply(request.url, f"redirects to what is not an address ({error}); try a browser") from error
    if request.method == "POST" and reply.status in (301, 302, 303):
        request = replace(request, method="GET", body=None)
    return replace(request, url=str(target), operator=False)


def _header(url: httpx.URL, name: str, value: str) -> bytes:
    try:
        if any(char in value for char in "\r\n\0"):
            raise ValueError("it holds a line break")
        return value.encode("latin-1")
    except ValueError as error:
        raise Refused(str(url), f"{name} can't be sent ({error}); drop the stored value") from error


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, host_of(url), port_of(url)


def _place(url: httpx.URL) -> str:
    host = host_of(url)
    return f"[{host}]:{port_of(url)}" if ":" in host else f"{host}:{port_of(url)}"


def _said(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:200]
