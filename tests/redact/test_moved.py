"""How far the land lies from where it was: told of a picture that is withheld as another view."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landwatch.errors import RedactError
from landwatch.redact import Remover
from landwatch.redact.moved import is_another, offset
from landwatch.redact.plate import LENGTH
from landwatch.types import Pixels
from tests.redact.made import Fake, camera, nothing, sample

HEIGHT, WIDTH, ROOM = 480, 640, 64


def rough() -> Pixels:
    """Return land with edges everywhere, wider than a picture by `ROOM` on every side."""
    rng = np.random.default_rng(4)
    shape = ((HEIGHT + 2 * ROOM) // 4, (WIDTH + 2 * ROOM) // 4, 3)
    coarse = rng.integers(60, 190, shape).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC), np.uint8)


def view(right: int = 0, down: int = 0) -> Pixels:
    """Return the picture in which the land lies so far right and down. [px]"""
    return np.ascontiguousarray(
        rough()[ROOM - down : ROOM - down + HEIGHT, ROOM - right : ROOM - right + WIDTH]
    )


@pytest.mark.parametrize(("right", "down"), [(8, 0), (0, -9), (-20, 12), (48, -30)])
def test_the_offset_of_a_moved_view_is_within_half_a_pixel(right: int, down: int) -> None:
    here, there = view(), view(right, down)
    assert is_another(here, there)
    found = offset(here, there, 1)
    assert found is not None
    assert (found.right, found.down) == (pytest.approx(right, abs=0.5), pytest.approx(down, abs=0.5))
    assert found.width == WIDTH


def test_the_offset_is_told_in_pixels_of_the_picture() -> None:
    found = offset(view(), view(10, 0), 2)
    assert found is not None
    assert (found.right, found.width) == (pytest.approx(20, abs=1.0), 2 * WIDTH)


def test_a_picture_of_which_a_part_stayed_has_no_offset() -> None:
    torn = view()
    torn[200:] = view(60, 0)[200:]
    assert offset(view(), torn, 1) is None


def test_other_land_has_no_offset() -> None:
    assert offset(view(), np.ascontiguousarray(view()[:, ::-1]), 1) is None


def test_the_error_of_a_withheld_view_tells_the_offset() -> None:
    remover = Remover(camera(), Fake(nothing), sequence=True)
    for number in range(LENGTH):
        remover.clear(sample(view(), 10.0 * number))
    with pytest.raises(RedactError) as caught:
        remover.clear(sample(view(16, 0), 100.0))
    assert caught.value.reason == "moved"
    assert caught.value.offset is not None
    assert caught.value.offset.right == pytest.approx(16, abs=0.5)
