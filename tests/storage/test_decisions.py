"""Decisions are written down, stand until they are undone, and stay as rows for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.database import Database
from storage.decisions import AlreadyUndone, record, standing, undo
from storage.records import Action

AT = datetime(2026, 3, 10, 4, tzinfo=UTC)


def test_what_was_decided_stands_with_author_time_and_reason(database: Database) -> None:
    with database.write() as session:
        made = record(session, Action.MERGE, "approval:7", author="ana", reason="one product", at=AT, value={"into": 3})
    with database.read() as session:
        (found,) = standing(session)
    assert found == made
    assert (found.author, found.reason, found.at, found.value) == ("ana", "one product", AT, {"into": 3})


def test_decisions_are_found_by_action_and_by_subject_oldest_first(database: Database) -> None:
    with database.write() as session:
        for n, (action, subject) in enumerate(
            [(Action.PROMOTE, "source:b"), (Action.REJECT, "approval:1"), (Action.PROMOTE, "source:a")]
        ):
            record(session, action, subject, author="ana", reason="why", at=AT - timedelta(days=n))
    with database.read() as session:
        assert [d.subject for d in standing(session, Action.PROMOTE)] == ["source:b", "source:a"]
        assert [d.action for d in standing(session, subject="approval:1")] == [Action.REJECT]
        assert standing(session, Action.SPLIT) == []


def test_an_undone_decision_stands_no_more_and_says_by_whom(database: Database) -> None:
    with database.write() as session:
        made = record(session, Action.CONFIRM, "approval:1", author="ana", reason="seen", at=AT)
        gone = undo(session, made.id, by="ben", at=AT + timedelta(hours=1))
    assert (gone.undone_by, gone.undone_at) == ("ben", AT + timedelta(hours=1))
    with database.write() as session:
        assert standing(session) == []
        with pytest.raises(AlreadyUndone, match=str(made.id)):
            undo(session, made.id, by="ben", at=AT)
        with pytest.raises(AlreadyUndone, match="999"):
            undo(session, 999, by="ben", at=AT)
