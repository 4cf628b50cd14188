"""Opens the database, brings its tables up to date, and says in words what went wrong.

One connection writes: write-ahead log, synchronous=FULL (each commit is fsynced), foreign keys held. Any
number read: each on its own snapshot, never waiting for the writer nor making it wait.

References:
    [1] SQLite, "Write-Ahead Logging", sqlite.org/wal.html.
    [2] SQLAlchemy, "SQLite: Serializable isolation / Savepoints / Transactional DDL": the driver's own
        BEGIN is turned off, since it would leave table changes outside of the transaction.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from landwatch.errors import StoreError

__all__ = ["DATABASE", "head", "migrate", "reader", "revision", "said", "translated", "writer"]

DATABASE = "landwatch.sqlite"
"""The database's file in the store's folder."""

BUSY_MS = 10_000
"""How long a connection waits for another's lock. [ms] A checkpoint of a large log takes less."""

MIGRATIONS = Path(__file__).parent / "migrations"


def writer(folder: Path) -> Engine:
    """Return an engine of the one connection that writes the database of `folder`."""
    engine = create_engine(
        f"sqlite:///{folder / DATABASE}", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: SqliteConnection, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {BUSY_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "recursive_triggers = ON",  # so that REPLACE meets the triggers that guard events
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def reader(folder: Path) -> Engine:
    """Return an engine of connections that only read the database of `folder`."""
    path = folder / DATABASE
    if not path.exists():
        raise StoreError(f"there is no store in {folder}; `landwatch run` and `landwatch replay` make one")
    uri = f"{path.absolute().as_uri()}?mode=ro"
    engine = create_engine(f"sqlite:///{uri}&uri=true", connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: SqliteConnection, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def migrate(engine: Engine) -> None:
    """Bring the tables up to date, in one transaction.

    Raises:
        StoreError: if they were made by a newer Landwatch.
    """
    with engine.begin() as connection:
        found = revision(connection)
        if found is not None and found not in _known():
            raise StoreError(
                f"the store was written by a newer Landwatch (its tables are at {found!r}, this one knows "
                f"up to {head()!r}); update Landwatch, or use another folder"
            )
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision(connection: Connection) -> str | None:
    """Return which state the tables are in; None where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """Return the state of the tables that this Landwatch writes."""
    found = _scripts().get_current_head()
    assert found is not None
    return found


def _known() -> set[str]:
    return {script.revision for script in _scripts().walk_revisions()}


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


@contextmanager
def translated(what: str, path: Path) -> Iterator[None]:
    """Turn the errors of the file system and of the database into a `StoreError` with path and reason."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(f"cannot {what} {path}: {said(error)}") from error
    except OSError as error:
        raise StoreError(f"cannot {what} {error.filename or path}: {_advised(error)}") from error


def said(error: SQLAlchemyError) -> str:
    """Return what a database's error says, without the statement and its values."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return f"{type(error).__name__}: {error}"
    name = getattr(error.orig, "sqlite_errorname", "")
    if name == "SQLITE_FULL":
        return f"{os.strerror(errno.ENOSPC)} ({error.orig}); free some space and start again"
    if name.startswith("SQLITE_BUSY"):
        return f"{error.orig}; another program holds it for more than {BUSY_MS / 1000:g} s"
    return f"{error.orig} ({name})" if name else str(error.orig).strip()


def _advised(error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{reason}; free some space and start again"
    return reason
