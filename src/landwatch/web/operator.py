"""Who may change something by the page or the API: whoever knows the operator token of the configuration.

There are no accounts: what is done is done in a role. A browser that has shown the token gets a cookie that
its scripts cannot read and other sites cannot send, signed with the token, for half a day; each form carries
a second signature, so that no other page can send one. Programs send the token with each request. Without a
token in the configuration nobody may change anything but by commands.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict, deque
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request
from pydantic import SecretStr

from landwatch.errors import ConfigError

__all__ = ["COOKIE", "SESSION", "Limiter", "Operator", "form", "pairs", "same_site"]

COOKIE = "operator"

SESSION = timedelta(hours=12)
"""A working day: whoever stays longer shows the token again."""

LEAST_TOKEN = 16
"""Shorter tokens could be found by trying. [1]"""

MOST_FIELDS = 50
"""Of a form. [1]"""

MOST_FORM = 16_384
"""Of a form; the longest field has 500 characters. [byte]"""

MOST_FIELD = 200
"""Of each field more: a name with what stands around it. [byte]"""

MOST_KEYS = 10_000
"""Whom a limiter remembers at most; beyond it those who are quiet longest are forgotten. [1]"""


class Limiter:
    """Counts how often something was asked within a span of time. In memory alone."""

    def __init__(self, most: int, span: timedelta) -> None:
        self._most = most
        self._span = span
        self._asked: dict[str, deque[datetime]] = defaultdict(deque)

    def wait(self, key: str, now: datetime) -> timedelta:
        """Count one question of `key`, and return how long it must wait; zero where it may ask."""
        times = self._asked.pop(key, deque())
        while times and now - times[0] >= self._span:
            times.popleft()
        self._asked[key] = times
        while len(self._asked) > MOST_KEYS:
            self._asked.pop(next(iter(self._asked)))
        if len(times) >= self._most:
            return self._span - (now - times[0])
        times.append(now)
        return timedelta()

    def check(self, key: str, now: datetime) -> None:
        """Count one question of `key`.

        Raises:
            HTTPException: 429 with Retry-After, if it has asked too often.
        """
        pause = self.wait(key, now)
        if pause:
            seconds = int(pause.total_seconds()) + 1
            raise HTTPException(
                429, f"too many requests; try again in {seconds} s", {"Retry-After": str(seconds)}
            )

    def is_over(self, key: str, now: datetime) -> bool:
        """True when `key` has asked too often; this question does not count."""
        recent = [asked for asked in self._asked.get(key, ()) if now - asked < self._span]
        return len(recent) >= self._most


class Operator:
    """Knows the operator token, and who has shown it."""

    def __init__(self, token: SecretStr | None) -> None:
        """Take the token.

        Raises:
            ConfigError: if it is so short that it could be found by trying.
        """
        if token is not None and len(token.get_secret_value()) < LEAST_TOKEN:
            raise ConfigError(f"serve.operator_token: it must have at least {LEAST_TOKEN} characters")
        self._key = token.get_secret_value().encode() if token else None
        self._tries = Limiter(10, timedelta(minutes=1))

    @property
    def exists(self) -> bool:
        """True when there is a token at all."""
        return self._key is not None

    def is_token(self, request: Request, token: str) -> bool:
        """True when somebody has shown the token. Each client may try only now and then."""
        host = request.client.host if request.client else ""
        self._tries.check(host, request.app.state.clock.now())
        return self.knows(token)

    def knows(self, token: str) -> bool:
        """True for the token itself."""
        return self._key is not None and hmac.compare_digest(token.encode(), self._key)

    def session(self, now: datetime) -> str:
        """Return the content of a cookie that is good for half a day."""
        until = str(int((now + SESSION).timestamp()))
        return f"{until}.{self._sign('session', until)}"

    def has_session(self, request: Request) -> bool:
        """True when a request carries a cookie that is still good."""
        until, _, signature = request.cookies.get(COOKIE, "").partition(".")
        if self._key is None or not until.isascii() or not until.isdigit() or len(until) > 12:
            return False
        is_ours = hmac.compare_digest(signature.encode(), self._sign("session", until).encode())
        return is_ours and int(until) > request.app.state.clock.now().timestamp()

    def proof(self, request: Request) -> str:
        """Return what a form of this session must carry; empty where there is none."""
        return self._sign("form", request.cookies.get(COOKIE, "")) if self.has_session(request) else ""

    def check_form(self, request: Request, fields: dict[str, str]) -> None:
        """Refuse a form that this session did not get from us.

        Raises:
            HTTPException: 403.
        """
        proof = self.proof(request)
        if not proof or not hmac.compare_digest(fields.get("proof", "").encode(), proof.encode()):
            raise HTTPException(
                403, "this form is out of date, or not yours; sign in as operator and try again"
            )
        same_site(request)

    def _sign(self, purpose: str, text: str) -> str:
        assert self._key is not None
        return hmac.new(self._key, f"landwatch {purpose} {text}".encode(), hashlib.sha256).hexdigest()


def same_site(request: Request) -> None:
    """Refuse a form that another site's page has sent.

    Raises:
        HTTPException: 403.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403, "this form was sent by another site")


async def form(request: Request) -> dict[str, str]:
    """Return the fields of a form.

    Raises:
        HTTPException: 413 if it is too large, 415 if it is none.
    """
    return dict(await pairs(request))


async def pairs(request: Request, *, most: int = 0) -> list[tuple[str, str]]:
    """Return the fields of a form in which one may stand several times, `most` times at most.

    Raises:
        HTTPException: 413 if it is too large, 415 if it is none.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "send a form as application/x-www-form-urlencoded")
    allowed = MOST_FORM + most * MOST_FIELD
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > allowed:
            raise HTTPException(413, f"a form has at most {allowed} bytes here")
    try:
        return parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS + most
        )
    except ValueError:
        raise HTTPException(413, f"a form has at most {MOST_FIELDS + most} fields here") from None
