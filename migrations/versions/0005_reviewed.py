"""What a decision is about, what became of approvals, and companies that were found to be another."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decided_mentions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("company_id", "product_key", "number_key")),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_decided_mentions_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_decided_mentions_article_id_articles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decided_mentions")),
    )
    op.create_index("ix_decided_mentions_decision_id", "decided_mentions", ["decision_id"])
    op.create_index("ix_decided_mentions_article_id", "decided_mentions", ["article_id"])
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_approval_id", "changes", ["approval_id"])
    op.create_index("ix_changes_at", "changes", ["at"])
    # Without a foreign key: SQLite would have to build the table anew, and mentions point to it.
    op.add_column("companies", sa.Column("merged_into", sa.Text(), nullable=True))
    op.create_index("ix_companies_merged_into", "companies", ["merged_into"])


def downgrade() -> None:
    op.drop_index("ix_companies_merged_into", table_name="companies")
    op.drop_column("companies", "merged_into")
    op.drop_table("changes")
    op.drop_table("decided_mentions")
