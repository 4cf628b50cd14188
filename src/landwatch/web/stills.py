"""Cleared pictures from the store, as they are or smaller, for grids of many.

Only stills are read, never a picture in memory. Small copies are made by JPEG's own scaling and kept in
memory, the last used longest.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import cv2
import numpy as np
import simplejpeg

from landwatch.store import Archive

__all__ = ["WIDTHS", "Stills"]

WIDTHS = (240, 480, 960)
"""Widths of small copies: a grid of forty, a grid of twelve, a phone. [px]"""

QUALITY = 80
"""JPEG quality of small copies; steps do not show at their size. [0-100]"""

ROOM = 32_000_000
"""Memory for small copies: a thousand of those that a grid of forty shows. [byte]"""


class Stills:
    """Reads stills of an archive by their SHA-256."""

    def __init__(self, archive: Archive, room: int = ROOM) -> None:
        self._archive = archive
        self._room = room
        self._used = 0
        self._small: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._sizes: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def content(self, sha256: str, width: int | None = None) -> bytes | None:
        """Return a still as JPEG, at most `width` px wide if that is given; None if it is not kept."""
        with self._lock:
            small = self._small.get((sha256, width or 0))
            if small is not None:
                self._small.move_to_end((sha256, width or 0))
                return small
        path = self._archive.still(sha256)
        if path is None:
            return None
        try:
            content = path.read_bytes()
        except FileNotFoundError:  # pruned since we asked
            return None
        if width is None:
            return content
        small = _shrink(content, width)
        with self._lock:
            self._keep((sha256, width), small)
        return small

    def size(self, sha256: str) -> tuple[int, int] | None:
        """Return width and height of a still [px]; None if it is not kept."""
        with self._lock:
            if sha256 in self._sizes:
                return self._sizes[sha256]
        content = self.content(sha256)
        if content is None:
            return None
        height, width, _, _ = simplejpeg.decode_jpeg_header(content)
        with self._lock:
            self._sizes[sha256] = (int(width), int(height))
            while len(self._sizes) > 10_000:  # some megabytes of numbers at most
                self._sizes.popitem(last=False)
        return (int(width), int(height))

    def _keep(self, key: tuple[str, int], small: bytes) -> None:
        if key not in self._small:
            self._small[key] = small
            self._used += len(small)
        while self._used > self._room:
            _, old = self._small.popitem(last=False)
            self._used -= len(old)


def _shrink(content: bytes, width: int) -> bytes:
    full_height, full_width, _, _ = simplejpeg.decode_jpeg_header(content)
    if full_width <= width:
        return content
    height = max(1, round(full_height * width / full_width))
    # Asking for no less than the wanted size lets the decoder skip most of the work.
    pixels = simplejpeg.decode_jpeg(content, "RGB", min_height=height, min_width=width)
    pixels = np.ascontiguousarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA))
    return bytes(simplejpeg.encode_jpeg(pixels, quality=QUALITY, colorspace="RGB", colorsubsampling="420"))
