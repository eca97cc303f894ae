"""F1 to F24: hostile and broken servers."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.fetch import BadReply, FetchError, Held, HttpStatus, Limits, Refused, Request, Unreachable
from pipeline.fetch.addresses import is_public
from pipeline.fetch.robots import Robots

CAP = Limits().decoded
PEAK = Path(__file__).parent / "peak.py"
SMALL = Limits(decoded=2_000_000, wire=2_200_000)
QUICK = Limits(seconds=0.3)


def cost(web, path: str) -> tuple[int, str]:
    """What fetching a path adds to a process's peak memory, in bytes, and how it ended."""
    command = [sys.executable, str(PEAK), *(web.url(p, "127.0.0.1") for p in ("/f02/small", path))]
    added, _, said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.partition(" ")
    return int(added), said.strip()


@pytest.mark.parametrize("form", ["one-header", "two-headers", "three"])
def test_f01_nested_gzip_bomb(web, form: str) -> None:
    """A few hundred bytes that hold 256 MB twice packed are refused unopened."""
    added, said = cost(web, f"/f01/{form}")
    assert "coded more than once" in said
    assert added <= CAP


@pytest.mark.parametrize(
    ("path", "ending"),
    [("bomb", "larger than|grows more than"), ("below-the-cap", "grows more than 200 times"), ("members", "100 gzip members"), ("fits", "10000000 bytes")],
)  # fmt: skip
def test_f02_gzip_bomb(web, path: str, ending: str) -> None:
    """Whatever a reply unpacks to, it costs at most three times the cap; the largest honest page passes."""
    added, said = cost(web, f"/f02/{path}")
    assert re.search(ending, said)
    assert added <= 3 * CAP


@pytest.mark.parametrize("coding", ["br", "zstd", "deflate", "utf-8"])
def test_f03_coding_that_was_not_asked_for(web, make_fetch, coding: str) -> None:
    with pytest.raises(BadReply, match="though only gzip was asked for"):
        make_fetch().fetch(Request(web.url(f"/f03/{coding}")))
    assert web.log()[0]["headers"]["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    "lie",
    [
        *("larger", "negative", "two", "no-number", "huge", "cut-chunks", "no-chunks", "odd-transfer", "no-colon"),
        *(f"endless-{what}" for what in ("chunks", "body", "headers", "one-header", "early-hints", "trailers")),
    ],
)
def test_f04_length_lies(web, make_fetch, lie: str) -> None:
    with pytest.raises(BadReply):
        make_fetch(limits=SMALL).fetch(Request(web.url(f"/f04/{lie}")))


def test_f04_nothing_behind_the_stated_length_is_read(web, make_fetch) -> None:
    assert make_fetch().fetch(Request(web.url("/f04/smaller"))).body == b"short"


@pytest.mark.parametrize("where", ["head", "headers", "body", "chunks"])
def test_f05_slow_drip(web, make_fetch, where: str) -> None:
    """A byte every 20 ms never trips a read timeout: the whole fetch has one deadline."""
    with pytest.raises(Unreachable, match=r"within 0\.3 seconds"):
        make_fetch(limits=QUICK).fetch(Request(web.url(f"/f05/{where}")))


INSIDE = ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "0.0.0.0", "127.0.0.1."]


@pytest.mark.parametrize("host", INSIDE)
def test_f10_private_address(web, make_fetch, internet, host: str) -> None:
    with pytest.raises(FetchError):
        make_fetch().fetch(Request(web.url("/", host, "forbidden")))
    assert internet.dialed == []


def test_f10_cloud_metadata(make_fetch, internet) -> None:
    with pytest.raises(Refused, match="private or reserved"):
        make_fetch().fetch(Request("http://169.254.169.254/latest/meta-data/"))
    assert internet.dialed == []


@pytest.mark.parametrize("path", ["/f11/0", "/f11/1", "/f11/2", "/f11/3"])
def test_f11_redirect_inside(web, make_fetch, internet, path: str) -> None:
    with pytest.raises(FetchError):
        make_fetch().fetch(Request(web.url(path)))
    assert web.paths() == [path]
    assert set(internet.dialed) == {"93.184.216.34"}


def test_f11_meta_refresh_is_not_followed(web, make_fetch) -> None:
    assert b"refresh" in make_fetch().fetch(Request(web.url("/f11/meta"))).body
    assert web.paths() == ["/f11/meta"]


