from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.records import Article
from extractors.training import lists
from extractors.training.corpus import Annotated, Truth, labelled
from extractors.training.invent import company, english_company, english_product, invented, product
from extractors.training.lists import invented_lines

KNOWN = (["渡鸦智能", "望舒科技"], ["Ravenlight", "Harbour Nine"])
CHINESE = Annotated(
    Article("", "砚台科技的“墨池”完成备案，墨池由砚台科技研发。石桥网络没有出现。"),
    (Truth(("砚台科技",), ("墨池",), False, False),),
    ("石桥网络",),
    True,
    "f",
    "hand",
)
ENGLISH = Annotated(
    Article("", "Inkwell Tech said its model Mochi was filed. Stonebridge was left out."),
    (Truth(("Inkwell Tech",), ("Mochi",), False, False),),
    ("Stonebridge",),
    True,
    "f",
    "hand",
)
seeds = st.integers(0, 10_000)


@given(seeds)
def test_one_seed_invents_one_article(seed: int) -> None:
    assert invented(CHINESE, KNOWN, random.Random(seed)) == invented(CHINESE, KNOWN, random.Random(seed))


@pytest.mark.parametrize("annotated", [CHINESE, ENGLISH])
@given(seed=seeds)
def test_invented_names_stay_labelled(annotated: Annotated, seed: int) -> None:
    fresh = invented(annotated, KNOWN, random.Random(seed))
    text = fresh.article.text
    told = {(text[span.start : span.end], span.role) for span in labelled(fresh)}
    truth = fresh.truths[0]
    assert truth.company[0] in text
    assert truth.product[0] in text
    names = {(truth.company[0], "C"), (truth.product[0].strip("“”\"'"), "P")}
    assert names & told, (names, told)
    assert annotated.truths[0].company[0] not in text


@given(seeds)
def test_the_sentences_around_the_names_are_kept(seed: int) -> None:
    text = invented(CHINESE, KNOWN, random.Random(seed)).article.text
    assert "完成备案，" in text
    assert text.endswith("没有出现。")


def test_an_article_without_names_is_kept() -> None:
    bare = replace(CHINESE, truths=(), others=())
    assert invented(bare, KNOWN, random.Random(1)) == bare


@given(seeds)
def test_invented_names_are_of_one_line_and_not_empty(seed: int) -> None:
    chance = random.Random(seed)
    for make in (company, english_company, product, english_product):
        name = make(chance)
        assert name == name.strip()
        assert name
        assert "\n" not in name
        assert "{" not in name


def test_invented_lines_name_what_their_spans_say() -> None:
    for line, spans in invented_lines(300, random.Random(5)):
        assert "{" not in line
        for span in spans:
            name = line[span.start : span.end]
            assert name == name.strip()
            assert name
        places = [(span.start, span.end) for span in spans]
        assert places == sorted(places)


def test_one_seed_invents_the_same_lines() -> None:
    assert list(invented_lines(60, random.Random(9))) == list(invented_lines(60, random.Random(9)))
    assert list(invented_lines(60, random.Random(9))) != list(invented_lines(60, random.Random(10)))


def test_every_third_line_is_english() -> None:
    lines = [line for line, _ in invented_lines(30, random.Random(2))]
    chinese = [any("\u3400" <= char <= "\u9fff" for char in line) for line in lines]
    assert not any(chinese[2::3])
    assert all(chinese[0::3])


@pytest.mark.parametrize("template", [*lists.CHINESE, *lists.ENGLISH])
def test_every_template_names_something(template: str) -> None:
    assert "{C}" in template or "{P}" in template
