"""Copies of a database: a backup while it is in use, a restore that is verified first, a move to the other kind.

A backup is always an SQLite file, whatever the database is; the service may go on meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, ForeignKey, Integer, func, insert, select, text, update
from sqlalchemy import Table as SqlTable
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from storage import search
from storage.database import Database, DatabaseProblem, open_database
from storage.examine import examine
from storage.schema import HEAD, current_version, refuse_other_version, upgrade
from storage.tables import Lease, StoredApproval, StoredArticle, Table

ROWS = 1_000
"""Rows copied at a time, so that memory does not grow with the database."""
SKIPPED = {Lease.__tablename__}
"""A lease belongs to a process that uses the old database."""
Progress = Callable[[str, int], None]


def copy(source: Database, target: Database, progress: Progress = lambda table, rows: None) -> dict[str, int]:
    """Copy everything into an empty database of either kind, whole or not at all; returns the rows of each table.

    Raises DatabaseProblem where the target holds something.
    """
    counts: dict[str, int] = {}
    with _snapshot(source) as old, target.write() as session:
        new = session.connection()
        for held in (StoredArticle, StoredApproval):
            if new.execute(select(func.count()).select_from(held)).scalar():
                raise DatabaseProblem("the target holds articles or approvals already: copy into an empty database")
        for table in Table.metadata.sorted_tables:
            if table.name not in SKIPPED:
                counts[table.name] = _copy_rows(old, new, table)
                progress(table.name, counts[table.name])
        _go_on_counting(old, new)
        search.rebuild(session)
    return counts


@contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    """A connection that sees one moment, whatever others write meanwhile."""
    engine = database.engine.execution_options(postgresql_readonly=True)
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection, connection.begin():
        yield connection


def _copy_rows(old: Connection, new: Connection, table: SqlTable) -> int:
    own = [column for column in table.columns if _points_to_itself(column.foreign_keys)]
    count = 0
    with old.execution_options(yield_per=ROWS).execute(select(table)) as rows:
        for some in rows.mappings().partitions(ROWS):
            blank = {column.name: None for column in own}
            new.execute(insert(table), [{**row, **blank} for row in some])
            count += len(some)
    for column in own:  # such a row may point to one that came after it
        pairs = old.execute(select(table.c.id, column).where(column.is_not(None))).all()
        for id, value in pairs:
            new.execute(update(table).where(table.c.id == id).values({column.name: value}))
    return count


def _points_to_itself(keys: set[ForeignKey]) -> bool:
    return any(key.column.table is key.parent.table for key in keys)


def _go_on_counting(old: Connection, new: Connection) -> None:
    """Let ids go on after the last one that was ever given: an id is never used again."""
    given = _given(old)
    for table in Table.metadata.sorted_tables:
        key = table.primary_key.columns
        if len(key) != 1 or not isinstance(next(iter(key)).type, Integer) or "id" not in table.columns:
            continue
        last = max(given.get(table.name, 0), new.execute(select(func.max(table.c.id))).scalar() or 0)
        if last and new.dialect.name == "postgresql":
            values = {"table": table.name, "last": last}
            sequence = new.execute(text("SELECT pg_get_serial_sequence(:table, 'id')"), values).scalar()
            if sequence:
                new.execute(text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)"), values)
        elif last and table.dialect_options["sqlite"]["autoincrement"]:
            new.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), {"table": table.name})
            row = {"table": table.name, "last": last}
            new.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)"), row)


def _given(old: Connection) -> dict[str, int]:
    """The last id given in each table, as far as the database remembers."""
    if old.dialect.name == "sqlite":
        return dict(old.execute(text("SELECT name, seq FROM sqlite_sequence")).all())
    given = {}
    for table in Table.metadata.sorted_tables:
        wanted = text("SELECT pg_get_serial_sequence(:table, 'id')")
        if "id" in table.columns and (sequence := old.execute(wanted, {"table": table.name}).scalar()):
            given[table.name] = old.execute(text(f"SELECT last_value FROM {sequence}")).scalar() or 0  # noqa: S608
    return given


def backup(database: Database, path: Path, progress: Progress = lambda table, rows: None) -> None:
    """Write a backup, while the database is in use: whole and verified under that name, or not at all.

    Raises DatabaseProblem where the file is there already, or can't be written.
    """
    if path.exists():
        raise DatabaseProblem(f"{path} is there already: give the backup another name")
    fresh = path.with_name(path.name + ".part")
    try:
        fresh.unlink(missing_ok=True)
        if database.engine.dialect.name == "sqlite":
            _copy_file(Path(database.engine.url.database or ""), fresh)
        else:
            with closing(open_database(f"sqlite:///{fresh}")) as target:
                copy(database, target, progress)
        _settle(fresh)
        verify(fresh)
        fresh.replace(path)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseProblem(f"{path}: the backup can't be written: {error}") from error
    finally:
        for left in (fresh, Path(f"{fresh}-wal"), Path(f"{fresh}-shm")):
            left.unlink(missing_ok=True)


def _copy_file(source: Path, target: Path) -> None:
    """SQLite's own online backup: one consistent moment, whoever writes."""
    address = f"file:{source.absolute().as_posix()}?mode=rw"
    with closing(sqlite3.connect(address, uri=True)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _settle(path: Path) -> None:
    """Put all of a database into its one file."""
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode=DELETE")


def verify(path: Path) -> None:
    """Raise DatabaseProblem unless the file is a whole database of ours, of this version or an older one.

    Triggers and views are not ours: what they do would be done in our name.
    """
    if not path.is_file():
        raise DatabaseProblem(f"{path}: there is no such file")
    try:
        with closing(sqlite3.connect(f"file:{path.absolute().as_posix()}?mode=ro", uri=True)) as file:
            file.execute("PRAGMA trusted_schema=OFF")
            found = file.execute("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchall()
            damage = [] if found else [said for (said,) in file.execute("PRAGMA integrity_check(5)") if said != "ok"]
            tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            version = (file.execute("SELECT version_num FROM alembic_version").fetchone() or ("",))[0] if (
                "alembic_version" in tables) else None  # fmt: skip
    except sqlite3.Error as error:
        raise DatabaseProblem(f"{path} is no database that can be read: {error}") from error
    if version is None or not {"articles", "approvals", "mentions"} <= tables:
        raise DatabaseProblem(f"{path} is no backup of Greenlit")
    if found:
        raise DatabaseProblem(f"{path} holds triggers or views ({found[0][0]}), which no backup of Greenlit has")
    if damage:
        raise DatabaseProblem(f"{path} is damaged: {'; '.join(map(str, damage))}")
    if not (version.isdecimal() and version <= HEAD):
        raise DatabaseProblem(f"{path} is of version {version}, newer than this program ({HEAD})")


def restore(path: Path, url: str, *, replace: bool = False, scratch: Path) -> dict[str, int]:
    """Bring a backup into the database at `url`; returns the rows of each table.

    The file is verified, brought to this version and examined in `scratch` first, so that nothing is lost to a
    backup that is no good. Raises DatabaseProblem, also where the database holds something and `replace` is False.
    """
    verify(path)
    trial = scratch / "restore.db"
    _copy_file(path, trial)
    with closing(open_database(f"sqlite:///{trial}", check=False)) as source:
        upgrade(source.engine)
        problems = examine(source)
        if problems:
            raise DatabaseProblem(f"{path} does not hold together: {problems[0]}")
        with closing(open_database(url, check=False)) as target:
            _make_room(target, replace=replace)
            return copy(source, target)


def _make_room(target: Database, *, replace: bool) -> None:
    with target.engine.connect() as connection:
        version = current_version(connection)
        held = version == HEAD and connection.execute(select(func.count()).select_from(StoredArticle)).scalar()
    if version is None:
        upgrade(target.engine)
        return
    refuse_other_version(target.engine)
    if held and not replace:
        place = target.engine.url.render_as_string(hide_password=True)
        raise DatabaseProblem(
            f"{place} holds {held} articles: --replace gives them up, `greenlit db backup` keeps them"
        )
    with target.write() as session:
        _empty(session)


def _empty(session: Session) -> None:
    session.execute(update(StoredApproval).values(merged_into=None))
    for table in reversed(Table.metadata.sorted_tables):
        session.execute(table.delete())


def same_place(one: str, other: str) -> bool:
    """Whether two addresses are one database."""
    return make_url(one) == make_url(other)