def test_f12_dns_rebinding(web, make_fetch, internet) -> None:
    """The name is resolved once for each connection, and the checked address is the one connected to."""
    internet.name("rebind.test", ["93.184.216.34"], ["127.0.0.1"])
    client = make_fetch()
    assert client.fetch(Request(web.url("/f12/page", "rebind.test"))).body == b"a page"
    with pytest.raises(Refused):
        client.fetch(Request(web.url("/f12/page", "rebind.test")))
    assert internet.dialed == ["93.184.216.34"]


@pytest.mark.parametrize(
    "answers", [["93.184.216.34", "127.0.0.1"], ["10.0.0.1", "93.184.216.34"], ["93.184.216.34", "::1"]]
)
def test_f13_mixed_answers(web, make_fetch, internet, answers: list[str]) -> None:
    internet.name("mixed.test", answers)
    with pytest.raises(Refused):
        make_fetch().fetch(Request(web.url("/f12/page", "mixed.test")))
    assert internet.dialed == []


CLOTHED = ["64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "::ffff:127.0.0.1", "fec0::1", "192.0.0.8", "100.64.0.1"]


@pytest.mark.parametrize("address", CLOTHED)
def test_f14_address_in_disguise(web, make_fetch, internet, address: str) -> None:
    internet.name("clothed.test", [address])
    assert not is_public(address)
    with pytest.raises(Refused):
        make_fetch().fetch(Request(web.url("/", "clothed.test", "forbidden")))
    assert internet.dialed == []


@pytest.mark.parametrize(
    "authority",
    ["127.0.0.1:{}\\@news.test", "news.test\\@127.0.0.1:{}", "news.test@127.0.0.1:{}", "127.0.0.1:{}#@news.test", "127.0.0.1:{}/@news.test", "127。0。0。1:{}"],
)  # fmt: skip
def test_f15_parser_differential(web, make_fetch, internet, authority: str) -> None:
    """However an address is read, what was checked is what is connected to."""
    with pytest.raises(FetchError):
        make_fetch().fetch(Request(f"http://{authority.format(web.ports['forbidden'])}/"))
    with pytest.raises(FetchError):
        make_fetch().fetch(Request(web.url("/f15/redirect")))
    assert set(internet.dialed) <= {"93.184.216.34"}


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://news.test/", "gopher://news.test/", "source:file:///etc/passwd", "data:,x"]
)
def test_f16_other_schemes(make_fetch, internet, url: str) -> None:
    with pytest.raises(Refused, match="http and https"):
        make_fetch().fetch(Request(url))
    assert internet.dialed == []


@pytest.mark.parametrize("n", range(5))
def test_f16_redirect_to_another_scheme(web, make_fetch, n: int) -> None:
    with pytest.raises(Refused, match="http and https"):
        make_fetch().fetch(Request(web.url(f"/f16/{n}")))


def test_f18_nothing_of_one_site_reaches_another(web, make_fetch) -> None:
    """No cookie is kept, no credential sent, and another origin learns only the origin of the referring page."""
    client = make_fetch()
    for _ in range(2):
        client.fetch(Request(web.url("/f18/out"), referer=web.url("/f18/list?page=2")))
    assert [asked["path"] for asked in web.log()] == ["/f18/out", "/f18/in"] * 2
    for asked in web.log():
        assert not {"cookie", "authorization", "proxy-authorization"} & set(asked["headers"])
    assert web.log()[1]["headers"]["referer"] == web.url("/")


def test_f18_credentials_in_an_address_are_refused(web, make_fetch) -> None:
    with pytest.raises(Refused, match="user name") as caught:
        make_fetch().fetch(Request(web.url("/f18/in").replace("news.test", "user:secret@news.test")))
    assert "secret" not in str(caught.value)


PAUSES = {"seconds": 3600, "date": 3600, "garbage": 300, "negative": 300, "year-9999": 86_400}


@pytest.mark.parametrize(("form", "seconds"), PAUSES.items())
def test_f19_retry_after(web, start, clock, form: str, seconds: int) -> None:
    """Whatever its form, the host is left alone for that long (a day at most), also after a restart."""
    greenlit = start()
    source = greenlit.source("busy", f'kind = "feed"\nurl = "{web.url(f"/f19/{form}", f"{form}.test")}"')
    assert greenlit.round(source).reason == "http_status"
    asked = web.paths()
    greenlit.parts.close()
    clock.forward(seconds=seconds - 61)
    again = start()
    assert again.round(source).reason == "held"
    with pytest.raises(Held) as caught:
        again.parts.polite.fetch(Request(web.url("/other", f"{form}.test")))
    assert caught.value.until - clock() == timedelta(seconds=61)
    assert web.paths() == asked
    clock.forward(seconds=62)
    again.round(source)
    assert len(web.paths()) > len(asked)


