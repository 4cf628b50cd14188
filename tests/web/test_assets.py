from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_shipped_assets_are_those_that_were_fetched():
    script = runpy.run_path(str(ROOT / "scripts/assets.py"))
    assert script["faults"]() == []
    assert {asset.name for asset in script["ASSETS"]} == {
        "htmx.org",
        "uplot",
        "maplibre-gl",
        "pmtiles",
        "fflate",
        "topojson-client",
        "world-atlas",
    }


def test_scripts_and_styles_of_a_page_are_light(site):
    sizes = {
        path: len(site.get(path, headers={"Accept-Encoding": "identity"}).content)
        for path in (
            "/static/landwatch.css",
            "/static/landwatch.js",
            "/static/plots.js",
            "/static/vendor/htmx.min.js",
            "/static/vendor/uplot.min.js",
            "/static/vendor/uplot.min.css",
            "/cameras/ridge",
        )
    }
    assert sum(sizes.values()) <= 400_000, sizes
