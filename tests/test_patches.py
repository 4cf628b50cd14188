"""How far a whole picture lies from where another has it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landwatch.patches import shift


@pytest.mark.parametrize("height", [224, 225, 240])
def test_a_picture_is_found_where_it_lies_whatever_its_size(height):
    """224 rows would be transformed as 225, whose middle is half a pixel off."""
    noise = np.random.default_rng(1).normal(0, 40, (height, 320)).astype(np.float32)
    land = np.asarray(cv2.GaussianBlur(noise, (0, 0), 1.5), np.float32)
    right, down, response = shift(land, np.roll(land, (3, -5), axis=(0, 1)))
    assert (right, down) == pytest.approx((-5.0, 3.0), abs=0.1)
    assert response > 0.5
