"""Stories in the database: found through the index, the same in any order, told anew when a text changes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from copied import NOTICE, WIRE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readings import fact, reading
from sqlalchemy import func, select
from versions import go_back

from extractors.understand.lexicon import Lexicon
from storage import queries
from storage.articles import save
from storage.database import Database, open_database
from storage.records import Policy, Reading
from storage.schema import upgrade
from storage.tables import SketchKey, SketchLink, StoredArticle, StoredSketch, Story

TEXTS = [
    *(NOTICE.replace("第三批", f"第{n}批") for n in "三四"),
    NOTICE.replace("第三批", "新一批"),
    NOTICE + "（来源：海东财经）",
    WIRE,
    WIRE[:100],
    WIRE[60:],
    "一句话。",
    "",
]
UNSURE = fact("蓝鲸智语", "鲸语", confidence=0.5)


def put(database: Database, lexicon: Lexicon, *readings: Reading) -> None:
    for one in readings:
        with database.write() as session:
            save(session, one, lexicon, Policy())


def told(database: Database) -> list[list[str]]:
    """The stories, each as the ids of its articles."""
    found: dict[int | None, list[str]] = {}
    with database.read() as session:
        for story, id in session.execute(select(StoredArticle.story_id, StoredArticle.external_id)):
            found.setdefault(story, []).append(id)
        assert set(session.scalars(select(Story.id))) == set(found)
    return sorted(sorted(ids) for ids in found.values())


def statuses(database: Database) -> list[str]:
    with database.read() as session:
        return [approval.status for approval in queries.approvals(session)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_stories_are_the_same_in_any_order_and_twice(tmp_path: Path, lexicon: Lexicon, dice: random.Random) -> None:
    readings = [reading(f"a{n}", text=text) for n, text in enumerate(TEXTS)]
    shuffled = readings + readings
    dice.shuffle(shuffled)
    (tmp_path / "a.db").unlink(missing_ok=True)
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    put(database, lexicon, *shuffled)
    assert told(database) == [["a0", "a3"], ["a1", "a2"], ["a4", "a5", "a6"], ["a7"], ["a8"]]
    database.close()


def test_copies_of_one_text_do_not_free_what_is_held(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, reading("a", UNSURE, text=WIRE), reading("b", UNSURE, text="转载：" + WIRE))
    assert statuses(database) == ["held"]


def test_a_text_that_makes_two_stories_one_takes_back_what_they_freed(database: Database, lexicon: Lexicon) -> None:
    head, tail = reading("a", UNSURE, text=WIRE[:90]), reading("b", UNSURE, text=WIRE[90:])
    put(database, lexicon, head, tail)
    assert (statuses(database), told(database)) == (["reported"], [["a"], ["b"]])
    put(database, lexicon, reading("whole", text=WIRE))
    assert (statuses(database), told(database)) == (["held"], [["a", "b", "whole"]])


def test_an_edition_with_another_text_leaves_its_story(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, reading("a", text=WIRE[:90]), reading("b", text=WIRE[90:]), reading("c", text=WIRE))
    put(database, lexicon, reading("c", text="这篇报道已经撤下。"))
    assert told(database) == [["a"], ["b"], ["c"]]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(StoredSketch)) == 3
        assert session.scalar(select(func.count()).select_from(SketchLink)) == 0
        assert session.scalar(select(func.count(SketchKey.sketch_id.distinct()))) == 3


def test_an_official_list_is_a_copy_of_nothing(database: Database, lexicon: Lexicon) -> None:
    put(database, lexicon, reading("a", text=WIRE, register=True), reading("b", text=WIRE[:100]))
    assert told(database) == [["a"], ["b"]]


def test_one_more_text_is_looked_up_in_the_index(database: Database) -> None:
    from sqlalchemy import text

    with database.read() as session:
        plan = session.execute(
            text("EXPLAIN QUERY PLAN SELECT sketch_id FROM sketch_keys WHERE hash IN (1, 2) AND day BETWEEN 3 AND 9")
        ).all()
    assert "USING PRIMARY KEY" in str(plan)


def test_a_database_of_before_gets_its_stories(tmp_path: Path, lexicon: Lexicon) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    put(database, lexicon, *(reading(f"a{n}", UNSURE, text=text) for n, text in enumerate(TEXTS[:7])))
    before = told(database)
    go_back(database, "0005")
    assert upgrade(database.engine) == "0005"
    assert told(database) == before
    put(database, lexicon, reading("late", text=WIRE[20:]))
    assert ["a4", "a5", "a6", "late"] in told(database)
    database.close()


@pytest.mark.parametrize("text", ["\ud800" * 20, "\0" * 20, "\U0001f600" * 20, "𠮷" * 30])
def test_f45_odd_characters_are_sketched(database: Database, lexicon: Lexicon, text: str) -> None:
    put(database, lexicon, reading("a", text=text), reading("b", text=text))
    assert told(database) == [["a", "b"]]
