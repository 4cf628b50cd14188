"""Opens the database, brings its tables up to date, and says in words what went wrong.

The tables are a SQLite file in the store's folder, or a PostgreSQL database by URL. In SQLite one
connection writes: write-ahead log, synchronous=FULL (each commit is fsynced), foreign keys held. In
PostgreSQL it holds an advisory lock, which a lost connection gives back and a new one must take again. Any
number of connections read: each on its own snapshot, never waiting for the writer nor making it wait.

References:
    [1] SQLite, "Write-Ahead Logging", sqlite.org/wal.html.
    [2] SQLAlchemy, "SQLite: Serializable isolation / Savepoints / Transactional DDL": the driver's own
        BEGIN is turned off, since it would leave table changes outside of the transaction.
    [3] PostgreSQL, "Explicit Locking: Advisory Locks".
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
from pydantic import SecretStr
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from landwatch.errors import ConfigError, StoreError

__all__ = ["Database", "head", "migrate", "revision", "translated"]

DATABASE = "landwatch.sqlite"
"""The SQLite file in the store's folder."""

BUSY_MS = 10_000
"""How long a connection waits for another's lock. [ms] A checkpoint of a large log takes less."""

LOCK_WAIT_MS = 3_000
"""How long to wait for the lock of a PostgreSQL database. [ms] The server may need a moment to see that a
writer has died."""

WRITER_LOCK = int.from_bytes(b"landwatc")
"""Number of the advisory lock; such locks belong to one database."""

LOCK_HOLDER = """
    SELECT application_name, coalesce(host(client_addr), 'this machine')
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) + objid::bigint = %s
"""

MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """Where a store's tables are."""

    def __init__(self, folder: Path, url: SecretStr | None) -> None:
        """Settle where the tables are, and open nothing.

        Raises:
            ConfigError: if the address is none of PostgreSQL.
        """
        self.file = folder / DATABASE if url is None else None
        self._url = URL.create("sqlite") if url is None else _postgresql(url)
        self.where = str(self.file or self._url.set(drivername="postgresql").render_as_string())
        """The tables' place, for messages, without a password."""

    def writer(self) -> Engine:
        """Return an engine of the one connection that writes."""
        return self._postgresql_writer() if self.file is None else _sqlite_writer(self.file)

    def second_writer(self) -> Engine:
        """Return an engine of one connection that writes beside the keeper's, in short transactions.

        SQLite lets one write after the other; PostgreSQL asks for no lock of the whole.
        """
        return _sqlite_writer(self.file) if self.file is not None else _create(self._url, pool_pre_ping=True)

    def reader(self) -> Engine:
        """Return an engine of connections that only read."""
        if self.file is not None:
            return _sqlite_reader(self.file)
        return _create(
            self._url,
            isolation_level="REPEATABLE READ",
            pool_pre_ping=True,
            connect_args={"options": "-c default_transaction_read_only=on"},
        )

    def bytes(self, connection: Connection) -> int:
        """Return how much the tables take on the disk."""
        if self.file is None:
            return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
        files = [self.file, self.file.with_name(self.file.name + "-wal")]
        return sum(file.stat().st_size for file in files if file.exists())

    @contextmanager
    def translated(self, what: str) -> Iterator[None]:
        """Turn errors into a `StoreError` that names the tables' place."""
        with translated(what, self.where):
            yield

    def _postgresql_writer(self) -> Engine:
        engine = _create(
            self._url, poolclass=StaticPool, connect_args={"application_name": f"landwatch {os.getpid()}"}
        )

        @event.listens_for(engine, "connect")
        def _prepare(connection: Any, _record: Any) -> None:
            # On each new connection: one that was lost has given the lock back, and another may hold it.
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('synchronous_commit', 'on', false) "
                    "WHERE current_setting('synchronous_commit') IN ('off', 'local')"
                )
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [str(LOCK_WAIT_MS)])
                try:
                    cursor.execute("SELECT pg_advisory_lock(%s)", [WRITER_LOCK])
                except connection.OperationalError:
                    connection.rollback()
                    cursor.execute(LOCK_HOLDER, [WRITER_LOCK])
                    name, host = cursor.fetchone() or ("another program", "this machine")
                    raise StoreError(
                        f"the store in {self.where} is being written by {name} on {host}; stop that one, "
                        "or choose another database"
                    ) from None
            connection.commit()

        return engine


def _postgresql(url: SecretStr) -> URL:
    try:
        parsed = make_url(url.get_secret_value())
    except ArgumentError:
        raise ConfigError("store.url is no address; write postgresql://USER@HOST/DATABASE") from None
    if parsed.drivername != "postgresql":
        raise ConfigError(f"store.url starts with {parsed.drivername}://; there is only postgresql://")
    return parsed.set(drivername="postgresql+psycopg")


def _create(url: URL, **options: Any) -> Engine:
    try:
        return create_engine(url, hide_parameters=True, **options)
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"store.url: PostgreSQL needs {error.name}; pip install 'landwatch[postgres]'"
        ) from None


def _sqlite_writer(file: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{file}", poolclass=StaticPool, connect_args={"check_same_thread": False}
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


def _sqlite_reader(file: Path) -> Engine:
    if not file.exists():
        raise StoreError(
            f"there is no store in {file.parent}; `landwatch run` and `landwatch replay` make one"
        )
    engine = create_engine(
        f"sqlite:///{file.absolute().as_uri()}?mode=ro&uri=true", connect_args={"check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: SqliteConnection, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def migrate(engine: Engine, target: str = "head") -> None:
    """Bring the tables up to date, or to an older state, in one transaction.

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
        command.upgrade(config, target)


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
def translated(what: str, where: Path | str) -> Iterator[None]:
    """Turn the errors of the file system and of the database into a `StoreError` with place and reason."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(f"cannot {what} {where}: {_said(error)}") from error
    except OSError as error:
        raise StoreError(f"cannot {what} {error.filename or where}: {_advised(error)}") from error


def _said(error: SQLAlchemyError) -> str:
    """Return what a database's error says, without the statement and its values."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return f"{type(error).__name__}: {error}"
    name = getattr(error.orig, "sqlite_errorname", "")
    if name == "SQLITE_FULL":
        return f"{os.strerror(errno.ENOSPC)} ({error.orig}); free some space and start again"
    if name.startswith("SQLITE_BUSY"):
        return f"{error.orig}; another program holds it for more than {BUSY_MS / 1000:g} s"
    return f"{error.orig} ({name})" if name else str(error.orig).strip().partition("\n")[0]


def _advised(error: OSError) -> str:
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{reason}; free some space and start again"
    return reason
