"""Puts JPEG pictures together from RTP packets, whose tables stay at home.

References:
    [1] RFC 2435, RTP payload format for JPEG-compressed video: sections 3 and 4, appendices A and B.
"""

from __future__ import annotations

import struct

__all__ = ["JpegUnits"]

# [1, appendix A], in zigzag order.
LUMA = bytes.fromhex(
    "100b0c0e0c0a100e0d0e1211101318281a181616183123251d283a333d3c3933383740485c4e404457453738506d51"
    "575f626768673e4d71797064785c656763"
)
CHROMA = bytes.fromhex(
    "1112121815182f1a1a2f634238426363636363636363636363636363636363636363636363636363636363636363636363"
    "636363636363636363636363636363"
)

# [1, appendix B]: counts of codes by length, then the symbols.
DC_COUNTS = (
    bytes.fromhex("00010501010101010100000000000000"),
    bytes.fromhex("00030101010101010101010000000000"),
)
DC_SYMBOLS = bytes(range(12))
AC_COUNTS = (
    bytes.fromhex("0002010303020403050504040000017d"),
    bytes.fromhex("00020102040403040705040400010277"),
)
AC_SYMBOLS = (
    bytes.fromhex(
        "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738"
        "393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5"
        "a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
    ),
    bytes.fromhex(
        "0001020311040521310612415107617113223281081442"
        "91a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748494a535455565758595a63646566"
        "6768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8"
        "c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa"
    ),
)


class JpegUnits:
    """Takes RTP packets, gives whole JPEG pictures."""

    def __init__(self, longest: int) -> None:
        """Set the longest picture [byte]."""
        self._longest = longest
        self._tables: dict[int, bytes] = {}
        self.wanted = True
        """Whether a picture is wanted now."""
        self.seen = 0
        """Packets with a picture in them."""
        self.damaged = 0
        """Pictures that were dropped for a gap or their length."""
        self.orphans = 0
        """Pictures that were dropped because their tables were not known."""
        self._ready: tuple[bytes, int] | None = None
        self._idle()

    def _idle(self) -> None:
        self._time = -1
        self._next = -1
        self._head = b""
        self._parts: list[bytes] = []
        self._size = 0

    def packet(self, data: bytes, start: int, end: int) -> bool:
        """Take one RTP packet, `data[start:end]`; return whether a picture is ready."""
        if end - start < 20 or data[start] & 0xC0 != 0x80:
            return False
        at = start + 12 + 4 * (data[start] & 15)
        if data[start] & 0x10:
            if at + 4 > end:
                return False
            at += 4 + 4 * (data[at + 2] << 8 | data[at + 3])
        if data[start] & 0x20:
            end -= data[end - 1]
        if at + 8 >= end:
            return False
        self.seen += 1
        sequence = data[start + 2] << 8 | data[start + 3]
        time = int.from_bytes(data[start + 4 : start + 8], "big")
        offset = int.from_bytes(data[at + 1 : at + 4], "big")
        if offset == 0:
            if self._time >= 0:
                self.damaged += 1
            self._idle()
            if not self.wanted:
                return False
            body = self._begin(data, at, end)
            if body < 0:
                return False
            self._time = time
        else:
            if self._time < 0:
                return False
            if time != self._time or sequence != self._next or offset != self._size:
                self.damaged += 1
                self._idle()
                return False
            # A restart header stands in every packet of a picture that has one [1, 3.1.7].
            body = at + 8 + (4 if data[at + 4] >= 64 else 0)
            if body >= end:
                self._idle()
                return False
        self._next = (sequence + 1) & 0xFFFF
        self._parts.append(data[body:end])
        self._size += end - body
        if self._size > self._longest:
            self.damaged += 1
            self._idle()
            return False
        if not data[start + 1] & 0x80:
            return False
        scan = b"".join(self._parts)
        self._ready = (self._head + scan + (b"" if scan.endswith(b"\xff\xd9") else b"\xff\xd9"), self._time)
        self._idle()
        return True

    def settle(self) -> bool:
        """Return False: the marker of a JPEG picture is its end."""
        return False

    @property
    def is_idle(self) -> bool:
        """Whether no picture is in the making."""
        return self._time < 0

    @property
    def dull(self) -> None:
        """Which packets need not be brought here: all must."""
        return None

    @property
    def is_pending(self) -> bool:
        """Whether a picture waits to be confirmed: never."""
        return False

    def take(self) -> tuple[bytes, int]:
        """Return the picture that is ready, and its RTP time."""
        assert self._ready is not None
        ready, self._ready = self._ready, None
        return ready

    def _begin(self, data: bytes, at: int, end: int) -> int:
        """Make the header of a picture; return where the scan begins, or -1."""
        kind, quality, width, height = data[at + 4 : at + 8]
        if kind & 63 > 1 or kind > 127 or not width or not height:
            return -1
        body, restart = at + 8, 0
        if kind >= 64:
            if body + 4 > end:
                return -1
            restart = data[body] << 8 | data[body + 1]
            body += 4
        if quality >= 128:
            if body + 4 > end:
                return -1
            precision, length = data[body + 1], data[body + 2] << 8 | data[body + 3]
            body += 4
            if body + length > end or precision or length not in (0, 64, 128):
                return -1
            if length:
                tables = data[body : body + length]
                body += length
                # A quality of 255 may change its tables from picture to picture [1, 3.1.8].
                self._tables[quality] = tables if length == 128 else tables * 2
            elif quality not in self._tables:
                self.orphans += 1
                return -1
            tables = self._tables[quality]
        elif 1 <= quality <= 99:
            tables = _scaled(quality)
        else:
            return -1
        if body >= end:
            return -1
        self._head = _header(kind & 63, 8 * width, 8 * height, tables, restart)
        return body


def _scaled(quality: int) -> bytes:
    """Return both quantization tables of a quality [1, 4.2]."""
    factor = 5000 // quality if quality < 50 else 200 - 2 * quality
    return bytes(min(max((level * factor + 50) // 100, 1), 255) for level in LUMA + CHROMA)


def _header(kind: int, width: int, height: int, tables: bytes, restart: int) -> bytes:
    """Return everything of a JPEG before its scan [1, appendix B]."""
    out = [b"\xff\xd8"]
    out += [b"\xff\xdb\0\x43" + bytes((n,)) + tables[64 * n : 64 * n + 64] for n in (0, 1)]
    if restart:
        out.append(struct.pack(">HHH", 0xFFDD, 4, restart))
    luma = 0x21 if kind == 0 else 0x22
    out.append(struct.pack(">HHBHHB", 0xFFC0, 17, 8, height, width, 3))
    out.append(bytes((1, luma, 0, 2, 0x11, 1, 3, 0x11, 1)))
    for n in (0, 1):
        for place, counts, symbols in (
            (n, DC_COUNTS[n], DC_SYMBOLS),
            (0x10 | n, AC_COUNTS[n], AC_SYMBOLS[n]),
        ):
            out.append(struct.pack(">HHB", 0xFFC4, 3 + 16 + len(symbols), place) + counts + symbols)
    out.append(bytes((0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0)))
    return b"".join(out)
