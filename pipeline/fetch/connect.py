"""One connection for one request: to the very address that was checked, within the time that is left.

httpx has no place for a resolver, so `Direct` is a transport of our own over httpcore. TLS names (SNI, certificate)
and the Host header stay those of the URL.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import httpcore
import httpx

from pipeline.fetch.limits import Deadline, Limits

Dial = Callable[[str, int, float], socket.socket]
"""(IP address, port, seconds) -> connected socket. Raises OSError."""

MAX_TRIED = 4
"""Addresses of one host that are tried; the rest would only eat the deadline."""


class TooLarge(Exception):
    """The reply is larger on the wire than allowed."""


def system_dial(address: str, port: int, seconds: float) -> socket.socket:
    """A TCP connection to an IP address."""
    return socket.create_connection((address, port), timeout=seconds)


class Direct(httpx.BaseTransport):
    """Sends one request over one new connection; `route` gives the checked addresses of a host and port."""

    def __init__(
        self,
        route: Callable[[str, int], Sequence[str]],
        dial: Dial,
        tls: ssl.SSLContext,
        deadline: Deadline,
        limits: Limits,
    ) -> None:
        self._backend = _Backend(route, dial, deadline, limits)
        self._tls = tls

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The reply with its body still to be read."""
        target = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        connection = httpcore.HTTPConnection(target.origin, ssl_context=self._tls, network_backend=self._backend)
        asked = httpcore.Request(request.method, target, headers=request.headers.raw, content=request.read())
        reply = connection.handle_request(asked)
        assert isinstance(reply.stream, Iterable)
        return httpx.Response(reply.status, headers=reply.headers, stream=_Body(reply.stream, connection))


class _Body(httpx.SyncByteStream):
    def __init__(self, chunks: Iterable[bytes], connection: httpcore.HTTPConnection) -> None:
        self._chunks = chunks
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks

    def close(self) -> None:
        self._connection.close()


class _Backend(httpcore.NetworkBackend):
    def __init__(
        self, route: Callable[[str, int], Sequence[str]], dial: Dial, deadline: Deadline, limits: Limits
    ) -> None:
        self._route = route
        self._dial = dial
        self._deadline = deadline
        self._limits = limits

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
        failure: OSError = OSError("the name has no address")
        for address in self._route(host, port)[:MAX_TRIED]:
            try:
                sock = self._dial(address, port, min(self._limits.connect_seconds, self._deadline.left()))
            except OSError as error:
                self._deadline.left()
                failure = error
            else:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return _Stream(sock, self._deadline, self._limits.wire)
        raise ConnectionError(str(failure) or "no connection") from failure


class _Stream(httpcore.NetworkStream):
    """A socket whose every step gets the time that is left, and that reads `wire` bytes at most."""

    def __init__(self, sock: socket.socket, deadline: Deadline, wire: int) -> None:
        self._sock = sock
        self._deadline = deadline
        self._wire = wire
        self._read = 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._sock.settimeout(self._deadline.left())
        data = self._sock.recv(max_bytes)
        if not data and not self._read:
            raise ConnectionError("it closed the connection without an answer")
        self._read += len(data)
        if self._read > self._wire:
            raise TooLarge
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            while buffer:
                self._sock.settimeout(self._deadline.left())
                buffer = buffer[self._sock.send(buffer) :]
        except TimeoutError:
            raise
        except OSError as error:  # httpcore then looks for an early reply
            raise httpcore.WriteError(str(error)) from error

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            self._sock.settimeout(self._deadline.left())
            wrapped = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname)
        except BaseException:
            self.close()
            raise
        return _Stream(wrapped, self._deadline, self._wire)

    def close(self) -> None:
        self._sock.close()
