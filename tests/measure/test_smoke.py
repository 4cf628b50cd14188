"""Smoke: of the simulated valley, whose truth is known, and parts whose sums can be redone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest

from landwatch.config import Camera
from landwatch.decide import Judge, default_rules
from landwatch.measure import instruments_of, read
from landwatch.measure._plume import median, skyline
from landwatch.past import Past
from landwatch.testing import picture
from landwatch.valley import Episode, Schedule, Valley

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WARM = 11
"""Pictures a minute apart until there is a background: 6 in it and 5 younger ones."""


class Lookout:
    """A camera that looks for smoke, a picture a minute."""

    def __init__(self, step=MINUTE, pace=1.0):
        camera = Camera(name="ridge", source={"kind": "folder"}, measure={"smoke": {"pace": pace}})
        self.settings = instruments_of(camera)
        self.past = Past()
        self.step = step
        self.time = NOON

    def see(self, pixels, mask=None):
        seen = picture(np.ascontiguousarray(pixels), camera="ridge", taken=self.time, mask=mask)
        self.past.begin(seen)
        (reading,) = read(seen, self.past, (), self.settings)
        self.past.end(())
        self.time += self.step
        return reading


def hills(seed=0):
    """Return sky over plain land with detail, with the noise of a sensor: (240, 320, 3)."""
    random = np.random.default_rng(4)
    land = 95 + 12 * cv2.resize(random.normal(size=(60, 160)).astype(np.float32), (320, 160))
    gray = np.concatenate([np.full((80, 320), 190, np.float32), land])
    noise = np.random.default_rng(seed).normal(0, 1.5, gray.shape)
    return np.clip((gray + noise)[..., None] * (1.0, 1.0, 1.05), 0, 255).astype(np.uint8)


def plume(pixels, seed):
    """Return the picture with a small bright plume at (150-190, 100-125) that changes its form each time."""
    random = np.random.default_rng(seed)
    veil = np.zeros(pixels.shape[:2], np.float32)
    for height in range(5):
        centre = (160 + 5 * height + int(random.integers(-5, 6)), 124 - 5 * height)
        cv2.circle(veil, centre, 4 + height, float(random.uniform(0.3, 0.8)), -1)
    veil = cv2.GaussianBlur(veil, (0, 0), 1.5)[..., None]
    return (pixels * (1 - veil) + 200 * veil).astype(np.uint8)


def valley_scores(view, start=18, end=36, seed=3):
    valley = Valley(seed=seed, size=(360, 640), view=view)
    fire = Episode(kind="smoke", start=NOON + start * MINUTE, end=NOON + 9 * 60 * MINUTE, ramp=10 * MINUTE)
    schedule, lookout = Schedule(episodes=(fire,)), Lookout()
    return [
        (
            lookout.see(valley.render(NOON + minute * MINUTE, schedule)),
            valley.truth(NOON + minute * MINUTE, schedule),
        )
        for minute in range(end)
    ]


@pytest.mark.parametrize("view", ["ridge", "river"])
def test_a_fire_in_the_valley_is_found_where_it_is_and_not_before(view):
    scores = valley_scores(view)
    judge = Judge("ridge", default_rules((), ("smoke",)))
    opened = [
        (minute, event, truth)
        for minute, (reading, truth) in enumerate(scores)
        for event in judge.judge([reading])
        if event.state == "opened"
    ]
    minute, event, truth = opened[0]
    assert 18 < minute <= 28
    left, top, right, bottom = truth.smoke
    assert event.region[0] < right
    assert left < event.region[2]
    assert event.region[1] < bottom
    assert top < event.region[3]


def test_a_plume_that_billows_is_found_and_quiet_land_is_not():
    lookout = Lookout()
    quiet = [lookout.see(hills(seed)) for seed in range(20)]
    assert [reading.absent for reading in quiet[:WARM]] == ["warming"] * WARM
    assert max(reading.value for reading in quiet[WARM:]) < 0.1
    smoky = [lookout.see(plume(hills(seed), seed)) for seed in range(20, 26)]
    assert smoky[-1].value > 0.5
    left, top, right, bottom = smoky[-1].region
    assert left < 175 < right
    assert top < 115 < bottom


def test_a_thing_that_comes_and_stays_as_it_is_is_no_smoke():
    lookout = Lookout()
    for seed in range(16):
        lookout.see(hills(seed))
    values = []
    for seed in range(16, 24):
        parked = hills(seed)
        parked[150:162, 100:124] = 210
        values.append(lookout.see(parked).value)
    assert max(values) < 0.25


def test_a_cloud_above_the_land_is_no_smoke():
    lookout = Lookout()
    for seed in range(16):
        lookout.see(hills(seed))
    values = []
    for seed in range(16, 24):
        cloudy = hills(seed)
        cloudy[15:35, 40 + 4 * seed : 90 + 4 * seed] = 235
        values.append(lookout.see(cloudy).value)
    assert max(values) < 0.25


def test_land_that_turns_dark_at_once_is_no_smoke():
    lookout = Lookout()
    for seed in range(16):
        lookout.see(hills(seed))
    values = [lookout.see((hills(seed) * 0.6).astype(np.uint8)).value for seed in range(16, 24)]
    assert max(values) < 0.25


def test_what_was_removed_is_no_smoke():
    lookout = Lookout()
    for seed in range(16):
        lookout.see(hills(seed))
    mask = np.zeros((240, 320), np.uint8)
    mask[90:130, 140:200] = 255
    values = [lookout.see(plume(hills(seed), seed), mask=mask).value for seed in range(16, 24)]
    assert values == [0.0] * 8


def test_a_view_that_moves_is_absent_and_then_warms_up_anew():
    lookout = Lookout()
    for seed in range(16):
        lookout.see(hills(seed))
    moved = [lookout.see(np.roll(hills(seed), 12, axis=1)) for seed in range(16, 20)]
    assert [reading.absent for reading in moved] == ["moved", "warming", "warming", "warming"]


def test_minutes_count_and_not_pictures():
    """At a picture in ten seconds the background takes as many minutes as at one a minute."""
    lookout = Lookout(step=timedelta(seconds=10))
    warming = [lookout.see(hills(seed)).absent for seed in range(80)]
    # A picture is remembered each 50 s; eleven are needed: at 0, 50, ..., 500 s.
    assert warming.count("warming") == 51


def test_a_simulation_in_a_hurry_may_say_so():
    lookout = Lookout(step=timedelta(seconds=1), pace=60.0)
    assert [lookout.see(hills(seed)).absent for seed in range(WARM + 1)].count("warming") == WARM


def test_after_a_long_gap_the_background_is_learnt_anew():
    lookout = Lookout()
    for seed in range(16):
        lookout.see(hills(seed))
    lookout.time += timedelta(hours=3)
    assert lookout.see(hills(1)).absent == "warming"


@pytest.mark.parametrize("count", [1, 2, 3, 6, 7, 10])
def test_the_median_is_that_of_sorting(count):
    stack = np.random.default_rng(count).integers(0, 256, (count, 9, 7)).astype(np.uint8)
    assert np.array_equal(median(list(stack)), np.sort(stack, axis=0)[(count - 1) // 2])


def grays(pictures):
    return [np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8) for pixels in pictures]


def test_the_skyline_of_a_step_is_the_step():
    assert np.abs(skyline(grays(hills(seed) for seed in range(8))) - 80).max() <= 2


def test_clouds_that_pass_are_not_taken_for_the_skyline():
    cloudy = []
    for seed in range(8):
        pixels = hills(seed)
        pixels[30:50] = np.roll(np.where(np.arange(320) % 80 < 45, 240, 190), 9 * seed)[None, :, None]
        cloudy.append(pixels)
    assert np.abs(skyline(grays(cloudy)) - 80).max() <= 2
