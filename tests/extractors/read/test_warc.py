"""WARC files: every layout, every kind of damage; the places from which a reading can go on; pages in all their forms."""

from __future__ import annotations

import gzip
import io
import zlib
from datetime import UTC, datetime
from random import Random

import pytest
from newsweb import member

from extractors.read.guard import UnreadablePage
from extractors.read.members import Damage
from extractors.read.reply import NoPage, page_of
from extractors.read.warc import Archive, Capture, Mark

NOON = datetime(2026, 3, 10, 4, tzinfo=UTC)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
BODIES = [HEAD + Random(number).randbytes(30_000).hex().encode() for number in range(6)]
MEMBERS = [member(b"response", f"https://a{n}.example/{n}".encode(), body) for n, body in enumerate(BODIES)]
STARTS = [sum(map(len, MEMBERS[:n])) for n in range(6)]


def plain(at: int, length: int | None = None) -> bytes:
    """A record without gzip; its length may lie."""
    record = zlib.decompress(MEMBERS[at], 31)
    said = str(length if length is not None else len(BODIES[at])).encode()
    return record.replace(b"Content-Length: " + str(len(BODIES[at])).encode(), b"Content-Length: " + said)


@pytest.fixture
def read(tmp_path):
    """What an archive of these bytes gives: numbers of whole pages, and the places of damage."""

    def reading(data: bytes, place: int = 0, wanted=None, may_matter=lambda raw: True):
        path = tmp_path / "a.warc"
        path.write_bytes(data)
        read.archive = Archive(path, may_matter, wanted)
        found = list(read.archive.captures(place))
        whole = [int(one.url[-1]) for one in found if isinstance(one, Capture) and one.raw in BODIES]
        return whole, [one.start for one in found if isinstance(one, Damage)]

    read = reading
    return reading


LAYOUTS = {
    "a member for each record": b"".join(MEMBERS),
    "plain": b"".join(map(plain, range(6))),
    "one gzip stream": gzip.compress(b"".join(map(plain, range(6)))),
}


