"""The table behind the search: the words of approvals, companies and articles, folded."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table


class SearchText(Table):
    """What one approval, company or article is found by, each field folded and on a line of its own.

    The order of `id` is that of results, and its range tells what it is (`storage.search`). Beside it stands
    `search_grams`, which the migration makes: an FTS5 table on SQLite, a tsvector with a GIN index on PostgreSQL.
    """

    __tablename__ = "search_texts"
    __table_args__ = (UniqueConstraint("what", "ref"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    what: Mapped[str] = mapped_column(String(16))
    ref: Mapped[str]
    text: Mapped[str]
