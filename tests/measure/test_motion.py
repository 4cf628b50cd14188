"""Motion of the ground: known motion is found again, and its intervals hold."""

from __future__ import annotations

import itertools
from datetime import timedelta
from functools import cache

import cv2
import numpy as np
import pytest

from landwatch.config import Camera, Config
from landwatch.decide import Judge, default_rules
from landwatch.errors import MeasureError
from landwatch.measure import instruments_of, quantities, read, rules
from landwatch.measure.motion import Settings, measure
from landwatch.past import Past
from landwatch.sample.align import Aligner
from landwatch.testing import NOON, Episode, Schedule, Valley, picture
from landwatch.trend import trend
from landwatch.types import Reading

FINE = 4
"""Fine px of the land a px of the picture: motion by whole fine px is exact, and blurred as a sensor does."""

REGION = ((130.0, 90.0), (230.0, 90.0), (230.0, 190.0), (130.0, 190.0))
PLAIN = Settings(region=REGION, metres_per_px=0.5, window=4.0, spacing=12, size=24)


@cache
def land():
    """Return the land (300 x 380 px, in fine px) with a border of 10 px."""
    random = np.random.default_rng(8)
    fine = cv2.GaussianBlur(random.normal(0, 1, (300 * FINE, 380 * FINE)).astype(np.float32), (0, 0), 6)
    coarse = cv2.GaussianBlur(random.normal(0, 1, fine.shape).astype(np.float32), (0, 0), 24)
    return 120 + 25 * fine / fine.std() + 20 * coarse / coarse.std()


