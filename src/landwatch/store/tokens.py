"""Tokens of programs that read or write by the interfaces: what each may do, until when.

A token is 32 random bytes, shown once when it is made. The store keeps its SHA-256: nobody can guess so many
bytes, so a slow hash would only slow down each request. A token belongs to a program or a desk, never to
somebody with a name.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, select

from landwatch.errors import UsageError
from landwatch.store import _schema as schema
from landwatch.store._beside import Beside
from landwatch.store._records import micros, moment

__all__ = ["READING", "SCOPES", "Scope", "Token", "Tokens", "add", "revoke"]

Scope = Literal[
    "read:cameras",
    "read:pictures",
    "read:readings",
    "read:events",
    "write:observations",
    "act:events",
    "act:orders",
    "act:exports",
]
SCOPES: tuple[Scope, ...] = get_args(Scope)
READING = tuple(scope for scope in SCOPES if scope.startswith("read:"))

PREFIX = "lw_"
"""How each token begins, so that who finds one in a log knows what it is."""

BYTES = 32

_tokens = schema.tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token; never the token itself."""

    name: str
    """Of the program or desk that has it."""
    scopes: tuple[Scope, ...]
    created: datetime
    expires: datetime | None
    revoked: datetime | None

    def holds(self, now: datetime) -> bool:
        """Return whether it may be used at a time."""
        return self.revoked is None and (self.expires is None or now < self.expires)


class Tokens:
    """The tokens of a store, for reading."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        """Take what gives a snapshot, such as `Archive.reading`."""
        self._reading = reading

    def all(self) -> list[Token]:
        """Return all tokens, in order of name."""
        with self._reading() as connection:
            return [_token(row) for row in connection.execute(select(_tokens).order_by(_tokens.c.name))]

    def find(self, secret: str) -> Token | None:
        """Return what is known of a token that somebody shows; None where it is none of ours."""
        with self._reading() as connection:
            row = connection.execute(select(_tokens).where(_tokens.c.hash == _hash(secret))).first()
        return None if row is None else _token(row)


def add(beside: Beside, name: str, scopes: Sequence[Scope], now: datetime, expires: datetime | None) -> str:
    """Make a token and return it; it cannot be shown again.

    Raises:
        UsageError: if there is one of that name, or it may do nothing.
    """
    if not scopes:
        raise UsageError(f"a token needs a scope; there are: {', '.join(SCOPES)}")
    secret = PREFIX + secrets.token_urlsafe(BYTES)
    with beside.transaction("write tokens to") as connection:
        if connection.scalar(select(_tokens.c.id).where(_tokens.c.name == name)) is not None:
            raise UsageError(f"there is a token called {name!r} already; revoked ones keep their names")
        connection.execute(
            _tokens.insert().values(
                name=name,
                hash=_hash(secret),
                scopes=" ".join(scope for scope in SCOPES if scope in scopes),
                created=micros(now),
                expires=None if expires is None else micros(expires),
            )
        )
    return secret


def revoke(beside: Beside, name: str, now: datetime) -> None:
    """Let a token be of no more use.

    Raises:
        UsageError: if none of that name is in use.
    """
    of_it = _tokens.update().where(_tokens.c.name == name, _tokens.c.revoked.is_(None))
    with beside.transaction("write tokens to") as connection:
        if connection.execute(of_it.values(revoked=micros(now))).rowcount != 1:
            raise UsageError(f"no token called {name!r} is in use; landwatch tokens list tells which are")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _token(row: Any) -> Token:
    return Token(
        name=row.name,
        scopes=tuple(scope for scope in SCOPES if scope in row.scopes.split()),
        created=moment(row.created),
        expires=None if row.expires is None else moment(row.expires),
        revoked=None if row.revoked is None else moment(row.revoked),
    )
