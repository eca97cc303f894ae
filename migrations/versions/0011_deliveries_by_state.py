"""Deliveries are found by their subscriber while they wait, and by their mail from then on: indexes of just these."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WAITING, MAILED = sa.text("mail_id IS NULL"), sa.text("mail_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_deliveries_mail_id", "deliveries")
    op.drop_index("ix_deliveries_subscriber_id", "deliveries")
    for name, column, held in (("waiting", "subscriber_id", WAITING), ("mailed", "mail_id", MAILED)):
        op.create_index(
            f"ix_deliveries_{name}", "deliveries", [column, "outbox_id"], sqlite_where=held, postgresql_where=held
        )


def downgrade() -> None:
    op.drop_index("ix_deliveries_waiting", "deliveries")
    op.drop_index("ix_deliveries_mailed", "deliveries")
    op.create_index("ix_deliveries_mail_id", "deliveries", ["mail_id"])
    op.create_index("ix_deliveries_subscriber_id", "deliveries", ["subscriber_id"])
