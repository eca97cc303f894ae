"""The search: what approvals, companies and articles are found by, and its index; filled from what is held."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from storage.search import Entry, What, rebuild

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROWS = 2_000


def upgrade() -> None:
    texts = op.create_table(
        "search_texts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_texts")),
        sa.UniqueConstraint("what", "ref", name=op.f("uq_search_texts_what_ref")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_grams USING fts5"
            " (grams, content='', detail='none', tokenize='ascii', prefix='1 2')"
        )
    else:
        op.execute("CREATE TABLE search_grams (rowid BIGINT PRIMARY KEY, grams TSVECTOR NOT NULL)")
        op.execute("CREATE INDEX ix_search_grams_grams ON search_grams USING gin (grams)")
    _fill(texts)


def _fill(texts: sa.Table) -> None:
    database = op.get_bind()
    rows: list[dict[str, object]] = []
    for entry in (*_companies(), *_approvals(), *_articles()):
        rows.append({"id": entry.id, "what": entry.what.value, "ref": entry.ref, "text": entry.text})
        if len(rows) == ROWS:
            database.execute(sa.insert(texts), rows)
            rows.clear()
    if rows:
        database.execute(sa.insert(texts), rows)
    with Session(bind=database, join_transaction_mode="rollback_only") as session:
        rebuild(session)


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))


def _companies() -> Iterator[Entry]:
    names = _table("company_names", "key", "name", "company_id")
    known: defaultdict[str, list[str]] = defaultdict(list)
    for id, name in op.get_bind().execute(sa.select(names.c.company_id, names.c.name).order_by(names.c.key)):
        known[id].append(name)
    yield from (Entry(What.COMPANY, id, tuple(said)) for id, said in known.items())


def _approvals() -> Iterator[Entry]:
    mentions = _table("mentions", "approval_id", "company_name", "product", "filing_no")
    said: defaultdict[int, set[str]] = defaultdict(set)
    for id, *values in op.get_bind().execute(sa.select(*mentions.c).where(mentions.c.approval_id.is_not(None))):
        said[id] |= {value for value in values if value}
    yield from (Entry(What.APPROVAL, str(id), tuple(sorted(values))) for id, values in said.items())


def _articles() -> Iterator[Entry]:
    articles = _table("articles", "id", "title", "text", "published")
    for id, title, said, published in op.get_bind().execute(sa.select(*articles.c)):
        moment = datetime.fromisoformat(published) if isinstance(published, str) else published
        day = (moment + timedelta(hours=8)).date().toordinal() if moment else 0
        yield Entry(What.ARTICLE, str(id), (title, said), day)


def downgrade() -> None:
    op.drop_table("search_grams")
    op.drop_table("search_texts")
