"""Puts messages into the outbox, and reads what waits there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Table, case, func, select
from sqlalchemy.dialects import postgresql, sqlite

from landwatch.store import _schema as schema
from landwatch.store._records import Outbox, micros, moment, text, to_message
from landwatch.types import Message

__all__ = ["insert", "outboxes", "put", "waiting"]


def insert(connection: Connection, table: Table) -> Any:
    """Return an insert that knows what to do on a conflict; both dialects say it alike."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def put(connection: Connection, messages: Sequence[Message]) -> None:
    """Put messages into the outbox; one of the same outlet and key is there once."""
    if not messages:
        return
    rows = [
        {
            "outlet": message.outlet,
            "key": text(message.key),
            "kind": message.kind,
            "time": micros(message.time),
            "body": message.body,
            "attempts": message.attempts,
            "due": micros(message.due or message.time),
            "error": text(message.error),
            "delivered": None,
            "lane": text(message.lane),
        }
        for message in messages
    ]
    statement = insert(connection, schema.messages).on_conflict_do_nothing(index_elements=["outlet", "key"])
    connection.execute(statement, rows)


def waiting(connection: Connection, outlet: str, limit: int, without: Collection[str]) -> tuple[Message, ...]:
    """Return what waits for an outlet, in the order in which it was put, but for the lanes `without`."""
    messages = schema.messages
    statement = (
        select(messages)
        .where(messages.c.outlet == outlet, messages.c.delivered.is_(None), messages.c.skipped.is_(None))
        .order_by(messages.c.id)
        .limit(limit)
    )
    if without:
        statement = statement.where(messages.c.lane.not_in(sorted(without)))
    return tuple(to_message(row) for row in connection.execute(statement))


def outboxes(connection: Connection) -> list[Outbox]:
    """Return what waits for each outlet for which something waits, in order of name."""
    messages = schema.messages
    statement = (
        select(
            messages.c.outlet,
            func.count().label("waiting"),
            func.sum(case((messages.c.attempts > 0, 1), else_=0)).label("failing"),
            func.min(messages.c.time).label("oldest"),
        )
        .where(messages.c.delivered.is_(None), messages.c.skipped.is_(None))
        .group_by(messages.c.outlet)
        .order_by(messages.c.outlet)
    )
    return [
        Outbox(outlet=row.outlet, waiting=row.waiting, failing=row.failing, oldest=moment(row.oldest))
        for row in connection.execute(statement)
    ]
