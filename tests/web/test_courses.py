"""Where readings go, by the API and on a camera's page."""

from __future__ import annotations

import pytest

from landwatch.config import Rule
from landwatch.store import Archive
from landwatch.web import create_app

from .conftest import Asker
from .scenes import Sight, fill, flat, well


@pytest.fixture
def gauge(tmp_path, news, clock):
    """A camera whose river rises to 1.55 m within an hour, the faster the later."""
    fill(tmp_path, [(Sight(name="gauge", title="Gauge", states=well(), quantity="river_level"), [flat(90)])])
    flood = Rule(hazard="flood", quantity="river_level", enter=1.6, leave=1.0)
    with Archive(tmp_path) as archive:
        yield Asker(create_app(archive, news, clock, rules={"gauge": (flood,)}))


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


def test_a_camera_without_such_readings_has_no_course(site):
    assert site.get("/api/v1/cameras/ridge/courses").json()["items"] == []
    assert "<section" not in site.get("/parts/cameras/ridge/courses").text
    assert site.get("/api/v1/cameras/nowhere/courses").status_code == 404
