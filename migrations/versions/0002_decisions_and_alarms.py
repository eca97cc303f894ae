"""Decisions, alarms, and what a round and a source say of themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_decisions_action_subject", "decisions", ["action", "subject"])
    op.create_table(
        "alarms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(), nullable=True),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_alarms_open",
        "alarms",
        ["source", "name"],
        unique=True,
        sqlite_where=sa.text("cleared_at IS NULL"),
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    with op.batch_alter_table("runs") as batch_op:
        batch_op.add_column(sa.Column("reasons", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("reason", sa.String(length=16), nullable=True))
        batch_op.drop_index("ix_runs_source")
        batch_op.create_index("ix_runs_source_id", ["source", "id"])
    with op.batch_alter_table("sources") as batch_op:
        batch_op.add_column(sa.Column("shadow", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("reason", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("fresh_for", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("links_sha256", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("links_changed_at", sa.DateTime(), nullable=True))
    # Else the next finds of a source that was read before would count as those of a first run.
    op.execute("UPDATE sources SET links_changed_at = last_ok_at")


def downgrade() -> None:
    with op.batch_alter_table("sources") as batch_op:
        for name in ("links_changed_at", "links_sha256", "fresh_for", "reason", "shadow"):
            batch_op.drop_column(name)
    with op.batch_alter_table("runs") as batch_op:
        batch_op.drop_index("ix_runs_source_id")
        batch_op.create_index("ix_runs_source", ["source"])
        batch_op.drop_column("reason")
        batch_op.drop_column("reasons")
    op.drop_index("ix_alarms_open", table_name="alarms")
    op.drop_table("alarms")
    op.drop_index("ix_decisions_action_subject", table_name="decisions")
    op.drop_table("decisions")
