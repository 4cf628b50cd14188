"""Fetches the web assets that the wheel ships, by `npm pack`, and notes version, licence and SHA-256 of each.

Run it to change a version: edit `ASSETS`, run `python scripts/assets.py`, look at the page, commit. With
`--check` it fetches nothing and says whether the files still are what `VENDORED.toml` says.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "src/landwatch/web/static/vendor"
LIST = FOLDER / "VENDORED.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One npm package at one version, and the files of it that are shipped."""

    name: str
    version: str
    files: dict[str, str]
    """Path in the package, and the name it is shipped under."""


ASSETS = (
    Asset(
        name="htmx.org", version="4.0.1", files={"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE"}
    ),
    Asset(
        name="uplot",
        version="1.6.32",
        files={
            "dist/uPlot.iife.min.js": "uplot.min.js",
            "dist/uPlot.min.css": "uplot.min.css",
            "LICENSE": "uplot.LICENSE",
        },
    ),
    Asset(
        name="maplibre-gl",
        version="6.17.0",
        files={
            "dist/maplibre-gl.mjs": "maplibre-gl.mjs",
            "dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
            "LICENSE.txt": "maplibre-gl.LICENSE",
        },
    ),
    # The package has no file of its licence, so NOTICE has the text; its build holds fflate.
    Asset(name="pmtiles", version="4.5.0", files={"dist/pmtiles.js": "pmtiles.js"}),
    Asset(name="fflate", version="0.8.2", files={"LICENSE": "fflate.LICENSE"}),
    Asset(
        name="topojson-client",
        version="3.1.0",
        files={"dist/topojson-client.min.js": "topojson-client.min.js", "LICENSE": "topojson-client.LICENSE"},
    ),
    Asset(
        name="world-atlas",
        version="2.0.2",
        files={"land-50m.json": "land-50m.json", "LICENSE": "world-atlas.LICENSE"},
    ),
)

LICENCES = {"BSD-0-Clause": "0BSD"}
"""SPDX names for what some packages call their licence."""


def fetch(asset: Asset, work: Path) -> dict[str, bytes]:
    """Return the contents of an npm package by their paths, without the leading `package/`."""
    done = subprocess.run(
        ["npm", "pack", "--silent", f"{asset.name}@{asset.version}"],
        cwd=work,
        check=True,
        capture_output=True,
        text=True,
    )
    with tarfile.open(work / done.stdout.split()[-1]) as archive:
        contents = {}
        for member in archive:
            inside = archive.extractfile(member)
            if inside is not None:
                contents[member.name.partition("/")[2]] = inside.read()
    return contents


def vendor() -> None:
    """Write every asset and the list of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = ["# Shipped from npm packages by scripts/assets.py; do not edit.\n"]
    for asset in ASSETS:
        with tempfile.TemporaryDirectory() as work:
            contents = fetch(asset, Path(work))
        licence = json.loads(contents["package.json"])["license"]
        for inside, name in asset.files.items():
            (FOLDER / name).write_bytes(contents[inside])
            entry = {
                "file": name,
                "name": asset.name,
                "version": asset.version,
                "licence": LICENCES.get(licence, licence),
                "inside": inside,
                "sha256": _digest(contents[inside]),
            }
            lines.append("\n[[file]]\n")
            lines += [f"{key} = {json.dumps(value)}\n" for key, value in entry.items()]
    LIST.write_text("".join(lines), encoding="utf-8")


def faults() -> list[str]:
    """Return what differs between the folder and its list, as sentences."""
    listed = {entry["file"]: entry for entry in tomllib.loads(LIST.read_text(encoding="utf-8"))["file"]}
    there = {path.name for path in FOLDER.iterdir()} - {LIST.name}
    found = [f"{name} is in the folder but not in the list" for name in sorted(there - set(listed))]
    for name, entry in listed.items():
        if name not in there:
            found.append(f"{name} is in the list but not in the folder")
        elif _digest((FOLDER / name).read_bytes()) != entry["sha256"]:
            found.append(f"{name} is not what was fetched as {entry['name']} {entry['version']}")
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main() -> int:
    """Fetch the assets, or with --check only compare them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on a difference")
    if parser.parse_args().check:
        found = faults()
        print("\n".join(found) or f"{LIST.name}: every file is as listed")
        return 1 if found else 0
    vendor()
    print(LIST.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
