"""The tables of stories: what is remembered of each text to find its copies."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table


class Story(Table):
    """Articles that are copies of one text; `key` is the smallest digest among its texts."""

    __tablename__ = "stories"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)


class StoredSketch(Table):
    """One text of one day (`storage.identity.copies.Sketch`), shared by the articles that print it.

    `hashes` are unsigned 32-bit numbers, little-endian; `day` is 0 where it is not known.
    """

    __tablename__ = "sketches"
    __table_args__ = (UniqueConstraint("digest", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str]
    day: Mapped[int]
    hashes: Mapped[bytes] = mapped_column(LargeBinary)
    said: Mapped[dict[str, Any]]
    story_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id"), index=True)


class SketchKey(Table):
    """A hash under which a text is looked up, among those of about its day."""

    __tablename__ = "sketch_keys"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    hash: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sketch_id: Mapped[int] = mapped_column(ForeignKey("sketches.id"), primary_key=True, index=True)


class SketchLink(Table):
    """Two texts that may be copies of one story (`one` < `other`), and how alike they are (0..1)."""

    __tablename__ = "sketch_links"

    one: Mapped[int] = mapped_column(ForeignKey("sketches.id"), primary_key=True)
    other: Mapped[int] = mapped_column(ForeignKey("sketches.id"), primary_key=True, index=True)
    likeness: Mapped[float] = mapped_column(Float)
