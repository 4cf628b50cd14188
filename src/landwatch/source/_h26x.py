"""Puts key frames of H.264 and H.265 together from RTP packets, and leaves everything else.

Only pictures that decode alone are taken: IDR, CRA and BLA, and open-GOP pictures whose every slice is
intra. A picture with a gap in its RTP sequence is dropped: decoders hide damage and do not tell.

References:
    [1] RFC 3550, RTP. [2] RFC 6184, H.264 over RTP. [3] RFC 7798, H.265 over RTP.
    [4] ITU-T H.264 (08/2021) sections 7.3 and D.1.8. [5] ITU-T H.265 (08/2021) section 7.3.
"""

from __future__ import annotations

from functools import cache

from landwatch.source._sdp import Codec

__all__ = ["Units"]

START = b"\0\0\0\1"

RECOVERY = START + bytes((6, 6, 1, 0xC4, 0x80))
"""An SEI that says: decoding may begin exactly here [4, D.1.8]. Decoders hold back an intra picture that is
no IDR without one."""

LONGEST_SET = 4096
"""A parameter set longer than this is not kept. [byte]"""

MOST_SETS = 32

MOST_PARTS = 1 << 16
"""Most packets of one picture."""


ALL = b"\1" * 65536
"""Says of every packet that it is dull."""


INTER = bytes(not (byte >> 4 == 0b1011 or byte == 0b10001000) for byte in range(256))
"""Is 1 where the first byte of an H.264 slice does not say: the first of a picture, and I. That would be 1,
then 011 or 0001000 [4, 7.3.3 and 9.1]."""


@cache
def dull(codec: Codec) -> bytes:
    """Return which packets cannot begin a key frame, by two bytes of their payload; 2 for a slice's beginning
    of which `INTER` tells by the byte after.

    These are the first and, for H.264, the second byte, for H.265 the third: what stands there is a
    fragment's head or the slice's own first byte.
    """
    table = bytearray(65536)
    for first in range(256):
        for second in range(256):
            if codec == "h264":
                kind = first & 31
                if kind == 28 and second & 0x80 and second & 31 == 1:
                    said = 2
                elif kind == 28:
                    said = not second & 0x80 or second & 31 != 5
                elif kind == 1:
                    said = INTER[second]
                else:
                    said = kind not in (5, 7, 8, 24)
            else:
                kind = first >> 1 & 63
                if kind == 49:
                    said = not second & 0x80 or not 16 <= second & 63 <= 21
                else:
                    said = not (16 <= kind <= 21 or 32 <= kind <= 34 or kind == 48)
            table[first << 8 | second] = said
    return bytes(table)


