"""Manners: pauses, queues, few tries, and pauses that survive a restart. Time here passes only in `Time.sleep`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from web import Answer, Asked, Web, replying, wire

from config.settings import Settings
from pipeline.fetch import (
    BadReply,
    Client,
    FetchError,
    Held,
    HttpStatus,
    Polite,
    Refused,
    Request,
    Stopped,
    Unreachable,
    make_client,
)

START = datetime(2025, 3, 5, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.passed += seconds

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed


class Store:
    """Pauses of hosts, as a database would keep them."""

    def __init__(self) -> None:
        self.held: dict[str, datetime] = {}

    def not_before(self, host: str) -> datetime | None:
        return self.held.get(host)

    def hold(self, host: str, until: datetime) -> None:
        self.held[host] = until


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def start(client: Client, store: Store, time: Time) -> Callable[..., Polite]:
    """Starts Greenlit's fetching, as after a restart; what the store holds stays."""

    def build(**options: object) -> Polite:
        return Polite(
            client,
            store,
            clock=time.clock,
            monotonic=time.monotonic,
            sleep=time.sleep,
            chance=lambda: 0.5,
            **options,  # type: ignore[arg-type]
        )

    return build


@pytest.fixture
def polite(start: Callable[..., Polite], web: Web) -> Polite:
    web.serve("/a", b"a page")
    return start()


def failing(*statuses: int, headers: dict[str, str] | None = None) -> Callable[[Asked], Answer]:
    """Answers with each status once, then with a page."""
    left = list(statuses)

    def answer(_: Asked) -> Answer:
        return Answer(b"", left.pop(0), headers or {}) if left else Answer(b"a page")

    return answer


@pytest.mark.parametrize(("spacing", "crawl_delay", "pause"), [(1, 0, 1), (0, 0, 1), (3, 0, 3), (3, 7, 7), (3, 2, 3)])
def test_the_longest_spacing_counts(
    polite: Polite, web: Web, time: Time, spacing: float, crawl_delay: float, pause: float
) -> None:
    web.serve("/robots.txt", f"User-agent: *\nCrawl-delay: {crawl_delay}")

    for _ in range(3):
        polite.fetch(Request(f"{web.url}/a"), spacing=spacing)

    assert time.slept == [pause, pause, pause]
    assert web.paths() == ["/robots.txt", "/a", "/a", "/a"]


def test_the_demo_needs_no_pause(start, web: Web, time: Time) -> None:
    web.serve("/a", b"a page")
    polite = start(floor=0.0)

    for _ in range(3):
        polite.fetch(Request(f"{web.url}/a"), spacing=0.0)

    assert time.slept == []


def test_time_that_has_passed_is_not_waited_again(polite: Polite, web: Web, time: Time) -> None:
    polite.fetch(Request(f"{web.url}/a"))
    time.slept.clear()
    time.passed += 0.75
    polite.fetch(Request(f"{web.url}/a"))
    time.passed += 5
    polite.fetch(Request(f"{web.url}/a"))

    assert time.slept == [0.25]


def test_the_pause_begins_when_a_failed_request_ends(polite: Polite, web: Web, time: Time) -> None:
    for _ in range(2):
        with pytest.raises(HttpStatus):
            polite.fetch(Request(f"{web.url}/gone"))

    assert time.slept == [1, 1]


def test_robots_is_asked_first_and_obeyed(polite: Polite, web: Web) -> None:
    web.serve("/robots.txt", "User-agent: *\nDisallow: /a")

    with pytest.raises(Refused, match=r"robots\.txt does not allow"):
        polite.fetch(Request(f"{web.url}/a"))

    assert web.paths() == ["/robots.txt"]


def test_every_hop_of_a_redirect_has_manners(polite: Polite, web: Web, time: Time) -> None:
    with Web() as other:
        other.serve("/robots.txt", "User-agent: *\nDisallow: /no")
        other.serve("/yes", b"a page")
        for name in ("yes", "no"):
            web.serve(f"/to-{name}", b"", 302, {"Location": f"{other.url}/{name}"})

        assert polite.fetch(Request(f"{web.url}/to-yes")).body == b"a page"
        with pytest.raises(Refused):
            polite.fetch(Request(f"{web.url}/to-no"))

        assert other.paths() == ["/robots.txt", "/yes"]
    assert len(time.slept) == 4, "both servers are one host: every request but the first waits"


