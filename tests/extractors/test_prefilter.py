import json
import re
import tracemalloc
from pathlib import Path

import pytest

from extractors.read import prefilter
from extractors.read.prefilter import Prefilter
from extractors.understand.chars import plain_table

ROOT = Path(__file__).parents[2]
ANNOTATED = [
    *(ROOT / "tests" / "gold" / f"{name}.jsonl" for name in ("dev", "dev_long")),
    *sorted((ROOT / "extractors" / "training" / "articles").glob("*.jsonl")),
]
PREFILTER = Prefilter()


def articles() -> list[str]:
    """Every annotated article that tells of an approval or a revocation, with its title, as its page has it."""
    rows = [json.loads(line) for file in ANNOTATED for line in file.read_text("utf-8").splitlines()]
    return sorted({f"{row['title']}\n{row['text']}" for row in rows if row["relevant"] or row["revocations"]})


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
    for cut in (prefilter.LOOK, 2 * prefilter.LOOK, prefilter.WINDOW):
        for back in range(len(word) + 2):
            assert PREFILTER.may_matter(b"x" * (cut - back) + word + b"x" * prefilter.WINDOW)


@pytest.mark.parametrize("back", [0, 3, 50, 2_000])
def test_a_broken_word_is_found_wherever_the_page_is_cut(back: int) -> None:
    parted = "备<b></b>".encode() + b" " * 3_000 + "案".encode()
    assert PREFILTER.may_matter(b"x" * (prefilter.WINDOW - back) + parted + b"x" * prefilter.WINDOW)
    assert not PREFILTER.may_matter(b"x" * (prefilter.WINDOW - back) + parted[:-3] + b"x" * prefilter.WINDOW)


@pytest.mark.parametrize("unit", ["备案", "<b>x</b>", "x y\n"], ids=["words", "tags", "blanks"])
def test_a_page_full_of_them_costs_little_memory(unit: str) -> None:
    body = unit.encode() * (4_000_000 // len(unit.encode()))
    tracemalloc.start()
    try:
        PREFILTER.may_matter(body)
        assert tracemalloc.get_traced_memory()[1] < 15_000_000
    finally:
        tracemalloc.stop()
