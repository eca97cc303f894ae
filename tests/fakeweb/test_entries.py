"""F17: every way in goes through the one gate. The `web` fixture counts who came to the forbidden port: nobody may."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from pydantic import SecretStr

from config.hook import Hook
from extractors.read.entry import UnreadableListing
from pipeline.backfill.listing import backfill
from pipeline.digest.content import Digest
from pipeline.digest.mail import TemporaryMailFailure
from pipeline.draft import Drafter, NothingFound
from pipeline.explain import explain_target
from pipeline.fetch import FetchError, Limits
from pipeline.listings import Listings
from pipeline.trial import try_live

LISTINGS = {
    "feed": 'kind = "feed"\nurl = "{feed.xml}"',
    "html": 'kind = "html"\nitems = "a"\nurl = "{list.html}"',
    "register": 'kind = "register"\nurl = "{list.html}"',
    "sitemap": 'kind = "sitemap"\npages = 2\nurl = "{index.xml}"',
    "json": 'kind = "json"\nlink = "link"\nurl = "{list.json}"',
}


def source_of(web, greenlit, kind: str, host: str = "news.test"):
    lines = LISTINGS[kind]
    for name in ("feed.xml", "list.html", "index.xml", "list.json"):
        lines = lines.replace(f"{{{name}}}", web.url(f"/f17/{name}", host))
    return greenlit.source(kind, lines)


@pytest.mark.parametrize("kind", LISTINGS)
def test_f17_links_of_a_listing(web, greenlit, kind: str) -> None:
    """Articles, attachments and sitemaps that a listing names are refused by name, and so is a redirect on the way."""
    counts = greenlit.round(source_of(web, greenlit, kind))
    assert counts.reason == "refused" or set(counts.reasons) == {"refused"}
    assert "private or reserved address" in counts.error


@pytest.mark.parametrize("kind", ["feed", "html"])
def test_f17_a_trial_of_a_source(web, greenlit, kind: str) -> None:
    listings = Listings(greenlit.parts.ingest, greenlit.parts.polite)
    trial = try_live(source_of(web, greenlit, kind), greenlit.parts.ingest, listings, lambda: 0.0)
    assert "private or reserved address" in str(trial)


def test_f17_a_listing_inside(web, greenlit) -> None:
    """Not even the operator's own source reaches a private address that GREENLIT_PRIVATE_HOSTS does not name."""
    source = greenlit.source("own", f'kind = "feed"\nurl = "{web.url("/feed.xml", "127.0.0.1", "forbidden")}"')
    counts = greenlit.round(source)
    assert (counts.status, counts.reason) == ("failed", "refused")


def test_f17_robots(web, greenlit) -> None:
    counts = greenlit.round(source_of(web, greenlit, "feed", "robots-inside.test"))
    assert counts.reason == "refused"
    assert web.paths("robots-inside.test") == ["/robots.txt"]


@pytest.mark.parametrize("path", ["/f11/0", "/f17/away.html"])
def test_f17_explain(web, greenlit, path: str) -> None:
    assert "private or reserved" in explain_target(greenlit.parts, web.url(path)).refused
    assert "private or reserved" in explain_target(greenlit.parts, web.url("/", "127.0.0.1", "forbidden")).refused


def test_f17_backfill(web, greenlit) -> None:
    lines = f'kind = "json"\nlink = "link"\nurl = "{web.url("/f17/list.json")}?page={{page}}"'
    source = greenlit.source("archive", lines)
    counts = backfill(greenlit.parts.watch(), source, date(2026, 3, 1), date(2026, 3, 9), lambda at, counts: None)
    assert "private or reserved address" in counts.problems[0]


@pytest.mark.parametrize(
    ("where", "reason"),
    [(("/f11/0", "news.test", "web"), "BadReply"), (("/", "127.0.0.1", "forbidden"), "Refused")],
    ids=["redirected", "inside"],
)
def test_f17_a_webhook(web, greenlit, make_fetch, where: tuple[str, str, str], reason: str) -> None:
    """Neither inside, nor to where an address outside leads; the message does not show the address, a secret."""
    hook = Hook(id="chat", url=SecretStr(web.url(*where)), template="{{ text }}")
    hooks = replace(greenlit.parts.hooks, hooks={"chat": hook}, client=lambda: make_fetch(limits=Limits(redirects=0)))
    with pytest.raises(TemporaryMailFailure, match=reason) as caught:
        hooks.post("chat", "key", Digest(), "en")
    assert where[1] not in str(caught.value)


@pytest.mark.parametrize("name", ["feed.xml", "list.html", "index.xml", "away.html"])
def test_f17_a_draft(web, greenlit, name: str) -> None:
    parts = greenlit.parts
    drafter = Drafter(parts.ingest, Listings(parts.ingest, parts.polite))
    try:
        drafter.draft(web.url(f"/f17/{name}"), "drafted", kind=None, probe=True, browser=False)
    except (FetchError, NothingFound, UnreadableListing) as error:
        assert str(error)
