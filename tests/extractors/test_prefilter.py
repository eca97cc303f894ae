import json
import re
import tracemalloc
from pathlib import Path
from random import Random

import pytest
from newsweb import SITES, Site, relevant_articles

from extractors.read import prefilter
from extractors.read.prefilter import Prefilter
from extractors.understand.chars import plain_table

ROOT = Path(__file__).parents[2]
TRAINING = ROOT / "extractors" / "training" / "articles"
ANNOTATED = [
    *(ROOT / "tests" / "gold" / f"{name}.jsonl" for name in ("dev", "dev_long")),
    *sorted(TRAINING.glob("hand_[e-k].jsonl")),
    TRAINING / "hands_a_to_d.jsonl",
    TRAINING / "lead.jsonl",
]
PREFILTER = Prefilter()
ENGINES = {"aho-corasick": PREFILTER, "hyperscan": Prefilter(prefilter.hyperscan)}


def articles() -> list[str]:
    """Every annotated article that tells of an approval or a revocation, with its title, as its page has it."""
    rows = [json.loads(line) for file in ANNOTATED for line in file.read_text("utf-8").splitlines()]
    return sorted({f"{row['title']}\n{row['text']}" for row in rows if row["relevant"] or row["revocations"]})


def test_of_articles_that_never_name_the_procedure_few_are_stopped() -> None:
    """Hands M to W and D1 to D4, some of them roundabout: `yesterday the province let Moonbird in`."""
    files = sorted([*TRAINING.glob("hand_[m-w].jsonl"), *TRAINING.glob("hand_d?.jsonl")])
    rows = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    passed = [PREFILTER.may_tell(f"{row['title']}\n{row['text']}".encode()) for row in rows if row["relevant"]]
    assert sum(passed) / len(passed) > 0.94


def traditional(text: str) -> str:
    back: dict[int, str] = {}
    for old, new in plain_table().items():
        if 0x3400 < old < 0xA000 and _in_big5(chr(old)):
            back.setdefault(ord(new), chr(old))
    return text.translate(back)


def _in_big5(char: str) -> bool:
    try:
        char.encode("big5")
    except UnicodeEncodeError:
        return False
    return True


def parted(text: str, by: str) -> str:
    """The text with something between any two Chinese characters."""
    return re.sub(r"(?<=[\u3400-\u9fff])(?=[\u3400-\u9fff])", lambda _: by, text)


