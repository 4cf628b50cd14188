"""Parts of the smoke instrument whose sums can be redone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from landwatch.measure._evidence import FADE, LOST, Evidence
from landwatch.measure._plume import FEATURES, Candidate, _possible, _veil
from landwatch.measure._trees import Trees, trees
from landwatch.measure._watch import Watch, _moved
from landwatch.past import Small

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SHAPE = (240, 320)
HERE = Candidate(box=(80, 80, 96, 96), score=1.0)
FAR = Candidate(box=(200, 160, 216, 176), score=0.4)

LIKELY = {
    "area": np.log(200.0), "likeness": 0.2, "level": 150.0, "share": 0.01, "aspect": 0.3, "below_mean": 20.0,
    "below_least": 5.0, "crosses": 0.0, "contrast": 20.0,
}  # fmt: skip
"""What a young plume before land looks like, as far as `_possible` asks."""


def test_two_stumps_add_up_to_the_log_odds_of_their_leaves():
    # If the first feature is up to 1, the first tree adds 2, else -1; the second tree always adds 0.5.
    stumps = Trees(
        feature=np.array([[0, 0, 0], [0, 0, 0]], np.int16),
        threshold=np.array([[1.0, 0, 0], [0, 0, 0]], np.float32),
        left=np.array([[1, 1, 2], [0, 1, 2]], np.int16),
        right=np.array([[2, 1, 2], [0, 1, 2]], np.int16),
        value=np.array([[0, 2, -1], [0.5, 0, 0]], np.float32),
        start=-1.0,
        depth=1,
    )
    votes = stumps.vote(np.array([[1.0], [1.5]]))
    assert votes == pytest.approx([1 / (1 + np.exp(-1.5)), 1 / (1 + np.exp(1.5))])


def test_the_trees_of_the_package_ask_only_for_features_that_there_are_and_end_in_leaves():
    table = trees()
    assert 0 <= table.feature.min() <= table.feature.max() < len(FEATURES)
    nodes = np.arange(table.left.shape[1])
    leaf = table.left == nodes
    assert np.array_equal(leaf, table.right == nodes)
    assert np.array_equal(table.value != 0, (table.value != 0) & leaf)


def test_a_veil_is_told_from_a_change_of_light():
    behind = np.random.default_rng(1).normal(100, 20, 400).astype(np.float32)
    slope, veil = _veil(0.5 * behind + 0.5 * 200, behind)  # half transparent, airlight 200
    assert slope == pytest.approx(0.5, abs=0.01)
    assert veil > 3
    slope, veil = _veil(0.7 * behind, behind)  # a shadow
    assert slope == pytest.approx(0.7, abs=0.01)
    assert veil == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize(
    ("feature", "value"),
    [
        ("contrast", -10.0),  # a shadow on land
        ("likeness", 0.995),  # stays as it came
        ("aspect", np.log(9.0)),  # a bank of haze
        ("level", 240.0),  # a cloud's white
        ("share", 0.3),  # the whole land has changed
        ("area", np.log(10.0)),  # noise
        ("below_mean", 120.0),  # at the camera's feet
    ],
)
def test_what_no_smoke_can_be_is_ruled_out(feature, value):
    assert _possible(LIKELY) == 1.0
    assert _possible(LIKELY | {feature: value}) == 0.0


def test_dark_smoke_before_the_sky_is_possible():
    assert _possible(LIKELY | {"contrast": -10.0, "below_least": -5.0, "crosses": 1.0}) == 1.0


def test_evidence_adds_up_by_the_minute_and_fades():
    evidence = Evidence()
    told = [evidence.add([HERE], NOON + i * MINUTE, SHAPE)[0] for i in range(3)]
    assert told == pytest.approx([1.0, 1.0 + FADE, 1.0 + FADE + FADE**2])
    assert evidence.add([], NOON + 3 * MINUTE, SHAPE) == (0.0, None)
    most, _ = evidence.add([HERE], NOON + 4 * MINUTE, SHAPE)
    assert most == pytest.approx(1.0 + FADE * LOST * told[-1])


def test_evidence_of_one_place_is_not_that_of_another():
    evidence = Evidence()
    evidence.add([HERE], NOON, SHAPE)
    most, at = evidence.add([FAR], NOON + MINUTE, SHAPE)
    assert most == pytest.approx(0.4)
    assert at == FAR


def test_minutes_of_smoke_count_and_not_pictures():
    evidence = Evidence()
    evidence.add([HERE], NOON, SHAPE)
    for i in range(1, 7):
        most, _ = evidence.add([HERE], NOON + i * MINUTE / 6, SHAPE)
    # Six pictures in a minute: each adds a sixth of a minute to what six steps of fading leave.
    step = FADE ** (1 / 6)
    assert most == pytest.approx(step**6 + sum(step**i for i in range(6)) / 6, rel=1e-5)


@pytest.mark.parametrize(("since", "ago"), [(10, 70), (20, 80), (40, 40), (60, 60), (120, 120)])
def test_a_picture_is_laid_beside_what_was_seen_about_a_minute_before(since, ago):
    watch, blank = Watch(), np.zeros((48, 64), np.uint8)

    def small(seconds):
        taken = NOON + timedelta(seconds=seconds)
        return Small(taken=taken, pixels=np.dstack([blank] * 3), gray=blank, removed=blank, scale=1.0)

    for minute in range(20):
        watch.see(small(60 * minute))
    last = 60 * 19
    seen = dict(watch.looks)
    assert watch._before(small(last + since))[1] is seen[NOON + timedelta(seconds=last + since - ago)]


def test_a_bright_plume_that_drifts_before_dark_land_is_no_view_that_moves():
    land = np.random.default_rng(1).integers(20, 24, (240, 320)).astype(np.uint8)
    earlier, now = land.copy(), land.copy()
    earlier[100:140, 140:180] = 250
    now[100:140, 146:186] = 250
    assert not _moved(now, earlier)
    assert _moved(np.roll(earlier, 6, axis=1), earlier)
