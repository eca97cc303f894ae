"""Which version of the tables a database has, and how it comes to the one that this program knows."""

from __future__ import annotations

from importlib.resources import files

from sqlalchemy import Connection, Engine, inspect, text

HEAD = "0011"
"""The newest migration (a test compares it with `migrations/versions`); known without loading Alembic."""


class OtherVersion(Exception):
    """The database holds tables of another version; the message says which and what to do."""


def current_version(connection: Connection) -> str | None:
    """The migration a database is at; None for an empty one, "unknown" where foreign tables lie in it."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found
    return "unknown" if tables else None


def create_if_empty(engine: Engine) -> None:
    """Bring a missing or empty database to HEAD."""
    with engine.connect() as connection:
        version = current_version(connection)
    if version is None:
        upgrade(engine)


def refuse_other_version(engine: Engine) -> None:
    """Raise OtherVersion unless the database is at HEAD."""
    with engine.connect() as connection:
        version = current_version(connection)
    if version == HEAD:
        return
    place = engine.url.render_as_string(hide_password=True)
    if version == "unknown":
        raise OtherVersion(f"{place} holds tables that are not Greenlit's: give GREENLIT_DATABASE_URL another database")
    if version is not None and version < HEAD:
        raise OtherVersion(f"{place} is at version {version}, this program needs {HEAD}: run `greenlit db upgrade`")
    raise OtherVersion(f"{place} is at version {version}, newer than this program ({HEAD}): install a newer Greenlit")


def upgrade(engine: Engine) -> str | None:
    """Bring the database to HEAD, each step in a transaction; returns the version it was at.

    Raises OtherVersion for a database that is newer than this program, or not ours.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    with engine.execution_options(greenlit_write=True).connect() as connection:
        before = current_version(connection)
        connection.rollback()
        if before == "unknown" or (before is not None and before > HEAD):
            refuse_other_version(engine)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return before
