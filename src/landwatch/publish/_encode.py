"""Encodes a cleared picture as JPEG.

The encoder gets pixels and nothing else, so that no position, owner or make of a camera can travel in a
picture's metadata.
"""

from __future__ import annotations

import hashlib

import numpy as np
import simplejpeg

from landwatch.types import Picture, Still

__all__ = ["QUALITY", "encode"]

QUALITY = 85
"""JPEG quality. [1-100] Below it blocks show in smoke and fog; above it files grow faster than they gain."""

SUBSAMPLING = "420"
"""One colour sample in four: cameras deliver no more."""


def encode(picture: Picture) -> Still:
    """Return a cleared picture as a JPEG without metadata, named by the hash of its content."""
    content = simplejpeg.encode_jpeg(
        np.ascontiguousarray(picture.pixels), quality=QUALITY, colorspace="RGB", colorsubsampling=SUBSAMPLING
    )
    return Still(
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        width=picture.width,
        height=picture.height,
    )
