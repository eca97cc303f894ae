"""Addresses: spellings of one page are one, two pages are two."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.read.urls import canonical_url


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://News.Example.COM:80", "https://news.example.com/"),
        ("https://a.example:443/x?utm_source=rss&id=7&spm=1.2.3#top", "https://a.example/x?id=7"),
        ("http://a.example:8080/x", "http://a.example:8080/x"),
        ("https://a.example/x?from=timeline&isappinstalled=0", "https://a.example/x"),
        ("https://a.example/x?from=2024&f=rss", "https://a.example/x?from=2024"),
        ("https://a.example/index.php/news/1", "https://a.example/index.php/news/1"),
        ("https://示例.example/新闻?名=值", "https://xn--fsq092h.example/%E6%96%B0%E9%97%BB?%E5%90%8D=%E5%80%BC"),
        ("https://a.example/%e6%96%b0", "https://a.example/%E6%96%B0"),
        ("https://a.example/x?", "https://a.example/x"),
        ("https://user:secret@a.example/x", "https://a.example/x"),
        (" https://a.example/x\n", "https://a.example/x"),
        ("https://a.example/#/detail/7", "https://a.example/#/detail/7"),
        ("https://mp.weixin.qq.com/s?__biz=A==&mid=1&idx=2&sn=b&chksm=c&scene=0", "https://mp.weixin.qq.com/s?__biz=A==&mid=1&idx=2&sn=b"),
        ("https://a.example/s?scene=2", "https://a.example/s?scene=2"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("https://[::1", "https://[::1"),
        ("https://[2001:DB8::1]/x", "https://[2001:db8::1]/x"),
    ],
)  # fmt: skip
def test_canonical(url, canonical):
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/x?a=1&b=2", "https://a.example/x?a=1&b=3"),
        ("https://a.example/x?id=1", "https://a.example/x?id=1&id=2"),
        ("https://a.example/x", "https://a.example/x/"),
        ("https://m.a.example/x", "https://www.a.example/x"),
        ("https://a.example/X", "https://a.example/x"),
        ("https://a.example/x?from=3", "https://a.example/x?from=4"),
        ("https://a.example/a%2Fb", "https://a.example/a/b"),
        ("https://a.example/x?q=a+b", "https://a.example/x?q=ab"),
    ],
)
def test_two_pages_stay_two(one, other):
    assert canonical_url(one) != canonical_url(other)


URLS = st.builds(
    "{}://{}{}/{}?{}#{}".format,
    st.sampled_from(["http", "https", "HTTP"]),
    st.text(alphabet="abcXYZ.新-", min_size=1, max_size=12),
    st.sampled_from(["", ":80", ":443", ":8080"]),
    st.text(max_size=12),
    st.text(max_size=20),
    st.text(max_size=5),
)


@given(URLS | st.text(max_size=60))
def test_canonical_is_idempotent(url):
    assert canonical_url(canonical_url(url)) == canonical_url(url)


WORDS = st.text(alphabet="abcdefxyz0123456789", min_size=1, max_size=6)


@given(st.lists(st.tuples(WORDS, WORDS), max_size=5), st.lists(st.tuples(WORDS, WORDS), max_size=5))
def test_addresses_that_differ_in_a_real_parameter_are_never_merged(one, other):
    kept = [[pair for pair in pairs if pair[0] not in ("spm", "scm", "f", "ref", "from")] for pairs in (one, other)]
    queries = ["&".join("=".join(pair) for pair in pairs) for pairs in kept]
    urls = [canonical_url(f"https://a.example/x?utm_source=t&{query}") for query in queries]
    assert (urls[0] == urls[1]) == (queries[0] == queries[1])
    assert urlsplit(urls[0]).query == queries[0]
