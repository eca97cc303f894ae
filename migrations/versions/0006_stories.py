"""What is remembered of each text to find its copies; the texts that are held get their stories anew."""

from collections import defaultdict
from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op

from config.companies import load_companies
from extractors.understand.lexicon import Lexicon
from storage.identity.copies import Sketch, alike, sketch_of, stories
from storage.stories import packed, plain

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ARTICLES = sa.table("articles", *(sa.column(name) for name in ("id", "text", "published", "story_id", "sketch_id")))
EDITIONS = sa.table("editions", sa.column("article_id"))
STORIES = sa.table("stories", sa.column("id"), sa.column("key"))


def upgrade() -> None:
    sketches = op.create_table(
        "sketches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_sketches_story_id_stories")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sketches")),
        sa.UniqueConstraint("digest", "day", name=op.f("uq_sketches_digest_day")),
    )
    op.create_index("ix_sketches_story_id", "sketches", ["story_id"])
    keys = op.create_table(
        "sketch_keys",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sketch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["sketch_id"], ["sketches.id"], name=op.f("fk_sketch_keys_sketch_id_sketches")),
        sa.PrimaryKeyConstraint("hash", "day", "sketch_id", name=op.f("pk_sketch_keys")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sketch_keys_sketch_id", "sketch_keys", ["sketch_id"])
    links = op.create_table(
        "sketch_links",
        sa.Column("one", sa.Integer(), nullable=False),
        sa.Column("other", sa.Integer(), nullable=False),
        sa.Column("likeness", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["one"], ["sketches.id"], name=op.f("fk_sketch_links_one_sketches")),
        sa.ForeignKeyConstraint(["other"], ["sketches.id"], name=op.f("fk_sketch_links_other_sketches")),
        sa.PrimaryKeyConstraint("one", "other", name=op.f("pk_sketch_links")),
    )
    op.create_index("ix_sketch_links_other", "sketch_links", ["other"])
    op.add_column("articles", sa.Column("sketch_id", sa.Integer(), nullable=True))
    op.create_index("ix_articles_sketch_id", "articles", ["sketch_id"])
    _fill(sketches, keys, links)


def _fill(sketches: sa.Table, keys: sa.Table, links: sa.Table) -> None:
    """Sketch the texts that are held, and make their stories. Texts that were not kept stay as they are."""
    database = op.get_bind()
    found, ids = _sketches()
    if not found:
        return
    joined = _links(found)
    rows = [
        {"id": id, "digest": s.digest, "day": s.day, "hashes": packed(s.hashes), "said": plain(s)}
        for id, s in found.items()
    ]
    database.execute(sa.insert(sketches), rows)
    entries = [{"hash": key, "day": s.day, "sketch_id": id} for id, s in found.items() for key in s.keys]
    if entries:
        database.execute(sa.insert(keys), entries)
    if joined:
        database.execute(sa.insert(links), [{"one": a, "other": b, "likeness": share} for a, b, share in joined])
    database.execute(
        sa.update(ARTICLES).where(ARTICLES.c.id == sa.bindparam("row")).values(sketch_id=sa.bindparam("sketch")),
        [{"row": article, "sketch": sketch} for article, sketch in ids.items()],
    )
    for members in stories(found, joined):
        _story(sketches, min(found[id].digest for id in members), members)
    unused = STORIES.c.id.not_in(sa.select(ARTICLES.c.story_id).where(ARTICLES.c.story_id.is_not(None)))
    database.execute(sa.delete(STORIES).where(unused))
    if database.dialect.name == "postgresql":  # the ids were given here, and the sequence has to know
        database.execute(sa.text("SELECT setval('sketches_id_seq', (SELECT max(id) FROM sketches))"))


def _sketches() -> tuple[dict[int, Sketch], dict[int, int]]:
    """The sketch of each text that is held, by its id; and the sketch's id of each article."""
    lexicon = Lexicon.build(load_companies())
    found: dict[int, Sketch] = {}
    known: dict[tuple[str, int], int] = {}
    ids: dict[int, int] = {}
    database = op.get_bind()
    lists = set(database.scalars(sa.select(EDITIONS.c.article_id)))
    held = sa.select(ARTICLES.c.id, ARTICLES.c.text, ARTICLES.c.published).where(ARTICLES.c.text != "")
    for article, text, published in database.execute(held.order_by(ARTICLES.c.id)):
        sketch = sketch_of(text, _day(published), lambda said: (hit.id for hit in lexicon.find(said)))
        if article in lists:
            sketch = Sketch(sketch.digest, sketch.day, (), sketch.said)
        ids[article] = known.setdefault((sketch.digest, sketch.day), len(known) + 1)
        found[ids[article]] = sketch
    return found, ids


def _day(published: datetime | str | None) -> int:
    """The day in China of a stored time, which is UTC; 0 where there is none."""
    if published is None:
        return 0
    moment = datetime.fromisoformat(published) if isinstance(published, str) else published
    return (moment + timedelta(hours=8)).date().toordinal()


def _links(found: dict[int, Sketch]) -> list[tuple[int, int, float]]:
    by_key: defaultdict[object, list[int]] = defaultdict(list)
    pairs = set()
    for id, sketch in found.items():
        for key in (*sketch.keys, sketch.digest):
            pairs |= {(other, id) for other in by_key[key]}
            by_key[key].append(id)
    return [(a, b, share) for a, b in sorted(pairs) if (share := alike(found[a], found[b]))]


def _story(sketches: sa.Table, key: str, members: list[int]) -> None:
    database = op.get_bind()
    story = database.scalar(sa.select(STORIES.c.id).where(STORIES.c.key == key))
    if story is None:
        database.execute(sa.insert(STORIES).values(key=key))
        story = database.scalar(sa.select(STORIES.c.id).where(STORIES.c.key == key))
    database.execute(sa.update(sketches).where(sketches.c.id.in_(members)).values(story_id=story))
    database.execute(sa.update(ARTICLES).where(ARTICLES.c.sketch_id.in_(members)).values(story_id=story))


def downgrade() -> None:
    op.drop_index("ix_articles_sketch_id", "articles")
    op.drop_column("articles", "sketch_id")
    for table in ("sketch_links", "sketch_keys", "sketches"):
        op.drop_table(table)
