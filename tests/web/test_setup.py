"""Setting a camera up by the page: who may, what is told, and the whole journey in a browser by keyboard."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from landwatch.config import Config, Secret, Serve, load
from landwatch.setup import Desk
from landwatch.store import Archive
from landwatch.web import News, create_app
from tests.cli.test_cameras import still_camera
from tests.source.test_onvif import PASSWORD, answering, camera

from .browsing import LOOKS, PHONE, TOUR, barriers, overflow
from .conftest import Asker
from .scenes import fill
from .test_work import TOKEN, Office

__all__ = ["camera"]

PATIENCE_MS = 240_000
"""These start processes, which takes long on a busy machine; what does not come at all still fails."""

TABLET = {"width": 820, "height": 1180}
PAGE = {"Accept": "text/html"}


class SettingUp(Office):
    """A site where cameras are added."""

    setup: Desk
    file: Path


@pytest.fixture
def office(tmp_path: Path, clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """A site without cameras that can be set up."""
    monkeypatch.setenv("LANDWATCH_TOKEN", TOKEN)
    fill(tmp_path / "store", [])
    desk = Desk(tmp_path / "landwatch.toml", Config())
    with Archive(tmp_path / "store") as archive:
        serve = Serve(operator_token=Secret(env="LANDWATCH_TOKEN"))
        made = SettingUp(create_app(archive, News(clock), clock, serve=serve, newcomers=desk))
        made.setup, made.file = desk, tmp_path / "landwatch.toml"
        yield made
    desk.close()


def test_a_visitor_is_told_how_to_sign_in_and_nothing_of_the_machine(office):
    page = office.get("/setup", headers=PAGE).text
    assert 'href="/operator?back=/setup"' in page
    assert "127.0.0.1" not in page
    assert "<form" not in page


@pytest.mark.parametrize("path", ["/setup/search", "/setup/try", "/setup/trials/0"])
def test_nobody_makes_the_server_ask_an_address_without_a_session_and_its_form(office, path):
    data = {"interface": "lo", "address": "http://127.0.0.1:9/", "hazard": "smoke"}
    for headers in ({}, office.sign_in(), {"Authorization": f"Bearer {TOKEN}"}):
        assert office.ask("POST", path, data=data, headers=headers).status_code == 403
    for hidden in (
        "/setup/trials/0",
        "/parts/setup/trials/0",
        "/setup/trials/0/picture.jpg",
        "/setup/cameras/a",
    ):
        assert office.get(hidden).status_code == 403


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://me:hidden@192.0.2.1/", "has a user or password in it"),
        ("http://192.0.2.1/?password=hidden", "has a secret in"),
        ("/etc/passwd", "an address begins with"),
        ("ftp://192.0.2.1/x", "an address begins with"),
        ("", "an address begins with"),
    ],
)
def test_an_address_that_cannot_be_tried_is_refused_and_no_credential_shown(office, address, said):
    browser = office.sign_in()
    fields = {**office.form("/setup", browser), "address": address, "hazard": "smoke"}
    answer = office.ask("POST", "/setup/try", data=fields, headers=browser | PAGE)
    assert answer.status_code == 422
    assert said in answer.text
    assert "hidden@" not in answer.text
    assert "=hidden" not in answer.text


def test_an_interface_that_is_not_there_is_refused(office):
    browser = office.sign_in()
    fields = {**office.form("/setup", browser), "interface": "192.0.2.1"}
    answer = office.ask("POST", "/setup/search", data=fields, headers=browser | PAGE)
    assert answer.status_code == 422
    assert "no network interface" in answer.text


def test_signing_in_leads_back_to_where_it_began_and_nowhere_else(office):
    for back, leads in (("/setup", "/setup"), ("https://elsewhere.example", "/orders"), ("//x", "/orders")):
        answer = office.ask("POST", "/operator", data={"token": TOKEN, "back": back})
        assert answer.headers["location"] == leads


def test_a_server_without_a_configuration_says_so(site: Asker):
    assert "landwatch setup" in site.get("/setup", headers=PAGE).text


def test_what_was_typed_stays_where_it_cannot_be_used_and_then_the_camera_is_in_the_file(office):
    browser = office.sign_in()
    with still_camera() as url:
        fields = {**office.form("/setup", browser), "address": url, "hazard": "smoke", "user": "me"}
        fields["password"] = PASSWORD
        at = office.ask("POST", "/setup/try", data=fields, headers=browser | PAGE).headers["location"]
        assert office.setup.trials.wait(Path(at).name, 120.0)
    page = office.get(at, headers=browser | PAGE).text
    assert f'src="{at}/picture.jpg"' in page
    assert "narrower than 1,280 px" in page
    assert f'value="{PASSWORD}"' not in page
    assert office.get(f"{at}/picture.jpg", headers=browser).content.startswith(b"\xff\xd8")
    typed = {
        **office.form(at, browser),
        "offer": url,
        "name": "Bad Name",
        "title": "<b>Mill</b>",
        "measure": "smoke",
    }
    refused = office.ask("POST", at, data=typed, headers=browser | PAGE)
    assert refused.status_code == 422
    assert 'value="&lt;b&gt;Mill&lt;/b&gt;"' in refused.text
    for wrong in ({"offer": "http://192.0.2.1/"}, {"measure": "river"}, {"latitude": "91", "longitude": "0"}):
        data = {**typed, "name": "mill", **wrong}
        assert office.ask("POST", at, data=data, headers=browser | PAGE).status_code == 422
    assert not office.file.exists()
    place = {"latitude": "46.5", "longitude": "9.9", "interval": "30"}
    added = office.ask("POST", at, data={**typed, "name": "mill", **place}, headers=browser)
    assert added.headers["location"] == "/setup/cameras/mill"
    assert "within seconds" in office.get("/setup/cameras/mill", headers=browser | PAGE).text
    (camera,) = load(office.file).camera
    assert (camera.title, camera.interval, camera.place.latitude) == ("<b>Mill</b>", 30.0, 46.5)
    assert camera.measure == {"smoke": {}}
    assert office.get(at, headers=browser | PAGE).status_code == 404, "the password is forgotten with it"


@dataclass(frozen=True)
class Served:
    """A server that was begun without a configuration."""

    address: str
    file: Path
    folder: Path


@contextmanager
def begun(folder: Path) -> Iterator[Served]:
    """Run `landwatch setup` in an empty folder."""
    file = folder / "landwatch.toml"
    command = [sys.executable, "-c", "from landwatch.cli import main; main()"]
    with subprocess.Popen(
        [*command, "setup", "--config", str(file), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield Served(line.split()[-1].removesuffix("/setup"), file, folder)
        finally:
            process.terminate()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("chosen => document.activeElement.matches(chosen)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


def type_into(page: Page, selector: str, text: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def sign_in(page: Page, site: Served) -> None:
    """From the empty fleet to the page of set-up, by keyboard."""
    tab_to(page, "main a[href='/setup']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.address}/setup")
    tab_to(page, "main a[href^='/operator']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.address}/operator**")
    type_into(page, "#token", (site.folder / "secrets/operator.token").read_text())
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.address}/setup")


def is_well(page: Page) -> None:
    assert overflow(page) == 0
    assert barriers(page) == []


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
def test_a_camera_is_added_by_its_address_on_a_tablet_by_keyboard(look, shoot, tmp_path, language, scheme):
    with still_camera() as url, begun(tmp_path) as site:
        page = look(site, "/", size=TABLET, language=language, scheme=scheme)
        sign_in(page, site)
        is_well(page)
        shoot(page, f"setup.tablet.{language}.{scheme}", whole=True)
        type_into(page, "#address", url)
        tab_to(page, "#hazard")
        page.keyboard.press("End")  # upkeep
        tab_to(page, "form[action='/setup/try'] button")
        page.keyboard.press("Enter")
        page.wait_for_url("**/setup/trials/*")
        expect(page.locator("figure img")).to_be_visible(timeout=PATIENCE_MS)
        is_well(page)
        shown = "setup.en.png" if (language, scheme) == ("en", "light") else None
        shoot(page, f"setup-trial.tablet.{language}.{scheme}", readme=shown, width=TOUR // 2)
        type_into(page, "#name", "mill")
        type_into(page, "#title", "Old mill")
        type_into(page, "#site", "Lower valley")
        type_into(page, "#interval", "1")
        tab_to(page, "form[action^='/setup/trials/'] button")
        page.keyboard.press("Enter")
        page.wait_for_url("**/setup/cameras/mill")
        expect(page.locator("#added[hx-get]")).to_have_count(0, timeout=PATIENCE_MS)
        expect(page.locator("#added li")).to_have_count(4)  # it reads drift
        is_well(page)
        shoot(page, f"setup-added.tablet.{language}.{scheme}")
        tab_to(page, "main a[href='/cameras/mill']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/cameras/mill")
        expect(page.get_by_role("heading", name="Old mill")).to_be_visible()
        page.goto(f"{site.address}/sites")
        expect(page.get_by_role("heading", name="Lower valley")).to_be_visible()
        page.context.close()
    (added,) = load(site.file).camera
    assert (added.name, added.source["url"], added.measure) == ("mill", url, {"drift": {}})


def test_a_camera_is_found_on_a_phone_by_keyboard_and_its_password_never_shown_again(
    look, shoot, tmp_path, camera
):
    with begun(tmp_path) as site:
        page = look(site, "/", size=PHONE)
        sign_in(page, site)
        tab_to(page, "select[name=interface]")
        page.keyboard.type("lo")
        tab_to(page, "form[action='/setup/search'] button")
        with answering(f"http://127.0.0.1:{camera}/onvif/device_service"):
            page.keyboard.press("Enter")
            found = page.locator("input[name=found]")
            expect(found).to_have_value(f"onvif://127.0.0.1:{camera}")
        expect(found).to_be_focused()
        is_well(page)
        shoot(page, "setup-found.phone", whole=True)
        type_into(page, "#user", "me")
        type_into(page, "#password", PASSWORD)
        tab_to(page, "#hazard")
        page.keyboard.press("End")  # upkeep
        tab_to(page, "form[action='/setup/try'] button")
        page.keyboard.press("Enter")
        page.wait_for_url("**/setup/trials/*")
        expect(page.locator("#offer option")).to_have_count(3, timeout=PATIENCE_MS)
        is_well(page)
        shoot(page, "setup-trial.phone", whole=True)
        assert f'"{PASSWORD}"' not in page.content()
        expect(page.locator("#name")).to_have_value("one")  # its model
        tab_to(page, "form[action^='/setup/trials/'] button")
        page.keyboard.press("Enter")
        page.wait_for_url("**/setup/cameras/one")
        expect(page.get_by_role("link", name="Look at it")).to_be_visible(timeout=PATIENCE_MS)
        is_well(page)
        page.goto(f"{site.address}/cameras/one")
        assert f'"{PASSWORD}"' not in page.content()
        page.goto(f"{site.address}/sites")
        expect(page.get_by_role("cell", name="Peer Works One")).to_be_visible()
        page.context.close()
    (added,) = load(site.file).camera
    assert Path(added.source["password"]["file"]).read_text() == PASSWORD
