"""Reads a picture again that was cleared and kept, so that instruments can look at it once more."""

from __future__ import annotations

import hashlib
from datetime import datetime

import numpy as np
import simplejpeg

from landwatch.errors import RedactError
from landwatch.types import Picture, Removal, TimeFrom

__all__ = ["recall"]


def recall(
    content: bytes,
    *,
    sha256: str,
    model: str,
    camera: str,
    name: str,
    taken: datetime,
    received: datetime,
    time_from: TimeFrom,
) -> Picture:
    """Return the picture of a still that removal cleared and the store kept.

    Which pixels removal replaced is not kept, so the mask is empty: what it filled counts as land.

    Args:
        content: of the still's file.
        sha256: of the still, as the store names it.
        model: SHA-256 of the detector that cleared it.
        camera: whose picture it is.
        name: of the frame.
        taken: capture time.
        received: when it was in hand.
        time_from: where the capture time came from.

    Raises:
        RedactError: if the file is not the still that the store names, or cannot be decoded.
    """
    if not model or hashlib.sha256(content).hexdigest() != sha256:
        raise RedactError(f"{name}: the file is not the still {sha256[:12]} that was kept", reason="failed")
    try:
        pixels = np.asarray(simplejpeg.decode_jpeg(content, "RGB"), np.uint8)
    except ValueError as error:
        raise RedactError(f"{name}: the still {sha256[:12]} is no JPEG: {error}", reason="failed") from None
    pixels.setflags(write=False)
    return Picture(
        camera=camera,
        name=name,
        taken=taken,
        time_from=time_from,
        received=received,
        pixels=pixels,
        removal=Removal(mask=np.zeros(pixels.shape[:2], np.uint8), share=0.0, model=model),
    )
