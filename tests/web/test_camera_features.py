"""Cameras as OGC features, read by hand and by GDAL."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from owslib.ogcapi.features import Features

from tests.web.browsing import served
from tests.web.scenes import Sight, fill, flat, well

ITEMS = "/features/collections/cameras/items"


def names(answer):
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["features"]]


def test_a_feature_tells_where_a_camera_stands_and_how_it_is(site):
    told = site.get(f"{ITEMS}/quarry").json()
    assert told["geometry"] == {"type": "Point", "coordinates": [9.9, 46.5]}
    assert told["properties"]["title"] == "Quarry"
    assert told["properties"]["state"] == "bad"
    assert told["properties"]["picture"] == "http://landwatch.test/api/v1/cameras/quarry/newest.jpg"


def test_a_camera_without_a_picture_has_none(site):
    told = site.get(f"{ITEMS}/bridge").json()["properties"]
    assert (told["newest"], told["picture"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["bridge", "quarry", "ridge", "road"]),
        ("limit=2", ["bridge", "quarry"]),
        ("after=quarry", ["ridge", "road"]),
        ("bbox=9,46,10,47&state=bad", ["bridge", "quarry"]),
        ("bbox=10,46,11,47", []),
    ],
)
def test_filters_narrow_the_cameras(site, query, found):
    assert names(site.get(f"{ITEMS}?{query}")) == found


def test_pages_lead_through_all_cameras(site):
    seen, url = [], f"{ITEMS}?limit=3"
    while url:
        answer = site.get(url)
        seen += names(answer)
        url = next((one["href"] for one in answer.json()["links"] if one["rel"] == "next"), None)
    assert seen == ["bridge", "quarry", "ridge", "road"]


def test_a_camera_that_is_not_there_is_missing(site):
    assert site.get(f"{ITEMS}/nowhere").status_code == 404


def test_owslib_reads_collections_and_pages(tmp_path):
    sight = Sight(name="ridge", title="Ridge", states=well())
    fill(tmp_path, [(sight, [flat(9)]), (replace(sight, name="ford", title="Ford"), [flat(9)])])
    with served(tmp_path) as site:
        features = Features(f"{site.address}/features")
        assert features.feature_collections() == ["events", "cameras"]
        first = features.collection_items("cameras", limit=1)
        assert [one["id"] for one in first["features"]] == ["ford"]
        near = features.collection_items("cameras", bbox=[9.5, 46.2, 10.2, 46.8])
        assert [one["id"] for one in near["features"]] == ["ford", "ridge"]
        assert features.collection_item("cameras", "ridge")["properties"]["title"] == "Ridge"


READ = """
import json, sys, pyogrio
source = f"OAPIF:{sys.argv[1]}/features"
meta, _, _, columns = pyogrio.raw.read(source, layer="cameras")
table = dict(zip(meta["fields"], columns))
layers = pyogrio.list_layers(source)[:, 0]
print(json.dumps({"layers": layers.tolist(), **{name: table[name].tolist() for name in ("name", "state")}}))
"""


def test_gdal_reads_the_cameras(tmp_path):
    sight = Sight(name="ridge", title="Ridge", states=well())
    fill(tmp_path, [(sight, [flat(9)]), (replace(sight, name="ford", title="Ford"), [flat(9)])])
    with served(tmp_path) as site:
        # In a process of its own: GDAL lets no other thread of its process run while it waits.
        told = subprocess.run(
            [sys.executable, "-c", READ, site.address],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    read = json.loads(told.stdout)
    assert sorted(read["layers"]) == ["cameras", "events"]
    assert sorted(zip(read["name"], read["state"], strict=True)) == [("ford", "good"), ("ridge", "good")]
