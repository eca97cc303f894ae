"""A rolling page from end to end over HTTP: after each edition the status, the digest and the provenance are right."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from io import StringIO
from itertools import permutations
from pathlib import Path

import pytest
from official_lists import CANCELLED, FILED_2025, REGISTERED, Row
from readings import fact, reading
from registry import Registry, docx, register_source, rows
from smtp_server import SmtpServer, smtp_server
from sqlalchemy import select
from web import Web

from config.source import load_sources
from extractors.records import CHINA
from pipeline.assembly import Assembly
from pipeline.digest.send import send_digest
from pipeline.export import write_lines
from storage import queries
from storage.articles import save
from storage.conflicts import conflicts_of
from storage.pages import kept_page
from storage.provenance import Rule, provenance
from storage.records import Approval, Policy
from storage.subscribers import add
from storage.tables import StoredEdition, StoredPage
from storage.wishes import Wish

RECENT = "2026/3/2"
FIRST = [{**row, "date": "2026/2/9"} for row in rows(FILED_2025, 6)]
APPS = [{**row, "date": "2026/2/9"} for row in rows(REGISTERED, 3)]
RENAMED = {**FIRST[2], "company": "改名后的科技有限公司"}
LATE = {**rows(FILED_2025, 1, first=6, seed=3)[0], "date": f"{RECENT}（补登）"}
EDITED = [FIRST[0], FIRST[1], RENAMED, *FIRST[3:5], LATE]
GONE = FIRST[5]
NEW = [{**row, "date": RECENT} for row in rows(FILED_2025, 2, first=7)]
CANCELLED_ROW = {**rows(CANCELLED, 1)[0], "filing_no": FIRST[0]["filing_no"], "company": FIRST[0]["company"]}
A1, A2 = docx((FILED_2025, FIRST), (REGISTERED, APPS)), docx((FILED_2025, EDITED), (REGISTERED, APPS))
B, C = docx((FILED_2025, NEW)), docx((CANCELLED, [CANCELLED_ROW]))
NAMES = {"a.docx": "备案信息（2026年1月）", "b.docx": "备案信息（2026年3月）", "c.docx": "关于注销备案编号的公告"}


@dataclass
class Desk:
    """A Greenlit that watches one rolling page, and a reader of its digest."""

    parts: Assembly
    registry: Registry
    folder: Path
    smtp: SmtpServer
    mails: int = field(default=0)

    def serve(self, **files: bytes) -> None:
        """What the page has from now on, in this order."""
        for name, body in files.items():
            self.registry.put(f"{name}.docx", body, NAMES[f"{name}.docx"])
        self.registry.publish([f"{name}.docx" for name in files])

    def round(self) -> None:
        (source,) = load_sources([self.folder]).sources.values()
        (counts,) = self.parts.watch().round([source])
        assert counts.status == "ok"

    def mailed(self) -> str:
        """The text of the mail that is sent now; nothing where none is."""
        settings, now = self.parts.settings, self.parts.clock
        send_digest(self.parts.database, settings, now)
        new = self.smtp.mails[self.mails :]
        self.mails = len(self.smtp.mails)
        return "\n".join(mail.body("plain") for mail in new)

    def approval(self, row: Row) -> Approval:
        (found,) = [one for one in self.approvals() if one.filing_no == row["filing_no"]]
        return found

    def approvals(self) -> list[Approval]:
        with self.parts.database.read() as session:
            return list(queries.approvals(session))

    def exported(self) -> list[str]:
        """Every approval as exported, without what says when it was seen."""
        out = StringIO()
        write_lines(self.approvals(), CHINA, out)
        lines = [json.loads(line) for line in out.getvalue().splitlines()]
        for line in lines:
            line["id"] = line["first_seen_at"] = line["company"]["id"] = None
            line["company"]["names"].sort()
            for one in line["articles"]:
                one.update(id=None, start=0, end=0)
        return sorted(json.dumps(line, sort_keys=True, ensure_ascii=False) for line in lines)


@pytest.fixture
def desk(make, tmp_path):
    with Web() as web, smtp_server() as smtp:
        registry = Registry(web)
        yield Desk(start(make, smtp), registry, register_source(registry, tmp_path / "s"), smtp)


def start(make, smtp: SmtpServer, **options: object) -> Assembly:
    parts = make(smtp_host="127.0.0.1", smtp_port=smtp.port, smtp_from="g@desk.example", **options)
    with parts.database.write() as session:
        add(session, "ana@example.org", Wish("en"), parts.clock())
    return parts


def tell(desk: Desk) -> None:
    """What the news says of one service before the page does: the day is wrong, the number is missing."""
    said = fact(FIRST[1]["company"], FIRST[1]["product"], date="2026-02-05", confidence=0.97)
    with desk.parts.database.write() as session:
        save(session, reading("news", said, url="https://news.example/1"), desk.parts.lexicon, Policy())


def test_the_register_takes_over_from_the_news_edition_by_edition(desk, clock) -> None:
    tell(desk)
    assert desk.approvals()[0].status == "reported"
    assert FIRST[1]["product"] in desk.mailed()

    desk.serve(a=A1)
    desk.round()
    assert {one.status for one in desk.approvals()} == {"confirmed"}
    assert len(desk.approvals()) == len(FIRST) + len(APPS)
    assert desk.mailed() == "", "what a first run finds is history"
    known = desk.approval(FIRST[1])
    records = {record.name: record for record in provenance(known)}
    assert (records["approved_on"].value, records["approved_on"].rule) == ("2026-02-09", Rule.REGISTER)
    assert [other.value for other in records["approved_on"].others] == ["2026-02-05"]
    assert [one.register for one in records["filing_no"].support] == [True]
    assert [(one.field, one.said, one.other) for one in conflicts_of(known.articles)] == [
        ("date", "2026-02-09", "2026-02-05")
    ]

    clock.forward(days=1, hours=1)
    desk.serve(a=A2, b=B, c=C)
    desk.round()
    status = {one.filing_no: one.status for one in desk.approvals()}
    assert status.pop(FIRST[0]["filing_no"]) == "revoked"
    assert set(status.values()) == {"confirmed"}, "a row that vanished is no revocation"
    assert GONE["filing_no"] in status
    mail = desk.mailed()
    assert [row["filing_no"] in mail for row in (*NEW, LATE)] == [True] * 3
    told = [row["filing_no"] in mail for row in FIRST]
    assert told == [True, True] + [False] * (len(FIRST) - 2), "one was cancelled, of one that was told more is known"
    assert [row["filing_no"] in mail for row in APPS] == [False] * len(APPS)
    assert NAMES["a.docx"] in mail, "a list that lost a row is told"
    renamed = desk.approval(RENAMED)
    assert renamed.company.name == RENAMED["company"]
    assert {one.name for one in provenance(renamed) if any(e.register for e in one.support)} >= {
        "company", "product", "filing_no", "approved_on", "province",
    }  # fmt: skip
    (quoted,) = renamed.articles
    assert RENAMED["company"] in quoted.quote and quoted.url == f"{desk.registry.web.url}/files/a.docx"

    before = desk.exported()
    clock.forward(days=1, hours=1)
    desk.round()
    assert (desk.exported(), desk.mailed()) == (before, "")


def test_every_edition_of_a_file_is_kept_by_its_hash_and_asked_for_from_its_page(desk, clock) -> None:
    desk.serve(a=A1)
    desk.round()
    clock.forward(days=1, hours=1)
    desk.serve(a=A2)
    desk.round()
    with desk.parts.database.read() as session:
        editions = list(session.scalars(select(StoredEdition).order_by(StoredEdition.id)))
        pages = {page.id: page for page in session.scalars(select(StoredPage))}
        kept = [kept_page(pages[edition.page_id]) for edition in editions if edition.page_id]
    assert [page.body for page in kept if page] == [A1, A2]
    assert [page.sha256 for page in kept if page] == [edition.sha256 for edition in editions]
    asked = [one for one in desk.registry.web.log if one.path == "/files/a.docx"]
    assert {one.headers.get("referer") for one in asked} == {desk.registry.page}


def test_files_read_in_any_order_give_the_same_rows(make, tmp_path, clock) -> None:
    outcomes = set()
    with Web() as web, smtp_server() as smtp:
        registry = Registry(web)
        folder = register_source(registry, tmp_path / "s")
        for n, order in enumerate(permutations({"a": A2, "b": B, "c": C}.items())):
            url = f"sqlite:///{tmp_path / f'{n}.db'}"
            desk = Desk(start(make, smtp, database_url=url), registry, folder, smtp)
            for upto in range(1, len(order) + 1):
                desk.serve(**dict(order[:upto]))
                desk.round()
                clock.forward(hours=3)
            outcomes.add(tuple(desk.exported()))
    (found,) = outcomes
    statuses = [json.loads(line)["status"] for line in found]
    assert (statuses.count("revoked"), statuses.count("confirmed")) == (1, len(EDITED) + len(APPS) + len(NEW) - 1)
