"""HTTPS goes to the checked address under the name of the URL, and only with a valid certificate."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from web import request_of, wire

from pipeline.fetch import Request

PEM = Path(__file__).parent / "tls" / "secure.test.pem"


def speak_tls(names: list[str | None], heads: list[bytes]) -> Callable[[socket.socket], None]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(PEM)
    context.sni_callback = lambda _, name, __: names.append(name)

    def talk(sock: socket.socket) -> None:
        with context.wrap_socket(sock, server_side=True) as secure:
            heads.append(request_of(secure))
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecure")

    return talk


def test_name_and_host_stay_those_of_the_url(make, internet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))
    internet.name("secure.test")
    names: list[str | None] = []
    heads: list[bytes] = []
    with wire(speak_tls(names, heads)) as server:
        page = make().fetch(Request(f"https://secure.test:{server.port}/"))

    assert page.body == b"secure"
    assert names == ["secure.test"]
    assert f"\r\nHost: secure.test:{server.port}\r\n".encode() in heads[0]
    assert internet.dialed == ["93.184.216.34"]
