"""What people do about events by page and API: only with the token, and never on what has changed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from landwatch.alert import Duty
from landwatch.config import Config, Secret, Serve
from landwatch.store import Archive
from landwatch.web import create_app

from .conftest import SIGHTS, Asker
from .scenes import fill

TOKEN = "a token that nobody can guess"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
EVENT = "/api/v1/events/smoke-ridge-1"


@pytest.fixture
def site(tmp_path, news, clock, monkeypatch):
    """A site with an event, whose operator has a token."""
    monkeypatch.setenv("LANDWATCH_TOKEN", TOKEN)
    fill(tmp_path, SIGHTS)
    with Archive(tmp_path) as archive, Duty.open(tmp_path, clock, Config()) as duty:
        duty.follow()
        serve = Serve(operator_token=Secret(env="LANDWATCH_TOKEN"))
        yield Asker(create_app(archive, news, clock, duty=duty, serve=serve))


def act(site, act, **more):
    version = site.get(EVENT).json()["life"]["version"]
    body = {"act": act, "role": "duty", "version": version, **more}
    return site.ask("POST", f"{EVENT}/acts", json=body, headers=BEARER)


def test_an_event_is_followed_by_the_api(site):
    assert act(site, "acknowledge").status_code == 201
    told = act(site, "dismiss", cause="steam", note="the quarry's boiler").json()
    assert (told["life"]["state"], told["life"]["cause"]) == ("dismissed", "steam")
    assert [deed["act"] for deed in told["deeds"]][-2:] == ["acknowledge", "dismiss"]
    (false,) = site.get("/api/v1/dismissals?hazard=smoke").json()["items"]
    assert (false["camera"], false["cause"]) == ("ridge", "steam")


def test_who_acts_on_what_has_changed_is_told_how_it_stands_now(site):
    version = site.get(EVENT).json()["life"]["version"]
    act(site, "confirm")
    body = {"act": "dismiss", "role": "duty", "version": version, "cause": "cloud"}
    answer = site.ask("POST", f"{EVENT}/acts", json=body, headers=BEARER)
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert (answer.json()["current"]["state"], answer.json()["current"]["version"]) == (
        "confirmed",
        version + 1,
    )


def test_nobody_acts_without_the_token(site):
    body = {"act": "confirm", "role": "duty", "version": 1}
    assert site.ask("POST", f"{EVENT}/acts", json=body).status_code == 401
    assert site.ask("POST", "/events/smoke-ridge-1", data={"act": "confirm"}).status_code == 403


def test_a_drill_is_marked_on_every_page_that_shows_it(site):
    body = {"camera": "road", "hazard": "smoke", "drill": True}
    told = site.ask("POST", "/api/v1/events", json=body, headers=BEARER).json()
    assert told["drill"]
    for path in ("/", "/events", f"/events/{told['id']}", "/cameras/road"):
        assert "Drill, not real" in site.get(path).text, path
    assert 'landwatch_events_open{hazard="smoke"} 1.0' in site.get("/metrics").text


def test_the_form_of_the_page_acts_for_who_has_shown_the_token(site):
    came = site.ask("POST", "/operator", data={"token": TOKEN})
    cookie = {"Cookie": came.headers["set-cookie"].partition(";")[0]}
    page = site.get("/events/smoke-ridge-1", headers=cookie).text
    fields = dict(re.findall(r'name="(proof|version)" value="([^"]*)"', page))
    sent = {**fields, "act": "confirm", "role": "expert", "cause": "steam", "note": "flames"}
    done = site.ask("POST", "/events/smoke-ridge-1", data=sent, headers=cookie)
    assert (done.status_code, done.headers["location"]) == (303, "/events/smoke-ridge-1")
    assert site.get(EVENT).json()["life"]["state"] == "confirmed"
    assert site.ask("POST", "/events/smoke-ridge-1", data=sent, headers=cookie).status_code in (409, 422)


def test_an_unknown_event_cannot_be_acted_on(site):
    body = {"act": "confirm", "role": "duty", "version": 1}
    answer = site.ask("POST", "/api/v1/events/none/acts", json=body, headers=BEARER)
    assert (answer.status_code, "/api/v1/events lists them" in answer.json()["detail"]) == (404, True)


def test_a_desk_that_nobody_has_signed_in_to_shows_and_takes_nothing(site):
    page = site.get("/triage")
    assert (page.status_code, 'id="acts"' in page.text, "North ridge" in page.text) == (200, False, True)
    assert site.ask("POST", "/triage/smoke-ridge-1", data={"act": "confirm"}).status_code == 403
    assert site.get("/triage?event=none").status_code == 404


def test_an_act_that_is_sent_twice_under_one_key_is_done_once(site):
    version = site.get(EVENT).json()["life"]["version"]
    body = {"act": "hand_over", "role": "duty", "version": version, "desk": "expert"}
    headers = {**BEARER, "Idempotency-Key": "0123456789abcdef"}
    answers = [site.ask("POST", f"{EVENT}/acts", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1].json()["life"] == answers[0].json()["life"]
    assert [deed["desk"] for deed in answers[1].json()["deeds"]].count("expert") == 1
    assert answers[1].json()["life"]["version"] == version + 1


def test_an_event_is_handed_over_only_to_a_desk_that_there_is(site):
    assert "no desk is called 'nobody'" in act(site, "hand_over", desk="nobody").json()["detail"]
    assert "only hand_over names a desk" in act(site, "confirm", desk="expert").json()["detail"]


def test_a_drill_begins_on_the_page_of_events_and_nothing_begins_unsaid(site):
    came = site.ask("POST", "/operator", data={"token": TOKEN})
    cookie = {"Cookie": came.headers["set-cookie"].partition(";")[0]}
    page = site.get("/events", headers=cookie).text
    proof = re.search(r'name="proof" value="([^"]*)"', page)[1]
    sent = {"proof": proof, "camera": "road", "hazard": "smoke", "role": "duty", "note": "as agreed"}
    unsaid = site.ask("POST", "/events", data=sent, headers=cookie)
    assert unsaid.status_code == 422
    began = site.ask("POST", "/events", data={**sent, "as": "drill"}, headers=cookie)
    assert began.status_code == 303
    drill = site.get(f"/api/v1{began.headers['location']}").json()
    assert (drill["drill"], drill["deeds"][0]["note"]) == (True, "as agreed")
    assert "Begin a drill" not in site.get("/events").text
    assert site.ask("POST", "/events", data={**sent, "as": "drill"}).status_code == 403


def test_what_a_person_has_closed_tells_how_long_it_lasted_whatever_the_pictures_say(site, clock):
    assert "Open for" in site.get("/events/smoke-ridge-1").text
    clock.set(clock.now() + timedelta(minutes=3))
    act(site, "dismiss", cause="steam")
    page = site.get("/events/smoke-ridge-1").text
    assert ("Open for" in page, "Lasted" in page) == (False, True)


def test_what_was_opened_by_hand_does_not_claim_that_pictures_said_it(site):
    body = {"camera": "road", "hazard": "smoke", "drill": True}
    told = site.ask("POST", "/api/v1/events", json=body, headers=BEARER).json()
    assert "What the pictures said" not in site.get(f"/events/{told['id']}").text
    assert "What the pictures said" in site.get("/events/smoke-ridge-1").text
