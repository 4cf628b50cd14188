"""Frozen pictures, with and without a running clock."""

from __future__ import annotations

from datetime import timedelta

import cv2
import numpy as np
import pytest

from .scenes import Watch, land, noisy


def with_clock(pixels, second):
    pixels = pixels.copy()
    pixels[:24] = 0
    text = f"2026-07-01 12:00:{second:02d}"
    cv2.putText(pixels, text, (8, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1)
    return pixels


def test_three_equal_pictures_are_bad():
    watch = Watch()
    watch.live(land())
    still = noisy(land(), 1)
    states = [watch.see(still)["frozen"].state for _ in range(3)]
    assert states == ["good", "doubtful", "bad"]


def test_a_running_clock_does_not_hide_it():
    watch = Watch()
    watch.live(land())
    still = noisy(land(), 1)
    states = [watch.see(with_clock(still, second))["frozen"].state for second in range(10, 13)]
    assert states[-1] == "bad"


def test_a_frozen_picture_that_is_coded_anew_is_frozen():
    watch = Watch()
    watch.live(land())
    still = noisy(land(), 1)
    states = [
        watch.see(
            np.clip(still.astype(int) + (np.indices(still.shape).sum(0) % 97 == step), 0, 255).astype(
                np.uint8
            )
        )["frozen"].state
        for step in range(3)
    ]
    assert states[-1] == "bad"


@pytest.mark.parametrize("sigma", [0.8, 2.0, 5.0])
def test_quiet_sensors_are_not_frozen(sigma):
    watch = Watch()
    states = [watch.see(noisy(land(), i, sigma))["frozen"].state for i in range(8)]
    assert set(states[1:]) == {"good"}


def test_the_value_is_the_time_without_change():
    watch = Watch(interval=60)
    watch.live(land())
    still = noisy(land(), 1)
    values = [watch.see(still)["frozen"].value for _ in range(4)]
    assert values == [0, 60, 120, 180]


def test_the_same_time_twice_says_nothing():
    watch = Watch()
    watch.live(land())
    still = noisy(land(), 1)
    watch.see(still)
    assert watch.see(still, taken=watch.time - timedelta(seconds=60))["frozen"].state == "unknown"


def test_a_dark_night_without_texture_is_unknown():
    watch = Watch()
    night = np.full((480, 640, 3), 3, np.uint8)
    assert {watch.see(night)["frozen"].state for _ in range(4)} == {"unknown"}


def test_it_recovers_with_the_first_new_picture():
    watch = Watch()
    still = noisy(land(), 1)
    for _ in range(5):
        watch.see(still)
    assert watch.see(noisy(land(), 2))["frozen"].state == "good"
