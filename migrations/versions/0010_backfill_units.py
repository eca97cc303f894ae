"""Backfills of every kind are cut into recorded units; walks through a source's pages are the first kind."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WALKS = sa.table(
    "backfills",
    *(sa.column(name) for name in ("source", "since", "until", "next_page", "listed", "done")),
    sa.column("updated_at", sa.DateTime()),
)
JOBS = sa.table(
    "backfill_jobs",
    *(sa.column(name) for name in ("id", "way", "key", "planned")),
    sa.column("terms", sa.JSON()),
    sa.column("created_at", sa.DateTime()),
)
UNITS = sa.table(
    "backfill_units",
    *(sa.column(name) for name in ("id", "job_id", "key", "since", "until", "place", "done", "attempts")),
    *(sa.column(name, sa.JSON()) for name in ("terms", "tally", "problems")),
    sa.column("updated_at", sa.DateTime()),
)


def upgrade() -> None:
    op.create_table(
        "backfill_jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("planned", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfill_jobs")),
        sa.UniqueConstraint("way", "key", name=op.f("uq_backfill_jobs_way_key")),
    )
    op.create_table(
        "backfill_units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("since", sa.String(length=10), nullable=True),
        sa.Column("until", sa.String(length=10), nullable=True),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("tally", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfill_units")),
        sa.ForeignKeyConstraint(["job_id"], ["backfill_jobs.id"], name=op.f("fk_backfill_units_job_id_backfill_jobs")),
        sa.UniqueConstraint("job_id", "key", name=op.f("uq_backfill_units_job_id_key")),
    )
    op.create_index(op.f("ix_backfill_units_job_id"), "backfill_units", ["job_id"])
    _bring_along()
    op.drop_table("backfills")


def _bring_along() -> None:
    database = op.get_bind()
    walks = database.execute(sa.select(WALKS).order_by(WALKS.c.source)).all()
    begun = {walk.source: walk.updated_at for walk in walks}
    for source, at in begun.items():
        job = {"way": "source", "key": source, "terms": {}, "planned": False, "created_at": at}
        database.execute(sa.insert(JOBS).values(job))
    ids = {row.key: row.id for row in database.execute(sa.select(JOBS.c.key, JOBS.c.id))}
    for walk in walks:
        unit = {
            "job_id": ids[walk.source],
            "key": f"{walk.since}..{walk.until}",
            "since": walk.since,
            "until": walk.until,
            "terms": {"listed": walk.listed},
            "place": walk.next_page,
            "done": walk.done,
            "tally": {},
            "problems": [],
            "attempts": 0,
            "updated_at": walk.updated_at,
        }
        database.execute(sa.insert(UNITS).values(unit))


def downgrade() -> None:
    op.create_table(
        "backfills",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("since", sa.String(length=10), nullable=False),
        sa.Column("until", sa.String(length=10), nullable=False),
        sa.Column("next_page", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backfills")),
        sa.UniqueConstraint("source", "since", "until", name=op.f("uq_backfills_source_since_until")),
    )
    op.drop_index(op.f("ix_backfill_units_job_id"), "backfill_units")
    op.drop_table("backfill_units")
    op.drop_table("backfill_jobs")
