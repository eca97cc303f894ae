"""The fake web: a server in a process of its own that misbehaves in every way that tests name F1 to F35.

    python server.py

It prints one line of JSON with its ports, and ends when its standard input does. `/_log` is what it was asked,
`/_touched` how many connections came to the port that nobody may reach.
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from certificates import certificate


@dataclass(frozen=True)
class Asked:
    """One request: `host` has no port, `path` has its query; header names are in lower case."""

    method: str
    host: str
    path: str
    headers: dict[str, str]
    at: float


Talk = Callable[[socket.socket, Asked], None]
"""Answers one request on its socket, in whatever way; the socket is closed afterwards."""


@dataclass
class FakeWeb:
    """`talks` answer by path (`/path`), or by host and path (`host/path`); all else is 404."""

    talks: dict[str, Talk] = field(default_factory=dict)
    log: list[Asked] = field(default_factory=list)
    touched: int = 0

    def serve(self, sock: socket.socket) -> None:
        """One request and its answer."""
        with sock:
            try:
                asked = _asked(sock)
                bare = asked.path.partition("?")[0]
                if bare in ("/_log", "/_touched"):
                    said = self.touched if bare == "/_touched" else [vars(one) for one in self.log]
                    page(json.dumps(said).encode())(sock, asked)
                    return
                self.log.append(asked)
                talk = self.talks.get(asked.host + bare) or self.talks.get(asked.path) or self.talks.get(bare)
                (talk or page(b"no such page", status="404 Not Found"))(sock, asked)
            except OSError:
                return  # the client hung up, as it should

    def touch(self, sock: socket.socket) -> None:
        """Somebody came where nobody may."""
        self.touched += 1
        sock.close()


def page(body: bytes | str, *headers: str, status: str = "200 OK") -> Talk:
    """A proper answer; `headers` are whole lines."""
    data = body.encode() if isinstance(body, str) else body
    head = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(data)}", "Connection: close", "", ""]
    return lambda sock, _: sock.sendall("\r\n".join(head).encode("latin-1") + data)


def html(body: str, *headers: str) -> Talk:
    """A proper page in UTF-8."""
    return page(body, "Content-Type: text/html; charset=utf-8", *headers)


def redirect(location: str, *headers: str, status: str = "302 Found") -> Talk:
    """A redirect, the location as it is."""
    return page(b"", f"Location: {location}", *headers, status=status)


def raw(*parts: bytes) -> Talk:
    """These bytes, whatever they are."""
    return lambda sock, _: sock.sendall(b"".join(parts))


def _asked(sock: socket.socket) -> Asked:
    head = b""
    while b"\r\n\r\n" not in head:
        part = sock.recv(65_536)
        if not part:
            raise ConnectionError
        head += part
    head, _, body = head.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    left = int(headers.get("content-length", 0)) - len(body)
    while left > 0:
        left -= len(sock.recv(left)) or left
    method, path, *_ = first.split(" ")
    return Asked(method, headers.get("host", "").rpartition(":")[0], path, headers, time.time())


def listen(serve: Callable[[socket.socket], None], wrap: ssl.SSLContext | None = None) -> int:
    """Serve each connection in a thread of its own; returns the port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)

    def one(sock: socket.socket) -> None:
        try:
            serve(wrap.wrap_socket(sock, server_side=True) if wrap else sock)
        except OSError:
            sock.close()

    def accept() -> None:
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=one, args=(sock,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    port: int = listener.getsockname()[1]
    return port


def main() -> None:
    """Serve until standard input ends."""
    from cases import cases
    from content import content

    web = FakeWeb()
    ports = {"web": listen(web.serve), "forbidden": listen(web.touch)}
    folder = sys.argv[1]
    for kind in ("valid", "expired", "self-signed"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate(kind, folder))
        ports[kind] = listen(web.serve, context)
    web.talks.update(cases(ports["web"], ports["forbidden"]))
    web.talks.update(content(ports["web"], ports["forbidden"]))
    print(json.dumps(ports), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
