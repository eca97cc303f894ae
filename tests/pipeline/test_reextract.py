"""Stored articles read anew: what follows is shown first, decisions stand, a kill loses nothing, nobody is mailed."""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import killed
import pytest
from sqlalchemy import delete, func, select, update

from extractors.records import CHINA, Page
from pipeline.assembly import Assembly
from pipeline.export import write_lines
from pipeline.imports import import_lines, load_seed
from pipeline.reextract import Plan, preview, read_all, store
from storage import deciding, queries
from storage.articles import save
from storage.deciding import By
from storage.examine import examine
from storage.forgetting import forget
from storage.pages import kept_page
from storage.records import Origin, Reading
from storage.tables import OutboxItem, StoredApproval, StoredArticle, StoredMention, StoredPage

START = datetime(2026, 3, 10, 4, tzinfo=UTC)
BY = By("ana", "why", START)
TEXTS = {
    "a": "3月5日，杭州海棠语音科技有限公司的“棠音”大模型通过生成式人工智能服务备案，备案号为Zhejiang-TangYin-202603050001。",
    "b": "3月6日，青禾智能的“禾苗”大模型通过生成式人工智能服务备案。",
    "c": "3月7日，国家网信办公布，蓝鲸智语的“鲸语”大模型已通过生成式人工智能服务备案。",
}


@pytest.fixture
def parts(make: Callable[..., Assembly]) -> Assembly:
    """Three articles as today's extractor reads them, and the first official lists."""
    made = make()
    load_seed(made.ingest)
    lines = ({"id": id, "title": "通过备案", "text": t, "published": "2026-03-08"} for id, t in TEXTS.items())
    report = import_lines(made.ingest, enumerate(lines, 1))
    assert (report.new, report.problems) == (3, [])
    return made


