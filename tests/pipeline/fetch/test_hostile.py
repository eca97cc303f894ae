"""Broken replies, and bounds of time and size: one clear error each. Bombs, lies and drips are in tests/fakeweb."""

from __future__ import annotations

import gzip
import socket
from itertools import count

import pytest
from web import Web, replying, request_of, wire

from pipeline.fetch import BadReply, Client, Limits, Request, Unreachable

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
QUICK = Limits(seconds=0.3)
SMALL = Limits(decoded=2_000_000, wire=2_200_000)


@pytest.mark.parametrize(
    "body",
    [b"not gzip at all", gzip.compress(b"half a page" * 99)[:-9], gzip.compress(b"a" * 99)[:-4] + b"oops"],
    ids=["none", "cut off", "wrong length"],
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


@pytest.mark.parametrize("noise", [b"", b"\x16\x03\x01", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 OK\r\n\r\n"])
def test_what_is_not_http_is_an_error(client: Client, noise: bytes) -> None:
    with wire(replying(noise)) as server, pytest.raises((BadReply, Unreachable)):
        client.fetch(Request(server.url))


@pytest.mark.parametrize("status", [b"101 Switching", b"305 Use Proxy", b"302 Found"])
def test_statuses_that_say_nothing_are_bad_replies(client: Client, status: bytes) -> None:
    with wire(replying(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")) as server, pytest.raises(BadReply):
        client.fetch(Request(server.url))


def test_more_than_a_normal_amount_of_headers_is_refused(client: Client, web: Web) -> None:
    web.serve("/a", b"", headers={f"X-{n}": "x" * 900 for n in range(80)})

    with pytest.raises(BadReply, match="bytes of headers"):
        client.fetch(Request(f"{web.url}/a"))


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
