"""Events as OGC features, as Atom, and the index of signed CAP alerts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from capvalidator import Validator
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from landwatch.alert import Duty
from landwatch.clock import SetClock
from landwatch.config import Config, Outlet
from landwatch.publish import cap
from landwatch.store import Archive, Store
from landwatch.web import News, create_app
from tests.alert import made
from tests.publish.test_cap import identify
from tests.web.conftest import Asker

ITEMS = "/features/collections/events/items"
ATOM = {"a": "http://www.w3.org/2005/Atom", "georss": "http://www.georss.org/georss"}

NAMES = ["fog-valley-600", "smoke-far-300", "smoke-ridge-0"]
"""Events of the site, those that opened last first; the fog is dense, and the ridge's smoke is over."""


@pytest.fixture(scope="module")
def clock():
    return SetClock(made.NOON)


@pytest.fixture(scope="module")
def site(tmp_path_factory, clock):
    """A site with three events and two exercises, one of them at a camera without a place."""
    tmp_path = tmp_path_factory.mktemp("events")
    identity = identify(tmp_path_factory.mktemp("identity"), ec.generate_private_key(ec.SECP256R1()))
    keys = {"key": {"file": identity / "key.pem"}, "certificate": identity / "certificate.pem"}
    outlet = Outlet(name="cap", kind="cap", folder=tmp_path / "out", **keys)
    config = Config(
        camera=made.cameras(), outlet=(outlet,), notice=({"outlet": "cap"},), alert={"status": "Actual"}
    )
    with Store.open(tmp_path, clock) as store:
        store.enroll(config.camera)
        made.keep(store, made.event("ridge"), made.event("ridge", "closed", at=100))
        made.keep(store, made.event("far", at=300, opened=300))
        made.keep(store, made.event("valley", at=600, opened=600, hazard="fog", score=250.0))
    with Archive(tmp_path) as archive, Duty.open(tmp_path, clock, config) as duty:
        duty.follow()
        clock.set(made.NOON + timedelta(seconds=900))
        duty.open_event("nowhere", "flood", "duty", drill=True)
        duty.open_event("far", "landslide", "duty", drill=True)
        yield Asker(create_app(archive, News(clock), clock, duty=duty, signer=cap.signer([outlet])))


def names(site, query=""):
    answer = site.get(f"{ITEMS}?{query}")
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["features"]]


def real(site, query=""):
    return names(site, f"drill=false&{query}")


def test_a_feature_tells_how_the_event_stands_and_where_its_camera_is(site):
    told = site.get(f"{ITEMS}/fog-valley-600").json()
    assert told["geometry"] == {"type": "Point", "coordinates": [9.9, 46.52]}
    told = told["properties"]
    # Below 400 m fog is dense, which is moderate.
    assert (told["hazard"], told["state"], told["severity"], told["drill"]) == (
        "fog",
        "open",
        "Moderate",
        False,
    )
    assert told["opened"] == "2026-07-01T12:10:00Z"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", NAMES),
        ("hazard=smoke", NAMES[1:]),
        ("camera=far", NAMES[1:2]),
        ("state=closed", NAMES[2:]),
        ("severity=Severe", NAMES[1:]),
        ("severity=Moderate", NAMES[:1]),
        ("severity=Extreme", []),
        ("bbox=9.8,46.51,10,46.53", NAMES[:1]),
        ("bbox=9.8,46.51,10,46.53&camera=far", []),
        ("datetime=2026-07-01T12:05:00Z", [*NAMES[1:2]]),
        ("datetime=../2026-07-01T12:01:00Z", NAMES[2:]),
        ("datetime=2026-07-01T12:02:00Z/..", NAMES[:2]),
    ],
)
def test_events_are_filtered(site, query, found):
    assert real(site, query) == found


def test_exercises_are_marked_and_can_be_left_out(site):
    drills = names(site, "drill=true")
    assert len(drills) == 2
    assert sorted(names(site)) == sorted(drills + NAMES)
    placeless, placed = sorted(drills)
    assert site.get(f"{ITEMS}/{placeless}").json()["geometry"] is None
    assert site.get(f"{ITEMS}/{placed}").json()["properties"]["drill"] is True