FORMS = {
    "utf-8": lambda text: text.encode(),
    "gb18030": lambda text: text.encode("gb18030"),
    "utf-16": lambda text: text.encode("utf-16-le"),
    "traditional": lambda text: traditional(text).encode(),
    "big5": lambda text: traditional(text).encode("big5", "replace"),
    "decimal entities": lambda text: text.encode("ascii", "xmlcharrefreplace"),
    "hex entities": lambda text: "".join(f"&#x{ord(c):X};" if ord(c) > 127 else c for c in text).encode(),
    "json escapes": lambda text: json.dumps(text).encode(),
    "upper case": lambda text: text.upper().encode(),
    "parted by blanks": lambda text: parted(text, " ").encode(),
    "parted by wide blanks": lambda text: parted(text, "\u3000").encode(),
    "parted by lines": lambda text: parted(text, "\r\n").encode("gb18030"),
    "parted by tags": lambda text: parted(text, '</em><em class="hit">').encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_no_article_that_matters_is_stopped(form: str) -> None:
    assert len(articles()) > 380
    assert [text for text in articles() if not PREFILTER.may_matter(FORMS[form](text))] == []


@pytest.mark.parametrize(
    "body", [b"", b"\x00" * 10, "今天天气不错，大模型发布会延期。".encode(), b"The weather is fine."]
)
def test_other_pages_are_stopped(body: bytes) -> None:
    assert not PREFILTER.may_matter(body)


def test_a_word_is_found_wherever_the_page_is_cut_to_be_looked_through() -> None:
    word = "备案".encode()
    assert max(map(len, prefilter._patterns())) < prefilter.LONGEST
    for cut in (prefilter.LOOK, 2 * prefilter.LOOK, 4 * prefilter.LOOK):
        for back in range(len(word) + 2):
            assert PREFILTER.may_matter(b"x" * (cut - back) + word + b"x" * 4 * prefilter.LOOK)


@pytest.mark.parametrize("back", [0, 3, 50, 2_000])
def test_a_broken_word_is_found_wherever_the_page_is_cut(back: int) -> None:
    parted = "备<b></b>".encode() + b" " * 3_000 + "案".encode()
    assert PREFILTER.may_matter(b"x" * (4 * prefilter.LOOK - back) + parted + b"x" * 4 * prefilter.LOOK)
    assert not PREFILTER.may_matter(b"x" * (4 * prefilter.LOOK - back) + parted[:-3] + b"x" * 4 * prefilter.LOOK)


@pytest.mark.parametrize("unit", ["备案", "<b>x</b>", "x y\n"], ids=["words", "tags", "blanks"])
def test_a_page_full_of_them_costs_little_memory(unit: str) -> None:
    body = unit.encode() * (4_000_000 // len(unit.encode()))
    tracemalloc.start()
    try:
        PREFILTER.may_matter(body)
        assert tracemalloc.get_traced_memory()[1] < 15_000_000
    finally:
        tracemalloc.stop()


WRAPPED = {
    "utf-8": lambda page: page.encode(),
    "gb18030": lambda page: page.encode("gb18030"),
    "big5": lambda page: traditional(page).encode("big5", "xmlcharrefreplace"),
    "utf-16": lambda page: page.encode("utf-16"),
    "decimal entities": lambda page: page.encode("ascii", "xmlcharrefreplace"),
    "hex entities": lambda page: "".join(f"&#x{ord(c):x};" if ord(c) > 127 else c for c in page).encode(),
    "data in a script": lambda page: in_script(page).encode(),
}


def in_script(page: str) -> str:
    """The page with its article as JSON, as some sites send it."""
    head, _, rest = page.partition('<div class="article">')
    article, _, foot = rest.partition("</time>")
    data = json.dumps({"headline": article, "articleBody": foot})
    return f'{head}<script type="application/ld+json">{data}</script></body></html>'


@pytest.fixture(scope="module")
def templates() -> list[str]:
    """Every relevant article of the development set, each in the page of another site."""
    random = Random(7)
    sites = [Site(number, Random(number), size=30_000) for number in range(SITES)]
    told = relevant_articles()
    assert len(told) > 70
    return [sites[n % SITES].html(random, title, text.split("\n")) for n, (title, text) in enumerate(told)]


@pytest.mark.parametrize("form", WRAPPED)
@pytest.mark.parametrize("engine", ENGINES)
def test_no_relevant_article_is_stopped_in_the_page_around_it(engine: str, form: str, templates: list[str]) -> None:
    words = ENGINES[engine]
    assert [page for page in templates if not words.may_matter(WRAPPED[form](page))] == []
    assert [page for page in templates if not words.may_tell(WRAPPED[form](page))] == []


@pytest.mark.parametrize("form", FORMS)
def test_both_engines_give_the_same_verdict(form: str) -> None:
    bodies = [FORMS[form](text)[at : at + 60] for text in articles()[:60] for at in range(0, 600, 40)]
    first, second = ([words.may_matter(body) for body in bodies] for words in ENGINES.values())
    assert first == second
    assert 0 < sum(first) < len(first)


APART = {
    "a menu": "<nav><ul><li>备案查询</li></ul></nav><p>天气很好。</p>",
    "a script": "<script>var a='备案';</script><p>天气很好。</p>",
    "a style": "<style>.a::after{content:'备案'}</style><p>天气很好。</p>",
    "a link that stands alone": "<div><a href='/a'>备案查询</a><a href='/b'>更多</a></div><p>天气很好。</p>",
    "links with bars between them": "<div><a href='/a'>登记</a> | <a href='/b'>备案</a> | <a href='/c'>c</a></div>",
    "a tag": "<p><img alt='备案' src='a.png'>天气很好。</p>",
    "a list of links": "<ul><li><a href='/a'><span>某公司通过备案</span></a></li></ul><p>天气很好。</p>",
}
TOLD = {
    "a paragraph": "<p>某公司通过备案。</p>",
    "a title": "<title>某公司通过备案</title>",
    "a link in a sentence": "<div>某公司<a href='/a'>通过备案</a>，近日上线。</div>",
    "a link that is all of a paragraph": "<p><a href='/a'>某公司通过备案</a></p>",
    "a link in a cell": "<table><tr><td><a href='/a'>备案</a></td></tr></table>",
    "behind a script that never ends": "<script>var a=1;<p>某公司通过备案。</p>",
    "text without any tag": "某公司通过备案",
    "parted by a tag": "<p>某公司通过备<b>案</b>。</p>",
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", [*APART, *TOLD])
def test_words_count_where_the_page_tells_them(engine: str, name: str) -> None:
    body = (APART.get(name) or TOLD[name]).encode()
    assert ENGINES[engine].may_matter(body)
    assert ENGINES[engine].may_tell(body) is (name in TOLD)


STATED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("label", [b"utf-8", b"gbk"], ids=["utf-8", "gbk"])
@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "big5", "utf-16", "utf-16-be"])
def test_a_page_that_is_not_in_the_charset_that_it_states_is_not_stopped(
    engine: str, charset: str, label: bytes
) -> None:
    page = STATED.replace(b"utf-8", label) + "某公司通過備案。".encode(charset)
    assert ENGINES[engine].may_matter(page)
    assert ENGINES[engine].may_tell(page)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_parted_word_is_found_in_every_charset_that_its_page_states(engine: str) -> None:
    for label, charset in {"UTF-8": "utf-8", "gbk": "gbk", "GB2312": "gb18030", "big5": "big5", "x": "gbk"}.items():
        page = STATED.replace(b"utf-8", label.encode()) + "某公司通過備<b>案</b>。".encode(charset)
        assert ENGINES[engine].may_tell(page), label
