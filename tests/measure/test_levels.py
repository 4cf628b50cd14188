"""The spread of a region's levels, as PhenoCam's region statistics have it."""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landwatch.config import Camera
from landwatch.measure import instruments_of, read
from landwatch.measure.levels import COLOURS, PARTS
from landwatch.past import Past
from landwatch.testing import picture

WHOLE = {"region": [[0, 0], [63, 0], [63, 47], [0, 47]]}


def levels(pixels, mask=None):
    camera = Camera(name="test", source={"kind": "folder"}, measure={"levels": WHOLE})
    found = read(picture(pixels, mask=mask), Past(), (), instruments_of(camera))
    return {reading.quantity: reading for reading in found}


def coloured(seed=1):
    """Leaves whose red and blue follow their green, each in its own way."""
    random = np.random.default_rng(seed)
    green = random.integers(40, 200, (48, 64, 1))
    noise = random.integers(0, 30, (48, 64, 2))
    return np.concatenate(
        [green // 2 + noise[..., :1], green, 150 - green // 2 + noise[..., 1:]], axis=2
    ).astype(np.uint8)


def test_deviations_percentiles_and_correlations_are_numpys():
    pixels = coloured()
    found = levels(pixels)
    planes = dict(zip(COLOURS, pixels.reshape(-1, 3).T.astype(float), strict=True))
    for name, plane in planes.items():
        assert found[f"{name}_deviation"].value == pytest.approx(plane.std(), abs=1e-9)
        assert [found[f"{name}_{part}"].value for part in PARTS] == pytest.approx(np.percentile(plane, PARTS))
    for first, second in (("red", "green"), ("red", "blue"), ("green", "blue")):
        wanted = np.corrcoef(planes[first], planes[second])[0, 1]
        assert found[f"{first}_{second}_correlation"].value == pytest.approx(wanted, abs=1e-9)


def test_percentiles_lie_between_order_statistics():
    pixels = np.full((48, 64, 3), (0, 100, 50), np.uint8)
    pixels.reshape(-1, 3)[1536:, 1] = 200  # half of 3072: the median's place, 1535.5, is between 100 and 200
    assert levels(pixels)["green_50"].value == 150.0


@given(st.integers(0, 47))
def test_what_was_removed_does_not_count(row):
    pixels = coloured()
    mask = np.zeros((48, 64), np.uint8)
    mask[row] = 255
    left = np.delete(pixels, row, axis=0)[..., 0]
    found = levels(pixels, mask)
    assert found["red_deviation"].value == pytest.approx(left.std(), abs=1e-9)
    assert found["red_90"].value == pytest.approx(np.percentile(left, 90))


def test_a_region_that_is_mostly_removed_is_absent():
    mask = np.zeros((48, 64), np.uint8)
    mask[:12] = 255  # a quarter
    assert {reading.absent for reading in levels(coloured(), mask).values()} == {"masked"}


def test_one_level_has_no_correlation():
    found = levels(np.full((48, 64, 3), (50, 100, 50), np.uint8))
    assert (found["red_green_correlation"].value, found["red_green_correlation"].absent) == (None, "bare")
    assert found["red_deviation"].value == 0.0


def test_each_of_phenocams_columns_has_its_quantity(shared):
    with gzip.open(shared / "data/instruments/greenness/harvard_roistats.csv.gz", "rt") as lines:
        columns = next(csv.reader(line for line in lines if not line.startswith("#")))
    spread = [column for column in columns if column.endswith(("_std", "_qtl", "_correl"))]
    assert len(spread) == len(levels(coloured()))
