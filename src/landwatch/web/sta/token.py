"""Who may write by SensorThings: whoever knows the sensor token of the configuration.

Programs send it as `Authorization: Bearer`, or as the password of Basic, whatever the name, since clients of
SensorThings know that alone.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import timedelta

from fastapi import HTTPException, Request
from pydantic import SecretStr

from landwatch.errors import ConfigError
from landwatch.web.operator import LEAST_TOKEN, Limiter

__all__ = ["SensorToken"]


class SensorToken:
    """Knows the token, and who has tried wrong ones."""

    def __init__(self, token: SecretStr | None) -> None:
        """Take the token.

        Raises:
            ConfigError: if it is so short that it could be found by trying.
        """
        if token is not None and len(token.get_secret_value()) < LEAST_TOKEN:
            raise ConfigError(f"serve.sensor_token: it must have at least {LEAST_TOKEN} characters")
        self._key = token.get_secret_value().encode() if token else None
        self._wrong = Limiter(10, timedelta(minutes=1))

    def check(self, request: Request) -> None:
        """Refuse a request without the token.

        Raises:
            HTTPException: 401, 403, or 429 where a client has sent ten wrong ones within a minute.
        """
        if self._key is None:
            raise HTTPException(403, "nobody may write here: serve.sensor_token is not set")
        host = request.client.host if request.client else ""
        now = request.app.state.clock.now()
        if self._wrong.is_over(host, now):
            raise HTTPException(429, "too many wrong tokens; try again in 60 s", {"Retry-After": "60"})
        if not hmac.compare_digest(_shown(request.headers.get("authorization", "")), self._key):
            self._wrong.wait(host, now)
            raise HTTPException(
                401,
                "send Authorization: Bearer with the sensor token, or Basic with it as the password",
                {"WWW-Authenticate": "Bearer"},
            )


def _shown(header: str) -> bytes:
    kind, _, rest = header.partition(" ")
    if kind.lower() == "bearer":
        return rest.strip().encode()
    if kind.lower() != "basic":
        return b""
    try:
        return base64.b64decode(rest.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
