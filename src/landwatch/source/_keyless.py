"""Decodes a stream that has no key frames, as a whole, until one picture of it is.

Some encoders refresh a strip of each picture in turn (periodic intra refresh) and say in a recovery point
from where on the pictures are whole. The decoder gives none before that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from landwatch.source._told import Told
from landwatch.types import Pixels

__all__ = ["Healer", "Whole"]


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """One picture, decoded already."""

    pixels: Pixels = field(repr=False)
    stated: datetime | None
    """When the camera says that it was taken, by its own clock."""
    told: Told | None
    """What the camera told of its clock."""


class Healer:
    """One decoder of one stream."""

    def __init__(self, codec: Literal["h264", "hevc"], megapixels: float) -> None:
        """Set the codec and the largest picture. [1e6 px]"""
        self._decoder = VideoCodecContext.create(codec, "r")
        self._decoder.thread_count = 1
        self._decoder.options = {"err_detect": "explode", "max_pixels": str(int(megapixels * 1e6))}

    def take(self, content: bytes) -> Pixels | None:
        """Take one picture in byte-stream form; return a whole one when there is."""
        try:
            decoded = self._decoder.decode(av.Packet(content))
        except av.FFmpegError:
            # What refers to pictures before the first does not decode; that ends at the recovery point.
            return None
        for frame in decoded:
            if not frame.is_corrupt:
                return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
        return None
