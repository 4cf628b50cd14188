"""Events of cameras with calibrated views: merged where bearings meet, and told where they are."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from landwatch.alert import Duty
from landwatch.alert.area import inside
from landwatch.clock import SetClock
from landwatch.config import Alerts, Camera, Config, Notice, Outlet, Place
from landwatch.store import Beside, Store
from landwatch.types import Event
from landwatch.views import adopt
from landwatch.where import EARTH
from tests.alert.made import NOON, event, keep, told
from tests.where.lands import EAST, WEST, at, camera

SOUTH = at(180, 5000)
NORTHWARDS = {"west": (WEST, 18.0), "east": (EAST, 342.0), "south": (SOUTH, 0.0)}


def cameras(turned: float = 0.0) -> tuple[Camera, ...]:
    """Return three calibrated cameras, the first two 10 km apart, and one beside the first that is not.

    Args:
        turned: clockwise, all of them. [deg]
    """
    known = tuple(
        camera(name, place, (azimuth + turned) % 360) for name, (place, azimuth) in NORTHWARDS.items()
    )
    bare = known[0].model_copy(update={"name": "bare", "view": None})
    return (*known, bare)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path, SetClock(NOON)) as opened:
        opened.enroll(cameras())
        yield opened


def config(turned: float = 0.0) -> Config:
    return Config(
        camera=cameras(turned),
        outlet=(Outlet(name="desk", kind="apprise"),),
        notice=(Notice(outlet="desk"),),
        alert=Alerts(merge_km=5.0),
    )


@pytest.fixture
def duty(store: Store) -> Iterator[Duty]:
    with Duty.open(store.folder, SetClock(NOON), config()) as opened:
        yield opened


def sees(name: str, target: tuple[float, float], at_s: float = 0.0) -> Event:
    """Return the event that a camera opens of something 20 px wide at a longitude and latitude. [deg]"""
    place, axis = NORTHWARDS[name]
    azimuth, _, _ = EARTH.inv(*place, *target)
    column = round(640 + 1280 * math.tan(math.radians(azimuth - axis)))
    return dataclasses.replace(event(name, opened=at_s, at=at_s), region=(column - 10, 300, column + 10, 360))


def test_two_cameras_10_km_apart_whose_bearings_meet_see_one_event(store: Store, duty: Duty) -> None:
    keep(store, sees("west", at(0, 9000)), sees("east", at(0, 9000), 60))
    duty.follow()
    assert [life.state for life in duty.book.lives(camera="east")] == ["merged"]


def test_bearings_that_run_apart_or_meet_beyond_reach_are_of_two_events(store: Store, duty: Duty) -> None:
    keep(store, sees("west", at(-10, 9000)), sees("east", at(10, 15_000), 60))
    duty.follow()
    assert [life.state for life in duty.book.lives(camera="east")] == ["open"]


def test_a_third_camera_whose_bearing_misses_the_ellipse_sees_another_event(store: Store, duty: Duty) -> None:
    keep(store, sees("west", at(0, 9000)), sees("east", at(0, 9000), 60), sees("south", at(12, 9000), 120))
    duty.follow()
    assert [life.state for life in duty.book.lives(camera="south")] == ["open"]


def test_without_a_view_it_is_how_near_the_cameras_are(store: Store, duty: Duty) -> None:
    keep(store, sees("west", at(0, 9000)), event("bare", opened=60, at=60), event("bare", "closed", 90, 60))
    duty.follow()
    (life,) = duty.book.lives(camera="bare")
    assert life.into == sees("west", at(0, 9000)).id


def test_what_was_merged_is_parted_by_hand(store: Store, duty: Duty) -> None:
    keep(store, sees("west", at(0, 9000)), sees("east", at(0, 9000), 60))
    duty.follow()
    event_of_east = sees("east", at(0, 9000), 60).id
    assert duty.act(event_of_east, "split", "duty", note="two fires").state == "open"


def test_an_alert_is_for_the_wedge_of_one_bearing_and_then_for_the_ellipse_of_two(
    store: Store, duty: Duty
) -> None:
    plume = Place(longitude=at(0, 9000)[0], latitude=at(0, 9000)[1])
    farther = Place(longitude=at(0, 10_500)[0], latitude=at(0, 10_500)[1])
    keep(store, sees("west", at(0, 9000)))
    duty.follow()
    (first,) = told(store, "desk")
    (wedge,) = [one["area"] for one in first["cameras"]]
    assert inside(plume, wedge)
    assert not inside(farther, wedge)
    keep(store, sees("east", at(0, 9000), 60))
    duty.follow()
    ellipses = [one["area"] for one in told(store, "desk")[-1]["cameras"]]
    assert len(ellipses) == 2
    assert ellipses[0] == ellipses[1]
    assert inside(plume, ellipses[0])
    assert len(ellipses[0]) == 65


def test_what_was_seen_before_a_camera_was_calibrated_anew_stays_where_it_was(store: Store) -> None:
    plume = Place(longitude=at(0, 9000)[0], latitude=at(0, 9000)[1])
    with Beside(store.folder, SetClock(NOON)) as beside:
        adopt(beside, cameras(), None, NOON)
        adopt(beside, cameras(turned=40.0), None, NOON + timedelta(seconds=600))
    by_hand = 900.0
    with Duty.open(store.folder, SetClock(NOON + timedelta(seconds=by_hand)), config(turned=40.0)) as duty:
        keep(store, sees("west", at(0, 9000)), sees("east", at(0, 9000), 700))
        duty.follow()
        duty.open_event("south", "smoke", "duty")
    before, after, hand = (one["cameras"][0]["area"] for one in told(store, "desk"))
    assert inside(plume, before)
    assert not inside(plume, after)
    # It looks 53 degrees wide around 40 now, not around 0.
    assert not inside(plume, hand)
