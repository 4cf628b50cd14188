"""A still is a JPEG of the picture, and of nothing else."""

from __future__ import annotations

import hashlib
import io

import numpy as np
from PIL import Image

from landwatch import testing
from landwatch.publish import encode


def slope() -> np.ndarray:
    """(48, 65, 3): red grows to the right, green downwards."""
    y, x = np.mgrid[0:48, 0:65]
    return np.stack([3 * x, 5 * y, np.full_like(x, 128)], axis=2).astype(np.uint8)


def test_a_still_is_named_by_its_content() -> None:
    still = encode(testing.picture(slope()))
    assert still.sha256 == hashlib.sha256(still.content).hexdigest()
    assert (still.width, still.height, still.media_type) == (65, 48, "image/jpeg")


def test_a_still_shows_the_picture() -> None:
    pixels = np.asarray(Image.open(io.BytesIO(encode(testing.picture(slope())).content)).convert("RGB"))
    assert pixels.shape == (48, 65, 3)
    assert np.abs(pixels.astype(int) - slope()).mean() < 3


def test_a_still_has_no_metadata() -> None:
    content = encode(testing.picture(slope())).content
    markers = []
    place = 2
    while content[place + 1] != 0xDA:  # start of scan: the rest is pixels
        markers.append(content[place + 1])
        place += 2 + int.from_bytes(content[place + 2 : place + 4], "big")
    app0, comment = 0xE0, 0xFE
    assert [marker for marker in markers if 0xE0 <= marker <= 0xEF] == [app0]
    assert comment not in markers


def test_the_same_picture_is_the_same_still() -> None:
    assert encode(testing.picture(slope())) == encode(testing.picture(slope()))
