"""What a source file may say, beyond a plain listing: windows, pages, older rules, quiet hours."""

from datetime import date
from pathlib import Path

import pytest

from config.source import Source, SourceProblem, read_source

HEAD = 'id = "mine"\nname = "我的"\nkind = "media"\nlanguage = "zh"\n'
LISTING = '[listing]\nkind = "{kind}"\nurl = "https://a.example/{path}"\n'


def written(tmp_path: Path, text: str) -> Source | SourceProblem:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return read_source(path)


def good(tmp_path: Path, text: str) -> Source:
    found = written(tmp_path, text)
    assert isinstance(found, Source), found
    return found


@pytest.mark.parametrize("kind", ["feed", "sitemap", "wordpress", "register"])
def test_most_kinds_need_only_an_address(tmp_path, kind):
    found = good(tmp_path, HEAD + LISTING.format(kind=kind, path="x"))
    assert found.listing is not None and found.listing.kind == kind


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('items = "a"', "line 5, listing: a wordpress listing has fields that are known"),
        ("browser = true", "`browser` is for html and register pages"),
        ('include = "(["', "line 8, listing.include: '([' is not a regular expression"),
        ('headers = "x"', "line 8, listing.headers: is not a key of a source"),
        ('window = "12h"\nreferer="https://a.example/{day}"', "{day} is no placeholder"),
        ("pages = 0", "line 8, listing.pages"),
    ],
)
def test_a_listing_that_can_not_be_read_so_is_refused_in_words(tmp_path, more, says):
    found = written(tmp_path, HEAD + LISTING.format(kind="wordpress", path="") + more)
    assert isinstance(found, SourceProblem)
    assert says in found.message


@pytest.mark.parametrize(
    ("path", "more", "says"),
    [
        ("x", "pages = 2", "`pages` needs a {page}"),
        ("x?from={since}", "", "both {since} and {until}"),
        ("x?from={since}&to={until}", 'window = "12h"', "at least one day"),
    ],
)
def test_pages_and_windows_need_their_place_in_the_address(tmp_path, path, more, says):
    found = written(tmp_path, HEAD + LISTING.replace("{path}", path).replace("{kind}", "feed") + more)
    assert isinstance(found, SourceProblem)
    assert says in found.message


def test_only_a_window_of_days_may_be_empty(tmp_path):
    window = LISTING.replace("{path}", "x?from={since}&to={until}").replace("{kind}", "feed")
    assert good(tmp_path, HEAD + window + "[expect]\nlinks = 0").expect.links == 0
    found = written(tmp_path, HEAD + LISTING.format(kind="feed", path="x") + "[expect]\nlinks = 0")
    assert isinstance(found, SourceProblem)
    assert "expect.links is 0 only where" in found.message


def test_the_address_of_a_page_in_a_window(tmp_path):
    path = "q?n={page}&d={since}~{until}"
    text = HEAD + LISTING.replace("{path}", path).replace("{kind}", "feed") + 'day_format = "%Y%m%d"'
    listing = good(tmp_path, text).listing
    assert listing is not None and listing.paged and listing.windowed
    expected = "https://a.example/q?n=3&d=20240102~20240108"
    assert listing.address(3, date(2024, 1, 2), date(2024, 1, 8)) == expected
    assert listing.address() == "https://a.example/q?n=1&d=~"


def test_a_page_is_read_by_the_oldest_rules_that_still_hold_for_its_day(tmp_path):
    older = '[[article_before]]\nuntil = 2022-06-30\nbody = ["#new"]\n[[article_before]]\nuntil = 2019-12-31\nbody = ["#old"]\n'
    found = good(tmp_path, HEAD + '[article]\nbody = ["#now"]\n' + older + LISTING.format(kind="feed", path="f"))
    days = [date(2019, 12, 31), date(2020, 1, 1), date(2022, 6, 30), date(2022, 7, 1), None]
    assert [found.rules_for(day).body for day in days] == [("#old",), ("#new",), ("#new",), ("#now",), ("#now",)]


def test_what_is_wrong_in_the_second_of_two_tables_is_named_with_its_line(tmp_path):
    older = "[[article_before]]\nuntil = 2022-06-30\n[[article_before]]\nuntil = 2019-12-31\nmin_length = -1\n"
    found = written(tmp_path, HEAD + older + LISTING.format(kind="feed", path="f"))
    assert isinstance(found, SourceProblem)
    assert "line 9, article_before.min_length" in found.message


def test_older_rules_need_a_day_each(tmp_path):
    listing = LISTING.format(kind="feed", path="f")
    missing = written(tmp_path, HEAD + '[[article_before]]\nbody = ["p"]\n' + listing)
    assert isinstance(missing, SourceProblem) and "line 5, article_before.until" in missing.message
    twice = written(tmp_path, HEAD + "[[article_before]]\nuntil = 2022-06-30\n" * 2 + listing)
    assert isinstance(twice, SourceProblem) and "say each day once" in twice.message


@pytest.mark.parametrize("hours", ["23-6", "24:00-06:00", "06:00-06:00", "always"])
def test_quiet_hours_are_two_times_of_day(tmp_path, hours):
    text = HEAD + f'quiet = "{hours}"\n' + LISTING.format(kind="feed", path="f")
    found = written(tmp_path, text)
    assert isinstance(found, SourceProblem) and "line 5, quiet" in found.message
    assert good(tmp_path, text.replace(hours, "23:00-06:00")).quiet == "23:00-06:00"


def test_a_source_is_mailed_and_expects_half_its_pages_unless_it_says_otherwise(tmp_path):
    listing = LISTING.format(kind="feed", path="f")
    plain = good(tmp_path, HEAD + listing)
    assert (plain.shadow, plain.quiet, plain.expect.rejected) == (False, None, 0.5)
    new = good(tmp_path, HEAD + "shadow = true\n" + listing + "[expect]\nrejected = 0.2\n")
    assert (new.shadow, new.expect.rejected) == (True, 0.2)