def view(right=0, down=0, *, sway=(0, 0), seed=0, minute=0, mask=None, noise=2.0):
    """Return a 360 x 280 picture; the region moved, and the whole view swayed, by so many fine px."""
    whole = land().copy()
    box = slice(94 * FINE, 206 * FINE), slice(134 * FINE, 246 * FINE)
    whole[box] = np.roll(land(), (down, right), axis=(0, 1))[box]
    top, left = 10 * FINE - sway[1], 10 * FINE - sway[0]
    cut = whole[top : top + 280 * FINE, left : left + 360 * FINE]
    small = cv2.resize(cut, (360, 280), interpolation=cv2.INTER_AREA)
    noisy = small + np.random.default_rng(seed).normal(0, noise, small.shape)
    pixels = np.repeat(np.clip(noisy, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    return picture(pixels, taken=NOON + timedelta(minutes=minute), mask=mask)


class Following:
    """A camera's memory, and its readings by quantity."""

    def __init__(self, settings=PLAIN):
        self.past, self.aligner, self.settings = Past(), Aligner(), settings

    def see(self, what):
        self.past.begin(what)
        self.past.alignment = self.aligner.align(what, self.past)
        readings = read(what, self.past, (), {"motion": self.settings})
        self.past.end(())
        return {reading.quantity: reading for reading in readings}


def test_motion_of_a_region_is_found_and_its_intervals_hold_while_the_view_sways():
    following, random, inside, errors = Following(), np.random.default_rng(1), [], []
    following.see(view())
    for seed in range(1, 30):
        right, down, *sway = (int(step) for step in random.integers(-16, 17, 4))
        found = following.see(view(right, down, sway=sway, seed=seed, minute=seed))
        for quantity, true in (("ground_shift_x", right / FINE), ("ground_shift_y", down / FINE)):
            reading = found[quantity]
            errors.append(reading.value - true)
            inside.append(abs(reading.value - true) < 1.96 * reading.sigma)
    assert np.mean(inside) >= 0.9
    assert abs(np.mean(errors)) < 0.02
    assert np.std(errors) < 0.06


def test_metres_are_px_times_the_scale_along_the_direction():
    uphill = Settings(**{f: getattr(PLAIN, f) for f in PLAIN.__slots__} | {"direction": (0.0, -2.0)})
    following = Following(uphill)
    following.see(view())
    found = following.see(view(0, -6 * FINE, seed=1, minute=10))
    assert found["ground_displacement"].value == pytest.approx(6 * 0.5, abs=0.05)
    assert found["ground_shift_y"].value == pytest.approx(-6.0, abs=0.1)


def test_a_plane_gives_the_scale_where_the_region_is():
    # 360 px are 36 m across and 280 px are 56 m along: down the picture a px is 0.2 m.
    plane = (
        (0.0, 0.0, 0.0, 0.0),
        (360.0, 0.0, 36.0, 0.0),
        (0.0, 280.0, 0.0, 56.0),
        (360.0, 280.0, 36.0, 56.0),
    )
    following = Following(Settings(region=REGION, plane=plane, spacing=12, size=24))
    following.see(view())
    found = following.see(view(0, 20, seed=1, minute=10))
    assert found["ground_displacement"].value == pytest.approx(5 * 0.2, abs=0.02)


def test_a_steady_slide_has_its_velocity_and_no_acceleration():
    following = Following()
    for step in range(20):
        found = following.see(view(0, step, seed=step, minute=12 * step))
    # A fine px, 0.25 px, in 12 min: 30 px or 15 m in a day.
    velocity, bend = found["ground_velocity"], found["ground_acceleration"]
    assert found["ground_velocity_px"].value == pytest.approx(30.0, abs=1.5)
    assert abs(velocity.value - 15.0) < 3 * velocity.sigma
    assert velocity.flags == ()
    assert abs(bend.value) < 3 * bend.sigma
    assert "ground_time_to_failure" not in found


def test_ground_at_rest_has_no_trend():
    following = Following()
    for step in range(12):
        found = following.see(view(sway=(step % 3, 0), seed=step, minute=12 * step))
    assert found["ground_velocity"].flags == ("no_trend",)
    assert abs(found["ground_displacement"].value) < 3 * found["ground_displacement"].sigma


def test_a_velocity_waits_for_a_quarter_of_its_window():
    following = Following()
    for minute in range(0, 59, 5):
        assert following.see(view(minute=minute, seed=minute))["ground_velocity"].absent == "warming"
    assert following.see(view(minute=60, seed=60))["ground_velocity"].value is not None


def test_a_hidden_region_is_masked_and_not_at_rest():
    following = Following()
    following.see(view())
    mask = np.zeros((280, 360), np.uint8)
    mask[80:200, 120:240] = 255
    found = following.see(view(0, 8, seed=1, minute=10, mask=mask))
    assert {reading.absent for reading in found.values()} == {"masked"}


def test_a_region_that_lost_its_look_is_bare_and_not_at_rest():
    following = Following()
    following.see(view())
    snowed = view(seed=1, minute=10).pixels.copy()
    snowed[80:200, 120:240] = 250
    found = following.see(picture(snowed, taken=NOON + timedelta(minutes=10)))
    assert {reading.absent for reading in found.values()} == {"bare"}


def test_fog_is_absent_not_zero():
    following = Following()
    following.see(view())
    found = following.see(picture(np.full((280, 360, 3), 190, np.uint8)))
    assert {reading.absent for reading in found.values()} == {"fog"}


def test_displacement_counts_from_a_given_reference(tmp_path):
    path = tmp_path / "reference.png"
    cv2.imwrite(str(path), view().pixels)
    following = Following(Settings(region=REGION, reference=path, spacing=12, size=24))
    assert following.see(view(0, 8, seed=1))["ground_shift_y"].value == pytest.approx(2.0, abs=0.1)


def test_without_a_scale_there_are_no_metres():
    found = Following(Settings(region=REGION, spacing=12, size=24)).see(view())
    assert {reading.unit for reading in found.values()} == {"{px}", "{px}/d"}


def test_too_small_a_region_is_refused_with_the_way_out():
    following = Following(Settings(region=((130.0, 90.0), (150.0, 90.0), (150.0, 100.0))))
    what = view()
    following.past.begin(what)
    following.past.alignment = following.aligner.align(what, following.past)
    with pytest.raises(MeasureError, match="choose larger polygons or a smaller spacing"):
        measure(what, following.past, following.settings)


def test_the_slope_of_the_valley_is_followed():
    valley = Valley(size=(480, 640), view="slope")
    slide = Episode(
        kind="slide", start=NOON, end=NOON + timedelta(hours=9), strength=9.0, ramp=timedelta(hours=2)
    )
    schedule = Schedule(episodes=(slide,))
    left, top, right, bottom = valley.truth(NOON, schedule).slide
    wide, high = (right - left) / 5, (bottom - top) / 5
    region = (
        (left + wide, top + high),
        (right - wide, top + high),
        (right - wide, bottom - high),
        (left + wide, bottom - high),
    )
    following = Following(Settings(region=region, spacing=12, size=24))
    for minute in (0, 20, 40, 60):
        moment = NOON + timedelta(minutes=minute)
        found = following.see(picture(valley.render(moment, schedule), taken=moment))
        true = valley.truth(moment, schedule).slide_shift
        for quantity, way in zip(("ground_shift_x", "ground_shift_y"), true, strict=True):
            reading = found[quantity]
            assert abs(reading.value - way) < 3 * reading.sigma + 0.02  # the simulator's own interpolation
    assert true[1] > 5


def test_intervals_of_velocities_hold_and_noise_is_seldom_a_trend():
    random, hours = np.random.default_rng(4), np.arange(48) / 2
    for alike in (0.0, 0.5):
        inside, alarms = [], []
        for _ in range(100):
            noise = random.normal(0, 1, 60)
            for index in range(1, 60):
                noise[index] += alike * noise[index - 1]
            found = trend(hours, 0.2 * hours + noise[12:], 0.0)
            inside.append(abs(found.velocity - 0.2) < 1.96 * found.velocity_sigma)
            alarms.append(trend(hours, noise[12:], 0.0).is_trend)
        assert np.mean(inside) >= 0.88
        assert np.mean(alarms) <= 0.12


def test_a_parabola_has_its_acceleration():
    hours = np.arange(40) / 4
    values = 0.5 * 0.3 * hours**2 + np.random.default_rng(1).normal(0, 0.05, 40)
    found = trend(hours, values, 0.0)
    assert found.acceleration == pytest.approx(0.3, abs=3 * found.acceleration_sigma)
    assert found.acceleration_sigma < 0.02


def test_an_inverse_velocity_that_falls_along_a_line_meets_zero_at_the_failure():
    # Velocity 1 / (0.1 (30 h - t)): displacement is -10 ln(30 - t), and at 24 h there are 6 h left.
    hours = np.arange(96) / 4
    found = trend(hours, -10 * np.log(30 - hours) + np.random.default_rng(1).normal(0, 0.02, 96), 0.0)
    ahead, doubt = found.failure
    assert ahead == pytest.approx(30 - hours[-1], abs=max(3 * doubt, 1.5))


def readings(values, flags=()):
    return [
        Reading(
            camera="test",
            quantity="ground_velocity",
            time=NOON + timedelta(minutes=index),
            value=value,
            absent="fog" if value is None else None,
            unit="m/d",
            method="motion/1",
            flags=flags,
        )
        for index, value in enumerate(values)
    ]


def judged(values, *, alarm=1.0, flags=()):
    camera = Camera(
        name="test",
        source={"kind": "folder"},
        measure={"motion": {"region": REGION, "metres_per_px": 0.5} | ({"alarm": alarm} if alarm else {})},
    )
    settings = instruments_of(camera)
    judge = Judge("test", default_rules(Config().rule, quantities({"motion"}), rules(settings)))
    changes = itertools.chain.from_iterable(judge.judge([reading]) for reading in readings(values, flags))
    return [(event.hazard, event.state) for event in changes]


def test_an_alarm_opens_at_two_of_three_and_closes_below_half_of_it():
    assert judged([0.2, 1.1, 1.2]) == [("landslide", "opened")]
    assert judged([1.1, 1.2] + [0.6] * 9) == [("landslide", "opened")]
    assert judged([1.1, 1.2] + [0.4] * 6) == [("landslide", "opened"), ("landslide", "closed")]


def test_unseen_ground_neither_opens_nor_closes():
    assert judged([1.1, None, None, 1.2]) == [("landslide", "opened")]
    assert judged([1.1, 1.2] + [None] * 20) == [("landslide", "opened")]


def test_a_velocity_that_is_no_trend_opens_nothing():
    assert judged([5.0] * 5, flags=("no_trend",)) == []


def test_without_an_alarm_there_is_no_rule():
    assert judged([5.0] * 5, alarm=None) == []
