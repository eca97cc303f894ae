"""Only the public internet is asked, at every hop, at the very address that was checked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web import Web, replying, wire

from pipeline.fetch import FetchError, Refused, Request
from pipeline.fetch.addresses import is_public, parse_url

PUBLIC = "93.184.216.34"
OUTSIDE = [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "2400:3200::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]
INSIDE = [
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254", "172.31.255.255"),
    *("192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7"),
    *("203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf::"),
    *("2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd12::1"),
    *("fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"),
]


@pytest.mark.parametrize("address", OUTSIDE)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", INSIDE)
def test_inner_addresses_are_not(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_in_ipv6_clothes_is_judged_as_itself(address: object) -> None:
    assert is_public(f"::ffff:{address}") == is_public(f"64:ff9b::{address}") == is_public(str(address))


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_with_an_inner_address_is_refused_before_any_connection(make, internet, address: str) -> None:
    internet.name("inner.test", [address])

    with pytest.raises(Refused, match="GREENLIT_PRIVATE_HOSTS"):
        make().fetch(Request("http://inner.test/"))

    assert internet.dialed == []


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001"),
        *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[64:ff9b::7f00:1]"),
        *("0", "0.0.0.0", "[::]", "LOCALHOST", "localhost.", "127.0.0.1."),
        *("[::1%25lo]", "[fe80::1%eth0]", "127%2e0.0.1", "１２７.0.0.1", "①②⑦.0.0.1", "127。0。0。1"),
        *("news.test\\@127.0.0.1", "127.0.0.1\\@news.test", "news.test@127.0.0.1", "news.test:80@127.0.0.1"),
        *("", " 127.0.0.1", "127.0.0.1 ", "127.0.0.1\t", "news.test\\", "127.0.0.1\r\n"),
    ],
)
def test_no_spelling_of_loopback_gets_a_connection(make, internet, host: str) -> None:
    internet.name("news.test")
    for name in ("localhost", "localhost.", "127.0.0.1."):
        internet.name(name, ["127.0.0.1"])
    with wire(replying()) as server:
        with pytest.raises(FetchError):
            make().fetch(Request(f"http://{host}:{server.port}/"))
        assert server.connections == 0
    assert internet.dialed == []


def test_a_host_that_rebinds_between_two_hops_is_refused(make, internet, web: Web) -> None:
    internet.name("rebind.test", [PUBLIC], ["127.0.0.1"])
    web.serve("/a", b"", 302, {"Location": "/b"})

    with pytest.raises(Refused):
        make().fetch(Request(f"http://rebind.test:{web.port}/a"))

    assert web.paths() == ["/a"]


@pytest.mark.parametrize(
    "url",
    [
        *(
            "file:///etc/passwd",
            "ftp://news.test/",
            "gopher://news.test/",
            "source:file:///etc/passwd",
            "data:text/html,x",
        ),
        *("javascript:alert(1)", "news.test/a", "//news.test/a", "/a", "", "http:news.test", "http:/news.test/"),
        *("http://user:secret@news.test/", "http://news.test:0/", "http://news.test:70000/", "http://news.test:-1/"),
        *("http://news.test/" + "a" * 9000, "http://[half/", "http://a..b\x00/", "http://a/\n"),
    ],
)
def test_only_plain_http_addresses_are_fetched(make, internet, url: str) -> None:
    with pytest.raises(Refused):
        make().fetch(Request(url))

    assert internet.asked == []


@given(st.text(st.characters(), max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"http://news.test/{text}"):
        try:
            parsed = parse_url(url)
        except Refused:
            continue
        assert parsed.scheme in ("http", "https")
        assert parse_url(str(parsed)) == parsed


def test_a_host_of_the_operator_may_be_private(make, internet, web: Web) -> None:
    web.serve("/feed", b"<rss/>")
    internet.name("rsshub.lan", ["192.168.1.5"])
    client = make(private_hosts=f"rsshub.lan:{web.port}")
    url = f"http://RSSHub.lan:{web.port}/feed"

    assert client.fetch(Request(url, operator=True)).body == b"<rss/>"
    with pytest.raises(Refused):
        client.fetch(Request(url))
    assert internet.dialed == ["192.168.1.5"]


def test_another_port_of_a_private_host_stays_forbidden(make, internet, web: Web) -> None:
    internet.name("rsshub.lan", ["192.168.1.5"])

    with pytest.raises(Refused):
        make(private_hosts=f"rsshub.lan:{web.port + 1}").fetch(
            Request(f"http://rsshub.lan:{web.port}/feed", operator=True)
        )

    assert internet.dialed == []


def test_no_redirect_reaches_a_private_host_of_the_operator(make, internet, web: Web) -> None:
    internet.name("news.test")
    internet.name("rsshub.lan", ["192.168.1.5"])
    private = f"http://rsshub.lan:{web.port}"
    client = make(private_hosts=f"rsshub.lan:{web.port}")
    web.serve("/a", b"", 302, {"Location": f"{private}/feed"})

    for start in (f"http://news.test:{web.port}/a", f"{private}/a"):
        with pytest.raises(Refused):
            client.fetch(Request(start, operator=True))

    assert web.paths() == ["/a", "/a"]
