"""Answers a camera that asks for a password: Digest where it can be had, else Basic.

References:
    [1] RFC 7616, HTTP Digest Access Authentication. [2] RFC 7617, Basic. RTSP takes both over.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence

__all__ = ["Login"]

LONGEST = 4096
"""A challenge longer than this is not read. [byte]"""

DIGESTS = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}

PAIR = re.compile(r'([A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')

SCHEME = re.compile(r"(?:^|,)\s*(Digest|Basic)(?:\s+|$)", re.IGNORECASE)


class Login:
    """The credential of one camera, and what the camera asked for last."""

    def __init__(self, user: str, password: str) -> None:
        """Hold a credential; an empty user and password means that there is none."""
        self._user = user
        self._password = password
        self._digest: dict[str, str] | None = None
        self._basic = False
        self._count = 0

    def __repr__(self) -> str:
        return "<Login>"

    def asked(self, challenges: Sequence[str]) -> bool:
        """Take the camera's WWW-Authenticate values; return whether another try with them makes sense."""
        if not (self._user or self._password):
            return False
        nonce = (self._digest or {}).get("nonce")
        tried = self._digest is not None or self._basic
        best: dict[str, str] | None = None
        basic = False
        for challenge in challenges:
            if len(challenge) > LONGEST:
                continue
            starts = [*SCHEME.finditer(challenge)]
            ends = [start.start() for start in starts[1:]] + [len(challenge)]
            for start, end in zip(starts, ends, strict=False):
                if start[1].lower() == "basic":
                    basic = True
                    continue
                asked = {
                    m[1].lower(): m[2] if m[2] is not None else m[3]
                    for m in PAIR.finditer(challenge, start.end(), end)
                }
                algorithm = asked.get("algorithm", "MD5").upper()
                qops = [qop.strip().lower() for qop in asked.get("qop", "auth").split(",")]
                if "nonce" not in asked or algorithm not in DIGESTS or "auth" not in qops:
                    continue
                if best is None or algorithm != "MD5":
                    best = asked
        if best is not None:
            stale = best.get("stale", "").lower() == "true" or (
                tried and best["nonce"] != nonce and self._count > 1
            )
            self._digest, self._basic, self._count = best, False, 0
            return not tried or stale
        if basic and self._digest is None and not tried:
            # A camera that spoke Digest before is not given the bare password on its word.
            self._basic = True
            return True
        return False

    def answer(self, method: str, uri: str) -> str | None:
        """Return the value of the Authorization header for one request, or None."""
        if self._basic:
            return "Basic " + base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
        if self._digest is None:
            return None
        asked = self._digest
        self._count += 1
        algorithm = asked.get("algorithm", "MD5").upper()
        name = DIGESTS[algorithm]

        def digest(text: str) -> str:
            return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()

        realm, nonce = asked.get("realm", ""), asked["nonce"]
        first = digest(f"{self._user}:{realm}:{self._password}")
        second = digest(f"{method}:{uri}")
        parts = {"username": self._user, "realm": realm, "nonce": nonce, "uri": uri}
        tail = f", algorithm={asked['algorithm']}" if "algorithm" in asked else ""
        if "qop" in asked:
            count, own = f"{self._count:08x}", secrets.token_hex(8)
            parts["response"] = digest(f"{first}:{nonce}:{count}:{own}:auth:{second}")
            parts["cnonce"] = own
            tail += f", qop=auth, nc={count}"
        else:
            parts["response"] = digest(f"{first}:{nonce}:{second}")
        if "opaque" in asked:
            parts["opaque"] = asked["opaque"]
        return "Digest " + ", ".join(f'{key}="{value}"' for key, value in parts.items()) + tail
