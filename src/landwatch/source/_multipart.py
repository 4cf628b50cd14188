"""Takes the parts out of a multipart stream, the form in which old cameras send JPEG after JPEG.

References:
    [1] RFC 2046 section 5.1. Cameras stray from it: boundaries with or without their dashes, lines that
        end in a bare line feed, lengths that are missing.
"""

from __future__ import annotations

import re

__all__ = ["Parts", "TooLong", "boundary_of"]

HEADERS = 8192
"""Longest head of a part. [byte]"""

LENGTH = re.compile(rb"^content-length:\s*(\d{1,10})\s*$", re.IGNORECASE | re.MULTILINE)

HEAD_END = re.compile(rb"\r?\n\r?\n")


class TooLong(ValueError):
    """A part or its head is longer than allowed."""


def boundary_of(content_type: str) -> bytes | None:
    """Return the boundary with its dashes, or None where the content is not multipart."""
    match = re.match(
        r'\s*multipart/[\w.-]+\s*;.*?boundary\s*=\s*"?([^";\s]{1,200})', content_type, re.IGNORECASE
    )
    if match is None:
        return None
    # Some write the dashes into the header, too, where they do not belong.
    return b"--" + match[1].encode("latin-1", "replace").removeprefix(b"--")


class Parts:
    """Cuts a stream into parts."""

    def __init__(self, boundary: bytes, longest: int) -> None:
        """Set the boundary with its dashes and the longest part [byte]."""
        self._boundary = boundary
        self._longest = longest
        self._rest = bytearray()
        self._length: int | None = None
        self._header = b""
        self._in_part = False
        self._searched = 0

    def feed(self, chunk: bytes) -> list[tuple[bytes, bytearray]]:
        """Return the parts that are whole with this chunk, each with its head.

        Raises:
            TooLong: if a part or its head is longer than allowed.
        """
        self._rest += chunk
        whole: list[tuple[bytes, bytearray]] = []
        while True:
            if not self._in_part and not self._head():
                break
            part = self._body()
            if part is None:
                break
            whole.append((self._header, part))
        return whole

    def _head(self) -> bool:
        start = self._rest.find(self._boundary)
        end = HEAD_END.search(self._rest, max(start, 0)) if start >= 0 else None
        if end is None:
            if len(self._rest) > HEADERS:
                raise TooLong(f"no head of a part within {HEADERS} bytes")
            return False
        length = LENGTH.search(self._rest, start, end.end())
        self._length = int(length[1]) if length else None
        if self._length is not None and self._length > self._longest:
            raise TooLong(f"a part of {self._length} bytes")
        self._header = bytes(self._rest[start : end.end()])
        del self._rest[: end.end()]
        self._in_part, self._searched = True, 0
        return True

    def _body(self) -> bytearray | None:
        if self._length is not None:
            if len(self._rest) < self._length:
                return None
            end = self._length
        else:
            end = self._rest.find(self._boundary, self._searched)
            if end < 0:
                self._searched = max(0, len(self._rest) - len(self._boundary))
                if len(self._rest) > self._longest:
                    raise TooLong(f"a part of more than {self._longest} bytes")
                return None
        part = self._rest[:end]
        del self._rest[:end]
        self._in_part = False
        return part if self._length is not None else part.rstrip(b"\r\n")
