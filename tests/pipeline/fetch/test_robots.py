"""What robots.txt allows, and what its absence or failure means."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from web import Answer, Asked, Web

from extractors.records import Page
from pipeline.fetch import Client, FetchError, Refused, Request, Unreachable
from pipeline.fetch.robots import AGE, FAILED_AGE, Robots


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2025, 3, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def robots(client: Client, clock: Clock) -> Robots:
    return Robots(client.fetch, clock)


def allows(robots: Robots, url: str) -> bool:
    try:
        robots.permit(url)
    except Refused:
        return False
    return True


RULES = """
User-agent: *
Disallow: /

User-agent: GREENLIT
User-agent: Other
Crawl-delay: 2.5
Disallow: /private
Allow: /private/open
Disallow: /*.pdf$
Disallow: /*?print=
Disallow: /中文
"""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True),
        ("/private", False),
        ("/private/a", False),
        ("/private/open/a", True),
        ("/list/a.pdf", False),
        ("/list/a.pdf?x=1", True),
        ("/a?print=1", False),
        ("/%E4%B8%AD%E6%96%87/1", False),
    ],
)
def test_our_group_is_obeyed_with_wildcards_and_the_longest_rule(
    robots: Robots, web: Web, path: str, allowed: bool
) -> None:
    web.serve("/robots.txt", RULES)

    assert allows(robots, web.url + path) is allowed


def test_the_group_for_all_holds_where_none_names_us(robots: Robots, web: Web) -> None:
    web.serve("/robots.txt", "User-agent: Other\nDisallow:\n\nUser-agent: *\nDisallow: /a\n")

    assert [allows(robots, web.url + path) for path in ("/a", "/b")] == [False, True]


@pytest.mark.parametrize("line", ["2.5", "0", "soon", "-3", "inf", ""])
def test_the_crawl_delay_is_in_seconds_or_none(robots: Robots, web: Web, line: str) -> None:
    web.serve("/robots.txt", f"User-agent: *\nCrawl-delay: {line}\n")

    assert robots.permit(web.url + "/a") == (2.5 if line == "2.5" else 0.0)


def test_no_crawl_delay_is_longer_than_a_day(robots: Robots, web: Web) -> None:
    web.serve("/robots.txt", "User-agent: *\nCrawl-delay: 99999999999999999999\n")

    assert robots.permit(web.url + "/a") == 86_400


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_site_without_robots_allows_all(robots: Robots, web: Web, status: int) -> None:
    web.serve("/robots.txt", b"User-agent: *\nDisallow: /", status)

    assert allows(robots, web.url + "/a")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_site_in_trouble_allows_nothing(robots: Robots, web: Web, status: int) -> None:
    web.serve("/robots.txt", b"User-agent: *\nAllow: /", status)

    with pytest.raises(Refused, match=f"nothing is allowed .*status {status}"):
        robots.permit(web.url + "/a")


def test_an_unreachable_robots_allows_nothing(clock: Clock) -> None:
    def read(request: Request) -> object:
        raise Unreachable(request.url, "timed out")

    assert not allows(Robots(read, clock), "http://news.test/a")  # type: ignore[arg-type]


def test_a_reply_that_can_not_be_used_allows_nothing(robots: Robots, web: Web) -> None:
    web.serve("/robots.txt", b"User-agent: *\nAllow: /", headers={"Content-Encoding": "br"})

    assert not allows(robots, web.url + "/a")


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Not here.</body></html>", b"\x00\xff\xfe junk", b"Disallow: /", b"User-agent: *\n"]
)
def test_a_file_without_rules_allows_all(robots: Robots, web: Web, body: bytes) -> None:
    web.serve("/robots.txt", body)

    assert allows(robots, web.url + "/a")


@pytest.mark.parametrize("agent", ["Other{}", "*{}", "Greenlit{}", "Greenlit*{}", "*" * 9 + "{}"])
@pytest.mark.parametrize("spelling", ["User-agent: ", "useragent:", "User agent ", "USER  AGENT ", "\t User-Agent :"])
def test_many_names_for_many_rules_do_not_multiply(clock: Clock, agent: str, spelling: str) -> None:
    names = "".join(f"{spelling}{agent.format(n)}\n" for n in range(1_000))
    body = (names + "Disallow: /a\n" * 1_000).encode()
    page = Page("", "", 200, (), body, clock(), "")
    tracemalloc.start()
    try:
        Robots(lambda _: page, clock).permit("http://news.test/b")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "line", ["User-agent: Greenlit", "useragent: greenlit*", "User agent GREENLIT # us", "user-agent:*"]
)
def test_our_name_is_known_in_every_spelling(robots: Robots, web: Web, line: str) -> None:
    web.serve("/robots.txt", f"User-agent: Other\nDisallow: /b\n\n{line}\nUser-agent: More\nDisallow: /a\n")

    assert [allows(robots, web.url + path) for path in ("/a", "/b")] == [False, True]


@pytest.mark.parametrize("before", ["\ufeff", "", "# first\r\n\r\n"])
def test_marks_and_line_ends_do_not_hide_a_rule(robots: Robots, web: Web, before: str) -> None:
    web.serve("/robots.txt", f"{before}User-agent: *\r\nDisallow: /a # not this\r\n")

    assert [allows(robots, web.url + path) for path in ("/a", "/b")] == [False, True]


def test_only_the_first_500_kb_count_and_no_half_line_of_them(robots: Robots, web: Web) -> None:
    first = "User-agent: *\nDisallow: /early\n"
    filler = "# " + "x" * 61 + "\n"
    until_cut = (500 * 1024 - len(first)) // len(filler) * len(filler)
    padding = filler * (until_cut // len(filler))
    web.serve("/robots.txt", first + padding + "Disallow: /" + "l" * 90 + "\n" + filler * 9000 + "Disallow: /late\n")

    results = [allows(robots, web.url + path) for path in ("/early", "/late", "/" + "l" * 60)]

    assert results == [False, True, True]


def test_redirects_of_robots_are_followed(robots: Robots, web: Web) -> None:
    web.serve("/robots.txt", b"", 302, {"Location": "/real"})
    web.serve("/real", "User-agent: *\nDisallow: /a")

    assert not allows(robots, web.url + "/a")


def test_robots_may_not_lead_inside(make, internet, clock: Clock, web: Web) -> None:
    internet.name("news.test")
    web.serve("/robots.txt", b"", 302, {"Location": f"{web.url}/inside"})

    with pytest.raises(FetchError, match="private"):
        Robots(make().fetch, clock).permit(f"http://news.test:{web.port}/a")

    assert web.paths() == ["/robots.txt"]


def flipping(*answers: Answer) -> Callable[[Asked], Answer]:
    left = list(answers)
    return lambda _: left.pop(0)


@pytest.mark.parametrize(
    ("first", "age"),
    [(Answer(b"", 404), AGE), (Answer(b"User-agent: *\nAllow: /"), AGE), (Answer(b"", 500), FAILED_AGE)],
)
def test_a_reading_holds_for_its_time(robots: Robots, clock: Clock, web: Web, first: Answer, age: timedelta) -> None:
    web.serve("/robots.txt", flipping(first, Answer(b"User-agent: *\nDisallow: /a")))
    was = allows(robots, web.url + "/b")
    clock.now += age - timedelta(seconds=1)

    assert allows(robots, web.url + "/b") is was
    assert len(web.log) == 1
    clock.now += timedelta(seconds=1)
    assert [allows(robots, web.url + path) for path in ("/a", "/b")] == [False, True]
    assert len(web.log) == 2


def test_origins_have_their_own_rules(robots: Robots, web: Web) -> None:
    web.serve("/robots.txt", "User-agent: *\nDisallow: /")
    with Web() as other:
        assert allows(robots, other.url + "/a")
        assert not allows(robots, web.url + "/a")