@pytest.mark.parametrize("query", ["limit=2&", "limit=2&severity=Severe&", "limit=1&hazard=smoke&"])
def test_pages_hold_each_event_once(site, query):
    whole = names(site, query.replace("limit=2&", "").replace("limit=1&", ""))
    paged, address = [], f"{ITEMS}?{query}"
    while address:
        told = site.get(address).json()
        paged += [one["id"] for one in told["features"]]
        assert told["numberReturned"] == len(told["features"]) > 0
        address = next((one["href"] for one in told["links"] if one["rel"] == "next"), None)
    assert paged == whole


def test_the_way_from_the_landing_page_to_the_events_is_linked(site):
    landing = site.get("/features").json()
    data = next(one["href"] for one in landing["links"] if one["rel"] == "data")
    collection = next(one for one in site.get(data).json()["collections"] if one["id"] == "events")
    assert collection["extent"]["spatial"]["bbox"] == [[9.9, 46.5, 9.9, 46.6]]
    items = next(one["href"] for one in collection["links"] if one["rel"] == "items")
    assert len(site.get(items).json()["features"]) == 5


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("severity=bad", "'Unknown', 'Minor', 'Moderate', 'Severe' or 'Extreme'"),
        ("state=new", "'open', 'acknowledged'"),
        ("after=2", "'after'"),
        ("crs=x", "no such parameter"),
    ],
)
def test_a_wrong_question_is_told_what_is_allowed(site, query, words):
    answer = site.get(f"{ITEMS}?{query}")
    assert (answer.status_code, words in answer.json()["detail"]) == (422, True)


def entries(site, path):
    answer = site.get(path)
    assert answer.headers["content-type"] == "application/atom+xml"
    return etree.fromstring(answer.content).findall("a:entry", ATOM)


def text(entry, name):
    return entry.findtext(f"a:{name}", namespaces=ATOM)


def test_events_as_atom(site):
    far = next(one for one in entries(site, "/feeds/events.atom?drill=false") if "far" in text(one, "title"))
    assert text(far, "title") == "Smoke: The far (open)"
    assert (text(far, "published"), far.findtext("georss:point", namespaces=ATOM)) == (
        "2026-07-01T12:05:00Z",
        "46.600000 9.900000",
    )
    assert far.find("a:link", ATOM).get("href") == "http://landwatch.test/events/smoke-far-300"
    (chinese,) = entries(site, "/feeds/events.atom?camera=far&drill=false&lang=zh-CN")
    assert text(chinese, "title").startswith("烟")


def test_a_feed_that_has_not_changed_is_not_sent_again(site):
    first = site.get("/feeds/events.atom")
    again = site.get("/feeds/events.atom", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_each_alert_of_the_index_is_a_signed_cap_message(site):
    found = entries(site, "/feeds/cap.atom")
    assert len(found) == 4  # two events that stand, and two exercises
    for entry in found:
        content = site.get(entry.find("a:link", ATOM).get("href")).content
        assert Validator(content).schema() == (True, "CAP alert follows the CAP v1.2 schema.")
        assert Validator(content).signature() == (True, "CAP alert signature is valid.")
        status = etree.fromstring(content).findtext("{urn:oasis:names:tc:emergency:cap:1.2}status")
        is_drill = text(entry, "title").startswith("Drill, not real: ")
        assert status == entry.find("a:category", ATOM).get("term") == ("Exercise" if is_drill else "Actual")
    assert sum(text(entry, "title").startswith("Drill") for entry in found) == 2


def test_an_alert_that_has_expired_is_not_in_the_index(site, clock):
    sent = clock.now()
    clock.set(sent + timedelta(seconds=21_600))
    assert entries(site, "/feeds/cap.atom") == []
    clock.set(sent)


def test_without_an_outlet_that_signs_there_are_no_alerts(archive, clock):
    site = Asker(create_app(archive, News(clock), clock))
    assert entries(site, "/feeds/cap.atom") == []
    assert site.get("/feeds/cap/smoke-ridge-1.cap.1.xml").status_code == 404
