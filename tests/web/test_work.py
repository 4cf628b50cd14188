"""Work orders by page and API: who may write, what is shown, and reports from poles."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from landwatch.clock import SetClock
from landwatch.config import Secret, Serve
from landwatch.store import Archive
from landwatch.upkeep import Asset, Desk, Opening, Organisation, Site
from landwatch.web import News, create_app

from .conftest import Asker
from .scenes import NOW, Sight, fill, flat, still, well

TOKEN = "a token of more than sixteen characters"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Office(Asker):
    """A site with a desk."""

    desk: Desk
    clock: SetClock

    def sign_in(self) -> dict[str, str]:
        """Return the headers of a browser that has shown the token."""
        answer = self.ask("POST", "/operator", data={"token": TOKEN})
        assert answer.status_code == 303
        return {"Cookie": answer.headers["set-cookie"].partition(";")[0]}

    def form(self, path: str, headers: dict[str, str]) -> dict[str, str]:
        """Return the hidden fields of a page's form."""
        page = self.get(path, headers={**headers, "Accept": "text/html"}).text
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("LANDWATCH_TOKEN", TOKEN)
    pictures = [flat(40), flat(80)]
    fill(tmp_path, [(Sight(name="ridge", title="North ridge", states=well()), pictures)])
    clock = SetClock(NOW)
    with Desk.open(tmp_path, clock) as desk, Archive(tmp_path) as archive:
        desk.keep_organisations([Organisation(name="mender", title="Mender", contact="desk@mender.example")])
        desk.keep_sites([Site(name="hill", title="Hill", area="Upper county", settlement="rural")])
        desk.keep_assets([Asset(camera="ridge", site="hill", maintained_by="mender", managed_by="mender")])
        before, after = (still(picture).sha256 for picture in pictures)
        desk.open_order(
            Opening(
                scope="camera", subject="ridge", cause="blur", origin="pictures", since=NOW,
                before=before, after=after,
            ),
            "pictures",
        )  # fmt: skip
        serve = Serve(operator_token=Secret(env="LANDWATCH_TOKEN"), address="https://cameras.example.org")
        made = Office(create_app(archive, News(clock), clock, desk=desk, serve=serve))
        made.desk, made.clock = desk, clock
        yield made


def test_an_order_is_shown_with_its_pictures_then_and_now(office):
    page = office.get("/orders/1", headers={"Accept": "text/html"}).text
    order = office.desk.book.order(1)
    for sha256, words in ((order.before, "Before"), (order.after, "With the fault")):
        assert f"/api/v1/stills/{sha256}.jpg" in page
        assert f"<figcaption>{words}</figcaption>" in page
    assert "<form" not in page
    assert 'href="/orders/1"' in office.get("/orders", headers={"Accept": "text/html"}).text


@pytest.mark.parametrize("path", ["/orders", "/orders?show=all", "/orders/1", "/sites", "/operator"])
def test_pages_show_no_contact_and_no_label(office, path):
    for headers in ({}, office.sign_in()):
        page = office.get(path, headers={**headers, "Accept": "text/html"}).text
        assert "desk@mender.example" not in page
        assert office.desk.book.token("ridge") not in page


@pytest.mark.parametrize("name", ["organisations", "sites", "levels", "assets", "conditions", "orders"])
def test_registers_are_told_without_contacts(office, name):
    answer = office.get(f"/api/v1/{name}")
    assert answer.status_code == 200
    assert "desk@" not in answer.text
    assert office.desk.book.token("ridge") not in answer.text


def test_an_operator_follows_an_order_on_its_page(office):
    browser = office.sign_in()
    fields = {**office.form("/orders/1", browser), "role": "maintainer", "act": "hold", "note": "snow"}
    assert office.ask("POST", "/orders/1", data=fields, headers=browser).status_code == 303
    assert office.desk.book.order(1).state == "on_hold"
    late = office.ask("POST", "/orders/1", data={**fields, "act": "done"}, headers=browser)
    assert late.status_code == 409, "the page was opened before the order was put on hold"


def test_a_form_of_another_page_is_refused(office):
    browser = office.sign_in()
    fields = {**office.form("/orders/1", browser), "role": "manager", "act": "cancel", "note": "x"}
    for headers, data in (
        ({}, fields),
        (browser, {**fields, "proof": ""}),
        (browser, {**fields, "proof": "0" * 64}),
        ({**browser, "Sec-Fetch-Site": "cross-site"}, fields),
        ({"Cookie": "operator=99999999999.00"}, fields),
        ({"Cookie": browser["Cookie"].replace("operator=1", "operator=2")}, fields),
    ):
        assert office.ask("POST", "/orders/1", data=data, headers=headers).status_code == 403
    assert office.desk.book.order(1).state == "assigned"


def test_a_session_ends_after_half_a_day(office):
    browser = office.sign_in()
    fields = {**office.form("/orders/1", browser), "role": "manager", "act": "cancel", "note": "x"}
    office.clock.set(NOW + timedelta(hours=13))
    assert office.ask("POST", "/orders/1", data=fields, headers=browser).status_code == 403


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(office):
    cookie = office.ask("POST", "/operator", data={"token": TOKEN}).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert TOKEN not in cookie


