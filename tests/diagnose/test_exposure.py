"""Burnt and drowned pictures."""

from __future__ import annotations

import numpy as np
import pytest

from .scenes import Watch


def halves(share, level, rest=120):
    pixels = np.full((480, 640, 3), rest, np.uint8)
    pixels[: round(480 * share)] = level
    pixels[..., 2] = np.minimum(255, pixels[..., 2].astype(int) + 8)
    return pixels


def test_the_value_is_the_burnt_share_in_percent():
    found = Watch().see(halves(0.25, 255))["exposure"]
    assert (found.value, found.state, found.unit) == (pytest.approx(25), "good", "%")


@pytest.mark.parametrize(("share", "state"), [(0.39, "good"), (0.45, "doubtful"), (0.75, "bad")])
def test_states_follow_the_share(share, state):
    assert Watch().see(halves(share, 255))["exposure"].state == state


def test_a_doubt_is_held_until_the_share_is_well_below_its_threshold():
    watch = Watch()
    shares = [0.45, 0.35, 0.31, 0.35]
    assert [watch.see(halves(s, 255))["exposure"].state for s in shares] == [
        "doubtful",
        "doubtful",
        "good",
        "good",
    ]


def test_drowned_land_by_day_is_named_under_exposed():
    found = Watch().see(halves(0.7, 0, rest=200))["exposure"]
    assert found.state == "bad"
    assert found.detail.startswith("under-exposed: 70 %")


def test_night_is_unknown_not_under_exposed():
    assert Watch().see(np.full((480, 640, 3), 4, np.uint8))["exposure"].state == "unknown"


def test_what_was_removed_is_not_counted():
    pixels = halves(0.5, 255)
    mask = np.zeros((480, 640), np.uint8)
    mask[:240] = 255
    assert Watch().see(pixels, mask=mask)["exposure"].value == 0
