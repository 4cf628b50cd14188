"""The demo's cameras show what the demo promises, whenever it is started."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from landwatch.sun import position
from landwatch.valley import SimulatedCamera, demo_cameras

STARTS = [
    datetime(2026, month, 11, hour, 40, tzinfo=UTC) for month, hour in ((1, 3), (4, 0), (7, 13), (11, 22))
]


def elevation(camera: SimulatedCamera, moment: datetime) -> float:
    return position(moment, camera.schedule.latitude, camera.schedule.longitude).elevation


@pytest.mark.parametrize("start", STARTS)
def test_it_is_day_at_all_cameras_but_the_night_one(start: datetime) -> None:
    for camera in demo_cameras(1, start):
        high = elevation(camera, start + timedelta(minutes=5))
        assert (high < -6) if camera.name == "forest-night" else (high > 20), camera.name


def test_smoke_begins_soon_after_the_start_and_not_before() -> None:
    start = STARTS[2]
    smoke = [e for camera in demo_cameras(1, start) for e in camera.schedule.episodes if e.kind == "smoke"]
    assert [0 < (episode.start - start).total_seconds() <= 30 for episode in smoke] == [True]


def test_all_that_is_promised_is_there() -> None:
    cameras = demo_cameras(1, STARTS[0])
    kinds = {episode.kind for camera in cameras for episode in camera.schedule.episodes}
    assert {"smoke", "river", "fog", "snow", "frozen", "blur", "over", "walkers", "cars"} <= kinds
    assert {trouble.kind for camera in cameras for trouble in camera.troubles} == {"late", "refuse"}
    assert {camera.protocol for camera in cameras} == {"rtsp", "mjpeg", "http"}
    assert len({camera.name for camera in cameras}) == len(cameras) == 13


def test_the_seed_changes_the_land_and_not_the_names() -> None:
    one, other = (demo_cameras(seed, STARTS[0]) for seed in (1, 2))
    assert [camera.name for camera in one] == [camera.name for camera in other]
    assert all(a.seed != b.seed for a, b in zip(one, other, strict=True))
