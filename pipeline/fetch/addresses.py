"""Which addresses may be asked: how a URL must look, and which networks are public.

The ranges are those of the IANA special-purpose registries (RFC 6890 and its updates), written out because
`ipaddress.is_global` differs between Python versions and takes NAT64, 6to4 and site-local for public.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue

import httpx

from extractors.read.urls import MAX_URL
from pipeline.fetch.errors import Refused

Resolver = Callable[[str, int], Sequence[str]]
"""(host, port) -> IP addresses as text. Raises OSError."""

_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+", re.ASCII)

_NOT_PUBLIC = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, where clouds keep their metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # Teredo and other protocol assignments
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


def parse_url(url: str) -> httpx.URL:
    """The address of one hop, without its fragment. Raises Refused."""
    if len(url) > MAX_URL:
        raise Refused(url, f"the address is longer than {MAX_URL} characters; check where it comes from")
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise Refused(url, f"is not an address ({error}); check it") from error
    if parsed.scheme not in ("http", "https"):
        raise Refused(url, "only http and https addresses are fetched; check the address")
    if parsed.userinfo:
        raise Refused(url, "an address with a user name in it is not fetched; take out what stands before the @")
    if not _HOST.fullmatch(host_of(parsed)) or not 0 < port_of(parsed) < 65_536:
        raise Refused(url, "has no usable host or port; check the address")
    return parsed.copy_with(fragment=None)


def host_of(url: httpx.URL) -> str:
    """The host in lower-case ASCII, an IPv6 address without brackets."""
    return url.raw_host.decode("ascii").lower()


def port_of(url: httpx.URL) -> int:
    """The port, by the scheme where none is given."""
    return url.port if url.port is not None else {"http": 80, "https": 443}[url.scheme]


def origin_of(url: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port."""
    return url.scheme, host_of(url), port_of(url)


def place_of(url: httpx.URL) -> str:
    """host:port, as GREENLIT_PRIVATE_HOSTS names it."""
    host = host_of(url)
    return f"[{host}]:{port_of(url)}" if ":" in host else f"{host}:{port_of(url)}"


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet; one that embeds an IPv4 address is judged by it."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        embedded = _embedded(ip)
        if embedded is None:
            return ip in _GLOBAL_UNICAST and not any(ip in block for block in _NOT_PUBLIC_6)
        ip = embedded
    return not any(ip in block for block in _NOT_PUBLIC)


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    return IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None


def check_public(url: str, addresses: Iterable[str]) -> None:
    """Raises Refused where one of the addresses is not public: a host with a private answer is not trusted at all."""
    for address in addresses:
        if not is_public(address):
            raise Refused(
                url,
                f"leads to {address}, which is a private or reserved address; of a service of your own, only the "
                "listing is asked for, where GREENLIT_PRIVATE_HOSTS names its host:port: no link, and no redirect",
            )


def system_resolver(host: str, port: int) -> Sequence[str]:
    """All addresses that the operating system knows for a host, in its order of preference."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError("no host can have that name") from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def resolve_within(seconds: float, resolve: Resolver, host: str, port: int) -> Sequence[str]:
    """`resolve`, given up after `seconds`: getaddrinfo itself can't be stopped. Raises OSError, TimeoutError."""
    answer: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            answer.put(resolve(host, port))
        except Exception as error:  # handed to the caller, which raises it
            answer.put(error)

    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    try:
        result = answer.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if isinstance(result, Exception):
        raise result
    return result
