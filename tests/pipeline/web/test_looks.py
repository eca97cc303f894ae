"""The desk's pages in a real browser: readable for everybody, wide or narrow, light or dark."""

import pytest
from telling import NOON, database_at, fact, tell

from config.settings import Settings
from extractors.records import Claim, Kind
from pipeline.digest.joining import join
from pipeline.digest.links import CONFIRM, LEAVE, links_of
from pipeline.web.app import make_app
from pipeline.web.serve import serve
from storage.wishes import Wish

PUBLIC = "https://desk.example"


@pytest.fixture
def database(tmp_path):
    opened = database_at(tmp_path)
    claim = Claim(Kind.GENAI_FILING, cumulative=346, date="2026-03-01")
    tell(opened, fact(filing_no="Beijing-LanXu-202603030012", province="北京"), claims=(claim,))
    tell(opened, fact("潮汐智能", "听潮", confidence=0.5), url="https://news.example/2")
    yield opened
    opened.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_axe_finds_nothing_on_any_page_and_nothing_is_cut_off(database, tmp_path, width, scheme):
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    settings = Settings(data_dir=tmp_path, web_port=0, public_url=PUBLIC, smtp_from="greenlit@desk.example")
    reader = join(database, settings, "ana@example.org", Wish(), NOON, ask=True)
    links = [links_of(settings).to(purpose, reader).removeprefix(PUBLIC) for purpose in (CONFIRM, LEAVE)]
    pages = ("/", "/?q=听潮&status=held", "/approvals/1", "/reconcile", "/review", "/approvals/9", *links)
    with serve(make_app(database, settings, clock=lambda: NOON), settings) as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        try:
            page = browser.new_page(
                viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True, base_url=url
            )
            for path in pages:
                page.goto(path)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
                found = Axe().run(page).response["violations"]
                assert [(path, one["id"], one["impact"], one["nodes"][0]["html"]) for one in found] == []
        finally:
            browser.close()
