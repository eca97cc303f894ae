from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.understand.cues import Cue, find_cues, rules_of
from extractors.understand.needles import Needles, needles_of


@pytest.mark.parametrize(
    ("text", "language", "rule"),
    [
        ("通过了备案", "zh", "approved.passed"),
        ("尚未完成备案", "zh", "negative.notyet"),
        ("撤销其备案", "zh", "revoked.cancelled"),
        ("has WON regulatory approval", "en", "approved.won"),
        ("is still Waiting", "en", "pending.waiting"),
    ],
)
def test_words_fire_their_rule(text: str, language: str, rule: str) -> None:
    assert rule in {f"{cue.category}.{cue.rule}" for cue in find_cues(text, language)}


@pytest.mark.parametrize(
    ("pattern", "needles"),
    [
        ("备案(?:成功|通过)", {"备案"}),
        ("(?:成功|通过)备案号", {"备案号"}),
        ("(?:甲|乙丙)?x", {"x"}),
        ("[甲乙]", {"甲", "乙"}),
        ("(?:甲|[^乙])", None),
        (".*", None),
        ("(?!备案).", None),
        ("(?=备案).", {"备案"}),
        ("ab+", {"a"}),
        ("(?i:APP)", {"app"}),
    ],
)
def test_needles_are_read_off_a_pattern(pattern: str, needles: set[str] | None) -> None:
    found = needles_of(re.compile(pattern))
    assert found == (frozenset(needles) if needles else None)


def test_candidates_are_the_patterns_whose_needle_stands_in_the_text() -> None:
    needles = Needles([re.compile("备案"), re.compile("登记"), re.compile("."), re.compile("FILED", re.I)])
    assert needles.candidates("已登记, Filed") == [1, 2, 3]
    assert needles.candidates("") == [2]


WORDS = st.sampled_from(
    ["备案", "登记", "通过", "未", "完成", "批", "拟", "将", "注销", "获", "名单", "，", "等", "app", "Approved", "not yet",
     "on the list", "filed", "'s", "will be"]
)  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
@given(st.lists(st.one_of(WORDS, st.text(max_size=5)), max_size=14))
def test_no_rule_is_missed_for_want_of_its_needle(language: str, pieces: list[str]) -> None:
    for text in ("".join(pieces), " ".join(pieces)):
        every = tuple(
            Cue(rule.category, rule.name, match.start(), match.end())
            for rule in rules_of(language)
            for match in rule.pattern.finditer(text)
        )
        assert find_cues(text, language) == every
