"""Editions of official lists and their rows; when a mention was first made, and of which place a claim speaks."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _editions()
    _rows()
    op.create_index("ix_approvals_merged_into", "approvals", ["merged_into"])
    with op.batch_alter_table("mentions") as batch_op:
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("origin", sa.Text(), nullable=True))
    with op.batch_alter_table("claims") as batch_op:
        batch_op.add_column(sa.Column("place", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("at_least", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("links") as batch_op:
        batch_op.add_column(sa.Column("page_url", sa.Text(), nullable=True))


def _editions() -> None:
    op.create_table(
        "editions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("page_url", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("published", sa.DateTime(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("page_id", sa.Integer(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("adds_up", sa.Boolean(), nullable=False),
        sa.Column("account", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_editions_article_id_articles")),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_editions_page_id_pages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_editions_source_current", "editions", ["source", "current"])
    op.create_index("ix_editions_sha256", "editions", ["sha256"])
    op.create_index("ix_editions_article_id", "editions", ["article_id"])


def _rows() -> None:
    op.create_table(
        "register_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("vanished", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("province", "company", "product", "filing_no")),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("serial", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("role", "app", "purpose", "remark")),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("oddities", sa.JSON(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_register_rows_edition_id_editions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_rows")),
        sa.UniqueConstraint("edition_id", "ordinal", name=op.f("uq_register_rows_edition_id_ordinal")),
    )


def downgrade() -> None:
    op.drop_index("ix_approvals_merged_into", table_name="approvals")
    op.drop_table("register_rows")
    op.drop_table("editions")
    added = {"links": ("page_url",), "claims": ("at_least", "place"), "mentions": ("origin", "seen_at")}
    for table, names in added.items():
        with op.batch_alter_table(table) as batch_op:
            for name in names:
                batch_op.drop_column(name)
