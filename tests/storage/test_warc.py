"""Pages as WARC records: read by warcio and by FastWARC, the same bytes for the same page, damage is noticed."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from hypothesis import given
from hypothesis import strategies as st
from readings import NOON
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from extractors.records import Page
from storage.warc import REQUESTED, body_of, record_of, warcinfo

HTML = "<html><meta charset=gb18030>北京网信办公布</html>".encode("gb18030")


def page(body: bytes = HTML, **known: object) -> Page:
    headers = known.pop("headers", (("content-type", "text/html"), ("content-encoding", "gzip"), ("etag", '"a"')))
    given = {"url": "https://n.example/a", "final_url": "https://n.example/1", "status": 200, **known}
    return Page(headers=headers, body=body, fetched_at=NOON, sha256=sha256(body).hexdigest(), **given)


def test_warcio_and_fastwarc_read_one_file_of_several_records() -> None:
    pages = [page(), page(b"%PDF-1.7", status=206), page(b"", headers=())]
    file = warcinfo({"software": "greenlit"}, NOON) + b"".join(map(record_of, pages))
    read = [
        (r.rec_headers.get_header("WARC-Target-URI"), r.http_headers.get_statuscode(), r.content_stream().read())
        for r in ArchiveIterator(BytesIO(file), check_digests="raise")
        if r.rec_type == "response"
    ]
    assert read == [(p.final_url, str(p.status), p.body) for p in pages]
    fast = [
        (r.headers["WARC-Target-URI"], r.http_headers.status_code, r.verify_payload_digest(), r.reader.read())
        for r in FastIterator(BytesIO(file))
        if r.headers["WARC-Type"] == "response"
    ]
    assert fast == [(p.final_url, p.status, True, p.body) for p in pages]


def test_a_record_says_what_was_asked_and_what_the_headers_were() -> None:
    (record,) = ArchiveIterator(BytesIO(record_of(page())))
    assert record.rec_headers.get_header(REQUESTED) == "https://n.example/a"
    assert record.rec_headers.get_header("WARC-Date") == "2026-03-10T04:00:00.000000Z"
    assert record.rec_headers.get_header("WARC-Payload-Digest").startswith("sha256:")
    assert dict(record.http_headers.headers) == {
        "content-type": "text/html",
        "X-Archive-Orig-content-encoding": "gzip",
        "etag": '"a"',
        "Content-Length": str(len(HTML)),
    }


@given(
    st.binary(max_size=3000),
    st.lists(
        st.tuples(st.sampled_from(["x-a", "content-length", "transfer-encoding"]), st.text(max_size=20)), max_size=3
    ),
)
def test_any_page_comes_back_and_its_record_is_always_the_same(body: bytes, headers: list[tuple[str, str]]) -> None:
    one = page(body, headers=tuple(headers))
    assert record_of(one) == record_of(one)
    assert body_of(record_of(one)) == body


@pytest.mark.parametrize("at", [40, -20])
def test_a_damaged_record_is_noticed(at: int) -> None:
    record = bytearray(record_of(page(HTML * 50)))
    record[at] ^= 0xFF
    with pytest.raises(ValueError, match="damaged"):
        body_of(bytes(record))


def test_warcios_own_check_passes(tmp_path, capsys) -> None:
    file = tmp_path / "pages.warc.gz"
    file.write_bytes(warcinfo({"software": "greenlit"}, NOON) + record_of(page()))

    class Asked:
        inputs = [str(file)]  # noqa: RUF012
        verbose = True

    assert Checker(Asked()).process_all() == 0
    assert "failed" not in capsys.readouterr().out