def test_one_request_at_a_time_for_each_host(start, web: Web) -> None:
    inside = threading.Semaphore(1)
    crowded: list[bool] = []

    def answer(_: Asked) -> Answer:
        alone = inside.acquire(blocking=False)
        crowded.append(not alone)
        threading.Event().wait(0.02)
        if alone:
            inside.release()
        return Answer(b"a page")

    web.serve("/a", answer)
    polite = start(floor=0.0)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: polite.fetch(Request(f"{web.url}/a?{n}"), spacing=0.0), range(8)))

    assert crowded == [False] * 8
    assert web.paths().count("/robots.txt") == 1


def test_hosts_do_not_wait_for_each_other(make, internet, store: Store, time: Time, web: Web) -> None:
    internet.name("slow.test")
    internet.name("fast.test")
    fast_came = threading.Event()
    web.serve("/slow", lambda _: Answer(b"met" if fast_came.wait(20) else b"alone"))
    web.serve("/fast", lambda _: (fast_came.set(), Answer(b"a page"))[1])
    polite = Polite(make(), store, clock=time.clock, monotonic=time.monotonic, sleep=time.sleep)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(polite.fetch, Request(f"http://slow.test:{web.port}/slow"))
        polite.fetch(Request(f"http://fast.test:{web.port}/fast"))
        assert slow.result().body == b"met"


def test_a_short_hold_is_waited_for(polite: Polite, web: Web, store: Store, time: Time) -> None:
    store.hold("127.0.0.1", START + 30 * SECOND)

    polite.fetch(Request(f"{web.url}/a"))

    assert time.slept[0] == 30


def test_a_crawl_delay_beyond_patience_is_held_also_after_a_restart(start, web: Web, time: Time) -> None:
    """The first page is waited for as long as we have patience, or robots.txt alone would hold it off for ever."""
    web.serve("/robots.txt", "User-agent: *\nCrawl-delay: 7200")
    web.serve("/a", b"a page")
    polite = start()

    assert polite.fetch(Request(f"{web.url}/a")).body == b"a page"
    for again in (polite, start()):
        with pytest.raises(Held) as caught:
            again.fetch(Request(f"{web.url}/a"))
        assert caught.value.until == START + timedelta(seconds=60 + 7200)

    assert time.slept == [60]
    time.passed += 7200
    assert start().fetch(Request(f"{web.url}/a")).body == b"a page"


def test_the_longer_of_crawl_delay_and_retry_after_is_kept(polite: Polite, web: Web, store: Store, time: Time) -> None:
    web.serve("/robots.txt", "User-agent: *\nCrawl-delay: 120")
    web.serve("/busy", b"", 503, {"Retry-After": "7200"})

    with pytest.raises(HttpStatus):
        polite.fetch(Request(f"{web.url}/busy"))

    assert store.held["127.0.0.1"] == START + timedelta(seconds=60 + 7200)


@pytest.mark.parametrize(("failures", "waits"), [((502,), [2]), ((503, 502), [2, 8])])
def test_passing_trouble_is_tried_again_with_growing_pauses(
    polite: Polite, web: Web, time: Time, failures: tuple[int, ...], waits: list[float]
) -> None:
    web.serve("/a", failing(*failures))

    assert polite.fetch(Request(f"{web.url}/a")).body == b"a page"
    assert [pause for pause in time.slept if pause != 1] == waits


def test_three_tries_are_all(polite: Polite, web: Web) -> None:
    web.serve("/a", failing(503, 503, 503, 503))

    with pytest.raises(HttpStatus):
        polite.fetch(Request(f"{web.url}/a"))

    assert web.paths().count("/a") == 3


def test_a_short_retry_after_is_kept_between_tries(polite: Polite, web: Web, time: Time) -> None:
    web.serve("/a", failing(503, headers={"Retry-After": "20"}))

    assert polite.fetch(Request(f"{web.url}/a")).body == b"a page"
    assert time.slept == [1, 2, 18]


