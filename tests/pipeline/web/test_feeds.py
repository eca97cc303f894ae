"""Feeds that a reader's program takes: valid, filtered, with ids that stay."""

import json
import urllib.error
import urllib.request
from datetime import timedelta

import feedparser
import pytest
from telling import NOON, database_at, fact, tell

from config.settings import Settings
from pipeline.web.app import make_app
from pipeline.web.serve import serve

HOSTILE = '<b>"&\ufffe\x00\u2028]]>'


@pytest.fixture
def database(tmp_path):
    opened = database_at(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def get(database, tmp_path):
    settings = Settings(data_dir=tmp_path, web_port=0, public_url="https://desk.example")
    with serve(make_app(database, settings, source_kinds={"测试新闻": "media"}), settings) as url:

        def ask(path, **headers):
            try:
                with urllib.request.urlopen(urllib.request.Request(url + path, headers=headers), timeout=20) as answer:
                    return answer.status, answer.headers, answer.read()
            except urllib.error.HTTPError as error:
                return error.code, error.headers, error.read()

        yield ask


def entries(get, query=""):
    status, headers, body = get(f"/feed.atom{query}")
    assert (status, headers.get_content_type()) == (200, "application/atom+xml")
    parsed = feedparser.parse(body)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed.entries


def test_atom_and_json_say_the_same(database, get):
    tell(database, fact(province="北京"), fact(HOSTILE, HOSTILE))
    atom = entries(get)
    feed = json.loads(get("/feed.json")[2])
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [e.id for e in atom] == [item["id"] for item in feed["items"]]
    assert all(e.id.startswith("urn:uuid:") for e in atom)
    (known,) = [item for item in feed["items"] if "澜序大模型" in item["title"]]
    assert known["external_url"] == "https://news.example/1"
    assert known["url"].startswith("https://desk.example/approvals/")
    assert "澜序科技的澜序大模型已通过备案。" in known["content_text"]


def test_ids_stay_and_the_time_of_a_change_moves(database, get):
    tell(database, fact())
    (before,) = json.loads(get("/feed.json")[2])["items"]
    tell(database, fact(province="北京"), url="https://news.example/2", at=NOON + timedelta(hours=1))
    (after,) = json.loads(get("/feed.json")[2])["items"]
    assert (after["id"], after["date_published"]) == (before["id"], before["date_published"])
    assert (before["date_modified"], after["date_modified"]) == ("2026-03-05T04:00:00Z", "2026-03-05T05:00:00Z")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?province=%E5%8C%97%E4%BA%AC", 1),
        ("?kind=genai_filing&kind=genai_registration", 2),
        ("?kind=genai_registration", 0),
        ("?keyword=%E5%90%AC%E6%BD%AE", 1),
        ("?source_kind=media", 2),
        ("?source_kind=official", 0),
        ("?status=confirmed", 0),
        ("?confidence=0.99", 0),
    ],
)
def test_a_feed_may_be_filtered(database, get, query, count):
    tell(database, fact(province="北京"), fact("潮汐智能", "听潮"))
    assert len(entries(get, query)) == count


def test_a_filter_that_is_not_known_is_refused(get):
    assert get("/feed.json?colour=red")[0] == 400
    assert get("/feed.atom?kind=x")[0] == 400


def test_what_did_not_change_is_not_sent_again(database, get):
    tell(database, fact())
    _, headers, _ = get("/feed.atom")
    assert get("/feed.atom", **{"If-None-Match": headers["ETag"]})[0] == 304
    tell(database, fact("潮汐智能", "听潮"), url="https://news.example/2")
    assert get("/feed.atom", **{"If-None-Match": headers["ETag"]})[0] == 200


def test_what_is_doubtful_is_in_no_feed(database, get):
    tell(database, fact(confidence=0.5))
    assert entries(get) == []