def test_a_token_cannot_be_found_by_trying(office):
    answers = [office.ask("POST", "/operator", data={"token": f"{n}"}).status_code for n in range(12)]
    assert answers == [403] * 10 + [429] * 2
    refused = office.ask("POST", "/operator", data={"token": TOKEN})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "61")
    office.clock.set(NOW + timedelta(seconds=61))
    office.sign_in()


def test_a_program_opens_and_follows_an_order(office):
    opened = office.ask(
        "POST", "/api/v1/orders", json={"camera": "ridge", "cause": "bracket", "note": "bent"}, headers=BEARER
    )
    assert opened.status_code == 201
    order = opened.json()["order"]
    assert (order["state"], order["organisation"]) == ("assigned", "mender")
    path = f"/api/v1/orders/{order['id']}/steps"
    step = {"act": "done", "role": "maintainer", "version": order["version"]}
    done = office.ask("POST", path, json=step, headers=BEARER)
    assert [one["act"] for one in done.json()["steps"]] == ["open", "assign", "done"]
    assert office.ask("POST", path, json=step, headers=BEARER).status_code == 409
    wrong = office.ask("POST", path, json={**step, "version": 2}, headers=BEARER)
    assert wrong.status_code == 422
    assert wrong.headers["content-type"] == "application/problem+json"
    assert "cannot done" in wrong.json()["detail"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer no"}, {"Authorization": f"Basic {TOKEN}"}])
def test_without_the_token_nothing_is_written(office, headers):
    body = {"camera": "ridge", "cause": "bracket"}
    refused = office.ask("POST", "/api/v1/orders", json=body, headers=headers)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert len(office.desk.book.orders()) == 1


def test_a_server_without_token_only_shows(site):
    body = {"camera": "ridge", "cause": "bracket"}
    refused = site.ask("POST", "/api/v1/orders", json=body, headers=BEARER)
    assert refused.status_code == 403
    assert "serve.operator_token is not set" in refused.json()["detail"]
    assert site.ask("POST", "/operator", data={"token": ""}).status_code == 403


def test_whoever_stands_at_the_pole_can_report_without_signing_in(office):
    path = f"/report/{office.desk.book.token('ridge')}"
    assert "North ridge" in office.get(path, headers={"Accept": "text/html"}).text
    for words in ("door is open", "and wet inside"):
        assert office.ask("POST", path, data={"words": words}).headers["location"] == f"{path}?sent=1"
    (order,) = (one for one in office.desk.book.orders() if one.cause == "report")
    assert (order.origin, order.detail, order.state) == ("report", "door is open", "assigned")
    assert [step.note for step in office.desk.book.steps(order.id) if step.role == "visitor"] == [
        "door is open",
        "and wet inside",
    ]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"data": {"words": " "}}, 422),
        ({"data": {"words": "x" * 501}}, 422),
        ({"data": {"words": "x" * 20_000}}, 413),
        ({"json": {"words": "x"}}, 415),
        ({"files": {"words": b"\xff\xd8"}}, 415),
        ({"data": {"words": "x"}, "headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
    ],
)
def test_a_report_is_a_short_text_of_our_own_form(office, change, status):
    path = f"/report/{office.desk.book.token('ridge')}"
    answer = office.ask("POST", path, **change)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert len(office.desk.book.orders()) == 1


def test_reports_from_one_label_are_limited(office):
    path = f"/report/{office.desk.book.token('ridge')}"
    answers = [office.ask("POST", path, data={"words": f"{n}"}) for n in range(6)]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "601"
    office.clock.set(NOW + timedelta(minutes=10))
    assert office.ask("POST", path, data={"words": "again"}).status_code == 303


def test_a_label_that_is_none_leads_nowhere(office):
    assert office.get("/report/0000000000000000000000").status_code == 404
    assert office.ask("POST", "/report/0000000000000000000000", data={"words": "x"}).status_code == 404


def test_a_label_is_printed_by_operators_alone(office):
    assert office.get("/cameras/ridge/label").status_code == 403
    assert office.get("/cameras/ridge/label.svg").status_code == 403
    browser = office.sign_in()
    assert office.get("/cameras/ridge/label", headers=browser).status_code == 200
    code = office.get("/cameras/ridge/label.svg", headers=browser)
    assert (code.headers["content-type"], code.headers["cache-control"]) == ("image/svg+xml", "no-store")
    assert "<path" in code.text


def test_what_people_write_is_shown_as_text(office):
    path = f"/report/{office.desk.book.token('ridge')}"
    office.ask("POST", path, data={"words": "<script>alert(1)</script>"})
    page = office.get("/orders/2", headers={"Accept": "text/html"}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("path", ["/orders", "/orders/1", "/sites", "/operator", "/report"])
def test_pages_of_work_speak_chinese(office, path):
    from .test_language import Visible, english_of

    office.desk.keep_assets([dataclasses.replace(office.desk.book.assets()[0], make="")])
    path = f"/report/{office.desk.book.token('ridge')}" if path == "/report" else path
    for headers in ({}, office.sign_in()):
        answer = office.get(path, headers={**headers, "Accept": "text/html", "Accept-Language": "zh-CN"})
        page = Visible()
        page.feed(answer.text)
        assert english_of([text.replace("North ridge", "") for text in page.texts]) == []
