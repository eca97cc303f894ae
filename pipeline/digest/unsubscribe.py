"""Take a reader off, leaving nothing of the address but a salted hash."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from config.settings import ConfigError
from storage.database import Database
from storage.subscribers import remove

SALT = 32
"""Bytes of the salt."""


def salt_of(folder: Path, random: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
    """The salt kept in `folder`/salt, made where there is none. Raises ConfigError where it can't be used."""
    path = folder / "salt"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if not path.exists():
            _create(path, random(SALT))
        salt = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: the salt can't be read or made: {error.strerror}; see GREENLIT_DATA_DIR") from error
    if len(salt) < SALT:
        raise ConfigError(f"{path}: is not a salt of {SALT} bytes; restore it from a backup")
    return salt


def _create(path: Path, salt: bytes) -> None:
    """Whole or not at all, and only once, whoever else is at it."""
    draft = path.with_name(f"salt.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(salt)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first
    finally:
        draft.unlink()


def unsubscribe(database: Database, folder: Path, address: str, now: datetime) -> bool:
    """Erase `address` from the database and its files; False where it was not subscribed.

    `folder` holds the salt. Raises storage.subscribers.AddressProblem and ConfigError.
    """
    salt = salt_of(folder)
    with database.write() as session:
        removed = remove(session, address, salt, now)
    if removed and database.engine.dialect.name == "sqlite":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")  # the log still holds the address
    return removed
