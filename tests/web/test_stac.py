"""Cleared pictures as STAC: valid by the schemas, and found by pystac-client."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pystac
import pystac_client
import pytest
from pystac.validation import validate_dict
from pystac.validation.stac_validator import JsonSchemaSTACValidator

from landwatch.config import Pose
from landwatch.store import Archive, Beside, Store
from landwatch.sun import position
from landwatch.views import adopt
from landwatch.web import create_app
from tests.cli.conftest import landwatch
from tests.web.conftest import Asker
from tests.web.scenes import MODEL, NOW, Sight, enrolled, fill, flat, outcome, still, well
from tests.web.serving import running

__all__ = ["landwatch"]

SCHEMAS = Path(__file__).resolve().parents[1] / "stac_schemas"

SHOWN = {"ridge": 7, "road": 2, "quarry": 2}
"""Cleared pictures of each camera; the bridge has none, and the newest of the road was withheld."""


@pytest.fixture(scope="module")
def validator() -> JsonSchemaSTACValidator:
    """pystac's own, with the schemas of the extensions at hand instead of on the internet."""
    made = JsonSchemaSTACValidator()
    for path in SCHEMAS.glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        made.schema_cache[schema["$id"].rstrip("#")] = schema
    return made


SIGMA = {"azimuth": 0.5, "elevation": 0.5}


def found(site, **asked):
    answer = site.ask("POST", "/stac/search", json=asked)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["features"]]


def test_each_document_is_valid_by_the_schemas_of_stac_and_its_extensions(site, validator):
    items = site.get("/stac/search?limit=100").json()["features"]
    collections = site.get("/stac/collections").json()["collections"]
    assert (len(items), len(collections)) == (11, 3)
    for told in (site.get("/stac").json(), *collections, *items):
        core, *extensions = validate_dict(told, validator=validator)
        assert core.startswith("https://schemas.stacspec.org/v1.1.0/")
        assert len(extensions) == (0 if told["type"] == "Catalog" else 2)


def test_an_item_tells_the_removal_and_nothing_of_what_was_removed(site):
    [item] = site.get("/stac/collections/ridge/items?limit=1").json()["features"]
    sun = position(NOW - timedelta(seconds=4), 46.5, 9.9)
    assert item["geometry"] == {"type": "Point", "coordinates": [9.9, 46.5]}
    assert item["properties"] == {
        "datetime": "2026-07-01T11:59:56Z",
        "platform": "ridge",
        "landwatch:status": "cleared",
        "landwatch:removal_model": MODEL,
        "landwatch:time_from": "clock",
        "view:sun_azimuth": round(sun.azimuth, 2),
        "view:sun_elevation": round(sun.elevation, 2),
    }


def test_an_item_names_the_version_of_the_view_that_was_in_force(tmp_path, clock, news):
    sight = Sight(name="ridge", title="Ridge", states=well())
    fill(tmp_path, [(sight, [flat(level) for level in (20, 30, 40)])])
    (camera,) = enrolled({"ridge": "Ridge"})
    pose = Pose(size=(320, 180), azimuth=10.0, elevation=0.0, focal=320.0, sigma=SIGMA)
    with Beside(tmp_path, clock) as beside, Archive(tmp_path) as archive:
        # Pictures are 24, 14 and 4 s old.
        adopt(beside, [camera], None, NOW - timedelta(seconds=20))
        adopt(beside, [camera.model_copy(update={"view": pose})], None, NOW - timedelta(seconds=10))
        items = Asker(create_app(archive, news, clock)).get("/stac/search").json()["features"]
    assert [item["properties"].get("landwatch:view") for item in items] == [2, 1, None]


def test_pages_are_stable_while_pictures_are_kept(tmp_path, clock, news):
    sight = Sight(name="ridge", title="Ridge", states=well())
    fill(tmp_path, [(sight, [flat(level) for level in (20, 30, 40, 50)])])
    with Archive(tmp_path) as archive:
        site = Asker(create_app(archive, news, clock))
        whole = [item["id"] for item in site.get("/stac/collections/ridge/items").json()["features"]]
        first = site.get("/stac/collections/ridge/items?limit=2").json()
        with Store.open(tmp_path, clock) as store:
            store.keep(outcome("ridge", NOW, still(flat(60))))
        (later,) = [link["href"] for link in first["links"] if link["rel"] == "next"]
        rest = site.get(later).json()
    assert [item["id"] for item in (*first["features"], *rest["features"])] == whole


def test_the_asset_is_the_picture_of_the_checksum(site):
    [item] = site.get("/stac/collections/ridge/items?limit=1").json()["features"]
    [asset] = item["assets"].values()
    content = site.get(asset["href"]).content
    assert (asset["file:size"], asset["file:checksum"]) == (
        len(content),
        "1220" + hashlib.sha256(content).hexdigest(),
    )


