from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
import simplejpeg

from landwatch.clock import iso
from landwatch.errors import StoreError
from landwatch.web.states import without_address

from .scenes import NOW, flat, still


def test_cameras_are_listed_by_name_with_their_states(site):
    told = site.get("/api/v1/cameras").json()
    assert [(camera["name"], camera["state"]) for camera in told["items"]] == [
        ("bridge", "bad"),
        ("quarry", "bad"),
        ("ridge", "good"),
        ("road", "doubtful"),
    ]


def test_cameras_can_be_asked_for_by_state(site):
    told = site.get("/api/v1/cameras", params={"state": "doubtful"}).json()
    assert [camera["name"] for camera in told["items"]] == ["road"]


def test_cameras_come_a_page_at_a_time(site):
    def page(**question):
        told = site.get("/api/v1/cameras", params={"limit": 2, **question}).json()
        return [camera["name"] for camera in told["items"]], told["more"]

    assert page() == (["bridge", "quarry"], True)
    assert page(after="quarry") == (["ridge", "road"], False)
    assert page(after="bridge", state="bad") == (["quarry"], False)


def test_no_answer_shows_the_address_of_a_camera(site):
    for path in (
        "/api/v1/cameras",
        "/api/v1/cameras/ridge",
        "/cameras/bridge",
        "/api/v1/outages",
        "/metrics",
    ):
        assert "never-shown" not in site.get(path).text


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("rtsp://10.0.0.7:554/a?b=c: no answer within 10 s", "(address): no answer within 10 s"),
        ("HTTP 404 at http://[::1]:80/x.jpg", "HTTP 404 at (address)"),
        ("HTTPS://cam.test/, twice", "(address), twice"),
        ("not a JPEG; starts 3c21", "not a JPEG; starts 3c21"),
    ],
)
def test_messages_about_a_camera_leave_its_address_out(message, told):
    assert without_address(message) == told


def test_a_camera_is_late_after_three_intervals(site, clock):
    assert site.get("/api/v1/cameras/ridge").json()["late"] is False
    clock.set(NOW + timedelta(seconds=27))  # its newest picture is then 31 s old, its interval is 10 s
    told = site.get("/api/v1/cameras/ridge").json()
    assert told["late"] is True
    assert told["state"] == "bad"


def test_the_newest_picture_comes_with_its_time_and_age(site):
    answer = site.get("/api/v1/cameras/ridge/newest.jpg")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["landwatch-taken"] == iso(NOW - timedelta(seconds=4))
    assert answer.headers["landwatch-age"] == "4.000"
    assert answer.headers["landwatch-late"] == "false"
    assert answer.content == still(flat(80)).content


def test_a_picture_that_is_still_the_newest_is_not_sent_twice(site):
    tag = site.get("/api/v1/cameras/ridge/newest.jpg").headers["etag"]
    again = site.get("/api/v1/cameras/ridge/newest.jpg", headers={"If-None-Match": f'"other", {tag}'})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["landwatch-age"] == "4.000"


def test_a_withheld_picture_is_not_shown_but_the_one_before_it(site):
    answer = site.get("/api/v1/cameras/road/newest.jpg")
    assert answer.content == still(flat(110)).content
    assert answer.headers["landwatch-age"] == "14.000"


def test_a_late_picture_says_so(site):
    answer = site.get("/api/v1/cameras/quarry/newest.jpg")
    assert (answer.headers["landwatch-age"], answer.headers["landwatch-late"]) == ("2700.000", "true")


def test_a_camera_without_pictures_answers_with_a_problem(site):
    answer = site.get("/api/v1/cameras/bridge/newest.jpg")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "there is no cleared picture of bridge yet; see /api/v1/cameras/bridge/pictures for why",
        "instance": "/api/v1/cameras/bridge/newest.jpg",
    }


def test_a_still_is_what_its_name_says_and_may_be_kept_for_ever(site):
    sha256 = still(flat(80)).sha256
    answer = site.get(f"/api/v1/stills/{sha256}.jpg")
    assert hashlib.sha256(answer.content).hexdigest() == sha256
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_a_small_copy_keeps_the_shape(site):
    sha256 = still(flat(80)).sha256
    content = site.get(f"/api/v1/stills/{sha256}.jpg", params={"width": 240}).content
    assert simplejpeg.decode_jpeg_header(content)[:2] == (135, 240)  # of 180 x 320


def test_a_copy_is_never_larger_than_the_picture(site):
    shown = still(flat(80))
    answer = site.get(f"/api/v1/stills/{shown.sha256}.jpg", params={"width": 960})
    assert answer.content == shown.content


def test_an_unknown_still_is_a_problem(site):
    answer = site.get(f"/api/v1/stills/{'0' * 64}.jpg")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_pictures_tell_status_and_reason_but_no_masked_share(site):
    told = site.get("/api/v1/cameras/road/pictures").json()["items"]
    assert [(picture["status"], picture["reason"]) for picture in told] == [
        ("withheld", "self-test"),
        ("cleared", None),
        ("cleared", None),
    ]
    assert told[0]["url"] is None
    assert not any("masked" in picture for picture in told)


