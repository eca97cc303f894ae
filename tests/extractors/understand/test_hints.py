"""What a whole text tells of the names in one of its lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.understand.entities import Span
from extractors.understand.hints import NO_HINTS, Hints, hints_of
from extractors.understand.lexicon import Lexicon
from extractors.understand.mentions import find_mentions
from extractors.understand.sentences import lines_of


def told(lines: list[str], line: str) -> list[tuple[str, str]]:
    return [(line[start:end], why) for start, end, why in hints_of(lines).find(line)]


@pytest.mark.parametrize(
    ("line", "other", "expected"),
    [
        ("“云帆”通过备案。", "云帆上线。", [("云帆", "said")]),
        ("由杭州澜砚科技有限公司研发。", "澜砚表示感谢。", [("澜砚", "core")]),
        ("正和与衡（上海）法律科技有限公司", "正和与衡表示", [("正和与衡", "core")]),
        ("Shenzhen Guanghe Technology Co., Ltd. filed.", "Guanghe said so.", [("Guanghe", "core")]),
        ("Kepler was filed. Kepler is new.", "What Kepler does", [("Kepler", "again")]),
        ("甲公司表示。", "甲公司表示。", []),
    ],
    ids=["quoted", "legal", "conjunction", "english", "again", "nothing"],
)
def test_a_name_is_known_from_another_line(line: str, other: str, expected: list[tuple[str, str]]) -> None:
    assert told([line, other], other) == expected


def test_a_latin_hint_is_no_part_of_a_word() -> None:
    assert told(["Kep Kep filed"], "Kepler") == []
    assert told(["Lumi and Lumi"], "Lumi's Lumina") == [("Lumi", "again")]


def test_without_a_name_there_are_no_hints() -> None:
    assert hints_of([]) is NO_HINTS
    assert list(NO_HINTS.find("云帆")) == []


@given(st.lists(st.text("甲乙科技有限公司“”（）Ltd. Aab,", max_size=40), max_size=5))
def test_hints_stand_where_they_say(lines: list[str]) -> None:
    hints = hints_of(lines)
    for line in lines:
        assert all(0 <= start < end <= len(line) for start, end, _ in hints.find(line))


class Once:
    """A reader that sees a name in the first line only."""

    def __init__(self, name: str, sure: float) -> None:
        self.name, self.sure, self.asked = name, sure, False

    def find(self, line: str, hints: Hints = NO_HINTS) -> list[Span]:
        if self.asked:
            return []
        self.asked = True
        at = line.index(self.name)
        return [Span(at, at + len(self.name), "company", self.sure)]


@pytest.mark.parametrize(("sure", "echoed"), [(0.9, 1), (0.4, 0)], ids=["certain", "doubtful"])
def test_a_name_that_was_read_for_certain_is_seen_elsewhere(sure: float, echoed: int) -> None:
    text = "墨池科技完成备案。\n记者从墨池科技获悉。"
    found = find_mentions(text, list(lines_of(text)), Once("墨池科技", sure), Lexicon.build([]))
    assert [text[m.start : m.end] for m in found] == ["墨池科技"] * (1 + echoed)
    assert [m.source for m in found][1:] == ["echo"] * echoed
