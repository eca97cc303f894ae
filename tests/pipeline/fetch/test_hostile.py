"""Servers that lie, drip, flood or explode: each costs bounded time and memory and one clear error."""

from __future__ import annotations

import gzip
import socket
import tracemalloc
import zlib
from collections.abc import Callable
from itertools import count

import pytest
from web import Web, replying, request_of, wire

from pipeline.fetch import BadReply, Client, Limits, Request, Unreachable

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
QUICK = Limits(seconds=0.3)
SMALL = Limits(decoded=2_000_000, wire=2_200_000)


def gzip_of_zeros(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()


def peak_of(action: Callable[[], None]) -> int:
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("codings", [["gzip, gzip"], ["gzip", "gzip"], ["gzip, identity, x-gzip"]])
def test_a_nested_bomb_is_refused_unopened(make, codings: list[str]) -> None:
    client = make(allow_private_networks=True, limits=SMALL)
    bomb = gzip.compress(gzip_of_zeros(256 << 20))
    head = OK + b"".join(f"Content-Encoding: {coding}\r\n".encode() for coding in codings)

    def fetch() -> None:
        with wire(replying(head + b"\r\n", bomb)) as server, pytest.raises(BadReply, match="coded more than once"):
            client.fetch(Request(server.url))

    assert len(bomb) < 2_000
    assert peak_of(fetch) < 3 * SMALL.decoded


def test_a_bomb_is_stopped_while_it_unpacks(make, web: Web) -> None:
    client = make(allow_private_networks=True, limits=SMALL)
    web.serve("/a", gzip_of_zeros(64 << 20), headers={"Content-Encoding": "gzip"})

    def fetch() -> None:
        with pytest.raises(BadReply, match="larger than 2,000,000 bytes"):
            client.fetch(Request(f"{web.url}/a"))

    assert peak_of(fetch) < 3 * SMALL.decoded


def test_a_small_bomb_below_the_size_limit_is_known_by_its_growth(client: Client, web: Web) -> None:
    web.serve("/a", gzip_of_zeros(5 << 20), headers={"Content-Encoding": "gzip"})

    with pytest.raises(BadReply, match="grows more than 200 times"):
        client.fetch(Request(f"{web.url}/a"))


def test_a_swarm_of_gzip_members_is_refused(client: Client, web: Web) -> None:
    web.serve("/a", gzip.compress(b"") * 5_000, headers={"Content-Encoding": "gzip"})

    with pytest.raises(BadReply, match="100 gzip members"):
        client.fetch(Request(f"{web.url}/a"))


@pytest.mark.parametrize("coding", ["br", "zstd", "deflate", "gzip, br", "utf-8"])
def test_codings_that_were_not_asked_for_are_refused(client: Client, web: Web, coding: str) -> None:
    web.serve("/a", b"whatever", headers={"Content-Encoding": coding})

    with pytest.raises(BadReply, match="cod"):
        client.fetch(Request(f"{web.url}/a"))


@pytest.mark.parametrize(
    "body", [b"not gzip at all", gzip.compress(b"half a page" * 99)[:-9], gzip.compress(b"a" * 99)[:-4] + b"oops"]
)
def test_damaged_gzip_is_no_page(client: Client, web: Web, body: bytes) -> None:
    web.serve("/a", body, headers={"Content-Encoding": "gzip"})

    with pytest.raises(BadReply, match="gzip"):
        client.fetch(Request(f"{web.url}/a"))


def test_a_page_of_exactly_the_limit_passes_and_one_byte_more_does_not(make, web: Web) -> None:
    client = make(allow_private_networks=True, limits=SMALL)
    web.serve("/fits", b"x" * SMALL.decoded)
    web.serve("/over", b"x" * (SMALL.decoded + 1))

    assert len(client.fetch(Request(f"{web.url}/fits")).body) == SMALL.decoded
    with pytest.raises(BadReply, match="larger than 2,000,000 bytes"):
        client.fetch(Request(f"{web.url}/over"))


def test_a_body_that_is_announced_as_too_large_is_not_waited_for(make) -> None:
    client = make(allow_private_networks=True, limits=QUICK)

    def announce(sock: socket.socket) -> None:
        request_of(sock)
        sock.sendall(OK + b"Content-Length: 10000001\r\n\r\n")
        server.over.wait()

    with wire(announce) as server, pytest.raises(BadReply, match="larger than 10,000,000 bytes"):
        client.fetch(Request(server.url))


@pytest.mark.parametrize(
    "lie",
    [
        b"Content-Length: 999999\r\n\r\nshort",
        b"Content-Length: -1\r\n\r\nshort",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nshort",
        b"Content-Length: 5x\r\n\r\nshort",
        b"Content-Length: 99999999999999999999999\r\n\r\nshort",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\nshort",
        b"Transfer-Encoding: gzip\r\n\r\nshort",
        b"Content-Length: 5\r\n folded: yes\r\nno colon\r\n\r\nshort",
    ],
)
def test_lies_about_length_are_bad_replies(client: Client, lie: bytes) -> None:
    with wire(replying(OK + lie)) as server, pytest.raises(BadReply):
        client.fetch(Request(server.url))


def test_nothing_behind_the_stated_length_is_read(client: Client) -> None:
    with wire(replying(OK + b"Content-Length: 5\r\n\r\nshort and more")) as server:
        assert client.fetch(Request(server.url)).body == b"short"


@pytest.mark.parametrize("noise", [b"", b"\x16\x03\x01", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 OK\r\n\r\n"])
def test_what_is_not_http_is_an_error(client: Client, noise: bytes) -> None:
    with wire(replying(noise)) as server, pytest.raises((BadReply, Unreachable)):
        client.fetch(Request(server.url))


@pytest.mark.parametrize("status", [b"101 Switching", b"305 Use Proxy", b"302 Found"])
def test_statuses_that_say_nothing_are_bad_replies(client: Client, status: bytes) -> None:
    with wire(replying(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")) as server, pytest.raises(BadReply):
        client.fetch(Request(server.url))


def flood(head: bytes, part: bytes) -> Callable[[socket.socket], None]:
    """Send `part` for ever, as fast as it is read."""

    def talk(sock: socket.socket) -> None:
        request_of(sock)
        sock.sendall(head)
        while True:
            sock.sendall(part)

    return talk


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n"),
        (OK + b"\r\n", b"x" * 4096),
        (OK, b"X-More: " + b"x" * 1000 + b"\r\n"),
        (OK + b"X-One: ", b"x" * 4096),
        (b"", b"HTTP/1.1 103 Early Hints\r\nX-More: " + b"x" * 4000 + b"\r\n\r\n"),
        (CHUNKED + b"0\r\n", b"X-Trailer: " + b"x" * 1000 + b"\r\n"),
    ],
    ids=["chunks", "body", "headers", "one header", "early hints", "trailers"],
)
def test_endless_replies_end(make, head: bytes, part: bytes) -> None:
    client = make(allow_private_networks=True, limits=SMALL)
    with wire(flood(head, part)) as server, pytest.raises(BadReply):
        client.fetch(Request(server.url))


def test_more_than_a_normal_amount_of_headers_is_refused(client: Client, web: Web) -> None:
    web.serve("/a", b"", headers={f"X-{n}": "x" * 900 for n in range(80)})

    with pytest.raises(BadReply, match="bytes of headers"):
        client.fetch(Request(f"{web.url}/a"))


@pytest.mark.parametrize("head", [b"", OK + b"X-Slow: ", OK + b"Content-Length: 500\r\n\r\n", CHUNKED + b"ff\r\n"])
def test_a_drip_does_not_outlast_the_deadline(make, head: bytes) -> None:
    client = make(allow_private_networks=True, limits=QUICK)

    def drip(sock: socket.socket) -> None:
        request_of(sock)
        sock.sendall(head)
        while not server.over.wait(0.02):
            sock.sendall(b"x")

    with wire(drip) as server, pytest.raises(Unreachable, match=r"within 0\.3 seconds") as caught:
        client.fetch(Request(server.url))
    assert not caught.value.again


def test_a_swarm_of_chunks_does_not_outlast_the_deadline(make) -> None:
    ticks = count(step=0.01)
    client = make(allow_private_networks=True, limits=Limits(seconds=1), monotonic=lambda: next(ticks))
    with wire(replying(CHUNKED, b"1\r\nx\r\n" * 1_000, b"0\r\n\r\n")) as server, pytest.raises(Unreachable):
        client.fetch(Request(server.url))


def test_a_connection_gets_no_more_time_than_is_left(make, internet) -> None:
    internet.name("news.test", ["93.184.216.34", "93.184.216.35"])
    given: list[float] = []

    def dead(address: str, port: int, seconds: float) -> socket.socket:
        given.append(seconds)
        raise TimeoutError

    internet.dial = dead
    for limits in (Limits(), Limits(seconds=5)):
        with pytest.raises(Unreachable):
            make(limits=limits).fetch(Request("http://news.test/"))

    assert given[:2] == [10, 10]
    assert max(given[2:]) <= 5


def test_redirects_share_one_deadline(make) -> None:
    client = make(allow_private_networks=True, limits=QUICK)

    def slow_redirect(sock: socket.socket) -> None:
        request_of(sock)
        server.over.wait(0.15)
        sock.sendall(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")

    with wire(slow_redirect) as server, pytest.raises(Unreachable, match="within"):
        client.fetch(Request(server.url))


def test_a_server_that_never_shakes_hands_is_given_up(make) -> None:
    client = make(allow_private_networks=True, limits=QUICK)
    with wire(lambda sock: server.over.wait() and None) as server, pytest.raises(Unreachable, match="within"):
        client.fetch(Request(server.url.replace("http:", "https:")))


def test_a_resolver_that_hangs_is_given_up(make, internet) -> None:
    with wire(lambda sock: None) as server:

        def hang(host: str, port: int) -> list[str]:
            server.over.wait()
            return []

        internet.resolve = hang
        with pytest.raises(Unreachable, match="within"):
            make(limits=QUICK).fetch(Request("http://news.test/"))
    assert internet.dialed == []
