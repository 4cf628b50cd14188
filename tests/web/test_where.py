"""Where an event is, on its page and by the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from landwatch.clock import SetClock
from landwatch.config import Camera, Place, Pose
from landwatch.store import Archive, Beside
from landwatch.views import adopt
from landwatch.web import News, create_app
from landwatch.where import Locator
from landwatch.where.cross import EARTH

from .conftest import Asker
from .scenes import NOW, Sight, fill, flat, well

PLUME = (8.0, 50.1)
PLACES = {"west": (7.93, 50.0), "east": (8.07, 50.0), "beside": (7.9301, 50.0)}
BOX = (150, 60, 170, 90)
"""The middle of the lower edge is the middle of the picture, 320 x 180 px."""


def camera(name: str, turned: float = 0.0) -> Camera:
    azimuth, _, _ = EARTH.inv(*PLACES[name], *PLUME)
    longitude, latitude = PLACES[name]
    sigma = {"azimuth": 0.1, "elevation": 0.1}
    return Camera(
        name=name,
        source={"kind": "folder", "path": "."},
        place=Place(latitude=latitude, longitude=longitude, elevation=300),
        view=Pose(
            size=(1280, 720), azimuth=(azimuth + turned) % 360, elevation=0.0, focal=1280.0, sigma=sigma
        ),
    )


def asker(
    folder: Path, names: tuple[str, ...], known: tuple[str, ...], turned_since: float = 0.0
) -> Iterator[Asker]:
    """Serve events of cameras of which some are calibrated, and all were turned by so much since. [deg]"""
    pictures = [flat(level) for level in range(20, 90, 10)]
    sights = [
        Sight(name=name, title=name, states=well(), smoke=True, quantity="smoke", regions=(BOX,) * 7)
        for name in names
    ]
    fill(folder, [(sight, pictures) for sight in sights], hours=0.1)
    clock = SetClock(NOW)
    with Archive(folder) as archive:
        with Beside(folder, clock) as beside:
            adopt(beside, [camera(name) for name in known], None, NOW - timedelta(days=1))
        locator = Locator([camera(name, turned_since) for name in known])
        yield Asker(create_app(archive, News(clock), clock, locator=locator))


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Asker]:
    yield from asker(tmp_path, ("west", "east"), ("west", "east"))


@pytest.fixture
def turned(tmp_path: Path) -> Iterator[Asker]:
    yield from asker(tmp_path, ("west", "east"), ("west", "east"), turned_since=40.0)


@pytest.fixture
def parallel(tmp_path: Path) -> Iterator[Asker]:
    yield from asker(tmp_path, ("west", "beside"), ("west", "beside"))


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Asker]:
    yield from asker(tmp_path, ("west", "east"), ("west",))


def event_of(site: Asker, name: str) -> str:
    return site.get(f"/api/v1/events?camera={name}").json()["items"][0]["id"]


def test_two_calibrated_cameras_give_the_place_of_an_event_as_geojson(two: Asker):
    answer = two.get(f"/api/v1/events/{event_of(two, 'west')}/location")
    assert answer.headers["content-type"].startswith("application/geo+json")
    kinds = {feature["properties"]["kind"]: feature for feature in answer.json()["features"]}
    assert set(kinds) == {"bearing", "place", "ellipse"}
    assert EARTH.inv(*kinds["place"]["geometry"]["coordinates"], *PLUME)[2] < 10
    assert kinds["place"]["properties"]["hazard"] == "smoke"
    assert answer.json()["refused"] == []


def test_a_camera_that_was_turned_since_does_not_move_an_event(turned: Asker):
    answer = turned.get(f"/api/v1/events/{event_of(turned, 'west')}/location").json()
    (place,) = (one for one in answer["features"] if one["properties"]["kind"] == "place")
    assert EARTH.inv(*place["geometry"]["coordinates"], *PLUME)[2] < 10


def test_the_page_of_an_event_tells_bearings_place_and_ellipse(two: Asker):
    html = two.get(f"/events/{event_of(two, 'west')}").text
    assert "Where it is" in html
    assert "Bearing from west" in html
    assert "50.1000°, 8.0000°" in html
    chinese = two.get(f"/events/{event_of(two, 'west')}?lang=zh-CN").text
    assert "Where it is" not in chinese
    assert "Bearing from" not in chinese


def test_bearings_that_do_not_help_say_why(parallel: Asker):
    event = event_of(parallel, "west")
    refused = parallel.get(f"/api/v1/events/{event}/location").json()["refused"]
    assert [one["reason"] for one in refused] == ["parallel"]
    assert "the bearings are nearly parallel" in parallel.get(f"/events/{event}").text


def test_a_camera_that_is_not_calibrated_is_named(one: Asker):
    told = one.get(f"/api/v1/events/{event_of(one, 'west')}/location").json()
    assert [feature["properties"]["kind"] for feature in told["features"]] == ["bearing"]
    assert [(refused["reason"], refused["cameras"]) for refused in told["refused"]] == [
        ("uncalibrated", ["east"])
    ]


def test_without_any_calibration_the_page_says_nothing_of_places(site: Asker):
    event = event_of(site, "ridge")
    assert "Where it is" not in site.get(f"/events/{event}").text
    assert site.get(f"/api/v1/events/{event}/location").json()["features"] == []
    assert site.get("/api/v1/events/none/location").status_code == 404
