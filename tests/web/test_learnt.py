"""What a camera has learnt from quiet hours, on its page, on an event's, by the API and by the command."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from landwatch.alert import LEAST_HOURS, Duty, Quiet
from landwatch.cli import app
from landwatch.config import Config
from landwatch.decide import default_rules
from landwatch.lesson import spot_of
from landwatch.store import Archive, Beside, micros, schema
from landwatch.web import create_app

from .conftest import SIGHTS, Asker
from .scenes import NOW, fill

HOUR = micros(NOW) // 3_600_000_000
(RULE,) = default_rules((), ("smoke",))


@pytest.fixture
def site(tmp_path, news, clock):
    """A site whose ridge has watched for three days, and cried wolf for five hours where its event is."""
    fill(tmp_path, SIGHTS)
    with (
        Archive(tmp_path) as archive,
        Duty.open(tmp_path, clock, Config()) as duty,
        Beside(tmp_path, clock) as beside,
    ):
        duty.follow()
        made = Asker(create_app(archive, news, clock, duty=duty, quiet=Quiet(beside, {"ridge": (RULE,)})))
        event = archive.event("smoke-ridge-1")[0]
        cell = spot_of(event.region, made.app.state.stills.size(event.still)).cell
        with beside.transaction("write") as connection:
            camera = connection.exec_driver_sql("SELECT id FROM cameras WHERE name = 'ridge'").scalar_one()
            table, row = schema.quiet, {"camera_id": camera, "hazard": "smoke", "readings": 60, "area": 0.5}
            for age in range(10, 82):
                cries = {"cell": cell, "level": 0.3} if age < 15 else {"cell": -1, "level": 0.0}
                connection.execute(table.insert().values(**row, hour=HOUR - age, **cries))
        yield made


def test_the_api_tells_threshold_reason_rate_and_places(site):
    (told,) = site.get("/api/v1/cameras/ridge/learnt").json()["items"]
    assert (told["hazard"], told["budget"], told["rule"], told["why"]) == ("smoke", 1.0, 0.55, "history")
    assert (told["hours"], told["least_hours"]) == (72, LEAST_HOURS)
    assert 0 <= told["lower"] < told["expected"] < told["upper"]
    assert told["expected"] == pytest.approx(told["budget"])
    (place,) = told["places"]
    assert (place["hours"], place["dismissed"], place["causes"]) == (5, 0, [])
    assert place["right"] - place["left"] == pytest.approx(1 / 16)
    assert place["bottom"] - place["top"] == pytest.approx(1 / 12)
    assert place["asked"] > told["threshold"]


def test_a_camera_without_a_budget_has_learnt_nothing(site):
    assert site.get("/api/v1/cameras/road/learnt").json()["items"] == []
    assert site.get("/api/v1/cameras/nobody/learnt").status_code == 404


@pytest.mark.parametrize(("language", "words"), [("en", "Places that cry wolf"), ("zh-CN", "常误报的位置")])
def test_the_cameras_page_shows_it_with_the_place_in_the_picture(site, language, words):
    page = site.get(f"/cameras/ridge?lang={language}").text
    assert words in page
    assert page.count('class="overlay wolf"') == 1
    assert words not in site.get(f"/cameras/road?lang={language}").text


def test_an_event_that_began_where_wolf_was_cried_says_so(site):
    assert "The place where this began has cried wolf. 5 hours" in site.get("/events/smoke-ridge-1").text


def test_the_command_tells_the_same(tmp_path):
    path = tmp_path / "landwatch.toml"
    path.write_text(
        '[[camera]]\nname = "ridge"\nbudget = 2.5\nsource = { kind = "upload", path = "in" }\n'
        "[camera.measure.smoke]\n"
    )
    told = CliRunner().invoke(app, ["cameras", "learnt", "--config", str(path), "--json"])
    assert told.exit_code == 0, told.output
    line = json.loads(told.stdout)
    assert (line["kind"], line["camera"], line["budget"], line["why"]) == ("learnt", "ridge", 2.5, "rule")
    assert (line["threshold"], line["hours"], line["expected"]) == (0.55, 0, None)
