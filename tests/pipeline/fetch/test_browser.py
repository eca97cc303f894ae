"""Pages that need JavaScript: what the browser shows, and what it can't reach."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from web import Answer, Web, wire

from config.settings import Settings
from pipeline.fetch import BadReply, Polite, Refused, Request, Unreachable, make_client
from pipeline.fetch.browser import REQUESTS, render

SHELL = """<html><body><ul id="list"></ul><script src="/app.js"></script></body></html>"""
APP = """
fetch('/api/list').then(r => r.json()).then(rows => {
  for (const row of rows) {
    const li = document.createElement('li');
    li.innerHTML = '<a href="' + row.url + '">' + row.title + '</a>';
    document.getElementById('list').append(li);
  }
});
"""


class Times:
    def not_before(self, host: str) -> datetime | None:
        return None

    def hold(self, host: str, until: datetime) -> None:
        raise AssertionError("no host asks for a pause here")


@pytest.fixture
def web():
    with Web() as server:
        server.serve("/list", SHELL, headers={"Content-Type": "text/html; charset=utf-8"})
        server.serve("/app.js", APP, headers={"Content-Type": "text/javascript"})
        server.serve("/api/list", '[{"url": "/1.html", "title": "晨星大模型完成备案"}]')
        yield server


@pytest.fixture
def polite():
    def clock() -> datetime:
        return datetime(2026, 3, 10, 4, tzinfo=UTC)

    client = make_client(Settings(allow_private_networks=True), clock=clock)
    return Polite(client, Times(), clock=clock, floor=0.0)


def rendered(polite: Polite, web: Web, *, seconds: float = 30.0, ready: str = "#list a") -> str:
    page = render(polite, Request(f"{web.url}/list", operator=True), ready, spacing=0.0, seconds=seconds)
    assert page.final_url == f"{web.url}/list"
    assert page.header("content-type") == "text/html; charset=utf-8"
    return page.body.decode()


@pytest.mark.browser
def test_what_scripts_add_is_in_the_page(web, polite):
    assert '<a href="/1.html">晨星大模型完成备案</a>' in rendered(polite, web)
    assert web.paths() == ["/robots.txt", "/list", "/app.js", "/api/list"]
    assert {asked.headers["user-agent"].split("/")[0] for asked in web.log} == {"Greenlit"}


@pytest.mark.browser
def test_the_page_reaches_no_other_host_and_changes_nothing(web, polite):
    def hang_up(sock):
        sock.close()

    with wire(hang_up) as other:
        there = f"http://localhost:{other.port}"
        script = f"""
        fetch('{there}/fetch'); new Image().src = '{there}/image';
        try {{ new WebSocket('ws://127.0.0.1:{other.port}/ws'); }} catch (e) {{}}
        navigator.sendBeacon('{there}/beacon', 'x'); fetch('/post', {{method: 'POST', body: 'x'}});
        window.open('{there}/popup');
        const peer = new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{other.port}'}}]}});
        peer.createDataChannel('x'); peer.createOffer().then(o => peer.setLocalDescription(o));
        """
        frame = f'<iframe src="{there}/frame"></iframe><link rel="prefetch" href="{there}/prefetch">'
        shell = SHELL.replace("</body>", f"{frame}<script>{script}</script></body>")
        web.serve("/list", shell, headers={"Content-Type": "text/html; charset=utf-8"})
        assert "晨星" in rendered(polite, web)
        assert other.connections == 0
    assert {asked.method for asked in web.log} == {"GET"}
    assert "/post" not in web.paths()


@pytest.mark.browser
@pytest.mark.parametrize("script", ["", "for (;;) {}", "setTimeout(() => { for (;;) {} }, 0)"])
def test_a_page_that_never_shows_a_list_is_given_up(web, polite, script):
    web.serve("/app.js", script, headers={"Content-Type": "text/javascript"})
    with pytest.raises(Unreachable, match="showed nothing at '#list a' within 4 seconds"):
        rendered(polite, web, seconds=4)


@pytest.mark.browser
def test_a_page_that_asks_without_end_is_given_up(web, polite):
    web.serve("/again", b"{}")
    web.serve("/app.js", "let n = 0; (async () => { for (;;) await fetch('/again?' + n++); })()")
    with pytest.raises(BadReply, match=f"more than {REQUESTS} requests"):
        rendered(polite, web)
    assert sum(asked.path.startswith("/again") for asked in web.log) < REQUESTS


@pytest.mark.browser
def test_a_page_grown_beyond_all_bounds_is_refused(web, polite):
    web.serve("/app.js", "document.body.append('x'.repeat(11e6)); document.querySelector('#list').innerHTML = '<a>'")
    with pytest.raises(BadReply, match="more than 10,000,000 characters"):
        rendered(polite, web)


@pytest.mark.browser
def test_a_forbidden_script_is_not_fetched(web, polite):
    web.serve("/robots.txt", "User-agent: *\nDisallow: /api/")
    web.serve("/app.js", APP + "document.getElementById('list').innerHTML = '<a href=/2.html>江海</a>'")
    assert "江海" in rendered(polite, web)
    assert "/api/list" not in web.paths()


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ({"which": lambda name: None}, r"install Chromium \(apt install chromium\)"),
        ({"spec": lambda name: None}, r"pip install 'greenlit\[browser\]'"),
    ],
)
def test_a_missing_browser_is_said_with_its_remedy(web, polite, missing, says):
    with pytest.raises(Refused, match=says):
        render(polite, Request(f"{web.url}/list"), "a", **{"which": lambda name: "/usr/bin/true", **missing})
    assert web.log == []


@pytest.mark.browser
def test_a_browser_that_can_not_start_is_a_bad_reply(web, polite):
    with pytest.raises(BadReply, match="the browser gave up"):
        render(polite, Request(f"{web.url}/list"), "a", spacing=0.0, which=lambda name: "/bin/false")


@pytest.mark.browser
def test_redirects_count_and_the_page_says_where_it_ended(web, polite):
    web.serve("/old", lambda asked: Answer(b"", 301, {"Location": "/list"}))
    page = render(polite, Request(f"{web.url}/old"), "#list a", spacing=0.0)
    assert page.final_url == f"{web.url}/list"
    assert "晨星" in page.body.decode()