def test_pystac_client_searches_over_pages(site, validator):
    with running(site.app) as root:
        client = pystac_client.Client.open(f"{root}/stac")
        assert {one.id for one in client.get_collections()} == set(SHOWN)
        ways = [client.search(method=method, limit=3) for method in ("GET", "POST")]
        for way in ways:
            pages = [[item.id for item in page.items] for page in way.pages()]
            assert [len(page) for page in pages] == [3, 3, 3, 2]
            assert len({name for page in pages for name in page}) == 11
        [ridge] = client.search(collections=["ridge"], datetime="2026-07-01T11:59:50Z/..").items()
        ridge.validate(validator=validator)
        again = client.get_collection("ridge").get_item(ridge.id)
        assert (again.properties, again.assets.keys()) == (ridge.properties, {"picture": 0}.keys())


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"bbox": [9, 46, 10, 47]}, 11),
        ({"bbox": [9, 46, 0, 10, 47, 5000]}, 11),
        ({"bbox": [10, 46, 11, 47]}, 0),
        ({"bbox": [9.95, 46, 9.85, 47]}, 0),
        ({"bbox": [9.85, 46, -170, 47]}, 11),  # beyond 180 deg
        ({"intersects": {"type": "Point", "coordinates": [9.9, 46.5]}}, 11),
        ({"intersects": {"type": "Point", "coordinates": [9.8, 46.5]}}, 0),
        ({"collections": ["road", "quarry"]}, 4),
        ({"collections": ["nobody"]}, 0),
        ({"datetime": "2026-07-01T11:15:00Z"}, 1),  # the quarry's newest, to the microsecond
        ({"datetime": "../2026-07-01T11:15:00Z"}, 2),
        ({"datetime": "2026-07-01T11:15:00Z/2026-07-01T11:59:00Z", "collections": ["quarry"]}, 1),
    ],
)
def test_search_by_area_and_time(site, asked, count):
    assert len(found(site, limit=100, **asked)) == count


def test_search_by_name(site):
    names = found(site, limit=100)
    assert found(site, ids=names[2:4]) == names[2:4]
    assert found(site, ids=["20260701T120000.000000Z-0123456789ab", "nothing"]) == []
    assert found(site, ids=names, datetime="../2026-07-01T11:15:00Z") == names[-2:]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("bbox=1,2,3", "west, south, east, north"),
        ("bbox=1,50,3,40", "south is at most north"),
        ("bbox=1,a,3,40", "'bbox.1'"),
        ("datetime=yesterday", "RFC 3339"),
        ("datetime=2026-07-02T00:00:00Z/2026-07-01T00:00:00Z", "later than the second"),
        ("limit=1001", "'limit'"),
        ("token=x", "'token'"),
        ("intersects=%7B%7D", "GeoJSON geometry"),
        ("box=1,2,3,4", "no such parameter"),
    ],
)
def test_a_wrong_question_is_told_what_is_allowed(site, query, words):
    answer = site.get(f"/stac/search?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["collections/bridge", "collections/bridge/items", "collections/ridge/items/x"]
)
def test_what_is_not_kept_is_not_found(site, path):
    assert site.get(f"/stac/{path}").status_code == 404


def test_a_static_catalog_is_whole_and_valid(landwatch, filled, tmp_path, validator):
    assert landwatch("export", "stac", tmp_path, "--store", filled).code == 0
    catalog = pystac.Catalog.from_file(str(tmp_path / "catalog.json"))
    items = list(catalog.get_items(recursive=True))
    assert {one.id: len(list(one.get_items(recursive=True))) for one in catalog.get_collections()} == SHOWN
    for one in (catalog, *catalog.get_collections(), *items):
        validate_dict(one.to_dict(), validator=validator)
    for item in items:
        content = Path(item.assets["picture"].get_absolute_href()).read_bytes()
        assert item.assets["picture"].extra_fields["file:checksum"][4:] == hashlib.sha256(content).hexdigest()


def test_an_export_that_was_stopped_goes_on(landwatch, filled, tmp_path):
    assert landwatch("export", "stac", tmp_path, "--store", filled, "--camera", "ridge").code == 0
    kept, lost = sorted((tmp_path / "ridge/2026-07-01").glob("*-*.json"))[:2]
    before = kept.stat().st_mtime_ns
    lost.unlink()
    assert landwatch("export", "stac", tmp_path, "--store", filled).code == 0
    assert kept.stat().st_mtime_ns == before
    assert lost.exists()
    assert sorted(path.parent.name for path in tmp_path.glob("*/collection.json")) == sorted(SHOWN)


def test_an_export_of_nothing_says_so(landwatch, filled, tmp_path):
    ran = landwatch("export", "stac", tmp_path, "--store", filled, "--camera", "bridge")
    assert (ran.code, "no cleared picture of bridge" in ran.err) == (2, True)
