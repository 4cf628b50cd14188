"""A new process goes on from the pictures that the one before kept: nothing that was learnt is lost."""

from __future__ import annotations

from datetime import timedelta

import cv2
import numpy as np
import pytest

from landwatch.config import Camera, Config
from landwatch.redact import recall
from landwatch.testing import NOON
from landwatch.types import Frame
from landwatch.way import Way

from .diagnose.faults import FAULTS
from .diagnose.scenes import land, noisy
from .test_way import Nothing

CAMERA = Camera(name="a", source={"kind": "folder"}, measure={"drift": {}}, interval=60.0)
SLOPE = {"region": [[220, 260], [420, 260], [420, 440], [220, 440]]}
SLIDING = CAMERA.model_copy(update={"measure": {"motion": SLOPE}})
WIDE = land(width=720, height=560)


def view(right=0.0, *, seed=0):
    """Return the land (480, 640, 3), shifted to the right. [px]"""
    move = np.array([[1, 0, right - 40], [0, 1, -40]], np.float64)
    return noisy(cv2.warpAffine(WIDE, move, (640, 480), flags=cv2.INTER_CUBIC), seed)


class Life:
    """One process of the camera, and what is kept of it."""

    def __init__(self, *, version=1, camera=CAMERA):
        self.way = Way(camera, Nothing(), Config(), interval=60.0, version=version)
        self.kept = []

    def see(self, pixels, minute):
        taken = NOON + timedelta(minutes=minute)
        outcome = self.way.through(
            Frame(
                camera="a",
                name=f"{minute}.jpg",
                taken=taken,
                time_from="given",
                received=taken,
                encoding="rgb",
                uncleared=pixels,
            )
        )
        assert outcome.status == "cleared", outcome.reason
        self.kept.append(outcome)
        return outcome


def shown(outcome):
    return recall(
        outcome.still.content,
        sha256=outcome.still.sha256,
        model=outcome.model,
        camera="a",
        name=outcome.name,
        taken=outcome.taken,
        received=outcome.received,
        time_from="given",
    )


def drift(outcome, quantity="view_shift_x"):
    return {reading.quantity: reading for reading in outcome.readings}[quantity]


def said(outcome):
    return {finding.check: finding for finding in outcome.findings}


@pytest.fixture(scope="module")
def first():
    """A process that saw twelve pictures of a well camera, and the reference that it took."""
    life = Life()
    for minute in range(12):
        life.see(view(seed=minute), minute)
    return life.kept


def second(kept, *, version=1, camera=CAMERA):
    life = Life(version=version, camera=camera)
    references = [one for one in kept if one.reference_of == version]
    life.way.recollect(shown(references[-1]) if references else None, [shown(one) for one in kept])
    return life


def test_the_first_picture_by_day_becomes_the_reference_of_the_version(first):
    assert [one.reference_of for one in first] == [1] + 11 * [None]


def test_drift_counts_from_the_same_zero_after_a_restart(first):
    after = second(first).see(view(2.5, seed=99), 20)
    assert after.reference_of is None
    assert drift(after).value == pytest.approx(2.5, abs=0.05)


def test_ground_that_slid_during_the_stop_has_moved():
    before = Life(camera=SLIDING)
    for minute in range(2):
        before.see(view(seed=minute), minute)
    slid = view(seed=99)
    slid[260:440, 220:420] = view(3.0, seed=99)[260:440, 220:420]
    after = second(before.kept, camera=SLIDING).see(slid, 20)
    assert drift(after, "ground_shift_x").value == pytest.approx(3.0, abs=0.1)


def test_without_a_kept_reference_the_next_picture_becomes_it(first):
    life = second(first, version=2)
    after = life.see(view(2.5, seed=99), 20)
    assert after.reference_of == 2
    assert drift(after).value == 0.0


def test_a_view_that_moved_during_the_stop_is_found_by_the_first_picture(first):
    assert said(second(first).see(view(30.0, seed=99), 20))["moved"].state == "bad"


def test_a_cover_that_came_during_the_stop_is_not_taken_for_usual(first):
    life, (cover, _) = second(first), FAULTS["covered"]
    struck = [cover(view(seed=90 + n), 1, np.random.default_rng(7), n) for n in range(8)]
    assert {said(life.see(pixels, 20 + n))["covered"].state for n, pixels in enumerate(struck)} == {"bad"}


def test_nothing_is_called_late_for_the_time_of_the_stop(first):
    assert said(second(first).see(view(seed=99), 600))["lateness"].state == "good"


def test_a_new_version_has_a_reference_of_its_own(first):
    life = second(first)
    life.way.turn_to(CAMERA, 2)
    assert life.see(view(2.5, seed=99), 20).reference_of == 2


def test_who_saves_a_version_while_the_view_is_moved_accepts_it(first):
    life = second(first)
    assert said(life.see(view(30.0, seed=98), 20))["moved"].state == "bad"
    life.way.turn_to(CAMERA, 2)
    states = {said(life.see(view(30.0, seed=90 + n), 21 + n))["moved"].state for n in range(8)}
    assert states == {"unknown", "good"}
