"""Which story an article belongs to, kept as articles come and change.

Each text is looked up by a few of its hashes among the texts of about its day, so that one more article costs the
same however many are held. Links between texts are kept; a story is made anew from the links around what changed.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from sys import byteorder
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from storage.identity.copies import DAYS, Sketch, alike, stories
from storage.tables import SketchKey, SketchLink, StoredArticle, StoredSketch, Story

NEAR = 30
"""Texts that are compared with a new one: those that share most keys. What more share is what an outlet puts under
all of its articles, or a text so often printed that thirty copies do as well as all."""
CHUNK = 1_000
"""Keys in one query; databases take some ten thousand."""
# Statements that every article runs are made once: making one takes longer than it takes the database to answer.
_SAME = select(StoredSketch).where(StoredSketch.digest == bindparam("digest"), StoredSketch.day == bindparam("day"))
_SAME_TEXT = select(StoredSketch.id).where(StoredSketch.digest == bindparam("digest")).limit(NEAR)
_NEAREST = (
    select(SketchKey.sketch_id)
    .where(
        SketchKey.hash.in_(bindparam("keys", expanding=True)),
        SketchKey.day.between(bindparam("first"), bindparam("last")),
    )
    .group_by(SketchKey.sketch_id)
    .order_by(func.count().desc(), SketchKey.sketch_id)
    .limit(NEAR)
)
_SKETCHES = (
    select(StoredSketch.id, StoredSketch.digest, StoredSketch.day, StoredSketch.hashes, StoredSketch.said)
    .where(StoredSketch.id.in_(bindparam("ids", expanding=True)))
    .order_by(StoredSketch.id)
)
_STORY = select(Story.id).where(Story.key == bindparam("key"))
_NEW_STORY = insert(Story).returning(Story.id)


def place(session: Session, article: StoredArticle, sketch: Sketch) -> list[int]:
    """Put an article into its story; returns the other articles whose story changed by it."""
    former = article.sketch_id
    text = _text(session, sketch)
    article.sketch_id, article.story_id = text.id, text.story_id
    session.flush()
    left = _let_go(session, former) if former is not None and former != text.id else []
    changed = _tell_anew(session, [text.id, *left]) if left or text.story_id is None else set()
    article.story_id = text.story_id
    return sorted(changed - {article.id})


def _text(session: Session, sketch: Sketch) -> StoredSketch:
    row = session.scalars(_SAME, {"digest": sketch.digest, "day": sketch.day}).first()
    if row is None:
        row = StoredSketch(digest=sketch.digest, day=sketch.day, hashes=packed(sketch.hashes), said=plain(sketch))
        links = [(id, share) for id, other in _near(session, sketch) if (share := alike(sketch, other))]
        row.story_id = None if links else _story(session, sketch.digest)
        session.add(row)
        session.flush()
        _link(session, row.id, sketch, links)
    return row


def _near(session: Session, sketch: Sketch) -> Iterator[tuple[int, Sketch]]:
    """The texts that may be copies: the same text on any day, and those of about its day that share most keys."""
    ids = set(session.scalars(_SAME_TEXT, {"digest": sketch.digest}))
    if sketch.keys:
        asked = {"keys": sketch.keys, "first": sketch.day - DAYS, "last": sketch.day + DAYS}
        ids |= set(session.scalars(_NEAREST, asked))
    for row in session.execute(_SKETCHES, {"ids": sorted(ids)}) if ids else ():
        yield row.id, read(row)


def _link(session: Session, id: int, sketch: Sketch, links: Iterable[tuple[int, float]]) -> None:
    keys = [{"hash": key, "day": sketch.day, "sketch_id": id} for key in sketch.keys]
    joined = [{"one": other, "other": id, "likeness": share} for other, share in links]
    for table, rows in ((SketchKey, keys), (SketchLink, joined)):
        if rows:
            session.execute(insert(table), rows)


def _let_go(session: Session, id: int) -> list[int]:
    """Drop a text that no article prints any more; returns the texts that were linked to it."""
    if session.scalars(select(StoredArticle.id).where(StoredArticle.sketch_id == id).limit(1)).first() is not None:
        return []
    near = {text for link in _links(session, {id}) for text in (link.one, link.other)} - {id}
    session.execute(delete(SketchLink).where(or_(SketchLink.one == id, SketchLink.other == id)))
    session.execute(delete(SketchKey).where(SketchKey.sketch_id == id))
    session.execute(delete(StoredSketch).where(StoredSketch.id == id))
    return sorted(near)


def _tell_anew(session: Session, around: Iterable[int]) -> set[int]:
    """Make the stories of these texts and all that are linked to them anew; returns the articles that moved."""
    links = _component(session, set(around))
    ids = {*around, *(id for link in links for id in (link.one, link.other))}
    rows = {row.id: row for row in _rows(session, sorted(ids))}
    moved: set[int] = set()
    former = {row.story_id for row in rows.values()}
    for members in stories(
        {id: read(row) for id, row in rows.items()}, [(link.one, link.other, link.likeness) for link in links]
    ):
        moved |= _gather(session, [rows[id] for id in members])
    _drop_empty(session, {story for story in former if story} - {row.story_id for row in rows.values()})
    return moved


def _component(session: Session, around: set[int]) -> list[SketchLink]:
    """Every link that can be reached from these texts."""
    found: dict[tuple[int, int], SketchLink] = {}
    seen, frontier = set(around), around
    while frontier:
        links = list(_links(session, frontier))
        found |= {(link.one, link.other): link for link in links}
        frontier = {id for link in links for id in (link.one, link.other)} - seen
        seen |= frontier
    return list(found.values())


def _links(session: Session, ids: set[int]) -> Iterator[SketchLink]:
    for chunk in _chunks(sorted(ids)):
        yield from session.scalars(
            select(SketchLink).where(or_(SketchLink.one.in_(chunk), SketchLink.other.in_(chunk)))
        )


def _rows(session: Session, ids: Sequence[int]) -> Iterator[StoredSketch]:
    for chunk in _chunks(ids):
        yield from session.scalars(select(StoredSketch).where(StoredSketch.id.in_(chunk)))


def _gather(session: Session, texts: Sequence[StoredSketch]) -> set[int]:
    """Make these texts one story, known by its smallest digest; returns the articles that moved."""
    story = _story(session, min(text.digest for text in texts))
    strayed = [text for text in texts if text.story_id != story]
    for text in strayed:
        text.story_id = story
    moved = StoredArticle.sketch_id.in_([text.id for text in strayed])
    articles = set(session.scalars(select(StoredArticle.id).where(moved))) if strayed else set()
    if articles:
        session.execute(update(StoredArticle).where(moved).values(story_id=story))
    return articles


def _story(session: Session, key: str) -> int:
    story = session.scalars(_STORY, {"key": key}).first()
    return session.scalars(_NEW_STORY, {"key": key}).one() if story is None else story


def _drop_empty(session: Session, stories: set[int]) -> None:
    if stories:
        session.flush()
        used = select(StoredSketch.story_id).where(StoredSketch.story_id.in_(stories))
        still = select(StoredArticle.story_id).where(StoredArticle.story_id.in_(stories))
        session.execute(delete(Story).where(Story.id.in_(stories), Story.id.not_in(used), Story.id.not_in(still)))


def read(row: StoredSketch | Row[int, str, int, bytes, dict[str, Any]]) -> Sketch:
    """A stored text as it was sketched."""
    return Sketch(row.digest, row.day, _unpacked(row.hashes), {k: frozenset(v) for k, v in row.said.items()})


def plain(sketch: Sketch) -> dict[str, list[int]]:
    """What a text says, as it is stored."""
    return {what: sorted(values) for what, values in sorted(sketch.said.items())}


def packed(hashes: Iterable[int]) -> bytes:
    """Hashes as they are stored: 32 bits each, little-endian."""
    numbers = array("I", hashes)
    if byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _unpacked(stored: bytes) -> tuple[int, ...]:
    numbers = array("I", stored)
    if byteorder == "big":
        numbers.byteswap()
    return tuple(numbers)


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
