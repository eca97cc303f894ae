"""Small web servers for tests, on real loopback sockets.

`Web` serves what a test registers and keeps a log; unknown paths are 404, so robots.txt is absent unless set:

    with Web() as web:
        web.serve("/list", b"<html>...", headers={"ETag": '"1"'})
        fetch(web.url + "/list")
        assert [asked.path for asked in web.log] == ["/list"]

`Wire` hands each accepted socket to a function, for servers that do not speak proper HTTP.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request that arrived; header names are in lower case, `path` has its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is sent back; Content-Length is added."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Asked], Answer]


class Web:
    """A web server in threads; use it in a `with`. Answers may be changed at any time."""

    def __init__(self) -> None:
        self.log: list[Asked] = []
        self._answers: dict[str, Answer | Handler] = {}
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def serve(
        self,
        path: str,
        answer: bytes | str | Handler = b"",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer `path` (with its query, or for any query) with bytes, text in UTF-8, or what a function returns."""
        if callable(answer):
            self._answers[path] = answer
        else:
            body = answer.encode() if isinstance(answer, str) else answer
            self._answers[path] = Answer(body, status, dict(headers or {}))

    def paths(self) -> list[str]:
        """The paths asked for so far, in order."""
        return [asked.path for asked in self.log]

    def answer(self, asked: Asked) -> Answer:
        """What the request gets; logs it."""
        self.log.append(asked)
        found = self._answers.get(asked.path) or self._answers.get(asked.path.partition("?")[0])
        if found is None:
            return Answer(b"no such page", 404)
        return found(asked) if callable(found) else found

    def __enter__(self) -> Web:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # the client may hang up, a test's answer may not fail
            super().handle_error(request, client_address)


def _handler_of(web: Web) -> type[BaseHTTPRequestHandler]:
    class Serve(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            answer = web.answer(Asked(self.command, self.path, headers, body))
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 304 and not {"content-length", "transfer-encoding"} & {
                n.lower() for n in answer.headers
            }:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    return Serve


class Wire:
    """A listener that gives each accepted socket to `talk` and counts them; `connections` is how many came."""

    def __init__(self, talk: Callable[[socket.socket], None]) -> None:
        self.connections = 0
        self.over = threading.Event()
        self._talk = talk
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def accept(self) -> None:
        """Serve until closed."""
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def close(self) -> None:
        """Stop listening, and tell talks that wait on `over`."""
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self, sock: socket.socket) -> None:
        with sock:
            try:
                self._talk(sock)
            except OSError:
                return  # the client hung up, as it should


@contextmanager
def wire(talk: Callable[[socket.socket], None]) -> Iterator[Wire]:
    """A `Wire` that listens for the time of a `with`."""
    server = Wire(talk)
    thread = threading.Thread(target=server.accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()


def request_of(sock: socket.socket) -> bytes:
    """The head of the request on a socket, up to its empty line."""
    head = b""
    while b"\r\n\r\n" not in head:
        part = sock.recv(4096)
        if not part:
            break
        head += part
    return head


def replying(*parts: bytes) -> Callable[[socket.socket], None]:
    """A talk for `wire`: read the request, send these bytes, hang up."""

    def talk(sock: socket.socket) -> None:
        request_of(sock)
        for part in parts:
            sock.sendall(part)

    return talk
