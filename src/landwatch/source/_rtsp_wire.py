"""Cuts what an RTSP connection brings into replies and interleaved packets.

References:
    [1] RFC 2326, RTSP: section 6, responses; section 10.12, interleaved binary data.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["BadWire", "Packet", "Reply", "Wire"]

LONGEST = 1 << 16
"""A head or a body longer than this is not read. [byte] Real ones have a few hundred bytes."""

MOST_HEADERS = 100

Packet = Callable[[bytes, int, int], None]
"""Takes the packet `data[start:end]`."""


class BadWire(ValueError):
    """What came is no RTSP."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a camera."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    """Names in lower case."""
    body: bytes

    def all(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for key, value in self.headers if key == name]

    def get(self, name: str) -> str:
        """Return the first value of a header, or an empty string."""
        return next((value for key, value in self.headers if key == name), "")


class Wire:
    """One connection's input."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.packets: dict[int, Packet] = {}
        """Who takes the packets of each channel; those of others are let go."""
        self.dull: tuple[int, int, bytes, bytes] | None = None
        """Lets go packets of one channel unread: the channel, the place of a second byte, a table that is 1
        where the first byte of the payload (times 256) and that second one say so, and one that is 1 where
        the byte after them says so, which counts where the first table has 2. Most packets of a stream lie
        between two wanted pictures, and a call for each is what they would cost most."""
        self.let_go = 0
        """Packets that were."""
        self._rest = b""

    def feed(self, data: bytes) -> list[Reply]:
        """Take bytes; hand packets over at once and return the replies among them.

        Raises:
            BadWire: if they are neither packets nor RTSP, or too long.
        """
        if self._rest:
            data = self._rest + data
        replies: list[Reply] = []
        packets = self.packets
        at, last = 0, len(data)
        while last - at >= 4:
            if data[at] == 0x24:
                end = at + 4 + (data[at + 2] << 8 | data[at + 3])
                if end > last:
                    break
                dull = self.dull
                # 4 bytes here, 12 of an RTP header without options, and the first of the payload.
                if dull is not None and data[at + 1] == dull[0] and end - at > 19 and data[at + 4] == 0x80:
                    said = dull[2][data[at + 16] << 8 | data[at + dull[1]]]
                    if said == 1 or (said == 2 and dull[3][data[at + dull[1] + 1]]):
                        self.let_go += 1
                        at = end
                        continue
                take = packets.get(data[at + 1])
                if take is not None:
                    take(data, at + 4, end)
                at = end
                continue
            found = _message(data, at)
            if found is None:
                break
            reply, at = found
            if reply is not None:
                replies.append(reply)
        self._rest = data[at:]
        return replies


def _message(data: bytes, at: int) -> tuple[Reply | None, int] | None:
    """Return the message at a place and where it ends, or None while it is not whole.

    A request of the camera's own (some send OPTIONS or ANNOUNCE) is passed over.
    """
    if data[at] in b"\r\n":
        return None, at + 1
    end = data.find(b"\r\n\r\n", at, at + LONGEST)
    if end < 0:
        if len(data) - at >= LONGEST:
            raise BadWire(f"no end of a head within {LONGEST} bytes")
        if not re.match(rb"[A-Z_]{1,20}[ /]|[A-Z_]{1,20}$", data[at : at + 21]):
            raise BadWire(f"it speaks no RTSP; starts {data[at : at + 4].hex()}")
        return None
    lines = data[at:end].decode("utf-8", "replace").split("\r\n")
    headers: list[tuple[str, str]] = []
    for line in lines[1 : MOST_HEADERS + 1]:
        name, colon, value = line.partition(":")
        if colon:
            headers.append((name.strip().lower(), value.strip()))
    length = next((value for name, value in headers if name == "content-length"), "0")
    if not (length.isascii() and length.isdigit()) or len(length) > 6 or int(length) > LONGEST:
        raise BadWire(f"a body of {length[:20]!r} bytes; the limit is {LONGEST}")
    body = end + 4
    if len(data) - body < int(length):
        return None
    after = body + int(length)
    first = re.fullmatch(r"RTSP/\d\.\d\s+(\d{3})\s*(.{0,80}).*", lines[0], re.DOTALL)
    if first is None:
        if re.fullmatch(r"[A-Z_]{1,20} \S+ RTSP/\d\.\d", lines[0]):
            return None, after
        raise BadWire(f"it speaks no RTSP; starts {data[at : at + 4].hex()}")
    return Reply(int(first[1]), first[2], tuple(headers), data[body:after]), after
