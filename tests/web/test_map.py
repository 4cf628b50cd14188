"""The map: its columns, its places, a day replayed, and tables that tell the same."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from landwatch.clock import SetClock
from landwatch.config import Camera, Map, Place, load
from landwatch.errors import ConfigError
from landwatch.store import Archive, Store
from landwatch.web import News, create_app
from landwatch.where import Locator

from .conftest import Asker
from .scenes import NOW, enrolled, fill, flat, outcome, still
from .test_where import asker, camera


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Asker]:
    """Two calibrated cameras that see one plume."""
    yield from asker(tmp_path, ("west", "east"), ("west", "east"))


def test_columns_tell_place_state_and_event_of_each_camera(site):
    told = site.get("/map/cameras.json").json()
    assert told["names"] == ["bridge", "quarry", "ridge", "road"]
    assert told["titles"][2] == "North ridge"
    assert (told["east"][0], told["north"][0]) == (9.9, 46.5)
    assert told["states"] == [0, 0, 3, 1]  # bad: refuses; bad: late; good; doubtful: withheld
    assert told["events"] == [2]
    assert told["looks"] == {}


def test_columns_tell_what_calibrated_cameras_see(two):
    told = two.get("/map/cameras.json").json()
    azimuth = camera("east").view.azimuth
    left, right = told["looks"]["0"]
    # A rectilinear lens of 1280 px on a picture 1280 px wide sees 2 atan(1/2) = 53.13 degrees.
    assert (right - left) % 360 == pytest.approx(53.1, abs=0.2)
    assert (azimuth - left) % 360 == pytest.approx(26.6, abs=0.2)


def test_events_of_the_map_have_bearings_place_and_ellipse(two):
    features = two.get("/map/events.json").json()["features"]
    kinds = {one["properties"]["kind"] for one in features}
    assert kinds == {"bearing", "place", "ellipse"}
    place = next(one for one in features if one["properties"]["kind"] == "place")
    assert place["geometry"]["coordinates"] == pytest.approx([8.0, 50.1], abs=0.001)
    assert place["properties"]["title"] == "Smoke"
    chinese = two.get("/map/events.json", headers={"Accept-Language": "zh-CN"}).json()["features"]
    assert {one["properties"]["title"] for one in chinese} == {"烟雾"}


def test_the_tables_tell_what_the_map_draws(two):
    page = two.get("/map").text
    assert '<a href="/cameras/west">west</a>' in page
    assert "50.1000°, 8.0000°" in page
    look = two.get("/map/cameras.json").json()["looks"]["0"]
    assert f"from {look[0]:.0f}° to {look[1]:.0f}°" in page


def test_the_address_chooses_what_the_table_shows(site):
    assert 'id="row-ridge"' in site.get("/map").text
    bad = site.get("/map?state=bad").text
    assert 'id="row-ridge"' not in bad
    assert 'id="row-quarry"' in bad
    found = site.get("/map?q=pass").text
    assert 'id="row-road"' in found
    assert 'id="row-quarry"' not in found


def test_the_table_of_many_cameras_has_pages_that_keep_the_choice(tmp_path):
    fill(tmp_path, [])
    with Store.open(tmp_path, SetClock(NOW)) as store:
        store.enroll(enrolled({f"c{number:03d}": f"Camera {number}" for number in range(250)}))
    with Archive(tmp_path) as archive:
        site = Asker(create_app(archive, News(SetClock(NOW)), SetClock(NOW)))
        last = site.get("/map?q=camera&page=3").text
    assert 'id="row-c249"' in last
    assert 'id="row-c199"' not in last
    assert 'href="/map?q=camera&amp;page=2#cameras"' in last
    assert "page=4" not in last


def test_a_camera_without_place_is_in_the_table_alone(tmp_path):
    with Store.open(tmp_path, SetClock(NOW)) as store:
        store.enroll([Camera(name="lost", source={"kind": "folder", "path": "."})])
    with Archive(tmp_path) as archive:
        site = Asker(create_app(archive, News(SetClock(NOW)), SetClock(NOW)))
        assert site.get("/map/cameras.json").json()["names"] == []
        page = site.get("/map").text
    assert 'id="row-lost"' in page
    assert "1 camera has no place and is only in the table." in page


def test_a_day_tells_when_events_stood(two):
    told = two.get("/map/day.json?day=2026-07-01").json()
    assert told["from"] == "2026-07-01T00:00:00Z"
    (one, other) = told["events"]
    assert {*one["cameras"], *other["cameras"]} == {"west", "east"}
    # Seven pictures ten seconds apart, the last 4 s before noon; the first opened it.
    assert one["from"] == 12 * 3600 - 4 - 60
    assert one["until"] == 24 * 3600
    assert {feature["properties"]["kind"] for feature in one["features"]} >= {"bearing", "ellipse"}
    assert two.get("/map/day.json?day=2026-06-30").json()["events"] == []


def test_the_table_of_the_past_knows_no_event_before_it_opened(two):
    before = two.get("/map?day=2026-07-01&minute=718").text
    assert "open event" not in before
    within = two.get("/map?day=2026-07-01&minute=720").text
    assert "2 open events" in within
    assert 'datetime="2026-07-01T12:00:00Z"' in within


@pytest.mark.parametrize("query", ["day=yesterday", "day=2026-13-01", "day=", "minute=5"])
def test_what_is_no_day_is_now(two, query):
    assert "As it was at" not in two.get(f"/map?{query}").text
    assert two.get(f"/map/day.json?{query}").status_code == 404


def test_a_browser_that_has_the_columns_is_not_sent_them_again(site):
    first = site.get("/map/cameras.json")
    again = site.get("/map/cameras.json", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_survey_of_few_cameras_is_made_anew_when_time_has_passed(tmp_path):
    clock = SetClock(NOW)
    with Store.open(tmp_path, clock) as store, Archive(tmp_path) as archive:
        store.enroll(enrolled({"one": "First"}))
        store.keep(outcome("one", NOW - timedelta(seconds=4), still(flat(60))))
        site = Asker(create_app(archive, News(clock), clock))
        assert site.get("/map/cameras.json").json()["states"] == [2]
        clock.set(NOW + timedelta(minutes=5))
        assert site.get("/map/cameras.json").json()["states"] == [0]  # late: bad


def test_the_card_of_a_camera_shows_its_newest_cleared_picture(site):
    card = site.get("/parts/map/ridge").text
    assert "North ridge" in card
    assert '<img src="/api/v1/stills/' in card
    assert "<html" not in card
    assert site.get("/parts/map/nobody").status_code == 404


def test_tiles_and_boundaries_are_the_operators_files(tmp_path, archive, news, clock):
    tiles, lines = tmp_path / "land.pmtiles", tmp_path / "lines.geojson"
    tiles.write_bytes(bytes(range(256)))
    lines.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    land = Map(tiles=tiles, boundaries=lines, attribution="County survey office")
    site = Asker(create_app(archive, news, clock, land=land))
    part = site.get("/map/base.pmtiles", headers={"Range": "bytes=16-19"})
    assert (part.status_code, part.content) == (206, bytes([16, 17, 18, 19]))
    assert site.get("/map/boundaries.json").json()["features"] == []
    page = site.get("/map").text
    assert "County survey office" in page
    assert "pmtiles.js" in page


def test_without_files_of_its_own_the_map_has_the_outline_of_the_land_alone(site):
    assert site.get("/map/base.pmtiles").status_code == 404
    assert "pmtiles.js" not in site.get("/map").text
    land = site.get("/static/vendor/land-50m.json").json()
    assert set(land["objects"]) == {"land"}  # no country, no boundary


def test_a_map_file_that_is_not_there_stops_the_start(tmp_path):
    file = tmp_path / "landwatch.toml"
    file.write_text('[map]\ntiles = "nowhere.pmtiles"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"map\.tiles: there is no file .*nowhere\.pmtiles"):
        load(file)


def test_the_map_page_is_light(site):
    """What a browser fetches for the map before pictures, as sent over the network."""
    page = site.get("/map").text
    paths = [part.split('"')[0] for part in page.split('"/static/')[1:]]
    assert any("maplibre-gl-worker" in path for path in paths)
    sent = {path: _sent(site, f"/static/{path}") for path in paths}
    sent["page"] = _sent(site, "/map")
    assert sum(sent.values()) <= 1_200_000, sent
    assert sum(size for path, size in sent.items() if "vendor" not in path) <= 60_000, sent


def _sent(site: Asker, path: str) -> int:
    answer = site.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    return int(answer.headers["content-length"])


def test_shipped_files_are_sent_packed_and_unchanged(site):
    plain = site.get("/static/map.js", headers={"Accept-Encoding": "identity"})
    packed = site.get("/static/map.js", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, 9, mtime=0))
    assert packed.headers["content-type"] == plain.headers["content-type"]


def test_a_camera_looks_where_its_outlook_says_or_it_is_not_known():
    known = Camera(
        name="known",
        source={"kind": "folder", "path": "."},
        place=Place(latitude=50, longitude=8),
        outlook=(300.0, 20.0),
    )
    unknown = Camera(name="unknown", source={"kind": "folder", "path": "."})
    assert Locator([known, unknown]).outlooks == {"known": (300.0, 20.0)}
