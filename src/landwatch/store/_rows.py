"""Puts many rows with one statement, where the dialects would each want their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, text

__all__ = ["put_rows"]

TOGETHER = 1000
"""Rows of one statement: SQLite takes 32,766 parameters. [1]"""


def put_rows(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, conflict: str = ""
) -> None:
    """Insert rows, which all have the same columns; `conflict` is what follows ON CONFLICT.

    SQLite's driver lets other threads run at each row of `executemany`, and then waits for its turn: beside
    twenty busy readers a thousand rows would take seconds. So many rows are one statement.
    """
    if not rows:
        return
    names = tuple(rows[0])
    into = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES"
    after = f" ON CONFLICT {conflict}" if conflict else ""
    if connection.dialect.name != "sqlite":
        one = f"({', '.join(f':{name}' for name in names)})"
        connection.execute(text(f"{into} {one}{after}"), list(rows))
        return
    one = f"({', '.join('?' * len(names))})"
    for start in range(0, len(rows), TOGETHER):
        some = rows[start : start + TOGETHER]
        connection.exec_driver_sql(
            f"{into} {', '.join([one] * len(some))}{after}",
            tuple(value for row in some for value in row.values()),
        )
