"""The one HTTP client: bounded in time and size, and only to addresses that may be asked.

Every hop of a fetch is a new connection to an address that was checked a moment before; cookies, proxies of the
environment and credentials do not exist here. Politeness (robots.txt, spacing) is `pipeline.fetch.polite`.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from urllib.parse import quote

import httpcore
import httpx

from config.settings import Settings
from extractors.records import Page
from pipeline.fetch.addresses import Resolver, check_public, parse_url, place_of, resolve_within, system_resolver
from pipeline.fetch.connect import Dial, Direct, TooLarge, system_dial
from pipeline.fetch.decode import BadBody, coding_of, read_body
from pipeline.fetch.errors import BadReply, HttpStatus, Unreachable
from pipeline.fetch.limits import Deadline, Limits
from pipeline.fetch.request import Request, headers_of, redirected
from pipeline.fetch.retry_after import retry_after

PRODUCT = "Greenlit"
"""The product token: what we are called in the User-Agent and in robots.txt."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
ASCII = "".join(chr(code) for code in range(0x21, 0x7F))


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
            hop = redirected(hop, reply.status, reply.location)
        raise BadReply(request.url, f"redirects more than {self._limits.redirects} times; open it in a browser")

    def _page(self, url: str, final_url: str, reply: _Reply) -> Page:
        digest = sha256(reply.body).hexdigest()
        return Page(url, final_url, reply.status, reply.headers, reply.body, self._clock(), digest)

    def _hop(self, request: Request, deadline: Deadline) -> _Reply:
        url = httpx.URL(request.url)
        headers = headers_of(request, self._agent, self._private_hosts)
        asked = httpx.Request(request.method, url, headers=headers, content=request.body)
        transport = Direct(self._route(request, url, deadline), self._dial, self._tls, deadline, self._limits)
        with _failures(request.url, self._limits), closing(transport.handle_request(asked)) as response:
            return self._read(request, response, deadline)

    def _route(self, request: Request, url: httpx.URL, deadline: Deadline) -> Callable[[str, int], Sequence[str]]:
        def route(host: str, port: int) -> Sequence[str]:
            addresses = resolve_within(deadline.left(), self._resolve, host, port)
            if not self._allow_private and not (request.operator and place_of(url) in self._private_hosts):
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
        return _Reply(status, headers, self._body(response, deadline))

    def _body(self, response: httpx.Response, deadline: Deadline) -> bytes:
        declared = response.headers.get("content-length", "")
        coding = coding_of(response.headers.get_list("content-encoding"))
        if declared.isdecimal() and int(declared[:20]) > self._limits.decoded:
            raise BadBody(f"is larger than {self._limits.decoded:,} bytes")
        chunks = (chunk for chunk in response.iter_raw() if deadline.left())
        return read_body(chunks, coding, self._limits)


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


@contextmanager
def _failures(url: str, limits: Limits) -> Iterator[None]:
    """Every failure of a hop becomes a FetchError here, and only here."""
    try:
        yield
    except TimeoutError as error:
        raise Unreachable(url, f"no complete answer within {limits.seconds:g} seconds; try later") from error
    except ssl.SSLError as error:
        raise Unreachable(url, f"no safe connection ({_said(error)}); check the site's certificate") from error
    except OSError as error:
        again = error.errno != socket.EAI_NONAME
        raise Unreachable(url, f"can't be reached ({_said(error)}); check name and network", again=again) from error
    except TooLarge as error:
        raise BadReply(url, f"sends more than {limits.wire:,} bytes; not a page") from error
    except BadBody as error:
        raise BadReply(url, f"the reply {error}; check that this is the page you mean") from error
    except (httpcore.ProtocolError, httpcore.NetworkError) as error:
        raise BadReply(url, f"does not answer in proper HTTP ({error}); try later") from error


def _said(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:200]
