"""JSON lists: fields that are texts with paths in them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.source import Listing
from extractors.read.json_list import told
from extractors.read.listing import Link, read_listing

PAGE = "https://api.example.com/list"


def read(items: list[object], **fields: str) -> tuple[Link, ...]:
    rules = Listing(kind="json", url=PAGE, title="name", **fields)
    return read_listing(json.dumps(items).encode(), None, PAGE, rules)


def test_an_address_may_be_made_of_an_items_number():
    links = read(
        [{"id": 7, "name": "甲"}, {"id": "8", "name": "乙"}],
        link="https://a.example/{id}.html",
        published="{day} {time}",
    )
    assert [(link.url, link.title) for link in links] == [
        ("https://a.example/7.html", "甲"),
        ("https://a.example/8.html", "乙"),
    ]


def test_an_item_that_lacks_a_part_has_no_address():
    items: list[object] = [{"id": "", "name": "甲"}, {"name": "乙"}, {"id": {}, "name": "丙"}, {"id": 4, "name": "丁"}]
    assert [link.title for link in read(items, link="https://a.example/{id}")] == ["丁"]


def test_day_and_time_in_two_fields():
    items: list[object] = [{"id": 7, "name": "甲", "key": {"day": "2026.01.09"}, "hm": "15:30"}]
    (link,) = read(items, link="https://a.example/{id}", published="{key.day} {hm}")
    assert link.published is not None
    assert link.published.isoformat() == "2026-01-09T15:30:00+08:00"


def test_what_an_item_says_is_never_taken_for_a_path():
    (link,) = read([{"id": "{name}", "name": "甲"}], link="https://a.example/{id}")
    assert "甲" not in link.url


@pytest.mark.parametrize("rule", [None, "a", "a.b", "{a}", "{a.b}/{c}", "{", "{}"])
@given(
    item=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner),
    )
)
def test_any_item_can_be_asked(rule, item):
    told(item, rule)
