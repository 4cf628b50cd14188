"""The lines of the pages for users of curl and Grafana are answered by a served store."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.web.browsing import Site, served
from tests.web.scenes import Sight, fill, flat, well

USE = Path(__file__).resolve().parents[2] / "docs" / "use"
DEMO = "http://127.0.0.1:8000"

LINES = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", (USE / "curl.md").read_text(encoding="utf-8"), re.M | re.S)
    for line in block.splitlines()
]
"""Of curl.md."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("use")
    about = {"river-gauge": {"quantity": "river_level"}, "road-pass": {"withheld": True}}
    fill(
        folder,
        [(Sight(name=name, title=name, states=well(), **more), [flat(80)]) for name, more in about.items()],
    )
    with served(folder) as opened:
        yield opened


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_curl_is_answered(site: Site, tmp_path: Path, line: str) -> None:
    asked = line.replace(DEMO, site.address)
    assert asked != line
    answer = subprocess.run(["sh", "-c", asked], cwd=tmp_path, capture_output=True, timeout=60, check=True)
    written = tmp_path / "newest.jpg"
    assert answer.stdout or written.read_bytes().startswith(b"\xff\xd8")


def test_grafanas_address_gives_what_its_columns_name(site: Site) -> None:
    page = (USE / "grafana.md").read_text(encoding="utf-8")
    [address] = re.findall(rf"^{DEMO}(/api/.*)$", page, re.M)
    address = address.replace("${__from:date:iso}", "2026-07-01T11:30:00.000Z")
    address = address.replace("${__to:date:iso}", "2026-07-01T12:00:00.000Z")
    told = httpx.get(site.address + address).json()
    assert {"time", "value", "sigma"} <= told["items"][0].keys()
    assert len(told["items"]) > 100


def test_each_metric_that_grafanas_page_names_is_there(site: Site) -> None:
    named = set(re.findall(r"`.*?(landwatch_\w+).*?`", (USE / "grafana.md").read_text(encoding="utf-8")))
    told = httpx.get(f"{site.address}/metrics").text
    assert len(named) == 4
    assert {name for name in named if f"\n{name}" in told} == named


@pytest.mark.parametrize("page", ["curl.md", "grafana.md", "qgis.md", "pandas.md"])
def test_pages_for_users_name_the_demos_address_alone(page: str) -> None:
    text = (USE / page).read_text(encoding="utf-8")
    hosts = {urlsplit(url).netloc for url in re.findall(r"https?://[^\s\"'`)>]+", text)}
    assert hosts <= {"127.0.0.1:8000"}
