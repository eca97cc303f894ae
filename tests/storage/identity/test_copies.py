"""Which texts are one story: copies in every guise are, notices that differ in what they count and name are not."""

from __future__ import annotations

import random

import pytest
from copied import NOTICE, WIRE, sketch
from hypothesis import given
from hypothesis import strategies as st

from storage.identity.copies import LIKENESS, alike, contradict, likeness, links_of, stories

TRADITIONAL = str.maketrans("网办发关于类备案号务数据应过经术开审这个达", "網辦發關於類備案號務數據應過經術開審這個達")


@pytest.mark.parametrize(
    "copy",
    [
        f"{WIRE}\n（来源：海东财经）",
        f"【大模型备案】{WIRE}",
        WIRE[: len(WIRE) // 2],
        WIRE.replace("，", ", ").replace("\n", "\n\n"),
        WIRE.translate(TRADITIONAL),
        "昨天，海东市公布了新消息。" + WIRE[40:],
    ],
    ids=["source line", "new head", "cut in half", "spacing", "traditional", "new lead"],
)
def test_a_copy_is_the_same_story_in_every_guise(copy: str) -> None:
    one, other = sketch(WIRE, "2026-03-10"), sketch(copy, "2026-03-11")
    assert alike(one, other) >= LIKENESS


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("第三批", "第四批"),
        ("3月", "5月"),
        ("14款", "9款"),
        ("Haidong-JingYu-202603010007", "Haidong-JingYu-202603010008"),
        ("“鲸语”", "“鲸歌”"),
        ("蓝鲸智语科技有限公司", "青禾时代科技有限公司"),
        ("蓝鲸智语科技有限公司", "百度"),
    ],
)
def test_notices_that_differ_in_one_key_field_are_two(said: str, instead: str) -> None:
    one, other = sketch(NOTICE, "2026-03-10"), sketch(NOTICE.replace(said, instead), "2026-03-10")
    assert said in NOTICE
    assert likeness(one, other) > 0.5
    # A known company in place of a legal name is one name more, not another in its place.
    assert (alike(one, other) == 0) is (instead != "百度")


def test_an_english_batch_is_another_by_its_ordinal() -> None:
    text = "The regulator cleared models in its fourth batch on Monday, the paper said, naming three firms of Haidong."
    one, other = sketch(text, "2026-03-10"), sketch(text.replace("fourth", "fifth"), "2026-03-10")
    assert contradict(one, other)


def test_the_same_text_is_one_story_whenever_it_comes_and_a_copy_only_within_days() -> None:
    first, later = sketch(WIRE, "2026-03-10"), sketch(WIRE, "2027-03-10")
    cut = sketch(WIRE[:80], "2027-03-10")
    assert (alike(first, later), alike(first, cut)) == (1.0, 0.0)


def test_nothing_of_a_text_is_kept_in_its_sketch() -> None:
    assert all(isinstance(value, int) for values in sketch(NOTICE, "2026-03-10").said.values() for value in values)


def test_a_brief_without_its_batch_joins_one_of_two_notices_and_does_not_make_them_one() -> None:
    brief = NOTICE.replace("第三批", "新一批").replace("3月", "近期")
    texts = dict(enumerate(sketch(text, "2026-03-10") for text in (NOTICE, NOTICE.replace("第三批", "第四批"), brief)))
    found = stories(texts, links_of(list(texts.items())))
    assert len(found) == 2
    assert not any({0, 1} <= set(members) for members in found)


@given(st.permutations(range(8)), st.randoms(use_true_random=False))
def test_the_order_in_which_texts_come_decides_nothing(order: list[int], dice: random.Random) -> None:
    texts = [
        *(NOTICE.replace("第三批", f"第{n}批") for n in "三四五"),
        NOTICE.replace("第三批", "新一批"),
        NOTICE[:120],
        WIRE,
        WIRE[:100],
        WIRE[60:],
    ]
    made = [sketch(text, "2026-03-10") for text in texts]
    plainly = stories(dict(enumerate(made)), links_of(list(enumerate(made))))
    shuffled = {position: made[n] for position, n in enumerate(order)}
    links = links_of(list(shuffled.items()))
    dice.shuffle(links)
    again = [sorted(order[id] for id in members) for members in stories(shuffled, links)]
    assert sorted(again) == sorted(plainly)
