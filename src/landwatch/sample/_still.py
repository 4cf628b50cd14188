"""Decodes JPEG, PNG and TIFF stills.

JPEG goes through libjpeg-turbo with the accurate integer transform and smooth chroma, which gives the same
levels as Pillow and the tools of PhenoCam: greenness is compared to 5e-6.
"""

from __future__ import annotations

import io
import struct

import numpy as np
import simplejpeg
from PIL import Image

from landwatch.config import Limits
from landwatch.errors import BadFrame
from landwatch.types import Pixels

__all__ = ["check_size", "jpeg", "still"]

# Every size is checked against `limits.megapixels` below, before any pixel is decoded.
Image.MAX_IMAGE_PIXELS = None

ORIENTATION = 0x0112
"""EXIF tag of the way the camera was held [Exif 2.32]."""

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each value of the EXIF orientation."""

MOST_SCANS = 100
"""A progressive JPEG has about ten scans. Thousands of empty ones, each over all its pixels, would hold the
decoder for minutes."""

HARMLESS = "before marker 0xd9"
"""Bytes left over after a whole picture: common in cheap firmwares, and no sign of damage."""

# What Pillow raises on damaged files.
UNREADABLE = (OSError, ValueError, SyntaxError, struct.error, TypeError, KeyError, IndexError, EOFError)


def check_size(width: int, height: int, limits: Limits) -> None:
    """Refuse a picture by its size, before it is decoded.

    Raises:
        BadFrame: naming the limit and its key.
    """
    if width * height > limits.megapixels * 1e6:
        raise BadFrame(
            f"{width} x {height} px, {width * height / 1e6:.1f} megapixels; "
            f"the limit is {limits.megapixels:g} (limits.megapixels)"
        )
    if min(width, height) < limits.least_px:
        raise BadFrame(
            f"{width} x {height} px; a picture has at least {limits.least_px} px (limits.least_px)"
        )


def jpeg(content: bytes | bytearray, limits: Limits, least_width: int = 0) -> Pixels:
    """Return the pixels of a JPEG, upright.

    Args:
        least_width: may be decoded at some eighths of its size while so wide at least [px]; 0 for full size.

    Raises:
        BadFrame: if it is no JPEG, is cut short or damaged, or breaks a limit.
    """
    if not content.startswith(b"\xff\xd8"):
        raise BadFrame(_no("JPEG", content))
    try:
        height, width, space, _ = simplejpeg.decode_jpeg_header(content, strict=False)
    except ValueError as error:
        raise BadFrame(f"{len(content)} bytes, a damaged JPEG: {error}") from None
    except KeyError:
        # A header cut before it names its colours makes the library look up -1 among them.
        raise BadFrame(f"{len(content)} bytes, a JPEG whose header is cut short") from None
    check_size(width, height, limits)
    scans = content.count(b"\xff\xda")
    if scans > MOST_SCANS:
        raise BadFrame(f"{len(content)} bytes, a JPEG of {scans} scans; the limit is {MOST_SCANS}")
    turn = _turn(content)
    if space not in ("RGB", "YCbCr", "Gray"):
        return _by_pillow(content, "JPEG", limits)
    try:
        pixels = _decode(content, least_width)
    except ValueError as error:
        raise BadFrame(f"{len(content)} bytes, a JPEG that is cut short or damaged: {error}") from None
    if turn is None:
        return pixels
    upright = np.array(Image.fromarray(pixels).transpose(turn))
    pixels.fill(0)
    return upright


def _decode(content: bytes | bytearray, least_width: int) -> Pixels:
    # A height of 1 lets the width alone rule: the library scales only as far as both allow.
    scale = {"min_width": least_width, "min_height": 1} if least_width else {}
    try:
        decoded: Pixels = simplejpeg.decode_jpeg(content, "RGB", False, False, strict=True, **scale)
    except ValueError as error:
        if HARMLESS not in str(error):
            raise
        decoded = simplejpeg.decode_jpeg(content, "RGB", False, False, strict=False, **scale)
    return decoded


def _turn(content: bytes | bytearray) -> Image.Transpose | None:
    if content.find(b"Exif\0\0", 0, 1 << 16) < 0:
        return None
    try:
        with Image.open(io.BytesIO(content)) as image:
            return TURNS.get(image.getexif().get(ORIENTATION, 1))
    except UNREADABLE:
        return None


def still(content: bytes | bytearray, kind: str, limits: Limits) -> Pixels:
    """Return the pixels of a PNG or TIFF, upright; 16 bits keep their upper 8, what is clear becomes black.

    Args:
        kind: "PNG" or "TIFF".

    Raises:
        BadFrame: if it is none, is cut short or damaged, or breaks a limit.
    """
    return _by_pillow(content, kind, limits)


def _by_pillow(content: bytes | bytearray, kind: str, limits: Limits) -> Pixels:
    try:
        image = Image.open(io.BytesIO(content), formats=(kind,))
    except UNREADABLE:
        raise BadFrame(_no(kind, content)) from None
    with image:
        check_size(image.width, image.height, limits)
        try:
            turn = TURNS.get(image.getexif().get(ORIENTATION, 1))
            image.load()
            plain = _eight_bits(image, kind)
            return np.array(plain if turn is None else plain.transpose(turn))
        except UNREADABLE as error:
            raise BadFrame(f"{len(content)} bytes, a {kind} that is cut short or damaged: {error}") from None


def _eight_bits(image: Image.Image, kind: str) -> Image.Image:
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in ("I", "F"):
        raise BadFrame(f"a {kind} of 32 bits a pixel; 8 and 16 are read")
    if image.has_transparency_data:
        # Whoever made it wanted that hidden, so it stays hidden.
        ground = Image.new("RGBA", image.size, (0, 0, 0, 255))
        return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _no(kind: str, content: bytes | bytearray) -> str:
    starts = bytes(content[:4]).hex() if content else "with nothing"
    return f"{len(content)} bytes, not a {kind}; starts {starts}"
