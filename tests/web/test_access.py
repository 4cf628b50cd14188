"""Tokens with scopes, what is closed without one, how much each may ask, and which other sites may read."""

from __future__ import annotations

import base64
import sqlite3
from datetime import timedelta

import pytest

from landwatch.config import Secret, Serve
from landwatch.errors import UsageError
from landwatch.store import Archive, Beside, tokens
from landwatch.web import create_app
from landwatch.web.access import KNOWN_FOR, Pace
from tests.cli.conftest import landwatch
from tests.web.conftest import SIGHTS, Asker
from tests.web.scenes import NOW, fill

__all__ = ["landwatch"]

ORDER = {"camera": "ridge", "cause": "blur"}
READS = {
    "/api/v1/cameras": "read:cameras",
    "/metrics": "read:cameras",
    "/api/v1/cameras/ridge/newest.jpg": "read:pictures",
    "/api/v1/cameras/ridge/pictures": "read:pictures",
    "/stac/search": "read:pictures",
    "/api/v1/readings": "read:readings",
    "/v1.1/Things": "read:readings",
    "/api/v1/events": "read:events",
    "/features/collections/events/items": "read:events",
    "/feeds/events.atom": "read:events",
}


class Store:
    """A store whose tokens a test makes, and sites that serve it."""

    def __init__(self, folder, news, clock):
        fill(folder, SIGHTS, hours=0.1)
        self.folder, self.news, self.clock = folder, news, clock
        self.archive, self.beside = Archive(folder), Beside(folder, clock)

    def site(self, **serve):
        return Asker(create_app(self.archive, self.news, self.clock, serve=Serve(**serve)))

    def token(self, *scopes, name="centre", lasting=None):
        now = self.clock.now()
        return tokens.add(self.beside, name, scopes, now, None if lasting is None else now + lasting)


@pytest.fixture
def store(tmp_path, news, clock):
    made = Store(tmp_path, news, clock)
    yield made
    made.archive.close()
    made.beside.close()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("path", READS)
def test_where_reading_is_closed_each_interface_takes_its_scope(store, path):
    site = store.site(open_reading=False)
    right = store.token(READS[path], name="right")
    wrong = store.token(*(scope for scope in tokens.SCOPES if scope != READS[path]), name="wrong")
    assert site.get(path).status_code == 401
    assert site.get(path, headers=bearer("lw_made-up")).status_code == 401
    refused = site.get(path, headers=bearer(wrong))
    assert (refused.status_code, READS[path] in refused.json()["detail"]) == (403, True)
    assert site.get(path, headers=bearer(right)).status_code == 200
    password = base64.b64encode(f"anybody:{right}".encode()).decode()
    assert site.get(path, headers={"Authorization": f"Basic {password}"}).status_code == 200


def test_what_is_posted_to_be_read_is_closed_too(store):
    store.token("read:pictures")
    assert store.site(open_reading=False).ask("POST", "/stac/search", json={}).status_code == 401


def test_a_header_cannot_name_another_path(store):
    store.token("read:cameras")
    site = store.site(open_reading=False)
    assert site.get("/api/v1/cameras", headers={"Host": "x/healthz?"}).status_code == 401


def test_closed_pages_lead_to_the_sign_in_and_health_stays_open(store):
    site = store.site(open_reading=False)
    assert site.get("/public").status_code == 404  # open, and not switched on
    for path in ("/", "/events", "/cameras/ridge"):
        answer = site.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/operator")
    for path in ("/healthz", "/operator", "/static/landwatch.js", "/api/v1/openapi.json"):
        assert site.get(path).status_code == 200


def test_a_signed_in_operator_sees_closed_pages(store, monkeypatch):
    monkeypatch.setenv("OPERATOR", "a token that nobody can guess")
    site = store.site(open_reading=False, operator_token=Secret(env="OPERATOR"))
    cookie = {"Cookie": f"operator={site.app.state.operator.session(NOW)}"}
    assert site.get("/", headers=cookie).status_code == 200
    assert site.get("/api/v1/cameras", headers=cookie).status_code == 200


def test_nothing_is_written_without_the_scope(store):
    site = store.site()
    assert site.ask("POST", "/api/v1/orders", json=ORDER).status_code == 403
    reader = store.token(*tokens.READING, name="reader")
    writer = store.token("act:orders", name="writer")
    assert site.ask("POST", "/api/v1/orders", json=ORDER).status_code == 401
    assert site.ask("POST", "/api/v1/orders", json=ORDER, headers=bearer(reader)).status_code == 403
    # The token is good; this server only shows.
    assert site.ask("POST", "/api/v1/orders", json=ORDER, headers=bearer(writer)).status_code == 503


