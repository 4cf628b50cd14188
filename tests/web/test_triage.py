"""The triage desk in a browser: by keys alone, without a connection, and two desks at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from landwatch.alert import Duty
from landwatch.clock import SetClock
from landwatch.config import Alerts, Camera, Config, Place, Pose, Secret, Serve
from landwatch.store import Store
from landwatch.where import Locator

from .browsing import DESK, PHONE, TOUR, Site, barriers, overflow, served
from .scenes import NOW, Sight, fill, flat, well

TOKEN = "a token of more than sixteen characters"
RIDGE, SOUTH = "smoke-ridge-1", "smoke-south-1"

TITLES = {"ridge": "North ridge", "south": "South tower", "away": "Other valley"}


def cameras() -> tuple[Camera, ...]:
    """Return two cameras that see what burns at 46.5 N 10.0 E, and one beyond it that looks away from it."""
    looks = {"ridge": (46.5, 9.9, 90.0), "south": (46.42, 10.0, 0.0), "away": (46.5, 10.02, 90.0)}
    return tuple(
        Camera(
            name=name,
            title=TITLES[name],
            source={"kind": "folder"},
            place=Place(latitude=latitude, longitude=longitude, elevation=1820),
            view=Pose(
                size=(320, 180),
                azimuth=azimuth,
                elevation=-2.0,
                focal=300.0,
                sigma={"azimuth": 0.2, "elevation": 0.2},
            ),
        )
        for name, (latitude, longitude, azimuth) in looks.items()
    )


SIGHTS = [
    (
        Sight(name="ridge", title="North ridge", states=well(), smoke=True),
        [flat(level) for level in range(20, 90, 10)],
    ),
    (
        Sight(name="south", title="South tower", states=well(), smoke=True),
        [flat(level) for level in range(25, 95, 10)],
    ),
    (Sight(name="away", title="Other valley", states=well(), withheld=True), [flat(100)]),
]


@pytest.fixture
def duty(tmp_path: Path) -> Iterator[Duty]:
    fill(tmp_path, SIGHTS)
    with Store.open(tmp_path, SetClock(NOW)) as store:
        store.enroll(cameras())
    config = Config(camera=cameras(), alert=Alerts(desks=("County forest desk",), merge_km=0))
    with Duty.open(tmp_path, SetClock(NOW), config) as opened:
        opened.follow()
        yield opened


@contextmanager
def at_work(duty: Duty, folder: Path) -> Iterator[Site]:
    serve = Serve(operator_token=Secret(env="LANDWATCH_TOKEN"))
    with served(folder, duty=duty, serve=serve, locator=Locator(cameras())) as site:
        yield site


@pytest.fixture
def site(duty: Duty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("LANDWATCH_TOKEN", TOKEN)
    with at_work(duty, tmp_path) as opened:
        yield opened


@pytest.fixture
def desk(site, look):
    """Opens the triage desk of somebody who has signed in."""

    def opened(*, deaf: bool = False, **options) -> Page:
        """Open it; a deaf one hears no news."""
        page = look(site, "/operator", **options)
        page.locator("#token").fill(TOKEN)
        page.locator("form button").click()
        if deaf:
            page.route("**/parts/triage/*", lambda route: route.fulfill(status=204))
        page.goto(f"{site.address}/triage")
        expect(page).to_have_title(re.compile(r"^\(2\) "))  # its script hears keys from now on
        return page

    return opened


def stands(duty: Duty, event: str) -> str:
    life = duty.book.life(event)
    assert life is not None
    return life.state


def test_a_queue_is_worked_off_by_keys_alone(desk, duty, shoot):
    page = desk()
    expect(page.locator(".queue a")).to_have_count(2)
    first = page.locator(".queue a[aria-current]")
    expect(first).to_contain_text("South tower")
    shoot(page, "triage.desk", whole=True)
    page.keyboard.press("j")
    expect(first).to_contain_text("North ridge")
    expect(page.locator("#seen-title")).to_be_focused()
    page.keyboard.press("a")
    expect(page).to_have_title("(1) Triage · Landwatch")
    page.keyboard.press("c")
    expect(page.locator("#seen .pill").first).to_have_text("confirmed")
    page.keyboard.press("h")
    page.keyboard.press("4")
    expect(page.locator("#seen")).to_contain_text("→ County forest desk")
    page.keyboard.press("k")
    expect(first).to_contain_text("South tower")
    page.keyboard.press("d")
    expect(page.get_by_role("button", name="cloud")).to_be_focused()
    shoot(page, "triage.causes")
    page.keyboard.press("4")
    expect(page.locator(".queue a")).to_have_count(1)
    expect(page).to_have_title("Triage · Landwatch")
    ridge, south = duty.book.life(RIDGE), duty.book.life(SOUTH)
    assert (ridge.state, ridge.desk) == ("confirmed", "County forest desk")
    assert (south.state, south.cause) == ("dismissed", "steam")
    assert [deed.act for deed in duty.book.deeds(RIDGE)][-3:] == ["acknowledge", "confirm", "hand_over"]


def test_acts_without_a_connection_are_kept_and_sent_once_it_is_back(desk, duty, shoot):
    page = desk(expected="ERR_")  # a browser names a line that drops in several ways
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_contain_text("No connection to Landwatch since")
    page.keyboard.press("c")
    page.get_by_label("Note, about things").fill("flames at the saddle")
    page.keyboard.press("Enter")
    rows = page.locator("#outbox li")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("not sent yet")
    expect(page.get_by_role("button", name="confirm")).to_be_disabled()
    shoot(page, "triage.offline")
    assert stands(duty, SOUTH) == "open"
    page.context.set_offline(False)
    expect(page.locator("#outbox")).to_be_hidden()
    expect(page.locator("#offline")).to_be_hidden()
    deeds = duty.book.deeds(SOUTH)[-2:]
    assert [(deed.act, deed.note) for deed in deeds] == [("confirm", ""), ("note", "flames at the saddle")]


def test_what_waits_outlives_the_page_and_is_done_once_though_its_answer_was_lost(desk, duty):
    page = desk(expected="ERR_")

    def lose(route) -> None:
        """Let the server do it, and lose its answer."""
        route.fetch()
        route.abort()

    page.route("**/triage/smoke-*", lose, times=1)
    page.keyboard.press("a")
    expect(page.locator("#outbox li")).to_contain_text("not sent yet")
    page.reload()
    expect(page.locator("#outbox")).to_be_hidden()
    assert [deed.act for deed in duty.book.deeds(SOUTH)].count("acknowledge") == 1


def test_who_is_second_is_told_who_was_first_and_undoes_nothing(desk, duty, site):
    page = desk(deaf=True, expected="409")
    duty.act(SOUTH, "confirm", "expert", note="I see flames")
    page.keyboard.press("d")
    page.keyboard.press("1")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("expert was first at")
    expect(alert).to_contain_text("confirm")
    expect(alert).to_contain_text("I see flames")
    expect(page.locator("#outbox li")).to_contain_text("somebody was first")
    assert stands(duty, SOUTH) == "confirmed"


def test_pictures_are_gone_through_by_arrow_keys_with_the_region_drawn(desk, site):
    page = desk()
    strip = page.locator(".pictures .strip a")
    expect(strip).to_have_count(7)
    big = page.locator("#big img")
    last = strip.last.get_attribute("href")
    expect(big).to_have_attribute("src", f"{last}?width=960")
    page.keyboard.press("ArrowLeft")
    expect(big).to_have_attribute(
        "src", f"{page.url.partition('/triage')[0]}{strip.nth(5).get_attribute('href')}?width=960"
    )
    expect(page.locator("#big rect")).to_have_count(2)


def test_neighbours_that_look_there_come_first_with_what_they_saw(desk):
    page = desk()
    page.keyboard.press("j")
    near = page.locator(".neighbours li")
    expect(near.first).to_contain_text("South tower")
    expect(near.first).to_contain_text("looks there")
    expect(near.first.locator("img")).to_be_visible()
    expect(near.last).to_contain_text("looks elsewhere")
    expect(near.last).to_contain_text("withheld")
    expect(page.locator(".sketch .ellipse")).to_have_count(1)


def test_sound_and_single_keys_are_remembered(desk, duty):
    page = desk()
    expect(page.get_by_role("button", name="Sound is off")).to_be_visible()
    page.keyboard.press("s")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Single keys act on this page").uncheck()
    page.get_by_role("button", name="Back").click()
    page.reload()
    expect(page.get_by_role("button", name="Sound is on")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("a")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert stands(duty, SOUTH) == "open"


def test_a_new_event_comes_up_by_itself(desk, duty, site):
    page = desk()
    duty.open_event("away", "flood", "duty", drill=True)
    site.news.publish("away")
    expect(page).to_have_title("(3) Triage · Landwatch")
    expect(page.locator(".queue .drill")).to_have_text("Drill, not real")


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh-CN", "dark")])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_desk_keeps_nobody_out_and_fits(desk, shoot, size, language, scheme):
    page = desk(size=size, language=language, scheme=scheme)
    expect(page.locator("#acts")).to_be_visible()
    page.keyboard.press("d")
    assert overflow(page) == 0
    assert barriers(page) == []
    low = page.locator(".act-button:visible, .tool:visible").evaluate_all(
        "all => all.filter(one => one.getBoundingClientRect().height < 44).map(one => one.textContent)"
    )
    assert low == []
    readme = "triage.en.png" if size is DESK and language == "en" else None
    name = f"triage.{'desk' if size is DESK else 'phone'}.{language}.{scheme}"
    shoot(page, name, whole=True, readme=readme, width=TOUR)


def test_without_javascript_it_is_links_and_forms(site, look, duty):
    page = look(site, "/operator", java_script_enabled=False)
    page.locator("#token").fill(TOKEN)
    page.locator("form button").click()
    page.goto(f"{site.address}/triage")
    page.get_by_role("link", name="North ridge").first.click()
    page.get_by_text("dismiss as false alarm").click()
    page.get_by_role("button", name="steam").click()
    assert stands(duty, RIDGE) == "dismissed"