@pytest.mark.parametrize(
    ("form", "etag"), [("quoted", '"v1"'), ("weak", 'W/"v1"'), ("bare", "unquoted"), ("latin", '"caf\xe9, b"')]
)
def test_f21_opaque_validators(web, make_fetch, form: str, etag: str) -> None:
    first = make_fetch().fetch(Request(web.url(f"/f21/{form}")))
    assert first.header("etag") == etag
    again = Request(first.url, etag=first.header("etag"), last_modified=first.header("last-modified"))
    page = make_fetch().fetch(again)
    assert (page.status, page.body) == (304, b"")


@pytest.mark.parametrize("poison", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "名"])
def test_f21_a_stored_validator_is_no_way_into_the_headers(web, make_fetch, poison: str) -> None:
    for request in (Request(web.url("/f21/weak"), etag=poison), Request(web.url("/f21/weak"), last_modified=poison)):
        with pytest.raises(Refused, match="can't be sent"):
            make_fetch().fetch(request)
    assert web.log() == []


@pytest.mark.parametrize(
    ("case", "allowed"),
    [
        *(("server-error", False), ("busy", False), ("hangs-up", False), ("too-large", False), ("inside", False)),
        *(("abroad", False), ("bom", False), ("html", True), ("missing", True), ("huge", True)),
    ],
)
def test_f22_robots(web, greenlit, case: str, allowed: bool) -> None:
    """RFC 9309: a file that can't be had allows nothing, one that is not there allows all, the first 500 kB count."""
    host = f"robots-{case}.test"
    if allowed:
        assert greenlit.parts.polite.fetch(Request(web.url("/f22/a", host))).body == b"a page"
    else:
        with pytest.raises(FetchError):
            greenlit.parts.polite.fetch(Request(web.url("/f22/a", host)))
        assert "/f22/a" not in web.paths(host)
    with nullcontext() if case in ("missing", "html") else pytest.raises(FetchError):
        greenlit.parts.polite.fetch(Request(web.url("/f22/no", host)))


def test_f22_robots_that_never_ends_allows_nothing(web, make_fetch, greenlit) -> None:
    robots = Robots(make_fetch(limits=QUICK).fetch, greenlit.parts.clock)
    with pytest.raises(Refused, match="nothing is allowed"):
        robots.permit(web.url("/f22/a", "robots-slow.test"))


@pytest.mark.parametrize(
    ("kind", "host"), [("expired", "secure.test"), ("self-signed", "secure.test"), ("valid", "other.test")]
)
def test_f23_bad_certificate(web, make_fetch, monkeypatch: pytest.MonkeyPatch, kind: str, host: str) -> None:
    """Refused for every source: there is no switch that turns the check off."""
    monkeypatch.setenv("SSL_CERT_FILE", str(web.folder / "trusted.pem"))
    with pytest.raises(Unreachable, match="certificate") as caught:
        make_fetch().fetch(Request(web.url("/f23/page", host, kind)))
    assert not caught.value.again
    assert web.log() == []


def test_f23_good_certificate(web, make_fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(web.folder / "trusted.pem"))
    assert make_fetch().fetch(Request(web.url("/f23/page", "secure.test", "valid"))).body == b"secure"
    assert make_fetch().fetch(Request(web.url("/f23/downgrade", "secure.test", "valid"), referer=web.url("/list", "secure.test", "valid"))).body == b"a page"  # fmt: skip
    assert "referer" not in web.log()[-1]["headers"]


@pytest.mark.parametrize("name", ["weixin", "cloudflare", "waf", "slider"])
def test_f24_challenge_with_status_200(web, greenlit, name: str) -> None:
    """Blocked, by that name, as a listing and as an article; never an empty success."""
    source = greenlit.source("list", f'kind = "html"\nitems = "a"\nurl = "{web.url(f"/f24/{name}")}"')
    counts = greenlit.round(source)
    assert (counts.status, counts.reason) == ("failed", "challenge")
    page = greenlit.parts.polite.fetch(Request(web.url(f"/f24/{name}")))
    with pytest.raises(Exception, match="blocked"):
        greenlit.parts.ingest.read_page(page, source)


def test_f24_an_error_status_is_no_page(web, greenlit) -> None:
    with pytest.raises(HttpStatus, match="404"):
        greenlit.parts.polite.fetch(Request(web.url("/f24/none")))
