"""Addresses: spellings of one page are one, two pages are two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.read.urls import canonical_url, with_slash


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://News.Example.COM:80", "https://news.example.com/"),
        ("https://a.example:443/x?utm_source=rss&id=7&spm=1.2.3#top", "https://a.example/x?id=7"),
        ("http://a.example:8080/x", "http://a.example:8080/x"),
        ("https://a.example/x?from=timeline&isappinstalled=0", "https://a.example/x"),
        ("https://a.example/x?from=2024&f=rss", "https://a.example/x?from=2024"),
        ("https://a.example/index.php/news/1", "https://a.example/news/1"),
        ("https://a.example/blog/index.php/index.php/1?p=2", "https://a.example/blog/1?p=2"),
        ("https://a.example/index.php?p=2", "https://a.example/index.php?p=2"),
        ("http://m.a.example/x", "https://a.example/x"),
        ("https://www.a.example/x", "https://a.example/x"),
        ("https://3g.a.com.cn/x", "https://a.com.cn/x"),
        ("https://www.gov.cn/x", "https://www.gov.cn/x"),
        ("https://m.com/x", "https://m.com/x"),
        ("https://mp.a.example/x", "https://mp.a.example/x"),
        ("https://a.example/%7ea%2Fb%41?q=%e6%96%b0%2d1%", "https://a.example/~a%2FbA?q=%E6%96%B0-1%25"),
        ("https://a.example/x?%75tm_source=1&id=2", "https://a.example/x?id=2"),
        ("https://A.example./x", "https://a.example/x"),
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
        ("https://news.a.example/x", "https://www.a.example/x"),
        ("https://a.example:8080/x", "https://a.example:8081/x"),
        ("https://a.example/x?a=1&b=2", "https://a.example/x?b=2&a=1"),
        ("https://a.example/#/detail/7", "https://a.example/#/detail/8"),
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


WORDS = st.text(alphabet="abcdefxyzXYZ0123456789-._~新", min_size=1, max_size=6)
REAL = st.tuples(
    st.sampled_from(["a.example", "news.a.example", "b.com.cn", "www.gov.cn"]),
    st.lists(WORDS.filter(lambda word: word not in (".", "..", "index.php")), max_size=3),
    st.lists(st.tuples(WORDS.filter(lambda word: word.lower() not in NOISY), WORDS), max_size=3),
)
NOISY = ("spm", "scm", "f", "ref", "from", "source")


def plain(host, path, parameters):
    """The address of a page, written as most would."""
    query = "&".join("=".join(pair) for pair in parameters)
    return f"https://{host}/{'/'.join(path)}" + (f"?{query}" if query else "")


@st.composite
def noisy(draw, host, path, parameters):
    """The same page in another spelling."""
    fronts = ["", "www.", "m.", "WAP.", "3g.", "mobile."] if host != "www.gov.cn" else [""]
    scheme, port = draw(st.sampled_from([("https", ""), ("HTTP", ""), ("http", ":80"), ("https", ":443")]))
    tracked = list(parameters)
    for pair in draw(
        st.lists(st.sampled_from([("utm_source", "x"), ("spm", "1.2"), ("from", "timeline")]), max_size=2)
    ):
        tracked.insert(draw(st.integers(0, len(tracked))), pair)
    front = "/index.php" if path and draw(st.booleans()) else ""
    fragment = draw(st.sampled_from(["", "#top", "#"]))
    spelled = plain(draw(st.sampled_from(fronts)) + host.upper(), [escaped(part, draw) for part in path], tracked)
    return (
        spelled.replace("https://", f"{scheme}://").replace(f"{host.upper()}/", f"{host.upper()}{port}{front}/")
        + fragment
    )


def escaped(text, draw):
    """Some plain characters written as escapes, in either case."""
    return "".join(f"%{ord(c):02x}" if c.isascii() and draw(st.booleans()) else c for c in text)


@given(st.data())
def test_every_spelling_of_a_page_is_one_identity(data):
    page = data.draw(REAL)
    assert canonical_url(data.draw(noisy(*page))) == canonical_url(plain(*page))


@given(REAL, REAL)
def test_two_pages_that_differ_in_host_path_or_a_real_parameter_are_never_merged(one, other):
    assert (canonical_url(plain(*one)) == canonical_url(plain(*other))) == (one == other)


@given(REAL, st.data())
def test_no_real_parameter_is_lost(page, data):
    host, path, parameters = page
    changed = data.draw(st.integers(0, len(parameters)))
    more = [*parameters[:changed], ("id", data.draw(WORDS)), *parameters[changed:]]
    assert canonical_url(plain(host, path, more)) != canonical_url(plain(*page))


@pytest.mark.parametrize(
    ("rule", "url", "known_by"),
    [
        (None, "https://a.example/x/", "https://a.example/x/"),
        ("always", "https://a.example/x?id=1", "https://a.example/x/?id=1"),
        ("always", "https://a.example/x//", "https://a.example/x/"),
        ("always", "https://a.example", "https://a.example/"),
        ("always", "https://a.example/x/1.html", "https://a.example/x/1.html"),
        ("never", "https://a.example/x/?id=1", "https://a.example/x?id=1"),
        ("never", "https://a.example/", "https://a.example/"),
    ],
)
def test_a_site_may_have_a_rule_for_the_slash_at_the_end(rule, url, known_by):
    assert with_slash(url, rule) == known_by


@given(REAL, st.sampled_from(["always", "never"]))
def test_the_rule_merges_a_page_with_and_without_a_slash_and_nothing_else(page, rule):
    host, path, parameters = page
    bare, slashed = plain(host, path, parameters), plain(host, [*path, ""], parameters)
    one = canonical_url(with_slash(bare, rule))
    if path and "." not in path[-1]:
        assert one == canonical_url(with_slash(slashed, rule))
    assert canonical_url(with_slash(one, rule)) == one
    assert one in (canonical_url(bare), canonical_url(slashed))