@pytest.mark.parametrize("status", [400, 404, 429, 500])
def test_lasting_trouble_is_not_tried_again(polite: Polite, web: Web, status: int) -> None:
    web.serve("/a", failing(status))

    with pytest.raises(HttpStatus):
        polite.fetch(Request(f"{web.url}/a"))

    assert web.paths().count("/a") == 1


def test_posts_are_never_repeated(polite: Polite, web: Web) -> None:
    web.serve("/a", failing(503))

    with pytest.raises(HttpStatus):
        polite.fetch(Request(f"{web.url}/a", method="POST", body=b"x"))

    assert web.paths().count("/a") == 1


def test_a_dropped_connection_is_tried_again(start) -> None:
    with wire(replying(b"")) as server, pytest.raises(Refused, match="nothing is allowed"):
        start().fetch(Request(server.url))
    assert server.connections == 3


def test_the_wait_between_tries_varies_by_half(client: Client, store: Store, web: Web) -> None:
    pauses = []
    for chance in (0.0, 1.0):
        time = Time()
        web.serve("/a", failing(502))
        Polite(
            client,
            store,
            clock=time.clock,
            monotonic=time.monotonic,
            sleep=time.sleep,
            chance=lambda chance=chance: chance,
            floor=0.0,
        ).fetch(Request(f"{web.url}/a"), spacing=0.0)
        pauses.append(time.slept)

    assert pauses == [[1.0], [3.0]]


def test_waiting_for_a_turn_does_not_use_up_the_deadline(store: Store, time: Time, web: Web) -> None:
    web.serve("/a", b"", 302, {"Location": "/b"})
    web.serve("/b", b"a page")
    web.serve("/robots.txt", "User-agent: *\nCrawl-delay: 40")
    client = make_client(Settings(allow_private_networks=True), clock=time.clock, monotonic=time.monotonic)
    polite = Polite(client, store, clock=time.clock, monotonic=time.monotonic, sleep=time.sleep)

    assert polite.fetch(Request(f"{web.url}/a")).body == b"a page"
    assert time.slept == [40, 40]


def test_a_pause_that_is_cut_short_asks_nothing_more(client: Client, store: Store, web: Web) -> None:
    """Nor is it booked as a pause that the host wants."""
    web.serve("/a", failing(503, headers={"Retry-After": "20"}))
    stopping = threading.Event()
    stopping.set()
    polite = Polite(client, store, clock=lambda: START, sleep=stopping.wait, floor=0.0)

    for _ in range(2):
        with pytest.raises(Stopped, match="being stopped"):
            polite.fetch(Request(f"{web.url}/a"), spacing=0.0)

    assert web.paths() == ["/robots.txt", "/a"]


def test_nothing_is_asked_once_stopped_not_even_robots(start: Callable[..., Polite], store: Store, web: Web) -> None:
    web.serve("/a", b"a page")
    store.hold("127.0.0.1", START + timedelta(days=1))
    polite = start(stopped=lambda: True)

    with pytest.raises(Stopped):
        polite.fetch(Request(f"{web.url}/a"))

    assert web.paths() == []


@pytest.mark.parametrize("asked", [0, 1, 2])
def test_a_stop_at_any_point_ends_it_before_the_next_request(
    start: Callable[..., Polite], web: Web, asked: int
) -> None:
    """A redirect after robots.txt: three requests, each after a pause that nobody cuts short."""
    web.serve("/b", b"a page")
    web.serve("/a", Answer(b"", 302, {"Location": "/b"}))
    polite = start(stopped=lambda: len(web.paths()) == asked)

    with pytest.raises(Stopped):
        polite.fetch(Request(f"{web.url}/a"))

    assert web.paths() == ["/robots.txt", "/a"][:asked]


def test_a_stop_during_robots_is_no_reading_of_it(start: Callable[..., Polite], web: Web) -> None:
    web.serve("/a", b"a page")
    stopped = [True, False]
    polite = start(stopped=lambda: stopped[0])
    with pytest.raises(Stopped):
        polite.fetch(Request(f"{web.url}/a"))
    stopped.pop(0)

    assert polite.fetch(Request(f"{web.url}/a")).body == b"a page"


@pytest.mark.parametrize("error", [Refused, Unreachable, BadReply, HttpStatus, Held, Stopped])
def test_every_error_is_a_fetch_error(error: type[Exception]) -> None:
    assert issubclass(error, FetchError)