class Units:
    """Takes RTP packets, gives whole key frames in byte-stream form with their parameter sets."""

    def __init__(
        self,
        codec: Codec,
        sets: tuple[bytes, ...],
        longest: int,
        *,
        donl: bool = False,
        every: bool = False,
    ) -> None:
        """Set the codec, the parameter sets told out of band, and the longest key frame [byte].

        Args:
            donl: whether H.265 packets carry decoding order numbers.
            every: gives every picture, for streams that have no key frames.
        """
        self._is_264 = codec == "h264"
        self._every = every
        self._skip = 2 if donl else 0
        self._longest = longest
        self._sets: dict[tuple[int, int], bytes] = {}
        self.wanted = True
        """Whether a key frame is wanted now; without, packets are let go at almost no cost."""
        self.seen = 0
        """Packets with a picture in them."""
        self.damaged = 0
        """Key frames that were dropped for a gap, a missing beginning, or their length."""
        self.orphans = 0
        """Key frames that were dropped because their parameter sets were not known."""
        self._ready: tuple[bytes, int] | None = None
        self._idle()
        for one in sets:
            self._keep_set(one)

    def _idle(self) -> None:
        self._time = -1
        self._next = -1
        self._parts: list[bytes] = []
        self._size = 0
        self._notes = b""
        self._fragment = False
        self._pending = False
        self._is_idr = True

    def packet(self, data: bytes, start: int, end: int) -> bool:
        """Take one RTP packet, `data[start:end]`; return whether a key frame is ready."""
        if end - start < 13:
            return False
        at = start + 12
        head = data[start]
        if head != 0x80:
            if head & 0xC0 != 0x80:
                return False
            at += 4 * (head & 15)
            if head & 0x10:
                if at + 4 > end:
                    return False
                at += 4 + 4 * (data[at + 2] << 8 | data[at + 3])
            if head & 0x20:
                end -= data[end - 1]
        if at + 2 > end:
            return False
        self.seen += 1
        ready = False
        if self._time >= 0:
            time = int.from_bytes(data[start + 4 : start + 8], "big")
            if time != self._time:
                # The packet after a picture's last: only now is it sure that the marker told the truth.
                ready = self._pending and self._deliver()
                if not self._pending:
                    self.damaged += 1
                self._idle()
            else:
                if (data[start + 2] << 8 | data[start + 3]) != self._next:
                    self.damaged += 1
                    self._idle()
                    return False
                self._next = (self._next + 1) & 0xFFFF
                self._pending = False
        if self._time < 0:
            if not self.wanted or not self._begins(data, at, end):
                return ready
            self._time = int.from_bytes(data[start + 4 : start + 8], "big")
            self._next = ((data[start + 2] << 8 | data[start + 3]) + 1) & 0xFFFF
        if not self._take(data, at, end):
            self._idle()
            return ready
        if data[start + 1] & 0x80:
            self._pending = True
        return ready

    def settle(self) -> bool:
        """Take the silence after a marker for the end of its picture; return whether one is ready."""
        ready = self._pending and self._deliver()
        if self._pending:
            self._idle()
        return ready

    @property
    def is_idle(self) -> bool:
        """Whether no picture is in the making."""
        return self._time < 0

    @property
    def dull(self) -> tuple[int, bytes, bytes] | None:
        """Which packets need not be brought here now: see `Wire.dull`; None where all must."""
        if self._time >= 0 or self._every:
            return None
        table = dull("h264" if self._is_264 else "hevc") if self.wanted else ALL
        return 16 + self._size_of_header, table, INTER

    @property
    def is_pending(self) -> bool:
        """Whether a marker was seen that the next packet has not confirmed."""
        return self._pending

    def take(self) -> tuple[bytes, int]:
        """Return the key frame that is ready, and its RTP time."""
        assert self._ready is not None
        ready, self._ready = self._ready, None
        return ready

    @property
    def _size_of_header(self) -> int:
        return 1 if self._is_264 else 2

    def _begins(self, data: bytes, at: int, end: int) -> bool:
        """Return whether a packet may be the first of a key frame."""
        if self._every:
            return True
        if self._is_264:
            kind = data[at] & 31
            if kind == 28:
                kind = data[at + 1] & 31
                return bool(data[at + 1] & 0x80) and (
                    kind == 5 or (kind == 1 and _is_intra(data, at + 2, end))
                )
            return kind in (5, 7, 8, 24) or (kind == 1 and _is_intra(data, at + 1, end))
        kind = data[at] >> 1 & 63
        if kind == 49:
            if at + 3 > end:
                return False
            return bool(data[at + 2] & 0x80) and 16 <= data[at + 2] & 63 <= 21
        return 16 <= kind <= 21 or 32 <= kind <= 34 or kind == 48

    def _take(self, data: bytes, at: int, end: int) -> bool:
        """Take one payload; return whether the picture can still become a key frame."""
        kind = data[at] & 31 if self._is_264 else data[at] >> 1 & 63
        if kind == (28 if self._is_264 else 49):
            return self._piece(data, at, end)
        if self._fragment:
            self.damaged += 1
            return False
        if kind == (24 if self._is_264 else 48):
            return self._many(data, at + self._size_of_header + self._skip, end)
        if (self._is_264 and kind > 23) or (not self._is_264 and kind > 49):
            return False
        if self._skip:
            return self._unit(data[at : at + 2] + data[at + 4 : end])
        return self._unit(data[at:end])

    def _piece(self, data: bytes, at: int, end: int) -> bool:
        """Take a fragment of a unit [2, 5.8; 3, 4.4.3]."""
        size = self._size_of_header
        if at + size + 1 + self._skip >= end:
            return False
        head = data[at + size]
        body = at + size + 1
        if head & 0x80:
            if self._fragment:
                self.damaged += 1
                return False
            body += self._skip
            if self._is_264:
                first = bytes((data[at] & 0xE0 | head & 31,))
            else:
                first = bytes((data[at] & 0x81 | (head & 63) << 1, data[at + 1]))
            # The first bytes are enough to judge the unit by.
            if not self._judge(first + data[body : min(end, body + 8)]):
                return False
            self._parts += (START, first)
            self._fragment = True
        elif not self._fragment:
            self.damaged += 1
            return False
        self._parts.append(data[body:end])
        self._size += end - body
        if head & 0x40:
            self._fragment = False
        return self._fits()

    def _many(self, data: bytes, at: int, end: int) -> bool:
        """Take an aggregate of units."""
        while at + 2 < end:
            size = data[at] << 8 | data[at + 1]
            if size <= self._size_of_header or at + 2 + size > end:
                return False
            if not self._unit(data[at + 2 : at + 2 + size]):
                return False
            at += 2 + size
            if self._skip and at < end:
                at += 1
        return True

    def _unit(self, unit: bytes) -> bool:
        """Take one whole unit."""
        if len(unit) < 2:
            return False
        kind = unit[0] & 31 if self._is_264 else unit[0] >> 1 & 63
        if kind in ((7, 8) if self._is_264 else (32, 33, 34)):
            self._keep_set(unit)
            return True
        if kind in ((6, 9, 10, 11, 12) if self._is_264 else range(35, 48)):
            if self._every and kind in (6, 39):
                # Streams without key frames tell in an SEI from where on they are whole.
                self._notes += START + unit
            return len(self._notes) <= LONGEST_SET
        if not self._judge(unit):
            return False
        self._parts += (START, unit)
        self._size += len(unit)
        return self._fits()

    def _judge(self, unit: bytes) -> bool:
        """Return whether a slice belongs to a picture that decodes alone, by its first bytes."""
        if self._is_264:
            kind = unit[0] & 31
            if kind == 1 and (self._every or _is_intra(unit, 1, len(unit))):
                self._is_idr = False
            elif kind != 5:
                return False
            is_first = len(unit) > 1 and bool(unit[1] & 0x80)
        else:
            if not (16 <= unit[0] >> 1 & 63 <= 21 or (self._every and unit[0] >> 1 & 63 <= 9)):
                return False
            is_first = len(unit) > 2 and bool(unit[2] & 0x80)
        # The first slice of a picture covers its first block [4, 7.4.3; 5, 7.4.7.1]; without it, packets
        # before the first one that came were lost.
        if is_first == bool(self._parts):
            self.damaged += 1
            return False
        return True

    def _fits(self) -> bool:
        if self._size <= self._longest and len(self._parts) <= MOST_PARTS:
            return True
        self.damaged += 1
        return False

    def _keep_set(self, unit: bytes) -> None:
        kind = unit[0] & 31 if self._is_264 else unit[0] >> 1 & 63
        if kind not in ((7, 8) if self._is_264 else (32, 33, 34)) or len(unit) > LONGEST_SET:
            return
        # Several picture parameter sets may stand side by side, told apart by the number they begin with.
        is_picture = kind == (8 if self._is_264 else 34)
        number = _exp_golomb(unit, 8 * self._size_of_header)[0] if is_picture else 0
        if (kind, number) in self._sets or len(self._sets) < MOST_SETS:
            self._sets[kind, number] = unit

    def _deliver(self) -> bool:
        if self._fragment or not self._parts:
            self.damaged += 1
            return False
        if not {kind for kind, _ in self._sets} >= ({7, 8} if self._is_264 else {32, 33, 34}):
            self.orphans += 1
            return False
        head = b"".join(START + self._sets[key] for key in sorted(self._sets))
        if self._every:
            head += self._notes
        elif self._is_264 and not self._is_idr:
            head += RECOVERY
        self._ready = (head + b"".join(self._parts), self._time)
        return True


def _exp_golomb(data: bytes, bit: int) -> tuple[int, int]:
    """Return an unsigned Exp-Golomb number at a bit, and the bit after it; (-1, bit) if it has no end."""
    zeros, last = 0, 8 * len(data)
    place = bit
    while place < last and not data[place >> 3] >> (7 - (place & 7)) & 1:
        zeros, place = zeros + 1, place + 1
    if zeros > 31 or place + zeros >= last:
        return -1, bit
    value = 0
    for step in range(place, place + zeros + 1):
        value = value << 1 | data[step >> 3] >> (7 - (step & 7)) & 1
    return value - 1, place + zeros + 1


def _is_intra(data: bytes, at: int, end: int) -> bool:
    """Return whether an H.264 slice header says that the slice is I [4, table 7-6]."""
    head = data[at : min(end, at + 8)]
    first, bit = _exp_golomb(head, 0)
    if first < 0:
        return False
    kind, _ = _exp_golomb(head, bit)
    return kind in (2, 7)
