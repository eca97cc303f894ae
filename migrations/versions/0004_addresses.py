"""Links and articles are known by the addresses that the canonicaliser of today gives.

Without that, all pages that were known under `www.`, say, would be fetched and stored once more.
"""

import sqlalchemy as sa
from alembic import op

from extractors.read.urls import canonical_url

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LINKS = sa.table("links", sa.column("id"), sa.column("key"), sa.column("url"), sa.column("state"))
ARTICLES = sa.table("articles", sa.column("id"), sa.column("key"), sa.column("url"))


def upgrade() -> None:
    fetched_first = sa.case((LINKS.c.state == "done", 0), else_=1)
    doubles = _know_anew(LINKS, (fetched_first, LINKS.c.id))
    if doubles:
        op.get_bind().execute(sa.delete(LINKS).where(LINKS.c.id == sa.bindparam("double")), doubles)
    # An article that turns out to be another's double keeps its key: what it supports is not taken away.
    _know_anew(ARTICLES, (ARTICLES.c.id,))


def _know_anew(table: sa.TableClause, order: tuple[sa.ColumnElement[object], ...]) -> list[dict[str, int]]:
    """Give each row that goes by an address its key of today, the first one in `order`; returns the others."""
    database = op.get_bind()
    rows = sa.select(table.c.id, table.c.key, table.c.url).where(table.c.key.like("http%")).order_by(*order)
    firsts: dict[str, int] = {}
    changed, doubles = [], []
    for id, key, url in database.execute(rows):
        today = canonical_url(url or key)
        if firsts.setdefault(today, id) != id:
            doubles.append({"double": id})
        elif today != key:
            changed.append({"row": id, "today": today, "meanwhile": f"{id} {key}"})
    held = sa.update(table).where(table.c.id == sa.bindparam("row"))
    for value in ("meanwhile", "today") if changed else ():  # a key of today may still be another row's old one
        database.execute(held.values(key=sa.bindparam(value)), changed)
    return doubles


def downgrade() -> None:
    """Former versions find these rows, or fetch and store a page anew."""
