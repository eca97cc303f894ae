"""The fake web, started once for all these tests, and a Greenlit that sees it as the internet.

Names ending in .test have a public address, which leads to the fake web; a private address is dialled as it is, so
that its listener counts whoever comes.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from config.source import Source, load_sources
from pipeline.assembly import Assembly
from pipeline.fetch import Client, Limits, Polite, make_client
from storage.frontier import StoredHostTimes
from storage.runs import Counts

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
PUBLIC = "93.184.216.34"
SERVER = Path(__file__).parent / "server.py"
FEED = """
id = "{id}"
name = "{id}"
kind = "media"
language = "zh"
interval = "30m"
[listing]
{listing}
[article]
body = ["#body"]
published = ["time"]
[expect]
rejected = 1.0
[politeness]
spacing = 0
"""


@dataclass
class Web:
    """The running fake web."""

    ports: dict[str, int]
    folder: Path
    begun: int = 0

    def url(self, path: str, host: str = "news.test", port: str = "web") -> str:
        """The address of a path under a name."""
        scheme = "http" if port in ("web", "forbidden") else "https"
        return f"{scheme}://{host}:{self.ports[port]}{path}"

    def log(self) -> list[dict[str, Any]]:
        """What was asked since this test began."""
        return list(self._ask("/_log"))[self.begun :]

    def paths(self, host: str = "") -> list[str]:
        """The paths asked for since this test began, of one host or of all."""
        return [asked["path"] for asked in self.log() if not host or asked["host"] == host]

    def touched(self) -> int:
        """How many connections came to the port that nobody may reach, ever."""
        return int(self._ask("/_touched"))

    def _ask(self, path: str) -> Any:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.ports['web']}{path}", timeout=20) as reply:
            return json.load(reply)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("fakeweb")
    command = [sys.executable, str(SERVER), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdin
        yield Web(json.loads(process.stdout.readline()), folder)
        process.stdin.close()
        process.kill()


@pytest.fixture
def web(running: Web) -> Iterator[Web]:
    """The fake web. Whatever a test does, nobody may have come to the forbidden port."""
    running.begun = 0
    running.begun = len(running.log())
    yield running
    assert running.touched() == 0


@dataclass
class Internet:
    """Names and where they lead; successive answers for one name, the last of which stays."""

    names: dict[str, list[list[str]]] = field(default_factory=dict)
    dialed: list[str] = field(default_factory=list)

    def name(self, host: str, *answers: list[str]) -> None:
        self.names[host] = list(answers)

    def resolve(self, host: str, port: int) -> Sequence[str]:
        answers = self.names.get(host)
        if answers:
            return answers.pop(0) if len(answers) > 1 else answers[0]
        if host.endswith(".test"):
            return [PUBLIC]
        return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]

    def dial(self, address: str, port: int, seconds: float) -> socket.socket:
        self.dialed.append(address)
        return socket.create_connection(("127.0.0.1" if address == PUBLIC else address, port), seconds)


@pytest.fixture
def internet() -> Internet:
    return Internet()


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


MakeClient = Callable[..., Client]


@pytest.fixture
def make_fetch(internet: Internet, clock: Clock) -> MakeClient:
    """A client on that internet; keyword arguments are settings, but for `limits`."""

    def build(*, limits: Limits | None = None, **settings: Any) -> Client:
        return make_client(
            Settings(**settings), clock=clock, resolve=internet.resolve, dial=internet.dial, limits=limits
        )

    return build


@dataclass
class Greenlit:
    """A whole Greenlit on the fake internet, and rounds over sources written on the spot."""

    parts: Assembly
    folder: Path

    def source(self, id: str, listing: str) -> Source:
        """A source with these lines as its [listing]."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / f"{id}.toml").write_text(FEED.format(id=id, listing=listing), encoding="utf-8")
        files = load_sources([self.folder])
        assert not files.problems, files.problems
        return files.sources[id]

    def feed(self, web: Web, case: str) -> Source:
        """The source of a case's own outlet."""
        return self.source(case, f'kind = "feed"\nurl = "{web.url(f"/{case}/feed.xml")}"')

    def round(self, source: Source, **options: Any) -> Counts:
        """One round, its finds announced as news."""
        (counts,) = self.parts.watch(announce=True).round([source], **options)
        return counts


@pytest.fixture
def start(tmp_path: Path, internet: Internet, clock: Clock) -> Iterator[Callable[[], Greenlit]]:
    """Starts Greenlit on one data folder; started again, it is as after a restart."""
    made: list[Assembly] = []

    def build() -> Greenlit:
        settings = Settings(data_dir=tmp_path / "data")
        parts = Assembly(settings, clock=clock, floor=0.0)
        client = make_client(settings, clock=clock, resolve=internet.resolve, dial=internet.dial)
        parts.polite = Polite(
            client, StoredHostTimes(parts.database), clock=clock, floor=0.0, chance=lambda: 0.0, sleep=lambda _: False
        )
        made.append(parts)
        return Greenlit(parts, tmp_path / "sources")

    yield build
    for parts in made:
        parts.close()


@pytest.fixture
def greenlit(start: Callable[[], Greenlit]) -> Greenlit:
    return start()
