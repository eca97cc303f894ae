"""A small internet for these tests: names that a test sets, every connection led to loopback and written down."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import pytest
from web import Web

from config.settings import Settings
from pipeline.fetch import Client, Limits, make_client

NOW = datetime(2025, 3, 5, 8, 0, tzinfo=UTC)
PUBLIC = "93.184.216.34"


class Internet:
    """Resolves `names` (successive answers; the last one stays) and dials loopback whatever the address."""

    def __init__(self) -> None:
        self.names: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        self.dialed: list[str] = []

    def name(self, host: str, *answers: list[str]) -> None:
        self.names[host] = list(answers or [[PUBLIC]])

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host in self.names:
            answers = self.names[host]
            return answers.pop(0) if len(answers) > 1 else answers[0]
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return [str(entry[4][0]) for entry in found]

    def dial(self, address: str, port: int, seconds: float) -> socket.socket:
        self.dialed.append(address)
        return socket.create_connection(("127.0.0.1", port), seconds)


MakeClient = Callable[..., Client]


@pytest.fixture
def internet() -> Internet:
    return Internet()


@pytest.fixture
def make(internet: Internet) -> MakeClient:
    """A client on that internet; keyword arguments are settings, but for `limits` and `monotonic`."""

    def build(
        *, limits: Limits | None = None, monotonic: Callable[[], float] = time.monotonic, **settings: object
    ) -> Client:
        return make_client(
            Settings(**settings),  # type: ignore[arg-type]
            clock=lambda: NOW,
            resolve=internet.resolve,
            dial=internet.dial,
            limits=limits,
            monotonic=monotonic,
        )

    return build


@pytest.fixture
def client(make: MakeClient) -> Client:
    """A client that may fetch from loopback."""
    return make(allow_private_networks=True)


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        yield server
