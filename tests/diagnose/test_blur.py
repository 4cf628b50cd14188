"""Loss of sharpness."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from landwatch.diagnose import blur
from landwatch.diagnose._scene import bands
from landwatch.past import Past
from landwatch.testing import picture

from .scenes import Watch, land, noisy


def sharpness(seen):
    """Return the sharpness across the picture."""
    return blur.sharpness(bands(seen, Past()))[0]


def test_a_camera_that_loses_focus_is_found():
    watch = Watch()
    watch.live(land())
    blurred = cv2.GaussianBlur(land(), (0, 0), 3.0)
    found = watch.see(noisy(blurred, 1, 1.0))["blur"]
    assert found.state == "bad"
    assert found.value > 2.5


def test_a_sharp_camera_has_the_value_one():
    watch = Watch()
    assert watch.live(land(), count=12)["blur"].value == pytest.approx(1, abs=0.1)


def test_half_the_contrast_is_not_blur():
    watch = Watch()
    watch.live(land())
    flat = (land() * 0.5).astype(np.uint8)
    assert watch.see(noisy(flat, 1, 1.0))["blur"].state == "good"


def test_a_plain_wall_is_unknown():
    assert Watch().see(np.full((480, 640, 3), 128, np.uint8))["blur"].state == "unknown"


def test_a_step_has_a_quarter_less_a_sixteenth():
    # Across a step of height h, 8 px differences are h at 8 places, 2 px differences are h at 2: 2/8 - 1/16.
    step = np.zeros((480, 640, 3), np.uint8)
    step[:, 320:] = 200
    assert sharpness(picture(step)) is None  # one step is less than 3 % of the columns
    steps = (np.arange(640) // 32 % 2 * 200).astype(np.uint8)
    found = sharpness(picture(np.repeat(np.tile(steps, (480, 1))[..., None], 3, 2)))
    assert found == pytest.approx(2 / 8 - 1 / 16, abs=0.005)


@pytest.mark.parametrize("line", [np.ones((1, 15)), np.ones((15, 1)), np.eye(15), np.eye(15)[::-1]])
def test_a_camera_that_shakes_along_any_line_is_found(line):
    watch = Watch()
    watch.live(land())
    smeared = cv2.filter2D(land(), -1, line / line.sum())
    assert watch.see(noisy(smeared, 1, 1.0))["blur"].state == "bad"


def test_a_ramp_has_no_sharpness():
    ramp = np.tile((np.arange(60) * 4).astype(np.uint8), (480, 1))
    assert sharpness(picture(np.repeat(ramp[..., None], 3, 2))) == pytest.approx(0, abs=1e-9)


def test_what_was_removed_does_not_count():
    pixels = noisy(land(), 3)
    mask = np.zeros((480, 640), np.uint8)
    mask[:, 200:400] = 255
    filled = pixels.copy()
    filled[mask > 0] = 128
    striped = filled.copy()
    striped[:, 200:400:2] = 255
    assert sharpness(picture(filled, mask=mask)) == sharpness(picture(striped, mask=mask))
