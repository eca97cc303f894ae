"""Skeletons: sentences with slots, filled with invented names."""

from __future__ import annotations

import json
from pathlib import Path

from extractors.training.files import load
from extractors.training.skeletons import filled

ROW = {"language": "zh", "text": "{C1+}的“{P1+}”拿到了备案号，{C2-}还在等，{C3*}的“{P3*}”被注销。"}


def test_slots_become_names_that_stand_in_the_text() -> None:
    made = filled(ROW)
    approved, revoked = made.truths
    assert not approved.revoked
    assert revoked.revoked
    text = made.article.text
    assert text == f"{approved.company[0]}的“{approved.product[0]}”拿到了备案号，{made.others[0]}还在等，" + (
        f"{revoked.company[0]}的“{revoked.product[0]}”被注销。"
    )


def test_the_same_skeleton_has_the_same_names_and_another_has_others() -> None:
    other = filled(ROW | {"text": str(ROW["text"]) + "。"})
    assert filled(ROW) == filled(ROW)
    assert filled(ROW).truths != other.truths


def test_a_short_name_is_a_form_of_its_company() -> None:
    made = filled({"language": "zh", "text": "{C1+}称，{S1+}的{P1+}已备案。"})
    (truth,) = made.truths
    assert len(truth.company) == 2
    assert all(name in made.article.text for name in truth.company)


def test_a_product_may_stand_alone() -> None:
    made = filled({"language": "en", "text": "{P1+} was filed; {P2-} was not."})
    (truth,) = made.truths
    assert truth.company == ()
    assert truth.product[0] in made.article.text


def test_a_file_may_hold_skeletons_beside_articles(tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text(json.dumps(ROW, ensure_ascii=False) + "\n", encoding="utf-8")
    (made,) = load([file])
    assert not made.whole
