from __future__ import annotations

from datetime import timedelta

import pytest

from landwatch.store import CameraRecord, PictureRecord
from landwatch.types import Finding, Outage
from landwatch.web.states import health

from .scenes import MODEL, NOW


def picture(age: float, status: str = "cleared") -> PictureRecord:
    kept = status == "cleared"
    return PictureRecord(
        camera="c", name="n", taken=NOW - timedelta(seconds=age), time_from="clock",
        received=NOW - timedelta(seconds=age), status=status, reason=None if kept else "share",
        masked=0.0 if kept else None, model=MODEL, still="0" * 64 if kept else None,
        width=1, height=1, bytes=1,
    )  # fmt: skip


def camera(newest: PictureRecord | None, *states: str, outage: float | None = None) -> CameraRecord:
    findings = tuple(
        Finding(camera="c", check=f"check{i}", time=NOW, state=state, value=None, unit="1", since=NOW)
        for i, state in enumerate(states)
    )
    last = None
    if outage is not None:
        last = Outage(camera="c", time=NOW - timedelta(seconds=outage), kind="refused", message="")
    return CameraRecord(
        name="c", title="", place=None, interval=10.0, kind="rtsp", followed=True, newest=newest,
        newest_shown=newest, findings=findings, last_outage=last,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("record", "state", "kinds"),
    [
        (camera(picture(5), "good", "good"), "good", []),
        (camera(picture(5), "good", "doubtful"), "doubtful", ["check"]),
        (camera(picture(5), "doubtful", "bad", "good"), "bad", ["check", "check"]),
        (camera(picture(5), "good", "unknown"), "good", ["check"]),
        (camera(picture(5), "unknown", "unknown"), "unknown", ["check", "check"]),
        (camera(picture(5)), "unknown", []),
        (camera(None), "unknown", ["never"]),
        (camera(None, outage=5), "bad", ["never", "outage"]),
        (camera(picture(30), "good"), "good", []),
        (camera(picture(31), "good"), "bad", ["late"]),
        (camera(picture(31), "good", outage=5), "bad", ["late", "outage"]),
        (camera(picture(12), "good", outage=5), "doubtful", ["outage"]),
        (camera(picture(5), "good", outage=15), "good", []),
        (camera(picture(5, "withheld"), "good"), "doubtful", ["withheld"]),
        (camera(picture(5, "forgotten"), "good"), "doubtful", ["forgotten"]),
    ],
)
def test_a_camera_is_as_ill_as_the_worst_that_is_known_of_it(record, state, kinds):
    found = health(record, NOW)
    assert found.state == state
    assert [cause.kind for cause in found.causes] == kinds


def test_age_counts_from_capture():
    assert health(camera(picture(31)), NOW).age == timedelta(seconds=31)
    assert health(camera(None), NOW).age is None
