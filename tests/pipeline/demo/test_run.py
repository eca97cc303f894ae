"""The demo, whole: what the press tells is found, what it does not tell is not, and the mail says so."""

from __future__ import annotations

import email
import email.policy
from datetime import date
from pathlib import Path

import pytest

from config.settings import Settings
from pipeline.demo.press import Press
from pipeline.demo.run import play
from storage import queries
from storage.database import open_database
from storage.records import Approval


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Approval], Path]:
    """The approvals that the demo stored, and its folder."""
    data = tmp_path_factory.mktemp("demo")
    assert play(Settings(data_dir=data), lambda line: None)
    database = open_database(f"sqlite:///{data / 'demo' / 'greenlit.db'}")
    with database.read() as session:
        held = list(queries.approvals(session))
    database.close()
    return held, data / "demo"


def expected():
    with Press(date(2026, 3, 10)) as press:
        return press.expected()


@pytest.mark.parametrize("wanted", expected().approvals, ids=lambda wanted: wanted.companies[0])
def test_each_approval_of_the_press_is_found_with_its_pages(played, wanted) -> None:
    found = [
        a
        for a in played[0]
        if set(wanted.companies) & set(a.company.names)
        and (not wanted.products or set(wanted.products) & set(a.product_names))
    ]
    assert len(found) == 1
    assert found[0].kind.value == wanted.kind
    assert {p.partition("?")[0] for p in wanted.pages} <= {
        "/" + a.url.split("/", 3)[3].partition("?")[0] for a in found[0].articles
    }


def test_nothing_else_is_found(played) -> None:
    names = {name for wanted in expected().approvals for name in wanted.companies}
    strangers = [approval for approval in played[0] if not names & set(approval.company.names)]
    assert len(strangers) <= 2
    assert {str(approval.status) for approval in strangers} <= {"held"}  # never mailed


def test_no_negative_page_is_evidence(played) -> None:
    pages = {"/" + e.url.split("/", 3)[3].partition("?")[0] for a in played[0] for e in a.articles}
    assert not pages & {p.partition("?")[0] for p in expected().negatives}


def test_the_digest_is_one_real_mail(played) -> None:
    (path,) = (played[1] / "outbox").glob("*.eml")
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert "new approvals" in mail["Subject"]
    assert "听潮" in mail.get_body(("plain",)).get_content()
    assert "听潮" in mail.get_body(("html",)).get_content()
