"""Who may read and write by the interfaces: tokens with scopes, and how much each caller may ask.

Whoever asks shows a token as `Authorization: Bearer`, or as the password of Basic, since some clients know
that alone. The operator token may do everything, the sensor token writes observations, and others are made by
`landwatch tokens`. Without a token everything may be read, unless the configuration closes that; nothing may
be written.

References:
    [1] ITU-T I.371 (2004), annex A: the generic cell rate algorithm, a limit of one number a caller.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from fastapi import HTTPException, Request
from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from landwatch.errors import ConfigError, StoreError
from landwatch.store import tokens
from landwatch.web.operator import LEAST_TOKEN, MOST_KEYS, Limiter, Operator
from landwatch.web.problems import problem

__all__ = ["Access", "Gate", "is_open"]

KNOWN_FOR = timedelta(seconds=5)
"""A token that was revoked is of no more use after so long: it is not looked up for each request."""

MOST_TOKENS = 1000
"""Of those that were shown lately, ours or not, that are remembered. [1]"""

ROWS = 1000
"""So many rows of an answer count as one request more. [1]"""

INTERFACES: tuple[tuple[str, tokens.Scope], ...] = (
    ("/api/v1/stills/", "read:pictures"),
    ("/stac", "read:pictures"),
    ("/api/v1/readings", "read:readings"),
    ("/api/v1/exports", "read:readings"),
    ("/v1.1", "read:readings"),
    ("/v1.0", "read:readings"),
    ("/api/v1/events", "read:events"),
    ("/api/v1/dismissals", "read:events"),
    ("/features/collections/cameras", "read:cameras"),
    ("/features", "read:events"),
    ("/feeds", "read:events"),
    ("/api/v1/", "read:cameras"),
    ("/metrics", "read:cameras"),
    ("/stream", "read:cameras"),
)
"""What each interface takes to be read, by how its address begins; the first that fits."""

OPEN = ("/healthz", "/static/", "/operator", "/public", "/report/", "/api/v1/openapi.json")
"""What is never closed: the service's health, how to sign in, and what is for everybody."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as it is known."""

    name: str
    scopes: frozenset[str]


class Access:
    """Knows the tokens, and what may be done with them."""

    def __init__(
        self, book: tokens.Tokens, operator: Operator, sensor: SecretStr | None, *, is_open: bool, pace: int
    ) -> None:
        """Take who knows the tokens, whether all may read, and how much each may ask a minute.

        Raises:
            ConfigError: if the sensor token is so short that it could be found by trying.
        """
        if sensor is not None and len(sensor.get_secret_value()) < LEAST_TOKEN:
            raise ConfigError(f"serve.sensor_token: it must have at least {LEAST_TOKEN} characters")
        self.is_open = is_open
        self.pace = Pace(pace, timedelta(minutes=1))
        self._book = book
        self._operator = operator
        self._sensor = sensor.get_secret_value().encode() if sensor else None
        self._wrong = Limiter(10, timedelta(minutes=1))
        self._known: OrderedDict[str, tuple[datetime, tokens.Token | None]] = OrderedDict()

    def caller(self, request: Request) -> Caller | None:
        """Return who asks; None where no token is shown, or one that is of no use."""
        secret = _shown(request.headers.get("authorization", ""))
        if not secret:
            return None
        if self._operator.knows(secret):
            return Caller("operator", frozenset(tokens.SCOPES))
        if self._sensor is not None and hmac.compare_digest(secret.encode(), self._sensor):
            return Caller("sensor", frozenset({"write:observations"}))
        now: datetime = request.app.state.clock.now()
        token = self._find(secret, now)
        return Caller(token.name, frozenset(token.scopes)) if token and token.holds(now) else None

    def demand(self, request: Request, scope: tokens.Scope) -> None:
        """Refuse a request without a token of a scope.

        Raises:
            HTTPException: 401, 403, or 429 where a client has sent ten wrong tokens within a minute.
        """
        host = request.client.host if request.client else ""
        now: datetime = request.app.state.clock.now()
        if self._wrong.is_over(host, now):
            raise HTTPException(429, "too many wrong tokens; try again in 60 s", {"Retry-After": "60"})
        caller = self.caller(request)
        if caller is not None and scope in caller.scopes:
            return
        if caller is not None:
            may = ", ".join(sorted(caller.scopes))
            raise HTTPException(403, f"this needs the scope {scope}; the token {caller.name!r} has: {may}")
        if not self._exists(scope):
            key = "sensor_token" if scope == "write:observations" else "operator_token"
            raise HTTPException(
                403, f"nobody may do this here: serve.{key} is not set; set it, or use landwatch tokens"
            )
        if request.headers.get("authorization"):
            self._wrong.wait(host, now)
        raise HTTPException(
            401,
            f"send Authorization: Bearer with a token of the scope {scope}, or Basic with it as the password",
            {"WWW-Authenticate": "Bearer"},
        )

    def _exists(self, scope: tokens.Scope) -> bool:
        if self._operator.exists or (scope == "write:observations" and self._sensor is not None):
            return True
        return any(scope in one.scopes for one in self._book.all())

    def _find(self, secret: str, now: datetime) -> tokens.Token | None:
        at, token = self._known.get(secret, (None, None))
        if at is None or not timedelta() <= now - at < KNOWN_FOR:
            token = self._book.find(secret)
            self._known[secret] = (now, token)
            while len(self._known) > MOST_TOKENS:
                self._known.popitem(last=False)
        return token


