"""Digest access, as cameras ask for it over RTSP and HTTP.

References:
    [1] RFC 2617, "HTTP Authentication: Basic and Digest Access Authentication", 1999. Cameras still
        use its MD5; nothing secret hangs on it here.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

__all__ = ["Gate"]

REALM = "valley"


class Gate:
    """Asks for a name and a password."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self._nonce = secrets.token_hex(16)

    def challenge(self) -> str:
        """Return the value of the header WWW-Authenticate."""
        return f'Digest realm="{REALM}", nonce="{self._nonce}", algorithm=MD5, qop="auth"'

    def admits(self, authorization: str, method: str) -> bool:
        """Return whether the value of the header Authorization answers the challenge."""
        if not authorization.startswith("Digest "):
            return False
        pairs = re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', authorization[7:])
        given = {name: quoted or plain for name, quoted, plain in pairs}
        if given.get("username") != self._user or given.get("nonce") != self._nonce:
            return False
        first = _md5(f"{self._user}:{REALM}:{self._password}")
        second = _md5(f"{method}:{given.get('uri', '')}")
        middle = self._nonce
        if "qop" in given:
            middle = f"{self._nonce}:{given.get('nc', '')}:{given.get('cnonce', '')}:{given['qop']}"
        return hmac.compare_digest(_md5(f"{first}:{middle}:{second}"), given.get("response", ""))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
