"""What to ask for, and the headers that say it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

import httpx

from pipeline.fetch.addresses import origin_of, parse_url, place_of
from pipeline.fetch.errors import Refused


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask for.

    `referer` is the page that the link came from; another origin is told only its origin. `etag` and
    `last_modified` are a former reply's headers, sent back byte for byte. `operator` marks an address from the
    operator's configuration: only such a one may lead to a private host that GREENLIT_PRIVATE_HOSTS names. `range` asks
    for the bytes from the first to the last one named, as they lie on the server. `headers` are sent besides, and to no
    other address than this one.
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
    range: tuple[int, int] | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def conditional(self) -> bool:
        """Whether 304 (not modified) is a possible answer."""
        return self.etag is not None or self.last_modified is not None


def redirected(request: Request, status: int, location: str) -> Request:
    """The next hop's request: never the operator's any more, and a GET where the status says so. Raises Refused."""
    try:
        target = str(httpx.URL(request.url).join(location))
    except (httpx.InvalidURL, ValueError) as error:
        raise Refused(request.url, f"redirects to what is not an address ({error}); try a browser") from error
    if request.method == "POST" and status in (301, 302, 303):
        request = replace(request, method="GET", body=None)
    return replace(request, url=str(parse_url(target)), operator=False, headers=())


def headers_of(request: Request, agent: str, private_hosts: Collection[str]) -> list[tuple[bytes, bytes]]:
    """All headers of one hop, ready to be sent. Raises Refused where a value can't be a header."""
    url = httpx.URL(request.url)
    headers = {
        "Host": url.netloc.decode("ascii"),
        "User-Agent": agent,
        "Accept": request.accept,
        "Accept-Encoding": "gzip" if request.range is None else "identity",
        "Range": "bytes={}-{}".format(*request.range) if request.range else None,
        "Connection": "close",
        "Referer": _referer(request.referer, url, private_hosts),
        "If-None-Match": request.etag,
        "If-Modified-Since": request.last_modified,
        "Content-Type": request.content_type if request.body is not None else None,
        **dict(request.headers),
    }
    return [(name.encode(), _value(request.url, name, value)) for name, value in headers.items() if value is not None]


def _referer(referer: str | None, url: httpx.URL, private_hosts: Collection[str]) -> str | None:
    """What the site at `url` may learn: all of its own address, else the origin, nothing of a private host."""
    if referer is None:
        return None
    page = parse_url(referer)
    if origin_of(page) == origin_of(url):
        return str(page)
    if (page.scheme, url.scheme) == ("https", "http") or place_of(page) in private_hosts:
        return None
    return str(page.copy_with(raw_path=b"/"))


def _value(url: str, name: str, value: str) -> bytes:
    try:
        if any(char in value for char in "\r\n\0"):
            raise ValueError("it holds a line break")
        return value.encode("latin-1")
    except ValueError as error:
        raise Refused(url, f"{name} can't be sent ({error}); drop the stored value") from error