class Pace:
    """Lets each caller ask so often within a span of time, all at once or spread over it, see [1]."""

    def __init__(self, most: int, span: timedelta) -> None:
        self._step = span / most
        self._span = span
        self._free: OrderedDict[str, datetime] = OrderedDict()

    def wait(self, caller: str, cost: int, now: datetime) -> timedelta:
        """Count what `caller` asks for, and return how long it must wait; zero where it may ask."""
        free = max(self._free.pop(caller, now), now)
        later = free + self._step * cost
        # What costs more than the whole span is let through where nothing else was asked.
        if free > now and later - now > self._span:
            self._free[caller] = free
            return later - now - self._span
        self._free[caller] = later
        while len(self._free) > MOST_KEYS:
            self._free.popitem(last=False)
        return timedelta()


def is_open(path: str) -> bool:
    """True for what is never closed."""
    return path.startswith(OPEN)


class Gate:
    """Passes on what a caller may ask: by scope where reading is closed, and no more than its share."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why not."""
        request = Request(scope) if scope["type"] == "http" else None
        needed = None if request is None else _needed(request)
        if request is None or (needed is None and request.app.state.access.is_open):
            await self._app(scope, receive, send)
            return
        access: Access = request.app.state.access
        try:
            # Whatever else than reading is sent is asked for its own token where it is taken.
            if not access.is_open and (request.method in ("GET", "HEAD") or _path(request) == "/stac/search"):
                _check_reading(request, access, needed)
            if needed is not None:
                _check_pace(request, access)
        except HTTPException as refused:
            headers = dict(refused.headers) if refused.headers else None
            await problem(request, refused.status_code, refused.detail, headers)(scope, receive, send)
            return
        except StoreError:
            told = problem(request, 503, "the store cannot be read now; ask again", {"Retry-After": "10"})
            await told(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _path(request: Request) -> str:
    # Not that of the URL, which is made with the header Host: who sends that could write a path into it.
    path: str = request.scope["path"]
    return path


def _needed(request: Request) -> tokens.Scope | None:
    """Return the scope that an interface takes to be read; None for pages and what is always open."""
    path = _path(request)
    if is_open(path):
        return None
    if path.endswith(("/newest.jpg", "/pictures")):
        return "read:pictures"
    return next((scope for start, scope in INTERFACES if path.startswith(start)), None)


def _check_reading(request: Request, access: Access, needed: tokens.Scope | None) -> None:
    operator: Operator = request.app.state.operator
    if is_open(_path(request)) or operator.has_session(request):
        return
    if needed is None:
        raise HTTPException(303, "these pages are closed; sign in", {"Location": "/operator"})
    access.demand(request, needed)


def _check_pace(request: Request, access: Access) -> None:
    """Count an answer by its rows; small pictures cost next to nothing, and pages show many."""
    operator: Operator = request.app.state.operator
    if _path(request).endswith((".jpg", "/stream")) or operator.has_session(request):
        return
    asked = parse_qs(request.scope["query_string"].decode("latin-1"))
    rows = [*asked.get("limit", ()), *asked.get("$top", ())]
    cost = 1 + sum(int(one) // ROWS for one in rows if one.isascii() and one.isdigit() and len(one) < 6)
    caller = access.caller(request)
    host = request.client.host if request.client else ""
    # Two kinds of names: no address can take a token's share.
    name = f"token {caller.name}" if caller is not None else f"host {host}"
    pause = access.pace.wait(name, cost, request.app.state.clock.now())
    if pause:
        seconds = int(pause.total_seconds()) + 1
        raise HTTPException(
            429, f"too many requests; try again in {seconds} s", {"Retry-After": str(seconds)}
        )


def _shown(header: str) -> str:
    kind, _, rest = header.partition(" ")
    if kind.lower() == "bearer":
        return rest.strip()
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest.strip(), validate=True).partition(b":")[2].decode()
    except (binascii.Error, ValueError):
        return ""
