"""The bundle of evidence: complete without Greenlit, pages only where asked for and allowed, whole or not at all."""

from __future__ import annotations

import json
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from readings import NOON, fact, reading
from sqlalchemy import select
from versions import go_back
from warcio.archiveiterator import ArchiveIterator

from extractors.read.rights import may_be_kept
from extractors.records import CHINA, Page
from extractors.understand.lexicon import Lexicon
from pipeline.evidence import write_bundle
from storage import queries
from storage.articles import save
from storage.database import Database
from storage.pages import kept_page
from storage.records import Policy
from storage.schema import upgrade
from storage.tables import StoredPage

HTML = "<html><body>蓝鲸智语的“鲸语”完成备案。</body></html>".encode()


def page(name: str, body: bytes = HTML, *headers: tuple[str, str]) -> Page:
    url = f"https://n.example/{name}"
    return Page(url, url, 200, (("content-type", "text/html"), *headers), body, NOON, sha256(body).hexdigest())


@pytest.fixture
def held(database: Database, lexicon: Lexicon) -> Database:
    readings = (
        reading("open", fact(product="鲸语"), url="https://n.example/open", page=page("open")),
        reading(
            "closed", fact(product="鲸语"), page=page("closed", HTML, ("x-robots-tag", "noarchive")), text="second"
        ),
        reading("irrelevant", text="nothing of it", page=page("irrelevant")),
        reading("imported", fact("青禾", "禾苗")),
    )
    for one in readings:
        with database.write() as session:
            save(session, one, lexicon, Policy())
    return database


def bundle(database: Database, out: Path, *, with_pages: bool) -> ZipFile:
    with database.read() as session:
        write_bundle(session, queries.approvals(session), out, CHINA, NOON, with_pages=with_pages)
    return ZipFile(out)


def test_without_pages_it_has_hash_address_time_and_quote(held: Database, tmp_path: Path) -> None:
    with bundle(held, tmp_path / "e.zip", with_pages=False) as made:
        assert made.namelist() == ["evidence.jsonl", "README.txt"]
        first, second = (json.loads(line) for line in made.read("evidence.jsonl").splitlines())
        assert "not an official register" in made.read("README.txt").decode()
    assert [(p["article"], p["kept"]) for p in first["pages"]] == [("open", True), ("closed", False)]
    assert first["pages"][0] == {
        "article": "open",
        "url": "https://n.example/open",
        "final_url": "https://n.example/open",
        "status": 200,
        "fetched_at": "2026-03-10T12:00:00+08:00",
        "sha256": sha256(HTML).hexdigest(),
        "kept": True,
    }
    assert first["articles"][0]["quote"] == "蓝鲸智语"
    assert second["pages"] == []


def test_with_pages_it_has_those_that_are_held_and_may_be(held: Database, tmp_path: Path) -> None:
    with bundle(held, tmp_path / "e.zip", with_pages=True) as made:
        read = [
            (record.rec_headers.get_header("WARC-Target-URI"), record.content_stream().read())
            for record in ArchiveIterator(BytesIO(made.read("pages.warc.gz")), check_digests="raise")
            if record.rec_type == "response"
        ]
        assert read == [("https://n.example/open", HTML)]
        assert "1 of 2" in made.read("README.txt").decode()


def test_the_same_evidence_is_the_same_file(held: Database, tmp_path: Path) -> None:
    for name in ("one", "two"):
        bundle(held, tmp_path / name, with_pages=True).close()
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_f57_what_can_not_be_written_whole_leaves_nothing(held: Database, tmp_path: Path) -> None:
    def failing():
        with held.read() as session:
            yield next(queries.approvals(session))
        raise OSError(28, "No space left on device")

    (tmp_path / "e.zip").write_bytes(b"the one before")
    with held.read() as session, pytest.raises(OSError, match="No space left"):
        write_bundle(session, failing(), tmp_path / "e.zip", CHINA, NOON, with_pages=False)
    assert {file.name for file in tmp_path.iterdir() if file.suffix != ".db"} >= {"e.zip"}
    assert not list(tmp_path.glob("*.part"))
    assert (tmp_path / "e.zip").read_bytes() == b"the one before"


def test_pages_of_before_become_records(held: Database) -> None:
    def kept() -> list[Page | None]:
        with held.read() as session:
            return [kept_page(row) for row in session.scalars(select(StoredPage).order_by(StoredPage.id))]

    before = kept()
    assert [one.body if one else None for one in before] == [HTML, None, None]
    go_back(held, "0007")
    assert upgrade(held.engine) == "0007"
    assert kept() == before


@pytest.mark.parametrize(
    ("headers", "head", "may"),
    [
        ((), "", True),
        ((("x-robots-tag", "noindex"),), "", True),
        ((("x-robots-tag", "googlebot: noarchive"),), "", False),
        ((("tdm-reservation", "1"),), "", False),
        ((("tdm-reservation", "0"),), "", True),
        ((), '<meta name="tdm-reservation" content="1">', False),
        ((), '<meta content="1" name="tdm-reservation">', False),
        ((), '<meta name="tdm-reservation" content="0">', True),
        ((), '<META NAME="ROBOTS" CONTENT="NOINDEX,NOARCHIVE">', False),
        ((), "<meta content='noarchive' name='robots'>", False),
        ((), '<meta name="description" content="noarchive">', True),
    ],
)
def test_what_forbids_archiving(headers: tuple[tuple[str, str], ...], head: str, may: bool) -> None:
    assert may_be_kept(page("x", f"<html><head>{head}</head>".encode(), *headers)) is may
