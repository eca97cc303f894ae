"""F25 to F35: pages whose content is a trap, each read in a whole round, and what comes out at the other end."""

from __future__ import annotations

import csv
import re
import urllib.request
import zipfile
from datetime import date
from io import StringIO
from pathlib import Path
from urllib.error import HTTPError
from zoneinfo import ZoneInfo

import pytest
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import select
from sqlalchemy.orm import undefer
from starlette.routing import Route

from extractors.registers.reading import ListContext, read_register
from pipeline.digest.preview import preview
from pipeline.export import write_csv, write_xlsx
from pipeline.fetch import Request
from pipeline.ingest import Broken
from pipeline.web.app import make_app
from pipeline.web.serve import serve
from storage import queries
from storage.tables import Quarantine, StoredArticle

CHINA = ZoneInfo("Asia/Shanghai")


def approvals(greenlit) -> list:
    with greenlit.parts.database.read() as session:
        return list(queries.approvals(session))


def articles(greenlit) -> dict:
    """The stored articles, texts loaded, by the name of their page."""
    with greenlit.parts.database.read() as session:
        rows = session.scalars(select(StoredArticle).options(undefer(StoredArticle.text))).all()
        return {row.url.rpartition("/")[2].removesuffix(".html"): row for row in rows}


def quarantined(greenlit) -> dict[str, str]:
    with greenlit.parts.database.read() as session:
        rows = session.scalars(select(Quarantine)).all()
        return {row.url.rpartition("/")[2].removesuffix(".html"): row.reason for row in rows}


def desk(greenlit, *paths: str) -> list[str]:
    """These pages of the desk, over real HTTP."""
    settings = greenlit.parts.settings.model_copy(update={"web_port": 0})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with serve(make_app(greenlit.parts.database, settings), settings) as url:
        return [opener.open(url + path, timeout=20).read().decode() for path in paths]


def mail(greenlit) -> str:
    """The digest's HTML."""
    parts = greenlit.parts
    return preview(parts.database, parts.settings, parts.clock, since=date(2026, 3, 1)).html


def test_f25_gb18030_under_other_names(web, greenlit) -> None:
    """Rare characters survive a gb2312 label, a label that comes late is found, lost characters put a page aside."""
    counts = greenlit.round(greenlit.feed(web, "f25"))
    assert (counts.read, counts.reasons) == (2, {"replaced": 1})
    assert "can't be read" in quarantined(greenlit)["lost"]
    named = {a.product: a.company.name for a in approvals(greenlit)}
    assert "㐀䶮智语" in named["䶮言"]
    assert "青禾" in named
    assert all("\ufffd" not in article.text for article in articles(greenlit).values())


@pytest.mark.parametrize("name", ["laughs", "external", "file", "sitemap", "deep"])
def test_f26_hostile_xml(web, greenlit, name: str) -> None:
    """No entity is expanded and nothing is fetched: the listing fails by name (the `web` fixture counts who came)."""
    kind = "sitemap" if name == "sitemap" else "feed"
    counts = greenlit.round(greenlit.source(name, f'kind = "{kind}"\nurl = "{web.url(f"/f26/{name}.xml")}"'))
    assert counts.status == "failed"
    assert counts.reason in ("unreadable", "zero_links")
    assert web.paths() == ["/robots.txt", f"/f26/{name}.xml"]


def test_f26_an_external_dtd_is_not_fetched(web, greenlit) -> None:
    counts = greenlit.round(greenlit.source("outside", f'kind = "feed"\nurl = "{web.url("/f26/outside.xml")}"'))
    assert counts.listed in (0, 1)
    assert (counts.listed == 0) == (counts.status == "failed" and counts.reason != "http_status")


def test_f27_script_in_names_and_titles(web, greenlit) -> None:
    """What a page says is data on the desk and in the mail: shown, never run."""
    greenlit.round(greenlit.feed(web, "f27"))
    (article,) = articles(greenlit).values()
    assert "<script>alert(1)</script>" in article.title
    (approval,) = approvals(greenlit)
    for html in (*desk(greenlit, "/", f"/approvals/{approval.id}"), mail(greenlit)):
        tree = LexborHTMLParser(html)
        assert tree.css("script, [onerror], [onmouseover], [onclick], img[src=x]") == []
        assert not [a for a in tree.css("a") if (a.attributes["href"] or "").lower().startswith("javascript:")]
        assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_f28_no_stored_page_is_served(web, greenlit) -> None:
    """Whatever address the desk answers at, it gives no page as it was fetched, and forbids scripts."""
    greenlit.round(greenlit.feed(web, "f27"))
    settings = greenlit.parts.settings.model_copy(update={"web_port": 0})
    app = make_app(greenlit.parts.database, settings)
    paths = [re.sub(r"{[^}]*}", "1", route.path) for route in app.routes if isinstance(route, Route)]
    assert {"/", "/approvals/1"} <= set(paths)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with serve(app, settings) as url:
        for path in paths:
            try:
                reply = opener.open(url + path, timeout=20)
            except HTTPError as error:
                reply = error
            assert "default-src 'none'" in reply.headers["Content-Security-Policy"], path
            assert reply.headers["X-Content-Type-Options"] == "nosniff", path
            shown = "html" in reply.headers.get("Content-Type", "")
            assert not (shown and b'<div id="body">' in reply.read()), path


