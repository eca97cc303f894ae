"""Bring a database to a former version of the tables, for tests of upgrades."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config

from storage.database import Database


def go_back(database: Database, version: str) -> None:
    """Take the tables of a database at HEAD back to `version`."""
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    with database.engine.execution_options(greenlit_write=True).connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, version)
        connection.commit()
