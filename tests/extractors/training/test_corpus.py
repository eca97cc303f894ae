from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from extractors.training.corpus import Annotated, labelled
from extractors.training.files import load
from extractors.training.folds import FOLDS, folds_of

SHIPPED = Path(__file__).parents[3] / "extractors" / "training" / "articles"


def row(text: str, **known: Any) -> dict[str, Any]:
    """An annotated line as the files have it."""
    base = {
        "id": "x1",
        "family": None,
        "title": "",
        "text": text,
        "approvals": [],
        "revocations": [],
        "not_approved": [],
    }
    return base | known


def fact(company: str, *products: str) -> dict[str, Any]:
    return {"company": [company] if company else [], "product": list(products)}


def loaded(tmp_path: Path, *rows: dict[str, Any]) -> list[Annotated]:
    file = tmp_path / "a.jsonl"
    file.write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in rows) + "\n", encoding="utf-8")
    return load([file])


def spans(annotated: Annotated) -> list[tuple[str, str]]:
    return [(annotated.article.text[s.start : s.end], s.role) for s in labelled(annotated)]


def test_facts_are_loaded_with_their_revocations(tmp_path: Path) -> None:
    [one] = loaded(
        tmp_path, row("x", approvals=[fact("甲科技", "云舟")], revocations=[fact("乙科技")], not_approved=["丙"])
    )
    assert [(t.company, t.product, t.revoked) for t in one.truths] == [
        (("甲科技",), ("云舟",), False),
        (("乙科技",), (), True),
    ]
    assert [t.company for t in one.approved] == [("甲科技",)]
    assert one.others == ("丙",)
    assert one.family == "x1"


def test_a_truth_knows_its_names_however_they_are_spelled(tmp_path: Path) -> None:
    [one] = loaded(tmp_path, row("x", approvals=[fact("甲科技有限公司", "“云舟”大模型")]))
    assert one.truths[0].is_company(["甲科技"])
    assert one.truths[0].is_product(["云舟"])
    assert not one.truths[0].is_company(["乙科技"])


def test_files_of_a_folder_are_loaded_in_order_of_name(tmp_path: Path) -> None:
    for name, id in (("b", "2"), ("a", "1")):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row("x", id=id)) + "\n")
    assert [each.article.id for each in load([tmp_path])] == ["1", "2"]


def test_every_place_of_a_name_is_labelled(tmp_path: Path) -> None:
    [one] = loaded(tmp_path, row("甲科技的云舟备案。云舟属于甲科技。", approvals=[fact("甲科技", "云舟")]))
    assert spans(one) == [("甲科技", "C"), ("云舟", "P"), ("云舟", "P"), ("甲科技", "C")]


def test_of_names_that_overlap_the_longest_is_labelled(tmp_path: Path) -> None:
    [one] = loaded(tmp_path, row("云舟教育的云舟备案。", approvals=[fact("云舟教育", "云舟")]))
    assert spans(one) == [("云舟教育", "C"), ("云舟", "P")]


def test_a_part_of_a_latin_word_is_no_name(tmp_path: Path) -> None:
    [one] = loaded(tmp_path, row("Kepler is not Kep; Kep filed Mo, and Model did not.", approvals=[fact("Kep", "Mo")]))
    assert spans(one) == [("Kep", "C"), ("Kep", "C"), ("Mo", "P")]


def test_a_quoted_name_that_was_not_approved_is_a_product(tmp_path: Path) -> None:
    [one] = loaded(tmp_path, row("丙集团的“河灯”落选。", not_approved=["丙集团", "河灯"]))
    assert spans(one) == [("丙集团", "C"), ("河灯", "P")]


def test_copies_of_one_text_are_in_one_fold(tmp_path: Path) -> None:
    rows = [row("x", id=str(n), family="f") for n in range(8)] + [row("x", id=f"z{n}") for n in range(40)]
    articles = loaded(tmp_path, *rows)
    folds = folds_of(articles)
    assert len(set(folds[:8])) == 1
    assert set(folds) == set(range(FOLDS))


def test_what_one_of_many_hands_wrote_is_in_one_fold(tmp_path: Path) -> None:
    for hand in range(9):
        lines = [json.dumps(row("x", id=f"{hand}-{n}"), ensure_ascii=False) for n in range(5 + hand)]
        (tmp_path / f"hand_{hand}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    articles = load([tmp_path])
    of_hand = {hand: set() for hand in {each.hand for each in articles}}
    for each, fold in zip(articles, folds_of(articles), strict=True):
        of_hand[each.hand].add(fold)
    assert all(len(folds) == 1 for folds in of_hand.values())
    assert set().union(*of_hand.values()) == set(range(FOLDS))


def test_stories_of_one_event_are_in_one_fold(tmp_path: Path) -> None:
    told = {"event": "e", **fact("甲科技")}
    rows = [row("甲科技", id="b", approvals=[told]), row("甲科技", id="a", approvals=[told], family="f")]
    rows += [row("x", id="c", family="f"), row("x", id="d")]
    articles = loaded(tmp_path, *rows)
    assert len({each.family for each in articles[:3]}) == 1
    assert articles[3].family == "d"


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.jsonl")), ids=lambda file: file.stem)
def test_shipped_articles_hold_the_names_that_they_annotate(file: Path) -> None:
    articles = load([file])
    named = [each for each in articles if any(t.company or t.product for t in each.approved)]
    assert bool(named) is any(each.relevant for each in articles)
    assert [each.article.id for each in named if not labelled(each)] == []
    for each in articles:
        places = [(span.start, span.end) for span in labelled(each)]
        assert places == sorted(places)
        assert all(end <= start for (_, end), (start, _) in pairwise(places))


def test_articles_of_the_kind_that_use_asks_count_more_than_once(tmp_path: Path) -> None:
    for name in ("dev", "dev_long", "hand_x"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row("x", id=name), ensure_ascii=False), encoding="utf-8")
    assert {each.article.id: each.times for each in load([tmp_path])} == {"dev": 6, "dev_long": 6, "hand_x": 1}
