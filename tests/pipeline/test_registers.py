"""Official lists watched over real HTTP: editions, what they change, and the approvals that they confirm."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from official_lists import CANCELLED, DEEP, FILED_2025, REGISTERED, as_docx, as_html
from pdf_writer import assemble
from registry import Registry, docx, register_source, rows, source_file
from sqlalchemy import func, select
from web import Answer, Asked, Web
from xls_writer import compound

from config.source import load_sources
from pipeline.assembly import Assembly
from pipeline.reextract import read_all, store
from storage import queries
from storage.examine import examine
from storage.pages import kept_page
from storage.runs import Counts
from storage.tables import OutboxItem, Quarantine, StoredEdition, StoredMention, StoredPage, StoredRow
from storage.warc import record_of


@pytest.fixture
def web():
    with Web() as server:
        yield server


def run_round(parts: Assembly, folder: Path, *, announce: bool = False) -> Counts:
    (source,) = load_sources([folder]).sources.values()
    (counts,) = parts.watch(announce=announce).round([source])
    return counts


def editions(parts: Assembly) -> list[tuple[str, int, bool, int, bool]]:
    with parts.database.read() as session:
        found = session.scalars(select(StoredEdition).order_by(StoredEdition.id))
        return [(e.name, e.number, e.current, e.rows, e.adds_up) for e in found]


def approvals(parts: Assembly) -> dict[str, tuple[str, str]]:
    """Status and product by number."""
    with parts.database.read() as session:
        return {a.filing_no or "": (a.status, a.product or "") for a in queries.approvals(session)}


def test_each_attachment_is_an_edition_and_its_rows_are_confirmed(web, make, tmp_path) -> None:
    registry, parts = Registry(web), make()
    filed, registered = rows(FILED_2025, 12), rows(REGISTERED, 5)
    registry.put("a.docx", docx((FILED_2025, filed), (REGISTERED, registered)), "备案信息（2026年1月）")
    registry.publish()
    counts = run_round(parts, register_source(registry, tmp_path / "s"))
    assert (counts.status, counts.read, counts.approvals, counts.news) == ("ok", 1, 17, 0)
    assert editions(parts) == [("备案信息（2026年1月）", 1, True, 17, True)]
    held = approvals(parts)
    assert {status for status, _ in held.values()} == {"confirmed"}
    assert {number: product for number, (_, product) in held.items()} == {
        row["filing_no"]: row["product"] for row in [*filed, *registered]
    }
    with parts.database.read() as session:
        (page,) = session.scalars(select(StoredPage).where(StoredPage.url.endswith("a.docx")))
        assert kept_page(page) is not None


def test_an_attachment_edited_in_place_is_a_second_edition(web, make, tmp_path, clock) -> None:
    registry, parts = Registry(web), make()
    folder = register_source(registry, tmp_path / "s")
    before = rows(FILED_2025, 10)
    registry.put("a.docx", docx((FILED_2025, before)), "备案信息（2026年1月）")
    registry.publish()
    run_round(parts, folder)
    after = [dict(row) for row in before]
    after[3]["company"] = "改名后的科技有限公司"
    gone = after.pop()
    after.append({**rows(FILED_2025, 1, first=10, seed=2)[0], "date": "2026/3/1"})
    registry.put("a.docx", docx((FILED_2025, after)))
    clock.forward(days=1, hours=1)
    counts = run_round(parts, folder)
    assert (counts.read, counts.news) == (1, 1)
    assert [e[1:4] for e in editions(parts)] == [(1, False, 10), (2, True, 10)]
    with parts.database.read() as session:
        edition = session.scalars(select(StoredEdition).where(StoredEdition.current)).one()
        assert [row["filing_no"] for row in edition.changes["added"]] == [after[-1]["filing_no"]]
        assert [row["fields"] for row in edition.changes["changed"]] == [
            [["company", before[3]["company"], "改名后的科技有限公司"]]
        ]
        assert [row["filing_no"] for row in edition.changes["vanished"]] == [gone["filing_no"]]
        (renamed,) = [a for a in queries.approvals(session) if a.filing_no == before[3]["filing_no"]]
        assert renamed.company.name == "改名后的科技有限公司"
    held = approvals(parts)
    assert len(held) == 11
    assert held[gone["filing_no"]][0] == "confirmed", "a row that vanished is no revocation"
    run_round(parts, folder)
    assert len(editions(parts)) == 2


def test_an_unchanged_attachment_is_asked_for_once_a_day_and_stored_once(web, make, tmp_path, clock) -> None:
    registry, parts = Registry(web, etags=False), make()
    folder = register_source(registry, tmp_path / "s")
    registry.put("a.docx", docx((FILED_2025, rows(FILED_2025, 3))), "备案信息（2026年1月）")
    registry.publish()
    for _ in range(3):
        run_round(parts, folder)
    assert registry.asked("a.docx") == 1
    clock.forward(days=1, hours=1)
    run_round(parts, folder)
    assert registry.asked("a.docx") == 2
    assert len(editions(parts)) == 1


def test_a_new_attachment_is_news_and_a_cancellation_revokes_by_number(web, make, tmp_path, clock) -> None:
    registry, parts = Registry(web), make()
    folder = register_source(registry, tmp_path / "s")
    first = rows(FILED_2025, 4)
    registry.put("a.docx", docx((FILED_2025, first)), "备案信息（2026年1月）")
    registry.publish()
    run_round(parts, folder)
    clock.forward(hours=2)
    new = [{**row, "date": "2026/3/1"} for row in rows(FILED_2025, 2, first=5)]
    cancelled = [{**rows(CANCELLED, 1)[0], "filing_no": first[0]["filing_no"], "company": first[0]["company"]}]
    registry.put("b.docx", docx((FILED_2025, new)), "备案信息（2026年3月）")
    registry.put("c.docx", docx((CANCELLED, cancelled)), "注销公告")
    registry.publish()
    counts = run_round(parts, folder)
    assert (counts.new, counts.not_modified, counts.news) == (2, 1, 2)
    held = approvals(parts)
    assert [held[row["filing_no"]][0] for row in first] == ["revoked", "confirmed", "confirmed", "confirmed"]
    with parts.database.read() as session:
        assert sorted(session.scalars(select(OutboxItem.event))) == ["new", "new", "revoked"]


def test_a_web_page_in_place_of_an_attachment_is_an_error_with_a_name(web, make, tmp_path) -> None:
    registry, parts = Registry(web), make()
    folder = register_source(registry, tmp_path / "s")
    registry.put("a.docx", docx((FILED_2025, rows(FILED_2025, 2))), "备案信息（2026年1月）")
    registry.page = "http://elsewhere.example/"  # so no Referer of ours is the right one
    registry.publish()
    counts = run_round(parts, folder)
    assert (counts.status, counts.reasons) == ("failed", {"bad_reply": 1})
    assert "came in place of the attachment" in counts.error and "Referer" in counts.error
    assert editions(parts) == []


def test_a_list_that_does_not_add_up_is_held_marked_and_named(web, make, tmp_path) -> None:
    registry, parts = Registry(web), make()
    listed = rows(FILED_2025, 9)
    del listed[4]
    registry.put("a.docx", docx((FILED_2025, listed)), "备案信息（2026年1月）")
    registry.publish()
    run_round(parts, register_source(registry, tmp_path / "s"))
    assert editions(parts) == [("备案信息（2026年1月）", 1, True, 8, False)]
    with parts.database.read() as session:
        edition = session.scalars(select(StoredEdition)).one()
        assert any("serials 5 are missing" in problem for problem in edition.account["problems"])
        assert session.scalar(select(func.count()).select_from(StoredRow)) == 8


def test_a_file_that_is_no_list_is_put_aside_and_kept(web, make, tmp_path) -> None:
    registry, parts = Registry(web), make()
    registry.put("a.pdf", b"%PDF-1.7\nnothing of a document", "备案信息（2026年1月）")
    registry.publish()
    counts = run_round(parts, register_source(registry, tmp_path / "s"))
    assert counts.reasons == {"unreadable": 1}
    with parts.database.read() as session:
        (page,) = session.scalars(select(StoredPage).where(StoredPage.url.endswith("a.pdf")))
        assert kept_page(page) is not None
        assert queries.overview(session).quarantined == 1


def with_member(body: bytes, name: str, data: bytes) -> bytes:
    buffer = io.BytesIO(body)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def test_hostile_files_are_put_aside_and_kept_and_the_others_read(web, make, tmp_path) -> None:
    registry, parts = Registry(web), make()
    good = docx((FILED_2025, rows(FILED_2025, 4)))
    circle = "<< /Type /Pages /Kids [2 0 R] /Count 5 >>"
    hostile = {
        "bomb.docx": (with_member(good, "word/media/x.png", bytes(140_000_000)), "unpacks to more than"),
        "slip.docx": (with_member(good, "../../etc/cron.d/x", b"x"), "outside itself"),
        "locked.xlsx": (compound({"EncryptedPackage": b"x" * 5_000}), "encrypted"),
        "cut.docx": (good[: len(good) // 2], "cut off"),
        "circle.pdf": (assemble(["<< /Type /Catalog /Pages 2 0 R >>", circle]), "damaged"),
        "named.docx": (b"%PDF-1.7\nno document", "cut off"),
    }
    for file, (body, _) in hostile.items():
        registry.put(file, body, f"备案信息 {file}")
    registry.put("page.xls", as_html([(REGISTERED, rows(REGISTERED, 3))]), "备案信息（2026年1月）")
    registry.put("good.docx", good, "备案信息（2026年3月）")
    registry.publish()
    counts = run_round(parts, register_source(registry, tmp_path / "s"))
    assert (counts.read, counts.reasons) == (2, {"unreadable": len(hostile)})
    assert len(approvals(parts)) == 7
    with parts.database.read() as session:
        put_aside = {row.url.rpartition("/")[2]: row.reason for row in session.scalars(select(Quarantine))}
        kept = {row.url.rpartition("/")[2]: kept_page(row) for row in session.scalars(select(StoredPage))}
    assert all(said in put_aside[file] for file, (_, said) in hostile.items())
    assert {file: page.body for file, page in kept.items() if page and file in hostile} == {
        file: body for file, (body, _) in hostile.items()
    }


NOTICES = (
    'kind = "json"\nurl = "{0}/notices"\nitems = "datas"\nlink = "{0}/{{path}}"\ntitle = "title"\npublished = "day"'
)


def notices(web: Web, folder: Path, *items: tuple[str, str]) -> Path:
    """A list of notices (path and title) and the source that watches it."""
    listed = [{"path": path, "title": title, "day": "2026-03-09 10:00:00"} for path, title in items]
    web.serve("/notices", json.dumps({"datas": listed}))
    return source_file(folder, NOTICES.format(web.url), name="公告")


def test_a_batch_page_brings_its_attachment_whose_total_is_checked(web, make, tmp_path) -> None:
    parts, listed = make(), rows(DEEP, 7)
    prose = "<p>现公开发布第三批名单，本批共新增8款深度合成服务算法备案。任何单位或个人如有疑议，请发送邮件。</p>"
    html = f'<meta charset="utf-8"><title>第三批公告</title><h1>第三批公告</h1>{prose}<a href="/f/3.docx">附件：境内深度合成服务算法备案清单（2026年3月）</a>'
    web.serve("/p/3.htm", f"<html><body>{html}</body></html>")

    def attachment(asked: Asked) -> Answer:
        right = asked.headers.get("referer") == f"{web.url}/p/3.htm"
        return Answer(docx((DEEP, listed)) if right else b"<html>no</html>")

    web.serve("/f/3.docx", attachment)
    counts = run_round(parts, notices(web, tmp_path / "s", ("p/3.htm", "深度合成服务算法备案信息公告")), announce=True)
    assert (counts.status, counts.read, counts.news) == ("ok", 2, 7)
    with parts.database.read() as session:
        (edition,) = session.scalars(select(StoredEdition))
        assert (edition.rows, edition.adds_up, edition.page_url) == (7, False, f"{web.url}/p/3.htm")
        assert any("8" in problem for problem in edition.account["problems"])
        found = list(queries.approvals(session))
        assert {(a.kind.value, a.approved_on, a.status) for a in found} == {
            ("deep_synthesis_filing", "2026-03-09", "confirmed")
        }


def test_a_notice_that_an_ordinary_source_saw_first_is_read_as_a_list_all_the_same(web, make, tmp_path) -> None:
    """The channel of all releases is looked at more often than the source of lists: it may not take its lists away."""
    listed, folder = rows(DEEP, 3), tmp_path / "s"
    web.serve(
        "/p/3.htm",
        '<meta charset="utf-8"><h1>公告</h1><p>现发布深度合成服务算法备案信息，请查阅下面的附件。</p><a href="/f/3.docx">附件：清单</a>',
    )
    web.serve("/f/3.docx", docx((DEEP, listed)))
    notices(web, folder, ("p/3.htm", "深度合成服务算法备案信息公告"))
    channel = (folder / "register.toml").read_text(encoding="utf-8").replace('id = "register"', 'id = "channel"')
    (folder / "channel.toml").write_text(channel.replace("lists = true\n", ""), encoding="utf-8")
    parts = make(sources_dir=folder)
    sources = load_sources([folder]).sources
    first, second, third, fourth = (
        parts.watch().check(sources[id]) for id in ("channel", "register", "channel", "register")
    )
    assert (first.new, first.approvals) == (1, 0)
    assert (second.new, second.read, second.approvals) == (1, 2, 3)
    assert {status for status, _ in approvals(parts).values()} == {"confirmed"}
    assert (third.new, third.read, fourth.new, fourth.read) == (0, 0, 0, 0)


def test_notices_may_be_files_tables_or_prose(web, make, tmp_path) -> None:
    parts, listed = make(), rows(FILED_2025, 3)
    cancelled = [{**rows(CANCELLED, 1)[0], "filing_no": listed[1]["filing_no"]}]
    web.serve("/1", docx((CANCELLED, cancelled)))
    web.serve("/2", as_html([(FILED_2025, listed)]))
    web.serve("/3", as_docx([(FILED_2025, [])]))
    web.serve(
        "/4", "<html><body><h1>系统维护</h1><p>本系统将于周末进行例行维护，届时暂停访问，敬请谅解。</p></body></html>"
    )
    folder = notices(
        web, tmp_path / "s", ("1", "关于注销算法备案编号的公告"), ("2", "生成式人工智能服务已备案信息"),
        ("3", "系统使用手册"), ("4", "系统维护"),
    )  # fmt: skip
    counts = run_round(parts, folder)
    assert (counts.status, counts.read) == ("ok", 4)
    held = approvals(parts)
    assert [held[row["filing_no"]][0] for row in listed] == ["confirmed", "revoked", "confirmed"]
    assert len(editions(parts)) == 2


def test_a_file_whose_title_promises_a_list_is_a_failure_without_one(web, make, tmp_path) -> None:
    parts = make()
    web.serve("/1", as_docx([(FILED_2025, [])]))
    counts = run_round(parts, notices(web, tmp_path / "s", ("1", "关于注销算法备案编号的公告")))
    assert counts.reasons == {"unreadable": 1}


def test_a_list_is_read_anew_from_its_kept_file(web, make, tmp_path) -> None:
    registry, parts = Registry(web), make()
    printed = rows(FILED_2025, 6)
    registry.put("a.docx", docx((FILED_2025, printed)), "备案信息（2026年1月）")
    registry.publish()
    run_round(parts, register_source(registry, tmp_path / "s"))
    right = approvals(parts)
    with parts.database.write() as session:  # as a reader left it that misread one row and missed another
        stored = list(session.scalars(select(StoredRow).order_by(StoredRow.ordinal)))
        stored[0].product = "misread"
        session.delete(stored[5])
        mentions = list(session.scalars(select(StoredMention).order_by(StoredMention.ordinal)))
        mentions[0].product, mentions[0].product_key = "misread", "misread"
        (article,) = {mention.article for mention in mentions}
        article.extractor = "register rows 0"
    plan = read_all(parts, since=None, again=False, progress=lambda at, of: None)
    assert (len(plan.changed), plan.broken) == (1, [])
    store(parts, plan)
    assert approvals(parts) == right
    with parts.database.read() as session:
        products = session.scalars(select(StoredRow.product).order_by(StoredRow.ordinal))
        assert list(products) == [row["product"] for row in printed]
    assert examine(parts.database) == []
    assert editions(parts) == [("备案信息（2026年1月）", 1, True, 6, True)]
    plan = read_all(parts, since=None, again=True, progress=lambda at, of: None)
    assert (plan.changed, plan.not_kept, plan.broken) == ([], 0, [])


def test_a_kept_file_without_a_list_leaves_the_rows_that_were_read(web, make, tmp_path) -> None:
    registry, parts = Registry(web), make()
    registry.put("a.docx", docx((FILED_2025, rows(FILED_2025, 3))), "备案信息（2026年1月）")
    registry.publish()
    run_round(parts, register_source(registry, tmp_path / "s"))
    right = approvals(parts)
    with parts.database.write() as session:
        (page,) = session.scalars(select(StoredPage).where(StoredPage.url.endswith("a.docx")))
        known = kept_page(page)
        page.record = record_of(
            replace(known, body=b"<p>nothing</p>", sha256=hashlib.sha256(b"<p>nothing</p>").hexdigest())
        )
    plan = read_all(parts, since=None, again=True, progress=lambda at, of: None)
    assert plan.changed == []
    ((where, why),) = plan.broken
    assert where.endswith("a.docx") and "list" in why
    store(parts, plan)
    assert approvals(parts) == right