def test_pictures_can_be_asked_for_by_status(site):
    told = site.get("/api/v1/cameras/road/pictures", params={"status": "withheld"}).json()["items"]
    assert len(told) == 1


def test_readings_are_the_newest_oldest_first(site):
    asked = {"camera": "ridge", "quantity": "smoke", "limit": 3}
    told = site.get("/api/v1/readings", params=asked).json()
    assert [reading["time"] for reading in told["items"]] == [
        "2026-07-01T11:59:36Z",
        "2026-07-01T11:59:46Z",
        "2026-07-01T11:59:56Z",
    ]
    assert told["more"] is True


def test_what_was_not_seen_has_no_value_but_a_reason(site):
    told = site.get("/api/v1/readings", params={"camera": "ridge", "limit": 10_000}).json()["items"]
    absent = [reading for reading in told if reading["value"] is None]
    assert absent
    assert {reading["absent"] for reading in absent} == {"fog"}


def test_since_is_inside_and_until_outside_in_any_zone(site):
    asked = {
        "camera": "ridge",
        "quantity": "smoke",
        "since": "2026-07-01T13:59:36+02:00",
        "until": "2026-07-01T11:59:56z",
    }
    told = site.get("/api/v1/readings", params=asked).json()["items"]
    assert [reading["time"] for reading in told] == ["2026-07-01T11:59:36Z", "2026-07-01T11:59:46Z"]


def test_findings_can_be_only_the_changes(site):
    every = site.get("/api/v1/findings", params={"camera": "ridge", "check": "blur"}).json()["items"]
    assert len(every) == 7  # one a picture
    assert {finding["state"] for finding in every} == {"good"}
    changes = site.get("/api/v1/findings", params={"camera": "quarry", "changes": "true"}).json()["items"]
    assert {finding["check"] for finding in changes} == {"blur", "exposure", "frozen", "lateness"}


def test_events_are_listed_in_their_newest_state(site):
    told = site.get("/api/v1/events").json()["items"]
    assert [(event["id"], event["state"]) for event in told] == [("smoke-ridge-1", "updated")]
    assert site.get("/api/v1/events", params={"state": "closed"}).json()["items"] == []


def test_an_event_has_its_whole_life(site):
    life = site.get("/api/v1/events/smoke-ridge-1").json()
    assert [change["state"] for change in life["changes"]] == ["opened", "updated", "updated"]
    assert life["opened"] == life["changes"][0]["time"]


def test_outages_are_listed_newest_first(site):
    told = site.get("/api/v1/outages", params={"camera": "bridge", "limit": 2}).json()
    assert [outage["time"] for outage in told["items"]] == ["2026-07-01T11:59:55Z", "2026-07-01T11:58:55Z"]
    assert told["more"] is True


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/api/v1/readings?limit=0", "query parameter 'limit'"),
        ("/api/v1/readings?limit=10001", "query parameter 'limit'"),
        ("/api/v1/readings?since=yesterday", "query parameter 'since': write an RFC 3339 time"),
        ("/api/v1/readings?since=2026-07-01T12:00:00", "query parameter 'since': write an RFC 3339 time"),
        ("/api/v1/readings?quantitiy=smoke", "query parameter 'quantitiy': there is no such parameter"),
        ("/api/v1/cameras?state=ill", "query parameter 'state'"),
        ("/api/v1/cameras/UPPER", "path parameter 'name'"),
        ("/api/v1/findings", "query parameter 'camera'"),
    ],
)
def test_a_wrong_parameter_is_named(site, path, said):
    answer = site.get(path)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/api/v1/cameras/nobody", "/api/v1/events/none", "/api/v1/nothing"])
def test_what_is_not_there_is_a_problem(site, path):
    answer = site.get(path)
    assert answer.status_code == 404
    assert answer.json()["instance"] == path


def test_nothing_can_be_written(site):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = site.ask(method, "/api/v1/cameras")
        assert answer.status_code == 405
        assert answer.headers["content-type"] == "application/problem+json"


def test_head_is_get_without_a_body(site):
    got, headed = site.get("/api/v1/cameras"), site.ask("HEAD", "/api/v1/cameras")
    assert headed.status_code == 200
    assert headed.content == b""
    assert headed.headers["content-type"] == got.headers["content-type"]


def test_a_store_that_cannot_be_read_is_a_problem_not_a_traceback(site, monkeypatch):
    def broken(*_: object) -> None:
        raise StoreError("cannot read /somewhere/landwatch.db: disk I/O error")

    monkeypatch.setattr(site.app.state.archive, "cameras", broken)
    answer = site.get("/api/v1/cameras")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "10"
    assert "somewhere" not in answer.text