def test_a_token_is_of_no_use_when_it_has_expired_or_is_revoked(store):
    site = store.site(open_reading=False)
    short = store.token("read:cameras", name="short", lasting=timedelta(hours=1))
    lost = store.token("read:cameras", name="lost")
    for token in (short, lost):
        assert site.get("/api/v1/cameras", headers=bearer(token)).status_code == 200
    tokens.revoke(store.beside, "lost", store.clock.now())
    store.clock.set(NOW + KNOWN_FOR)
    assert site.get("/api/v1/cameras", headers=bearer(lost)).status_code == 401
    store.clock.set(NOW + timedelta(hours=1))
    assert site.get("/api/v1/cameras", headers=bearer(short)).status_code == 401


def test_the_store_does_not_hold_a_token_itself(store):
    token = store.token("read:cameras")
    with sqlite3.connect(store.folder / "landwatch.sqlite") as database:
        assert token not in "\n".join(database.iterdump())


def test_two_tokens_of_one_name_are_refused(store):
    store.token("read:cameras")
    with pytest.raises(UsageError, match="already"):
        store.token("read:cameras")


def test_who_asks_too_much_is_told_when_to_ask_again(store):
    site = store.site(requests_per_minute=3)
    asked = [site.get("/api/v1/events") for _ in range(4)]
    assert [answer.status_code for answer in asked] == [200, 200, 200, 429]
    # Three a minute is one in 20 s.
    assert (asked[-1].headers["retry-after"], asked[-1].headers["content-type"]) == (
        "21",
        "application/problem+json",
    )
    token = store.token("read:events")
    assert site.get("/api/v1/events", headers=bearer(token)).status_code == 200
    store.clock.set(NOW + timedelta(seconds=21))
    assert site.get("/api/v1/events").status_code == 200


def test_pages_and_pictures_are_not_counted(store):
    site = store.site(requests_per_minute=1)
    for path in ("/", "/api/v1/cameras/ridge/newest.jpg", "/healthz") * 2:
        assert site.get(path).status_code == 200


def test_rows_are_counted_as_requests(store):
    site = store.site(requests_per_minute=20)
    answers = [site.get("/api/v1/readings?limit=9000").status_code for _ in range(3)]
    assert answers == [200, 200, 429]  # each counts as ten


def test_a_pace_lets_a_burst_through_and_then_one_by_one():
    pace = Pace(10, timedelta(seconds=10))
    assert [pace.wait("a", 1, NOW).total_seconds() for _ in range(12)] == [0] * 10 + [1, 1]
    assert pace.wait("b", 100, NOW) == timedelta()
    assert pace.wait("b", 1, NOW + timedelta(seconds=90)) == timedelta(seconds=1)
    assert pace.wait("b", 1, NOW + timedelta(seconds=91)) == timedelta()


def test_other_sites_may_read_only_where_they_are_named(store):
    origin = {"Origin": "https://map.example.org"}
    assert "access-control-allow-origin" not in store.site().get("/features", headers=origin).headers
    site = store.site(allow_origins=("https://map.example.org",))
    allowed = site.get("/features", headers=origin).headers
    assert allowed["access-control-allow-origin"] == "https://map.example.org"
    other = site.get("/features", headers={"Origin": "https://evil.example.org"}).headers
    assert "access-control-allow-origin" not in other
    asked = site.ask("OPTIONS", "/features", headers={**origin, "Access-Control-Request-Method": "DELETE"})
    assert asked.status_code == 400


def test_a_problem_names_each_wrong_parameter(site):
    told = site.get("/api/v1/readings?limit=0&colour=red").json()
    assert [(one["place"], one["parameter"]) for one in told["errors"]] == [
        ("query", "limit"),
        ("query", "colour"),
    ]
    assert "greater than or equal to 1" in told["errors"][0]["detail"]


def test_tokens_are_made_listed_and_revoked_by_command(store, landwatch):
    folder = ("--store", store.folder)
    made = landwatch("tokens", "add", "centre", *folder, "--scope", "read:events", "--days", "30")
    assert (made.code, made.out.startswith("lw_")) == (0, True)
    (told,) = landwatch("tokens", "list", *folder, "--json").lines
    assert (told["name"], told["state"], told["scopes"]) == ("centre", "in use", ["read:events"])
    assert landwatch("tokens", "revoke", "centre", *folder).code == 0
    assert landwatch("tokens", "list", *folder, "--json").lines[0]["state"] == "revoked"
    assert landwatch("tokens", "revoke", "centre", *folder).code == 2
    wrong = landwatch("tokens", "add", "other", *folder, "--scope", "read:people")
    assert (wrong.code, "there are: read:cameras" in wrong.err) == (2, True)
