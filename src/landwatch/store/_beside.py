"""A second writer, for what no picture belongs to: work orders and what is known of cameras as property.

The keeper's `Store` holds a lock on the folder of pictures for as long as it runs. A command or a page that
opens a work order must not wait for its end, and touches no picture: so it writes its own tables, and the
outbox, in short transactions of a connection of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection

from landwatch.clock import Clock
from landwatch.errors import StoreError, UsageError
from landwatch.store import _schema as schema
from landwatch.store._database import Database, head, revision
from landwatch.store._records import micros, text
from landwatch.store._writer import Store

__all__ = ["Beside"]


class Beside:
    """One connection that writes beside the keeper. May be used from several threads; each waits its turn."""

    def __init__(self, folder: Path, clock: Clock, *, url: SecretStr | None = None) -> None:
        """Open the tables; make them, or bring them up to date, where they are not.

        Raises:
            StoreError: if they cannot be opened, or are to be brought up to date while a keeper runs.
            ConfigError: if `url` is no address of PostgreSQL, or its driver is not installed.
        """
        database = Database(folder, url)
        self._database = database
        self._turn = threading.RLock()
        self._is_open = True
        if not _is_up_to_date(database):
            Store.open(folder, clock, url=url).close()
        self._engine = database.second_writer()

    def __enter__(self) -> Beside:
        """Return the connection itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    @contextmanager
    def transaction(self, what: str) -> Iterator[Connection]:
        """Give one transaction at a time, and say in words why it failed."""
        with self._turn:
            if not self._is_open:
                raise StoreError(f"the store in {self._database.where} is closed")
            with self._database.translated(what), self._engine.begin() as connection:
                yield connection

    def skip_message(self, outlet: str, key: str, why: str, now: datetime) -> None:
        """Take a message out of an outlet's way; it stays in the outbox, with the reason.

        Raises:
            UsageError: if no such message waits, or there is no reason.
        """
        if not why.strip():
            raise UsageError("say why the message is not to be carried")
        self._mend(outlet, key, skipped=micros(now), error=text(f"skipped: {why.strip()}"))

    def retry_message(self, outlet: str, key: str, now: datetime) -> None:
        """Let a message that waits be tried at once.

        Raises:
            UsageError: if no such message waits.
        """
        self._mend(outlet, key, due=micros(now))

    def _mend(self, outlet: str, key: str, **columns: Any) -> None:
        messages = schema.messages
        waits = (
            messages.c.outlet == outlet,
            messages.c.key == key,
            messages.c.delivered.is_(None),
            messages.c.skipped.is_(None),
        )
        with self.transaction("write") as connection:
            if connection.execute(messages.update().where(*waits).values(**columns)).rowcount != 1:
                raise UsageError(f"no message {key!r} waits for the outlet {outlet!r}")

    def close(self) -> None:
        """Close the connection."""
        with self._turn:
            self._is_open = False
            self._engine.dispose()


def _is_up_to_date(database: Database) -> bool:
    if database.file is not None and not database.file.exists():
        return False
    engine = database.reader()
    try:
        with database.translated("open"), engine.connect() as connection:
            return revision(connection) == head()
    finally:
        engine.dispose()
