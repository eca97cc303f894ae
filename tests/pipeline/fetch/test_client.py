"""What a well-behaved site sees and what a page holds."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from web import Web, replying, wire

from pipeline.fetch import BadReply, Client, FetchError, HttpStatus, Refused, Request, Unreachable

TEXT = "第一批算法备案清单已公布。".encode()


def test_a_page_holds_what_came(client: Client, web: Web) -> None:
    web.serve("/list", TEXT, headers={"ETag": '"v1"', "X-Two": "b"})

    page = client.fetch(Request(f"{web.url}/list"))

    assert (page.status, page.body, page.sha256) == (200, TEXT, sha256(TEXT).hexdigest())
    assert (page.url, page.final_url) == (f"{web.url}/list", f"{web.url}/list")
    assert page.header("etag") == '"v1"'
    assert page.fetched_at == datetime(2025, 3, 5, 8, 0, tzinfo=UTC)


def test_requests_say_who_asks_and_want_gzip_only(client: Client, web: Web) -> None:
    web.serve("/a", TEXT)

    client.fetch(Request(f"{web.url}/a?q=1", accept="text/html"))

    (asked,) = web.log
    assert asked.path == "/a?q=1"
    assert asked.headers["user-agent"].startswith("Greenlit/")
    assert asked.headers["user-agent"].endswith(" (+https://example.invalid/greenlit)")
    assert asked.headers["accept-encoding"] == "gzip"
    assert asked.headers["accept"] == "text/html"
    assert asked.headers["host"] == f"127.0.0.1:{web.port}"
    assert not {"cookie", "authorization", "referer", "if-none-match", "content-type"} & set(asked.headers)


@pytest.mark.parametrize(
    "packed", [gzip.compress(TEXT), gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:])], ids=["whole", "in two members"]
)
@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", "identity, gzip"])
@pytest.mark.parametrize("after", [b"", b"\0\0\0"])
def test_gzip_is_unpacked(client: Client, web: Web, packed: bytes, coding: str, after: bytes) -> None:
    web.serve("/a", packed + after, headers={"Content-Encoding": coding})

    assert client.fetch(Request(f"{web.url}/a")).body == TEXT


def test_gzip_is_unpacked_whatever_the_chunks(client: Client) -> None:
    packed = gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:])
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in packed)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    with wire(replying(head, chunks, b"0\r\n\r\n")) as server:
        assert client.fetch(Request(server.url)).body == TEXT


@pytest.mark.parametrize("field", ["accept", "content_type"])
@pytest.mark.parametrize("poison", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "名"])
def test_what_no_header_can_hold_is_never_sent(client: Client, web: Web, field: str, poison: str) -> None:
    with pytest.raises(Refused, match="can't be sent"):
        client.fetch(Request(f"{web.url}/a", method="POST", body=b"", **{field: poison}))  # type: ignore[arg-type]

    assert web.log == []


def test_not_modified_without_a_question_is_no_answer(client: Client, web: Web) -> None:
    web.serve("/a", b"", 304)

    with pytest.raises(BadReply, match="304"):
        client.fetch(Request(f"{web.url}/a"))


def test_post_sends_its_body(client: Client, web: Web) -> None:
    web.serve("/search", TEXT)

    client.fetch(Request(f"{web.url}/search", method="POST", body=b"page=2"))

    (asked,) = web.log
    assert (asked.method, asked.body) == ("POST", b"page=2")
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_redirected_posts_become_gets_where_the_status_says_so(
    client: Client, web: Web, status: int, method: str
) -> None:
    web.serve("/old", b"", status, {"Location": "/new"})
    web.serve("/new", TEXT)

    page = client.fetch(Request(f"{web.url}/old", method="POST", body=b"page=2"))

    asked = web.log[-1]
    assert (asked.path, asked.method, asked.body) == ("/new", method, b"page=2" if method == "POST" else b"")
    assert (page.url, page.final_url) == (f"{web.url}/old", f"{web.url}/new")


@pytest.mark.parametrize(
    ("location", "path"),
    [
        (b"new?a=1#part", "/dir/new?a=1"),
        (b"/new page", "/new%20page"),
        ("/通知".encode(), "/%E9%80%9A%E7%9F%A5"),
        ("/通知".encode("gbk"), "/%CD%A8%D6%AA"),
        (b"/%e9%80", "/%e9%80"),
    ],
)
def test_redirects_are_followed_as_browsers_do(client: Client, web: Web, location: bytes, path: str) -> None:
    web.serve(path, TEXT)
    where = location if not location.startswith(b"/") else web.url.encode() + location
    if not location.startswith(b"/"):
        where = f"{web.url}/dir/".encode() + location
    with wire(replying(b"HTTP/1.1 302 Found\r\nLocation: " + where + b"\r\n\r\n")) as server:
        page = client.fetch(Request(server.url))

    assert page.body == TEXT
    assert web.paths() == [path]
    assert page.final_url == web.url + path


def test_relative_redirects_start_from_the_page(client: Client, web: Web) -> None:
    web.serve("/dir/old", b"", 302, {"Location": "../new"})
    web.serve("/new", TEXT)

    assert client.fetch(Request(f"{web.url}/dir/old")).final_url == f"{web.url}/new"


@pytest.mark.parametrize(("hops", "arrives"), [(5, True), (6, False)])
def test_five_redirects_are_followed_and_no_more(client: Client, web: Web, hops: int, arrives: bool) -> None:
    for hop in range(hops):
        web.serve(f"/{hop}", b"", 302, {"Location": f"/{hop + 1}"})
    web.serve(f"/{hops}", TEXT)

    if arrives:
        assert client.fetch(Request(f"{web.url}/0")).body == TEXT
    else:
        with pytest.raises(BadReply, match="redirects more than 5 times"):
            client.fetch(Request(f"{web.url}/0"))
        assert len(web.log) == 6


def test_a_redirect_loop_ends(client: Client, web: Web) -> None:
    web.serve("/a", b"", 302, {"Location": "/a"})

    with pytest.raises(BadReply, match="redirects"):
        client.fetch(Request(f"{web.url}/a"))


@pytest.mark.parametrize("location", ["http://[half", "http://h:port/", "http://\x7f/"])
def test_a_redirect_to_nonsense_is_an_error_of_ours(client: Client, web: Web, location: str) -> None:
    web.serve("/a", b"", 302, {"Location": location})

    with pytest.raises(FetchError):
        client.fetch(Request(f"{web.url}/a"))


def test_the_referer_is_whole_at_home_and_only_the_origin_abroad(make, internet, web: Web) -> None:
    internet.name("news.test")
    internet.name("other.test")
    home, other = f"http://news.test:{web.port}", f"http://other.test:{web.port}"
    web.serve("/a", b"", 302, {"Location": f"{other}/b"})
    web.serve("/b", TEXT)

    make().fetch(Request(f"{home}/a", referer=f"{home}/list?page=2#top"))

    assert [asked.headers["referer"] for asked in web.log] == [f"{home}/list?page=2", f"{home}/"]


def test_no_referer_names_a_private_host_or_crosses_from_https_to_http(make, internet, web: Web) -> None:
    internet.name("news.test")
    web.serve("/a", TEXT)
    client = make(private_hosts="rsshub.lan:1200")

    for referer in ("http://rsshub.lan:1200/feed", "https://news.test/list"):
        client.fetch(Request(f"http://news.test:{web.port}/a", referer=referer))

    assert all("referer" not in asked.headers for asked in web.log)


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429, 500, 503])
def test_error_statuses_are_errors_that_say_what_to_do(client: Client, web: Web, status: int) -> None:
    web.serve("/a", b"sorry", status, {"Retry-After": "120"})

    with pytest.raises(HttpStatus) as caught:
        client.fetch(Request(f"{web.url}/a"))

    assert (caught.value.status, caught.value.retry_after) == (status, timedelta(minutes=2))
    assert str(caught.value).startswith(f"{web.url}/a: answered with status {status}; ")


def test_a_closed_port_is_unreachable_and_worth_another_try(client: Client) -> None:
    with wire(replying()) as server:
        url = server.url

    with pytest.raises(Unreachable) as caught:
        client.fetch(Request(url))

    assert caught.value.again
    assert "\n" not in str(caught.value)


def test_a_name_without_address_is_unreachable_and_not_worth_another_try(client: Client) -> None:
    with pytest.raises(Unreachable) as caught:
        client.fetch(Request("http://no-such-name.invalid/"))

    assert not caught.value.again


def test_the_next_address_of_a_host_is_tried(make, internet, web: Web) -> None:
    web.serve("/a", TEXT)
    internet.name("news.test", ["93.184.216.34", "93.184.216.35"])
    dial = internet.dial

    def first_is_dead(address: str, port: int, seconds: float):  # type: ignore[no-untyped-def]
        sock = dial(address, port, seconds)
        if address.endswith("34"):
            sock.close()
            raise ConnectionRefusedError
        return sock

    internet.dial = first_is_dead

    assert make().fetch(Request(f"http://news.test:{web.port}/a")).body == TEXT
    assert internet.dialed == ["93.184.216.34", "93.184.216.35"]


def test_proxies_of_the_environment_are_not_used(client: Client, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.serve("/a", TEXT)
    with wire(replying()) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert client.fetch(Request(f"{web.url}/a")).body == TEXT
        assert proxy.connections == 0


def test_messages_are_one_short_line_even_for_hostile_addresses(client: Client) -> None:
    with pytest.raises(Refused) as caught:
        client.fetch(Request("http://h/\r\nINFO all is well" + "x" * 9000))

    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 500
