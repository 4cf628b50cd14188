"""Where readings go, by the API and on a camera's page."""

from __future__ import annotations

import pytest

from landwatch.config import Rule
from landwatch.store import Archive
from landwatch.web import create_app

from .conftest import Asker
from .scenes import Sight, fill, flat, well


def rises(hazard, quantity="river_level"):
    return Rule(hazard=hazard, quantity=quantity, enter=1.6, leave=1.0)


@pytest.fixture
def gauge(tmp_path, news, clock):
    """A camera whose river rises to 1.55 m within an hour, the faster the later."""
    fill(tmp_path, [(Sight(name="gauge", title="Gauge", states=well(), quantity="river_level"), [flat(90)])])
    with Archive(tmp_path) as archive:
        yield Asker(create_app(archive, news, clock, rules={"gauge": (rises("flood"),)}))


def test_a_course_is_told_with_its_threshold(gauge):
    (course,) = gauge.get("/api/v1/cameras/gauge/courses").json()["items"]
    assert course["quantity"] == "river_level"
    assert course["slope"] == pytest.approx(0.35, abs=0.05), "0.35 m in the hour"
    assert course["is_trend"] is True
    (ahead,) = course["ahead"]
    assert (ahead["hazard"], ahead["threshold"], ahead["state"]) == ("flood", 1.6, "nearing")
    page = gauge.get("/parts/cameras/gauge/courses", headers={"Accept": "text/html"}).text
    assert "River level" in page
    assert "no forecast" in page


def test_a_threshold_of_the_filtered_level_is_met_by_the_course_of_the_raw_one(tmp_path, gauge, news, clock):
    rules = {"gauge": (rises("flood", "river_level_filtered"),)}
    with Archive(tmp_path) as archive:
        asker = Asker(create_app(archive, news, clock, rules=rules))
        (course,) = asker.get("/api/v1/cameras/gauge/courses").json()["items"]
    assert [(ahead["threshold"], ahead["state"]) for ahead in course["ahead"]] == [(1.6, "nearing")]


def test_an_event_tells_the_courses_of_its_hazard_alone(gauge):
    part = "/parts/cameras/gauge/courses?hazard="
    assert "River level" in gauge.get(f"{part}flood").text
    assert "<section" not in gauge.get(f"{part}fog").text


def test_the_page_of_an_event_that_stands_asks_for_the_courses_of_its_hazard(site):
    event = next(one for one in site.get("/api/v1/events").json()["items"] if one["state"] != "closed")
    asked = f"/parts/cameras/{event['camera']}/courses?hazard={event['hazard']}"
    assert asked in site.get(f"/events/{event['id']}").text


def test_a_camera_without_such_readings_has_no_course(site):
    assert site.get("/api/v1/cameras/ridge/courses").json()["items"] == []
    assert "<section" not in site.get("/parts/cameras/ridge/courses").text
    assert site.get("/api/v1/cameras/nowhere/courses").status_code == 404
