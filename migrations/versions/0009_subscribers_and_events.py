"""How often, when and of what subscribers are told; items of the outbox that say what changed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("subscribers") as batch_op:
        batch_op.add_column(sa.Column("cadence", sa.String(length=8), nullable=False, server_default="daily"))
        batch_op.add_column(sa.Column("at", sa.String(length=5), nullable=True))
        batch_op.add_column(sa.Column("weekday", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("zone", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("filters", sa.Text(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("empty", sa.Boolean(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("confirmed_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("suspended_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("refusals", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_subscribers_filters", "subscribers", ["filters"])
    op.execute("UPDATE subscribers SET confirmed_at = created_at")
    with op.batch_alter_table("mails") as batch_op:
        batch_op.add_column(sa.Column("items", sa.Integer(), nullable=True))
    told = "SELECT count(*) FROM deliveries WHERE deliveries.mail_id = mails.id"
    op.execute(f"UPDATE mails SET items = ({told}) WHERE sent_at IS NOT NULL")  # noqa: S608
    _outbox(("approval_id", "event"), ("approval_id", "event", "key"), _add_columns)


def _add_columns(batch_op) -> None:
    batch_op.add_column(sa.Column("key", sa.Text(), nullable=False, server_default=""))
    batch_op.add_column(sa.Column("facts", sa.JSON(), nullable=False, server_default="{}"))
    batch_op.add_column(sa.Column("changes", sa.JSON(), nullable=False, server_default="{}"))


def _drop_columns(batch_op) -> None:
    for name in ("changes", "facts", "key"):
        batch_op.drop_column(name)


def _outbox(before, after, columns) -> None:
    """SQLite makes the outbox anew for another constraint, which it can't while deliveries point to it."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute("CREATE TEMPORARY TABLE kept AS SELECT id, outbox_id, subscriber_id, mail_id FROM deliveries")
        op.drop_table("deliveries")
    with op.batch_alter_table("outbox", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_constraint("uq_outbox_" + "_".join(before), type_="unique")
        columns(batch_op)
        batch_op.create_unique_constraint("uq_outbox_" + "_".join(after), list(after))
    if sqlite:
        _create_deliveries()
        op.execute("INSERT INTO deliveries (id, outbox_id, subscriber_id, mail_id) SELECT * FROM kept")
        op.execute("DROP TABLE kept")


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outbox_id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name="fk_deliveries_mail_id_mails"),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name="fk_deliveries_outbox_id_outbox"),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscribers.id"], name="fk_deliveries_subscriber_id_subscribers"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("outbox_id", "subscriber_id", name="uq_deliveries_outbox_id_subscriber_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_mail_id", "deliveries", ["mail_id"])
    op.create_index("ix_deliveries_subscriber_id", "deliveries", ["subscriber_id"])


def downgrade() -> None:
    op.execute("DELETE FROM deliveries WHERE outbox_id IN (SELECT id FROM outbox WHERE event <> 'new')")
    op.execute("DELETE FROM outbox WHERE event <> 'new'")
    _outbox(("approval_id", "event", "key"), ("approval_id", "event"), _drop_columns)
    op.drop_column("mails", "items")
    op.drop_index("ix_subscribers_filters", table_name="subscribers")
    for name in ("refusals", "suspended_at", "confirmed_at", "empty", "filters", "zone", "weekday", "at", "cadence"):
        op.drop_column("subscribers", name)
