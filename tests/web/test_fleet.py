"""The page of the fleet: what its address chooses, rates and orders, and what is done with several."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from landwatch.clock import SetClock
from landwatch.config import Camera, Secret, Serve
from landwatch.store import Archive, Store
from landwatch.upkeep import Asset, Desk, Organisation, Site
from landwatch.web import News, create_app
from landwatch.web.fleet import PAGE

from .scenes import NOW, enrolled
from .test_work import TOKEN, Office

HTML = {"Accept": "text/html"}
NAMES = ("gate", "hut", "ridge")


@pytest.fixture
def office(tmp_path, monkeypatch) -> Iterator[Office]:
    """Three cameras: two at the hill, of which one is maintained by somebody, and one that is no property."""
    monkeypatch.setenv("LANDWATCH_TOKEN", TOKEN)
    clock = SetClock(NOW)
    with Store.open(tmp_path, clock) as store:
        store.enroll(enrolled({name: name.title() for name in NAMES}))
    with Desk.open(tmp_path, clock) as desk, Archive(tmp_path) as archive:
        desk.keep_organisations([Organisation(name="mender", title="Mender Ltd")])
        desk.keep_sites([Site(name="hill", title="Hill")])
        desk.keep_assets(
            [Asset(camera="gate", site="hill"), Asset(camera="hut", site="hill", maintained_by="mender")]
        )
        serve = Serve(operator_token=Secret(env="LANDWATCH_TOKEN"), call="0800 555 111")
        made = Office(create_app(archive, News(clock), clock, desk=desk, serve=serve))
        made.desk, made.clock = desk, clock
        yield made


def shown(office: Office, query: str) -> list[str]:
    """Return the names of the cameras that a page shows, in order."""
    return re.findall(r'id="(?:tile|row)-([\w-]+)"', office.get(f"/{query}", headers=HTML).text)


def bulk(office: Office, *cameras: str, **more: str):
    """Return the answer to a filled form of the page."""
    browser = office.sign_in()
    fields = {**office.form("/", browser), "camera": list(cameras), **more}
    return office.ask("POST", "/fleet", data=fields, headers=browser)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["gate", "hut", "ridge"]),
        ("?site=hill", ["gate", "hut"]),
        ("?site=hill&view=table", ["gate", "hut"]),
        ("?maintainer=mender", ["hut"]),
        ("?q=RID", ["ridge"]),
        ("?state=order", []),
        ("?site=nowhere", []),
        ("?state=what&sort=what&view=what&page=what", ["gate", "hut", "ridge"]),
    ],
)
def test_the_address_says_which_cameras_are_shown(office, query, names):
    assert shown(office, query) == names


def test_a_camera_with_work_is_found_by_it(office):
    assert bulk(office, "hut", act="order", cause="bracket", note="bent").status_code == 303
    assert shown(office, "?state=order") == ["hut"]
    page = office.get("/?view=table", headers=HTML).text
    assert '<a href="/orders">1 work order</a>' in page
    assert re.search(r'id="row-hut".*?<td>1</td>', page, re.DOTALL)


def test_an_order_is_opened_on_each_chosen_camera_and_no_other(office):
    answer = bulk(office, "gate", "ridge", act="order", cause="bracket", note="bent", back="site=hill&done=9")
    assert answer.headers["location"] == "/?site=hill&done=2"
    assert "Done with 2 cameras." in office.get(answer.headers["location"], headers=HTML).text
    opened = office.desk.book.orders()
    assert {(one.subject, one.cause, one.detail) for one in opened} == {
        ("gate", "bracket", "bent"),
        ("ridge", "bracket", "bent"),
    }
    bulk(office, "gate", act="order", cause="bracket")
    assert len(office.desk.book.orders()) == 2, "one cause has one order"


def test_cameras_go_into_maintenance_and_back(office):
    for act, lifecycle in (("maintenance", "maintenance"), ("active", "active")):
        assert bulk(office, "gate", "ridge", act=act, note="mast is painted").status_code == 303
        states = {one.camera: one.lifecycle for one in office.desk.book.assets()}
        assert states == {"gate": lifecycle, "hut": "active", "ridge": lifecycle}
    assert [one.note for one in office.desk.book.lifecycle("gate")][-1] == "mast is painted"


def test_labels_of_several_cameras_are_one_pdf(office):
    answer = bulk(office, "gate", "hut", act="labels")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-1")
    refused = bulk(office, "gate", "ridge", act="labels")
    assert (refused.status_code, "no camera is registered as 'ridge'" in refused.text) == (404, True)


def test_what_cannot_be_meant_changes_nothing(office):
    for cameras, more, says in (
        ((), {"act": "order", "cause": "blur"}, "no camera is chosen"),
        (("gate", "lake"), {"act": "maintenance"}, "no camera is called 'lake'"),
        (("gate",), {"act": "retired"}, "possible are: order, maintenance, active, labels"),
        (("gate",), {"act": "order", "cause": "two words"}, "one word"),
    ):
        answer = bulk(office, *cameras, **more)
        assert (answer.status_code in (404, 422), says in answer.text) == (True, True), answer.text
    assert office.desk.book.orders() == []
    assert {one.lifecycle for one in office.desk.book.assets()} == {"active"}


def test_only_who_signed_in_and_got_the_form_from_us_may_send_it(office):
    browser = office.sign_in()
    fields = {**office.form("/", browser), "camera": "gate", "act": "maintenance"}
    for headers, data in (
        ({}, fields),
        (browser, {**fields, "proof": "0" * 64}),
        ({**browser, "Sec-Fetch-Site": "cross-site"}, fields),
    ):
        assert office.ask("POST", "/fleet", data=data, headers=headers).status_code == 403
    assert 'class="pick"' not in office.get("/", headers=HTML).text
    assert 'class="pick"' in office.get("/", headers={**HTML, **browser}).text


def test_a_form_with_too_many_fields_is_refused_and_not_a_failure(office):
    browser = office.sign_in()
    fields = {**office.form("/", browser), "camera": ["c"] * 1100, "act": "maintenance"}
    assert office.ask("POST", "/fleet", data=fields, headers=browser).status_code == 413
    many = {**office.form("/", browser), **{f"n{n}": "" for n in range(60)}}
    assert office.ask("POST", "/operator", data=many).status_code == 413


def test_more_cameras_than_a_page_holds_are_on_the_next(tmp_path):
    clock = SetClock(NOW)
    with Store.open(tmp_path, clock) as store:
        store.enroll(
            Camera(name=f"c{n:03}", source={"kind": "folder"}, interval=10.0) for n in range(PAGE + 3)
        )
    with Archive(tmp_path) as archive:
        site = Office(create_app(archive, News(clock), clock))
        assert shown(site, "")[-1] == f"c{PAGE - 1:03}"
        assert shown(site, "?page=2") == [f"c{n:03}" for n in range(PAGE, PAGE + 3)]
        assert shown(site, "?page=9&q=c00") == [f"c{n:03}" for n in range(10)], "the last page there is"
        assert 'href="/?q=c&amp;page=2"' in site.get("/?q=c", headers=HTML).text


def test_a_camera_says_its_work_and_who_is_responsible(office):
    bulk(office, "hut", act="order", cause="bracket")
    page = office.get("/cameras/hut", headers=HTML).text
    assert re.search(r'<a href="/orders/1">Work order 1</a>: Bracket <span class="pill">given to', page)
    assert ("hill" in page, "mender" in page) == (True, True)
