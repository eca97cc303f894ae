"""Enumerations: where names stand in a row."""

from __future__ import annotations

import pytest

from extractors.understand.enumerations import enumerations


@pytest.mark.parametrize(
    ("masked", "rows"),
    [
        ("客户包括□□、□□□和□□旗下的■■，均为", ["□□、□□□和□□旗下的■■"]),
        ("□□的“■■”、□□□“■■”以及□□（■■）等00款", ["□□的“■■”、□□□“■■”以及□□（■■）"]),
        ("models by □□, □□□ and □□'s ■■ were", ["□□, □□□ and □□'s ■■"]),
        ("□□通过，■■没有", ["□□", "■■"]),
        ("没有名字", []),
    ],
    ids=["list", "pairs", "english", "apart", "none"],
)
def test_names_joined_by_a_list_word_stand_in_one_row(masked: str, rows: list[str]) -> None:
    assert [masked[start:end] for start, end in enumerations(masked)] == rows


def test_a_row_is_found_in_time_that_grows_with_the_text() -> None:
    """No pattern tries every split of a run of names again; a test of what is found, however long."""
    for long in ("□" * 200_000, "□、" * 100_000, "“" * 200_000, "□的“■”" * 40_000):
        assert sum(end - start for start, end in enumerations(long)) <= len(long)
