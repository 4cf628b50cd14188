"""Reads what an RTSP camera says of its streams, and takes the first video that can be decoded.

References:
    [1] RFC 8866, SDP. [2] RFC 6184, H.264 over RTP. [3] RFC 7798, H.265 over RTP. [4] RFC 2435.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Literal

from landwatch.errors import SourceError

__all__ = ["Codec", "Described", "Media", "video"]

Codec = Literal["h264", "hevc", "jpeg"]

LONGEST = 1 << 16
"""A description longer than this is not read. [byte] Those of cameras have one or two thousand."""

CODECS: dict[str, Codec] = {"H264": "h264", "H265": "hevc", "HEVC": "hevc", "JPEG": "jpeg"}

STATIC: dict[int, tuple[Codec, int]] = {26: ("jpeg", 90_000)}
"""Payload types that need no rtpmap, RFC 3551."""

SET_KEYS = ("sprop-parameter-sets", "sprop-vps", "sprop-sps", "sprop-pps")

SETS = 32
"""Most parameter sets that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One video of a camera."""

    codec: Codec
    payload: int
    """RTP payload type."""
    rate: int
    """RTP clock. [Hz]"""
    control: str
    """URL or relative URL for SETUP; empty for the description's own."""
    sets: tuple[bytes, ...] = ()
    """Parameter sets told out of band, without start codes."""
    donl: bool = False
    """Whether H.265 packets carry decoding order numbers."""


class Described:
    """Reads the descriptions of one camera: nearly every one is the same as the one before."""

    def __init__(self) -> None:
        """Begin with none."""
        self._newest: tuple[bytes, Media] | None = None

    def video(self, body: bytes) -> Media:
        """Return the first video that can be decoded.

        Raises:
            SourceError: as `video` does.
        """
        if self._newest is None or self._newest[0] != body:
            self._newest = (body, video(body))
        return self._newest[1]


def video(body: bytes) -> Media:
    """Return the first video that can be decoded.

    Raises:
        SourceError: if there is none, naming what there is.
    """
    if len(body) > LONGEST:
        raise SourceError(f"its description has {len(body)} bytes; the limit is {LONGEST}")
    text = body.decode("utf-8", "replace")
    others: list[str] = []
    for section in re.split(r"(?m)^(?=m=)", text)[1:]:
        lines = [line.strip() for line in section.splitlines()]
        head = lines[0][2:].split()
        if len(head) < 4 or head[0] != "video":
            continue
        for word in head[3:]:
            if not (word.isascii() and word.isdigit() and len(word) <= 3):
                continue
            made = _media(int(word), lines)
            if isinstance(made, Media):
                return made
            others.append(made)
    there = f"it offers {', '.join(others[:5])}" if others else "it offers no video"
    raise SourceError(f"{there}; H.264, H.265 and JPEG can be read")


def _media(payload: int, lines: list[str]) -> Media | str:
    codec, rate = STATIC.get(payload, (None, 90_000))
    settings: dict[str, str] = {}
    control, name = "", str(payload)
    for line in lines[1:]:
        if line.startswith("a=control:"):
            control = line[10:].strip()
            continue
        match = re.match(r"a=(rtpmap|fmtp):(\d{1,3})\s+(.*)", line)
        if match is None or int(match[2]) != payload:
            continue
        if match[1] == "rtpmap":
            name, _, clock = match[3].partition("/")
            codec = CODECS.get(name.strip().upper())
            digits = re.match(r"\d{1,9}", clock)
            rate = int(digits[0]) if digits and int(digits[0]) else 90_000
        else:
            for pair in match[3].split(";"):
                key, _, value = pair.partition("=")
                settings[key.strip().lower()] = value.strip()
    if codec is None:
        return name[:20]
    return Media(
        codec=codec,
        payload=payload,
        rate=rate,
        # A space or a line break in it would forge a request.
        control=control if re.fullmatch(r"[!-~]*", control) else "",
        sets=tuple(_sets(settings)),
        donl=settings.get("sprop-max-don-diff", "0") not in ("", "0"),
    )


def _sets(settings: dict[str, str]) -> list[bytes]:
    found: list[bytes] = []
    for key in SET_KEYS:
        for word in settings.get(key, "").split(","):
            try:
                # Some firmwares leave the padding out.
                one = base64.b64decode(word + "=" * (-len(word) % 4))
            except (binascii.Error, ValueError):
                continue
            # And some put a start code before it.
            one = re.sub(rb"^\x00{2,3}\x01", b"", one)
            if one:
                found.append(one)
    return found[:SETS]
