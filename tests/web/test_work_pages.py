"""Work orders in a browser: an operator signs in and follows one; somebody at a pole reports another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from landwatch.clock import SetClock
from landwatch.config import Secret, Serve
from landwatch.store import Archive
from landwatch.upkeep import Desk
from landwatch.web import News, create_app

from .district import TOKEN, registered
from .scenes import NOW, Sight, fill, flat, well
from .serving import running

SHOTS = os.environ.get("LANDWATCH_SCREENSHOTS")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def desk(folder: Path) -> Iterator[Desk]:
    pictures = [flat(150, 480, 270), flat(60, 480, 270)]
    sights = [
        (Sight(name="ridge", title="North ridge", states=well()), pictures),
        (Sight(name="lake", title="Lake", states=well()), pictures[:1]),
    ]
    fill(folder, sights)
    with Desk.open(folder, SetClock(NOW)) as opened:
        registered(opened, pictures)
        yield opened


@pytest.fixture(scope="module")
def address(desk: Desk, folder: Path) -> Iterator[str]:
    clock = SetClock(NOW)
    news = News(clock)
    serve = Serve(operator_token=Secret(env="LANDWATCH_TOKEN"), call="0800 555 111")
    with (
        pytest.MonkeyPatch.context() as patch,
        Archive(folder) as archive,
    ):
        patch.setenv("LANDWATCH_TOKEN", TOKEN)
        app = create_app(archive, news, clock, desk=desk, serve=serve)
        with running(app) as served:
            yield served


def test_an_operator_signs_in_and_follows_an_order(
    browser: Browser, address: str, desk: Desk, tmp_path: Path
):
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page.set_default_timeout(30_000)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/operator")
    page.get_by_label("Operator token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{address}/orders")
    page.get_by_role("link", name="1", exact=True).click()
    page.locator("select[name=act]").select_option("acknowledge")
    page.locator("input[name=note]").fill("on our way")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("on our way")).to_be_visible()
    assert desk.book.order(1).state == "acknowledged"
    figures = page.locator(".pair img")
    expect(figures).to_have_count(2)
    boxes = [figures.nth(n).bounding_box() for n in (0, 1)]
    assert boxes[0]["y"] == boxes[1]["y"], "then and now stand side by side"
    page.screenshot(path=Path(SHOTS or tmp_path) / "order.png", full_page=True)
    for name in ("orders", "sites", "cameras/ridge/label"):
        page.goto(f"{address}/{name}")
        page.screenshot(path=Path(SHOTS or tmp_path) / f"{name.replace('/', '-')}.png")
    assert faults == [], "nothing on the pages breaks their own policy"
    page.close()


def test_somebody_at_the_pole_reports_in_chinese_on_a_phone(
    browser: Browser, address: str, desk: Desk, tmp_path: Path
):
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page.set_default_timeout(30_000)
    page.goto(f"{address}/report/{desk.book.token('ridge')}")
    page.get_by_label("这台摄像机或立杆有什么故障？").fill("门开着")
    page.screenshot(path=Path(SHOTS or tmp_path) / "report.png")
    page.get_by_role("button", name="发送").click()
    expect(page.get_by_text("谢谢，已记录。")).to_be_visible()
    assert [order.detail for order in desk.book.orders() if order.cause == "report"] == ["门开着"]
    page.close()


PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1440, "height": 900}}


def signed_in(browser: Browser, address: str, **more: object) -> Page:
    """Return a page of a browser that has shown the token."""
    context = browser.new_context(**more)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{address}/operator")
    page.locator("#token").fill(TOKEN)
    page.locator("#token").press("Enter")
    page.wait_for_url("**/orders")
    return page


@pytest.fixture(scope="module")
def readers(browser: Browser, address: str) -> dict[str, Page]:
    """A desk in English by day, and a phone in Chinese by night."""
    return {
        "desk": signed_in(browser, address, locale="en", color_scheme="light", **DESK),
        "phone": signed_in(browser, address, locale="zh-CN", color_scheme="dark", **PHONE),
    }


def test_several_cameras_are_chosen_and_stay_so_while_the_grid_is_renewed(readers, address, desk):
    page = readers["phone"]
    page.goto(address)
    page.locator("#tile-lake .pick").tap()
    page.get_by_role("searchbox").fill("lake")  # the grid is fetched again
    expect(page.locator("#tile-ridge")).to_have_count(0)
    expect(page.locator("#tile-lake .pick input")).to_be_checked()
    page.locator("#bulk select[name=act]").select_option("maintenance")
    page.locator("#bulk input[name=note]").fill("mast is painted")
    page.locator("#bulk button.button").tap()
    expect(page.get_by_role("status").first).to_be_visible()
    assert page.url == f"{address}/?q=lake&done=1"
    assert {one.camera: one.lifecycle for one in desk.book.assets()} == {
        "lake": "maintenance",
        "ridge": "active",
    }


def test_rates_over_time_are_in_a_table_as_well(readers, address):
    page = readers["desk"]
    page.goto(f"{address}/rates?from=2026-06-29&to=2026-07-01&step=day")
    page.get_by_text("As a table").click()
    rows = page.locator("#trend-table tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0).locator("td").first).to_have_text("–")  # the cameras came two days later
    expect(rows.nth(2).locator("td").first).to_contain_text("%")