def exported(parts: Assembly) -> list[str]:
    out = StringIO()
    with parts.database.read() as session:
        write_lines(queries.approvals(session), CHINA, out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    for line in lines:
        line["company"]["id"] = line["first_seen_at"] = None
    return sorted(json.dumps({**line, "id": None}, sort_keys=True) for line in lines)


def id_of(parts: Assembly, article: str) -> int | None:
    with parts.database.read() as session:
        wanted = select(StoredMention.approval_id).join(StoredArticle).where(StoredArticle.external_id == article)
        return session.scalars(wanted).first()


def as_an_older_version_read_it(parts: Assembly) -> None:
    """Of `a` the product was taken for another, `b` was missed, and `c` gave one approval too many."""
    with parts.database.write() as session:
        found = {m.article.external_id: m for m in session.scalars(select(StoredMention)) if not m.register}
        found = {key: m for key, m in found.items() if key in TEXTS}
        missed = found["b"].approval_id
        session.delete(found["b"])
        session.flush()
        session.execute(delete(StoredApproval).where(StoredApproval.id == missed))
        found["a"].product = found["a"].product_key = "海棠"
        copied = {c.name: getattr(found["c"], c.name) for c in StoredMention.__table__.columns if c.name != "id"}
        wrong = StoredApproval(**{
            c.name: getattr(session.get(StoredApproval, found["c"].approval_id), c.name)
            for c in StoredApproval.__table__.columns if c.name != "id"
        })  # fmt: skip
        session.add(wrong)
        session.flush()
        wrong.product = "误读"
        session.add(
            StoredMention(
                **copied
                | {
                    "ordinal": 9,
                    "product": "误读",
                    "product_key": "误读",
                    "approval_id": wrong.id,
                    "start": 900,
                    "end": 904,
                }
            )
        )
        session.get(StoredApproval, found["a"].approval_id).product = "海棠"
        session.execute(update(StoredArticle).where(StoredArticle.external_id.in_(TEXTS)).values(extractor="older"))


def plan_of(parts: Assembly, **options: object) -> Plan:
    return read_all(parts, since=None, again=False, progress=lambda at, of: None, **options)


def test_what_is_added_changed_and_dropped_is_shown_before_and_then_stored(parts: Assembly) -> None:
    whole, a = exported(parts), id_of(parts, "a")
    as_an_older_version_read_it(parts)
    stale = exported(parts)
    plan = plan_of(parts)
    assert (len(plan.changed), plan.same, plan.broken) == (3, [], [])
    found = preview(parts, plan)
    assert [fields["product"] for fields in found.added.values()] == ["禾苗"]
    assert {id: dict(fields) for id, fields in found.changed.items()} == {a: {"product": ("海棠", "棠音")}}
    assert [fields["product"] for fields in found.dropped.values()] == ["误读"]
    assert exported(parts) == stale
    store(parts, plan)
    assert exported(parts) == whole
    with parts.database.read() as session:
        assert session.scalar(select(func.count(OutboxItem.id))) == 0
    assert plan_of(parts) == Plan()
    assert examine(parts.database) == []


def test_what_says_the_same_is_only_noted(parts: Assembly) -> None:
    whole = exported(parts)
    with parts.database.write() as session:
        session.execute(update(StoredArticle).values(lexicon="older"))
        editions = session.scalars(select(func.sum(StoredArticle.edition))).one()
    plan = plan_of(parts)
    assert (len(plan.same), plan.changed) == (3, [])
    store(parts, plan)
    with parts.database.read() as session:
        assert session.scalars(select(func.sum(StoredArticle.edition))).one() == editions
    assert exported(parts) == whole


def test_decisions_stand(parts: Assembly) -> None:
    with parts.database.write() as session:
        deciding.reject(session, id_of(parts, "c"), BY, parts.policy)
        deciding.merge(session, [id_of(parts, "a"), id_of(parts, "b")], BY, parts.policy)
        session.execute(update(StoredArticle).values(extractor="older"))
        session.execute(
            update(StoredMention).where(StoredMention.register.is_(False)).values(product="x", product_key="x")
        )
    store(parts, plan_of(parts))
    with parts.database.read() as session:
        assert queries.approval(session, id_of(parts, "c")).status == "rejected"
    assert id_of(parts, "a") == id_of(parts, "b")


def test_only_articles_since_a_day_and_all_again(parts: Assembly) -> None:
    since = {"again": True, "progress": lambda at, of: None}
    assert len(read_all(parts, since=START.replace(day=9), **since).same) == 0
    assert len(read_all(parts, since=START.replace(day=1), **since).same) == 3


def test_a_run_killed_at_any_commit_goes_on_with_what_is_left(parts: Assembly, tmp_path: Path) -> None:
    whole = exported(parts)
    as_an_older_version_read_it(parts)
    parts.database.close()
    kills = 0
    for at in range(1, 20):
        code = killed.run(at, tmp_path / "data", tmp_path, "reextract")
        if code == 0:
            break
        assert code == -signal.SIGKILL
        kills += 1
        assert examine(parts.database) == []
    assert kills >= 1
    assert exported(parts) == whole
    assert plan_of(parts) == Plan()


def page_of(text: str) -> bytes:
    return f"<html><head><title>通过备案</title></head><body><article><h1>通过备案</h1><p>{text}</p></article></body></html>".encode()


def test_a_page_that_is_forgotten_keeps_its_facts_and_is_not_kept_again(parts: Assembly) -> None:
    url, body = "https://a.example/1", page_of(TEXTS["b"])
    page = Page(
        url, url, 200, (("content-type", "text/html; charset=utf-8"),), body, START, hashlib.sha256(body).hexdigest()
    )
    article = parts.ingest.read_page(page)
    reading = Reading(article, parts.ingest.facts(article), Origin.IMPORT, "older", START, page)
    with parts.database.write() as session:
        stored = save(session, reading, parts.lexicon, parts.policy)
    plan = plan_of(parts)
    assert plan.same == [stored.article_id]
    with parts.database.write() as session:
        gone = forget(session, url + "?utm_source=x", BY)
        assert forget(session, "https://b.example/2", BY) is None
    assert (gone.pages, gone.articles, gone.facts) == (1, 1, 1)
    with parts.database.write() as session:
        row = session.get_one(StoredArticle, stored.article_id)
        assert (row.text, kept_page(session.get_one(StoredPage, row.page_id))) == ("", None)
        again = replace(reading, article=replace(article, text=article.text + "更正"))
        save(session, again, parts.lexicon, parts.policy)
        assert session.get_one(StoredArticle, stored.article_id).text == ""
    plan = plan_of(parts)
    assert (plan.not_kept, plan.changed, plan.same) == (1, [], [])