def test_f29_formulas_in_exports(web, greenlit, tmp_path) -> None:
    """No cell of the CSV begins as a formula does, and the workbook holds texts, no formulas."""
    greenlit.round(greenlit.feed(web, "f29"))
    found = approvals(greenlit)
    out = StringIO()
    write_csv(found, CHINA, out)
    rows = list(csv.reader(StringIO(out.getvalue())))
    assert any("=HYPERLINK" in cell for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    write_xlsx(found, CHINA, tmp_path / "out.xlsx")
    with zipfile.ZipFile(tmp_path / "out.xlsx") as book:
        sheets = [book.read(name) for name in book.namelist() if "worksheets/sheet" in name]
    assert sheets and not any(b"<f>" in sheet for sheet in sheets)


def test_f30_template_code_stays_text(web, greenlit) -> None:
    greenlit.round(greenlit.feed(web, "f30"))
    (article,) = articles(greenlit).values()
    assert (article.title, "{{7*7}}" in article.text) == ("{{ config }}{% include 'x' %}", True)
    (approval,) = approvals(greenlit)
    for html in (*desk(greenlit, "/", f"/approvals/{approval.id}"), mail(greenlit)):
        assert "{{7*7}}" in html
        assert "49" not in LexborHTMLParser(html).body.text().replace("2026", "")


ATTACHMENTS = {
    "bomb.xlsx": "unpacks to more than",
    "rows.xlsx": "no table",
    "slip.xlsx": "names a file outside itself",
    "cut.docx": "damaged or was cut off",
    "deep.docx": "damaged",
    "laughs.docx": "no body|entit",
    "macro.docx": "damaged",
    "objects.pdf": "damaged|cut off",
    "loop.pdf": "damaged|cut off",
    "wrong.pdf": "damaged",
    "gzip.docx": "gzip archive",
}


@pytest.mark.parametrize(("name", "reason"), ATTACHMENTS.items())
def test_f31_attachments(web, greenlit, name: str, reason: str) -> None:
    """An attack by document gives no row, writes no file, and takes nothing down: it has its one named error."""
    page = greenlit.parts.polite.fetch(Request(web.url(f"/f31/{name}")))
    with pytest.raises(Broken, match=f"{reason}|took more than"):
        greenlit.parts.ingest.read(read_register, page.body, name, ListContext())
    assert not Path("/tmp/greenlit-slip").exists()


def test_f31_html_under_another_name_is_read_as_html(web, greenlit) -> None:
    page = greenlit.parts.polite.fetch(Request(web.url("/f31/html.xls")))
    assert greenlit.parts.ingest.read(read_register, page.body, "html.xls", ListContext()).rows == ()


def test_f31_a_register_page_names_its_attachments(web, greenlit) -> None:
    source = greenlit.source("register", f'kind = "register"\nurl = "{web.url("/f31/list.html")}"')
    assert greenlit.round(source).listed == len(ATTACHMENTS) + 1


def test_f32_megabytes_for_the_rules(web, greenlit) -> None:
    """5 MB of digits are no article; of all that may be one, each is read or stopped within its two seconds."""
    counts = greenlit.round(greenlit.feed(web, "f32"))
    assert counts.read + counts.rejected == 5
    aside = quarantined(greenlit)
    assert "not an article" in aside.pop("endless")
    assert set(aside) <= {"digits", "counts", "sentences"}
    assert set(aside.values()) <= {"the page took more than 2 seconds of CPU"}
    assert "青禾" in {approval.product for approval in approvals(greenlit)}


def test_f33_unicode(web, greenlit) -> None:
    """NUL and lone surrogates are gone, and one number in two widths is one approval."""
    counts = greenlit.round(greenlit.feed(web, "f33"))
    assert (counts.status, counts.read) == ("ok", 2)
    for article in articles(greenlit).values():
        assert "\0" not in article.title + article.text
        (article.title + article.text).encode()
    (approval,) = approvals(greenlit)
    assert len(approval.articles) == 2
    for html in (*desk(greenlit, "/", f"/approvals/{approval.id}"), mail(greenlit)):
        assert not {"\u202e", "\u200b", "\0"} & set(html)


def test_f34_dates(web, greenlit) -> None:
    """What is no day, or is to come, is not believed (the text's own day stands); a naive time is China's."""
    greenlit.round(greenlit.feed(web, "f34"))
    found = articles(greenlit)
    stated = {name: article.published for name, article in found.items()}
    assert stated["future"] is None
    assert {stated[name].astimezone(CHINA).date() for name in ("far", "year", "day", "lunar")} == {date(2026, 3, 1)}
    same = {stated[name].astimezone(CHINA).isoformat() for name in ("offset", "utc", "naive")}
    assert same == {"2026-03-02T20:00:00+08:00"}
    days = {a.product: a.approved_on for a in approvals(greenlit)}
    assert days["青禾九"] == "2025-12-30", "30 December, told in January, was last year's"


def test_f35_orders_to_a_model_are_text(web, greenlit) -> None:
    """No model reads them; they change nothing: what else the page states is stored as for any page."""
    greenlit.round(greenlit.feed(web, "f35"))
    assert "Ignore all previous instructions" in articles(greenlit)["prompt"].text
    assert {(a.product, a.status) for a in approvals(greenlit)} == {("青禾", "reported"), ("云岭", "reported")}