@pytest.mark.parametrize("data", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("wanted", [None, lambda url: True], ids=["all", "asked for each"])
def test_every_layout_is_read_whole(read, data, wanted) -> None:
    assert read(data, wanted=wanted) == ([0, 1, 2, 3, 4, 5], [])


@pytest.mark.parametrize("data", LAYOUTS.values(), ids=LAYOUTS)
def test_a_reading_goes_on_from_any_record(tmp_path, data) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(data)
    starts = [one.start for one in Archive(path, lambda raw: True).captures()]
    for number, start in enumerate(starts):
        again = [one.start for one in Archive(path, lambda raw: True).captures(start)]
        assert again == starts[number:]


DAMAGES = {
    "in a body": STARTS[2] + 9_000,
    "at a body's end": STARTS[3] - 30,
    "in a head": STARTS[2] + 150,
    "where a record begins": STARTS[2],
}


@pytest.mark.parametrize("at", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_member_costs_itself_and_is_named(read, at) -> None:
    data = bytearray(b"".join(MEMBERS))
    data[at : at + 20] = b"\xff" * 20
    assert read(bytes(data)) == ([0, 1, 3, 4, 5], [STARTS[2]])


def test_a_damaged_page_that_was_asked_for_costs_itself(read) -> None:
    data = bytearray(b"".join(MEMBERS))
    data[DAMAGES["in a body"]] ^= 0xFF
    assert read(bytes(data), wanted=lambda url: True) == ([0, 1, 3, 4, 5], [STARTS[2]])


@pytest.mark.parametrize("length", [10, 59_000, 61_000, 70_000, 10**6, 10**12])
def test_a_record_that_lies_about_its_length_costs_itself(read, length) -> None:
    data = b"".join(plain(n, length if n == 1 else None) for n in range(6))
    whole, _ = read(data)
    assert whole == [0, 2, 3, 4, 5]


def test_a_file_that_is_cut_off_gives_what_is_whole(read) -> None:
    assert read(b"".join(MEMBERS)[: STARTS[4] + 5_000]) == ([0, 1, 2, 3], [STARTS[4]])


@pytest.mark.parametrize(
    "data",
    [b"", b"hello" * 1_000, b"\x1f\x8b\x08", gzip.compress(b"hello" * 100)],
    ids=["nothing", "text", "start of gzip", "gzip of text"],
)
def test_what_is_no_archive_gives_nothing(read, data) -> None:
    assert read(data)[0] == []


def test_only_pages_that_are_wanted_are_inflated(read, tmp_path) -> None:
    data = bytearray(b"".join(MEMBERS))
    data[DAMAGES["in a body"]] ^= 0xFF
    path = tmp_path / "b.warc.gz"
    path.write_bytes(bytes(data))
    archive = Archive(path, lambda raw: True, lambda url: b"a4" in url)
    assert [one.url for one in archive.captures() if isinstance(one, Capture)] == ["https://a4.example/4"]
    assert (archive.replies, archive.skipped) == (6, 5)


def test_a_magic_number_by_chance_is_no_record(read) -> None:
    body = HEAD + b"\x1f\x8b\x08\x00" * 50 + b"x" * 5_000
    stored = member(b"response", b"https://a.example/7", body, 0)
    assert stored.count(b"\x1f\x8b\x08") > 40
    data = MEMBERS[0] + stored + MEMBERS[1]
    assert read(data, wanted=lambda url: True)[0] == [0, 1]


def test_pages_that_do_not_matter_are_counted_and_places_told(tmp_path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(MEMBERS))
    archive = Archive(path, lambda raw: False)
    assert all(isinstance(one, Mark) for one in archive.captures())
    assert archive.replies == 6


def test_a_reply_whose_coding_hides_its_words_may_matter(tmp_path) -> None:
    path = tmp_path / "a.warc.gz"
    head = b"HTTP/1.1 200 OK\r\ncontent-Encoding: gzip\r\n\r\n"
    path.write_bytes(member(b"response", b"https://a.example/", head + gzip.compress("备案".encode())))
    (capture,) = Archive(path, lambda raw: False).captures()
    assert isinstance(capture, Capture)
    assert page_of(capture.raw, capture.url, NOON).body == "备案".encode()


def test_several_records_in_one_member_are_all_read(read) -> None:
    both = gzip.compress(plain(1) + plain(2), mtime=0)
    assert read(MEMBERS[0] + both + MEMBERS[3]) == ([0, 1, 2, 3], [])


@pytest.mark.parametrize(
    "odd",
    [gzip.compress(b""), b"\0" * 500, gzip.compress(b"hello" * 100), b"\x1f\x8b\x08\x00" + b"x" * 300],
    ids=["an empty member", "zeros", "a member that is no record", "what begins as one"],
)
def test_what_stands_between_two_members_costs_neither(read, odd) -> None:
    assert read(MEMBERS[0] + odd + MEMBERS[1])[0] == [0, 1]


def test_a_member_whose_header_names_its_file_is_read(read) -> None:
    named = io.BytesIO()
    with gzip.GzipFile("page.warc", "wb", fileobj=named, mtime=1) as file:
        file.write(plain(1))
    assert read(MEMBERS[0] + named.getvalue() + MEMBERS[2]) == ([0, 1, 2], [])


@pytest.mark.parametrize("said", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x00\x00\x00\x01"])
def test_a_length_behind_a_member_that_lies_costs_only_that_one(read, said) -> None:
    assert read(MEMBERS[0] + MEMBERS[1][:-4] + said + MEMBERS[2]) == ([0, 2], [STARTS[1]])


def test_a_bomb_costs_only_itself(read) -> None:
    bomb = member(b"response", b"https://a.example/7", HEAD + b"\0" * 50_000_000)
    assert read(MEMBERS[0] + bomb + MEMBERS[1]) == ([0, 1], [STARTS[1]])


def reply(headers: bytes, body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\n" + headers + b"\r\n\r\n" + body


CHUNKED = b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
BODIES_OF = {
    "plain": (b"Content-Type: text/html", b"abcde"),
    "gzip": (b"Content-Encoding: gzip", gzip.compress(b"abcde")),
    "gzip that the archive undid": (b"Content-Encoding: gzip", b"abcde"),
    "deflate": (b"Content-Encoding: deflate", zlib.compress(b"abcde")),
    "chunked": (b"Transfer-Encoding: chunked", CHUNKED),
    "chunked, joined by the archive": (b"Transfer-Encoding: chunked", b"abcde"),
}


@pytest.mark.parametrize("kind", BODIES_OF)
def test_a_reply_becomes_the_page_that_a_fetch_would_have_given(kind) -> None:
    page = page_of(reply(*BODIES_OF[kind]), "https://a.example/", NOON)
    assert (page.body, page.status, page.fetched_at) == (b"abcde", 200, NOON)


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (reply(b"Content-Type: image/png", b"x"), NoPage),
        (reply(b"X: y", b"x", b"404 Not Found"), NoPage),
        (b"hello", NoPage),
        (reply(b"Content-Encoding: br", b"x"), UnreadablePage),
        (reply(b"Content-Encoding: gzip", b"\x1f\x8b\x08nonsense"), UnreadablePage),
        (reply(b"Content-Encoding: gzip", gzip.compress(b"\0" * 20_000_000)), UnreadablePage),
    ],
    ids=["picture", "404", "no reply", "brotli", "broken", "bomb"],
)
def test_what_is_no_page_is_refused(raw, error) -> None:
    with pytest.raises(error):
        page_of(raw, "https://a.example/", NOON)
