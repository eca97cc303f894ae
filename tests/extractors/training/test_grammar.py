"""A grammar of plain news: choices made, parts put in, slots tied."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractors.training.files import load
from extractors.training.grammar import grown

RULES = """
[zh]
count = 12
[zh.parts]
owned = ["{C}的“{P}”", "{C}旗下{P}"]
passed = ["[已|正式|]通过<what>"]
what = ["备案", "大模型备案"]
[[zh.news]]
title = "{S1+}<passed>"
text = "<owned 1+><passed>，<owned 2->尚未<what>。"
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "rules.toml"
    file.write_text(RULES, encoding="utf-8")
    return file


def test_every_choice_is_made_and_every_slot_is_tied(rules: Path) -> None:
    rows = list(grown(rules))
    assert len(rows) == 12
    assert len({row["text"] for row in rows}) > 6
    for row in rows:
        assert not set("<>[]|") & set(row["title"] + row["text"])
        assert "{C1+}" in row["text"]
        assert "{P2-}" in row["text"]


def test_the_same_rules_give_the_same_skeletons(rules: Path) -> None:
    assert list(grown(rules)) == list(grown(rules))


def test_what_grows_is_filled_like_any_skeleton(rules: Path) -> None:
    made = load([rules])
    assert len(made) == 12
    for each in made:
        (truth,) = each.truths
        assert any(name in each.article.text for name in truth.company)
        assert not set("{}") & set(each.article.title + each.article.text)
        assert len(each.others) == 2


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('[en]\ncount = 1\n[en.parts]\n[[en.news]]\ntext = "<lead>ok"\n', encoding="utf-8")
    with pytest.raises(KeyError, match="lead"):
        list(grown(file))


def test_the_shipped_grammar_grows() -> None:
    file = Path(__file__).parents[3] / "extractors" / "training" / "articles" / "plain.toml"
    made = load([file])
    assert {each.article.language for each in made} == {"zh", "en"}
    assert 0.5 < sum(each.relevant for each in made) / len(made) < 0.95
