"""The links in a mail: a program that opens them changes nothing, a press of the button does, and nobody forges one."""

import re
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import timedelta

import pytest
from smtp_server import smtp_server
from telling import NOON, database_at, fact, tell

from config.settings import Settings
from pipeline.digest.joining import Left, ask_to_confirm, join
from pipeline.digest.links import CONFIRM, LEAVE, links_of
from pipeline.digest.send import send_digest
from pipeline.web.app import make_app
from pipeline.web.serve import serve
from storage.subscribers import subscribers, suppressed
from storage.wishes import Wish

PUBLIC = "https://desk.example/greenlit"


@pytest.fixture
def database(tmp_path):
    opened = database_at(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def settings(tmp_path):
    return Settings(
        data_dir=tmp_path, web_port=0, public_url=PUBLIC, smtp_from="greenlit@desk.example", operator="op@desk.example"
    )


@contextmanager
def desk(database, settings, now=NOON):
    with serve(make_app(database, settings, clock=lambda: now), settings) as url:
        yield lambda link, **more: ask(link.replace(PUBLIC, url), **more)


def ask(url, data=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def readers(database):
    with database.read() as session:
        return {s.address: s.state for s in subscribers(session)}


def test_who_is_asked_gets_nothing_before_the_answer(database, settings):
    reader = join(database, settings, "ana@example.org", Wish(), NOON, ask=True)
    with smtp_server() as server:
        own = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": server.port})
        ask_to_confirm(own, reader, NOON)
        (mail,) = server.mails
        (link,) = re.findall(rf"{PUBLIC}/confirm/\S+", mail.body("plain"))
        tell(database, fact())
        assert send_digest(database, own, lambda: NOON).sent == 0
        with desk(database, settings) as open_link:
            assert open_link(link)[0] == 200
            assert readers(database) == {"ana@example.org": "unconfirmed"}, "a scanner that opens links is no answer"
            assert open_link(link, data=b"")[0] == 200
            assert open_link(link, data=b"")[0] == 200
        assert readers(database) == {"ana@example.org": "active"}
        tell(database, fact("潮汐智能", "听潮"), url="https://news.example/2")
        assert send_digest(database, own, lambda: NOON).sent == 1


def test_asked_again_the_new_link_holds_and_the_old_one_no_more(database, settings):
    first = join(database, settings, "ana@example.org", Wish(), NOON, ask=True)
    late = NOON + timedelta(days=20)
    second = join(database, settings, "ana@example.org", Wish(), late, ask=True)
    links = links_of(settings)
    with desk(database, settings, late + timedelta(days=1)) as page:
        assert page(links.to(CONFIRM, first), data=b"")[0] == 404
        assert page(links.to(CONFIRM, second), data=b"")[0] == 200
    assert readers(database) == {"ana@example.org": "active"}


def test_one_click_leaves_and_keeps_a_hash_only(database, settings, tmp_path):
    join(database, settings, "ana@example.org", Wish(), NOON)
    tell(database, fact())
    with smtp_server() as server, desk(database, settings) as open_link:
        own = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": server.port})
        send_digest(database, own, lambda: NOON)
        message = server.mails[0].message
        link = message["List-Unsubscribe"].partition(">")[0].removeprefix("<")
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert link in server.mails[0].body("html")
        assert link in server.mails[0].body("plain")
        assert "ana" not in link
        assert open_link(link)[0] == 200
        assert readers(database) == {"ana@example.org": "active"}
        assert open_link(link, data=b"List-Unsubscribe=One-Click")[0] == 200
        assert readers(database) == {}
        assert open_link(link, data=b"List-Unsubscribe=One-Click")[0] == 200, "twice is as good as once"
    with database.read() as session:
        assert suppressed(session, "ana@example.org", (tmp_path / "salt").read_bytes())
    with pytest.raises(Left, match="--ask"):
        join(database, settings, "ana@example.org", Wish(), NOON)
    assert join(database, settings, "ana@example.org", Wish(), NOON, again=True).state == "active"


def test_a_link_works_for_its_purpose_its_reader_and_its_time_only(database, settings):
    reader = join(database, settings, "ana@example.org", Wish(), NOON, ask=True)
    links = links_of(settings)
    right = links.to(CONFIRM, reader)
    forged = [
        right[:-5] + ("A" if right[-5] != "A" else "B") + right[-4:],  # the last one has bits that say nothing
        links.to(LEAVE, reader).replace(LEAVE, CONFIRM),
        f"{PUBLIC}/confirm/x.y",
    ]
    with desk(database, settings) as open_link:
        assert [open_link(link, data=b"")[0] for link in forged] == [404] * 3
    with desk(database, settings, NOON + timedelta(days=15)) as open_link:
        assert open_link(right, data=b"")[0] == 404
    assert readers(database) == {"ana@example.org": "unconfirmed"}


def test_the_link_of_one_who_left_is_not_that_of_who_came_after(database, settings):
    first = join(database, settings, "ana@example.org", Wish(), NOON)
    link = links_of(settings).to(LEAVE, first)
    with desk(database, settings) as open_link:
        open_link(link, data=b"")
        join(database, settings, "bo@example.org", Wish(), NOON + timedelta(seconds=1))
        assert open_link(link, data=b"")[0] == 200
    assert readers(database) == {"bo@example.org": "active"}


def test_without_a_public_address_there_are_neither_pages_nor_links(database, settings):
    plain = settings.model_copy(update={"public_url": None})
    reader = join(database, plain, "ana@example.org", Wish(), NOON)
    link = links_of(settings).to(LEAVE, reader)
    with desk(database, plain) as open_link:
        assert open_link(link, data=b"")[0] == 404
    tell(database, fact())
    with smtp_server() as server:
        own = plain.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": server.port})
        send_digest(database, own, lambda: NOON)
    message = server.mails[0].message
    assert message["List-Unsubscribe"] == "<mailto:op@desk.example?subject=unsubscribe>"
    assert message["List-Unsubscribe-Post"] is None
