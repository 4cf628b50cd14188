"""The page for everybody."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from landwatch.clock import SetClock
from landwatch.config import Camera, Config, Outlet, Place, Public
from landwatch.store import Archive, Store
from landwatch.types import Message
from landwatch.web import News, create_app
from landwatch.web.public import MEASURED, Disclosed

from .conftest import Asker
from .scenes import NOW, flat, outcome, still

REMOVAL = Path(__file__).resolve().parents[2] / "docs/removal.md"

CAMERAS = (
    Camera(
        name="ridge",
        title="North ridge",
        source={"kind": "rtsp", "url": "rtsp://never-shown.invalid/secret"},
        place=Place(latitude=46.51234, longitude=9.91234),
        purpose=("wildfire", "weather"),
    ),
    Camera(
        name="river", source={"kind": "rtsp", "url": "rtsp://never-shown.invalid/"}, owner="River authority"
    ),
)


@pytest.fixture
def everybody(tmp_path: Path):
    clock = SetClock(NOW)
    config = Config(
        camera=CAMERAS,
        public=Public(on=True, owner="County of Test", contact="cameras@county.example"),
        outlet=(
            Outlet.model_validate({"name": "desk", "kind": "webhook", "receiver": "Fire service"}),
            Outlet.model_validate({"name": "file", "kind": "jsonl"}),
        ),
    )
    yesterday = NOW - timedelta(days=1)
    with Store.open(tmp_path, clock) as store, Archive(tmp_path) as archive:
        store.enroll(CAMERAS)
        kept = [outcome("ridge", yesterday + timedelta(minutes=n), still(flat(n))) for n in range(3)]
        kept.append(outcome("river", yesterday, None, reason="night"))
        kept.append(outcome("river", NOW - timedelta(minutes=1), None, reason="night"))
        message = Message(outlet="desk", key="1", kind="event", time=NOW, body="{}")
        store.keep_all(kept, [message])
        store.delivered(archive.undelivered()[0], NOW)
        yield Asker(create_app(archive, News(clock), clock, disclosed=Disclosed.of(config)))


def test_there_is_no_public_page_unless_it_is_switched_on(site):
    assert site.get("/public").status_code == 404
    assert not Config().public.on


def test_everybody_may_know_the_cameras_their_owners_and_purposes(everybody):
    text = re.sub(r"<[^>]+>", "|", everybody.get("/public").text)
    ridge = next(line for line in text.splitlines() if "North ridge" in line)
    assert "46.512°, 9.912°" in ridge  # a hundred metres, not the pole
    assert "County of Test" in ridge
    assert "wildfire, weather" in ridge
    river = next(line for line in text.splitlines() if "River authority" in line)
    assert "not stated" in river
    assert "cameras@county.example" in text


def test_withheld_pictures_are_told_as_one_sum_of_a_day_that_is_over(everybody):
    page = everybody.get("/public").text
    assert "4 frames came on Jun 30 (UTC)" in page
    assert "3 were cleared and kept, 1 were withheld" in page


def test_what_was_shared_is_told_by_receiver(everybody):
    text = everybody.get("/public").text
    assert "<li>Fire service: changes of events: 1</li>" in text
    assert "<li>jsonl: nothing</li>" in text
    assert "desk" not in text


def test_the_public_page_links_nowhere_else_and_names_no_address(everybody):
    page = everybody.get("/public").text
    links = re.findall(r'(?:href|src|action)="([^"]*)"', page)
    assert all(link.startswith(("?", "#", "/static/")) for link in links), links
    assert "<script" not in page
    assert "never-shown" not in page


def test_the_promise_is_there_in_both_languages(everybody):
    english = everybody.get("/public").text
    assert "Nobody is recognised, followed or counted" in english
    chinese = everybody.get("/public", headers={"Accept-Language": "zh-CN"}).text
    assert "不识别" in chinese
    assert "Nobody is recognised" not in chinese


def test_figures_of_removal_are_those_of_its_report():
    report = REMOVAL.read_text(encoding="utf-8")
    for figure in MEASURED:
        short = f"{figure.lower:.3f}".lstrip("0")
        assert f"{figure.found} of {figure.of} (>= {short})" in report
