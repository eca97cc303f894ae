"""Pages are kept as WARC records."""

import json
import zlib
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from extractors.records import Page
from storage.warc import body_of, record_of

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NAMES = ("id", "url", "final_url", "status", "headers", "fetched_at", "sha256", "record")
PAGES = sa.table("pages", *(sa.column(name) for name in _NAMES))


def upgrade() -> None:
    op.execute("ALTER TABLE pages RENAME COLUMN body TO record")
    database = op.get_bind()
    for id in _kept():
        row = database.execute(sa.select(PAGES).where(PAGES.c.id == id)).one()
        record = record_of(_page(row, zlib.decompress(row.record)))
        database.execute(sa.update(PAGES).where(PAGES.c.id == id).values(record=record))


def downgrade() -> None:
    database = op.get_bind()
    for id in _kept():
        record = database.scalar(sa.select(PAGES.c.record).where(PAGES.c.id == id))
        database.execute(sa.update(PAGES).where(PAGES.c.id == id).values(record=zlib.compress(body_of(record))))
    op.execute("ALTER TABLE pages RENAME COLUMN record TO body")


def _kept() -> list[int]:
    return list(op.get_bind().scalars(sa.select(PAGES.c.id).where(PAGES.c.record.is_not(None))))


def _page(row: sa.Row[object], body: bytes) -> Page:
    headers = json.loads(row.headers) if isinstance(row.headers, str) else row.headers
    moment = datetime.fromisoformat(row.fetched_at) if isinstance(row.fetched_at, str) else row.fetched_at
    said = tuple((str(name), str(value)) for name, value in headers)
    return Page(row.url, row.final_url, row.status, said, body, moment.replace(tzinfo=UTC), row.sha256)
