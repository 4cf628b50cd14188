"""Drift of the view as a reading."""

from __future__ import annotations

import math

import numpy as np
import pytest

from landwatch.measure import read
from landwatch.measure.drift import Settings
from landwatch.past import Past
from landwatch.testing import picture
from landwatch.types import Alignment

GREY = picture(np.full((100, 200, 3), 120, np.uint8))


def alignment(matrix, covariance=None, **more):
    return Alignment(
        model="similarity",
        matrix=matrix,
        covariance=np.zeros((8, 8)) if covariance is None else covariance,
        rms=0.1,
        patches=20,
        **more,
    )


def readings(found):
    return {r.quantity: r for r in read(GREY, Past(alignment=found), (), {"drift": Settings()})}


def test_a_turn_about_the_middle_of_the_picture_shifts_nothing():
    turn = math.radians(2.0)
    cosine, sine = math.cos(turn), math.sin(turn)
    matrix = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    matrix[:2, 2] = np.array([100.0, 50.0]) - matrix[:2, :2] @ (100.0, 50.0)
    found = readings(alignment(matrix))
    assert found["view_shift_x"].value == pytest.approx(0.0, abs=1e-9)
    assert found["view_shift_y"].value == pytest.approx(0.0, abs=1e-9)
    assert found["view_rotation"].value == pytest.approx(2.0)


def test_the_uncertainty_is_that_of_the_alignment():
    covariance = np.zeros((8, 8))
    covariance[2, 2], covariance[5, 5] = 0.04, 0.09
    covariance[3, 3] = 1e-6
    matrix = np.array([[1.0, 0.0, 3.0], [0.0, 1.0, -2.0], [0.0, 0.0, 1.0]])
    found = readings(alignment(matrix, covariance))
    assert (found["view_shift_x"].value, found["view_shift_x"].sigma) == pytest.approx((3.0, 0.2))
    # Down: 0.09 of the shift and 100 px times 1e-3 of the turn, squared.
    assert (found["view_shift_y"].value, found["view_shift_y"].sigma) == pytest.approx((-2.0, 0.1**0.5))
    assert found["view_rotation"].sigma == pytest.approx(math.degrees(1e-3))


def test_a_refused_picture_is_absent_with_the_reason():
    found = readings(alignment(np.eye(3), refused="fog"))
    assert {r.absent for r in found.values()} == {"fog"}


def test_without_a_reference_yet_it_is_warming():
    assert {r.absent for r in readings(None).values()} == {"warming"}
