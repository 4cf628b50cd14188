"""Drawing on a cleared picture in a browser: by keyboard, by pointer, without scripts, on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from landwatch.clock import SetClock
from landwatch.config import Camera, Config, Secret, Serve
from landwatch.config import Store as StoreConfig
from landwatch.store import Archive, Beside, Store
from landwatch.types import Reading
from landwatch.views import Book, Desk, adopt
from landwatch.web import News, create_app

from .scenes import NOW, outcome, still
from .serving import running
from .test_work import TOKEN
from .valley_fleet import valley_fleet

SHOTS = os.environ.get("LANDWATCH_SCREENSHOTS")

PATIENCE_MS = 90_000
"""A busy machine may take long; what does not come at all still fails."""

expect.set_options(timeout=PATIENCE_MS / 3)

SLOPE = Camera(
    name="slope",
    title="South slope",
    source={"kind": "folder"},
    measure={"greenness": {"region": [[100, 60], [300, 60], [300, 180]]}},
)


@pytest.fixture(scope="module")
def pictures() -> list:
    """Rendered land of the valley, which shows nobody."""
    return next(shown for sight, shown in valley_fleet((216, 384)) if sight.name == "slope-white")


@pytest.fixture
def address(tmp_path: Path, pictures: list, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("LANDWATCH_TOKEN", TOKEN)
    clock = SetClock(NOW)
    with Store.open(tmp_path, clock) as store:
        store.enroll([SLOPE])
        for n in range(4):
            taken = NOW - timedelta(minutes=5 * n)
            gcc = Reading(
                camera="slope",
                quantity="gcc",
                time=taken,
                value=0.4 + n / 500,
                unit="1",
                method="greenness/1@1",
            )
            store.keep(outcome("slope", taken, still(pictures[n % len(pictures)]), readings=(gcc,)))
    with (
        Beside(tmp_path, clock) as beside,
        Archive(tmp_path) as archive,
    ):
        adopt(beside, [SLOPE], None, NOW)
        config = Config(camera=(SLOPE,), store=StoreConfig(folder=tmp_path))
        desk = Desk(config, None, beside, Book(archive.reading), clock)
        news = News(clock)
        serve = Serve(operator_token=Secret(env="LANDWATCH_TOKEN"))
        app = create_app(archive, news, clock, serve=serve, drafts=desk)
        with running(app) as served:
            yield served
        desk.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator:
    """Opens a page as an operator; at its end there was no error in it, and nothing was asked elsewhere."""
    faults: list[str] = []
    contexts = []

    def opened(path: str, **more: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "en"} | more)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(address) else faults.append(f"asked {asked.url}"),
        )
        page.goto(f"{address}/operator")
        page.locator("#token").fill(TOKEN)
        page.locator("main form button").click()
        page.goto(address + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.wait_for_function("[...document.images].every((one) => one.complete)")
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def lines(page: Page) -> list[str]:
    return page.locator("#shape-region").input_value().split("\n")


def test_a_region_is_drawn_by_keyboard_alone(visit):
    page = visit("/cameras/slope/draw?instrument=greenness")
    board = page.locator("#board")
    board.focus()
    page.keyboard.press("+")
    expect(page.locator("#said")).to_have_text("Region, point 1 of 3: 100, 60")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert lines(page) == ["101, 70", "300, 60", "300, 180"]
    page.keyboard.press("-")
    expect(page.locator("#said")).to_have_text("Region, point 3 of 3: 300, 180")
    page.keyboard.press("Insert")
    assert lines(page) == ["101, 70", "300, 60", "300, 180", "310, 190"]
    expect(page.locator("#said")).to_have_text("Region, point 4 of 4: 310, 190")
    page.keyboard.press("+")
    page.keyboard.press("Delete")
    assert lines(page) == ["300, 60", "300, 180", "310, 190"]
    for _ in range(5):
        page.keyboard.press("Shift+ArrowUp")
    expect(page.locator("#board .held")).to_have_count(1)
    page.locator("button[value=save]").press("Enter")
    page.wait_for_url("**/cameras/slope/views")
    expect(page.locator("#v2")).to_contain_text("measure.greenness.region")
    shoot(page, "views.desk")


def test_points_are_dragged_and_added_by_pointer(visit):
    page = visit("/cameras/slope/draw?instrument=greenness")
    box = page.locator("#board").bounding_box()
    scale = box["width"] / 384

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * scale, box["y"] + y * scale

    page.mouse.move(*at(300, 180))
    page.mouse.down()
    page.mouse.move(*at(250, 150))
    page.mouse.up()
    x, y = (int(cell) for cell in lines(page)[2].split(","))
    assert (x, y) == (pytest.approx(250, abs=1), pytest.approx(150, abs=1))
    page.mouse.click(*at(120, 140))
    x, y = (int(cell) for cell in lines(page)[3].split(","))
    assert (x, y) == (pytest.approx(120, abs=1), pytest.approx(140, abs=1))
    page.locator("#remove").click()
    assert len(lines(page)) == 3


def test_a_point_is_added_by_touch(visit):
    page = visit(
        "/cameras/slope/draw?instrument=greenness", has_touch=True, viewport={"width": 390, "height": 844}
    )
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    box = page.locator("#board").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert lines(page)[3] == "192, 108"
    shoot(page, "draw.phone")


def test_targets_are_drawn_as_boxes_with_what_is_known_of_them(visit):
    page = visit("/cameras/slope/draw?instrument=visibility")
    page.locator("input[name=into][value=target]").check()
    page.locator("#board").focus()
    page.keyboard.press("Insert")
    assert page.locator("#shape-target").input_value() == "192, 108, 216, 122, 100, 0.8, target, trees"
    page.keyboard.press("ArrowRight")
    assert page.locator("#shape-target").input_value() == "192, 108, 217, 122, 100, 0.8, target, trees"
    expect(page.locator("#board rect.outline")).to_have_count(1)


def test_numbers_that_are_typed_are_drawn(visit):
    page = visit("/cameras/slope/draw?instrument=motion", color_scheme="dark")
    page.locator("#shape-stable").fill("10, 10\n50, 10\n50, 50\n\n60, 60\n90, 60\n90, 90")
    expect(page.locator("#board polygon")).to_have_count(2)
    expect(page.locator("#board circle")).to_have_count(6)
    shoot(page, "draw.dark")


def test_a_draft_is_tried_with_progress_and_a_plot(visit):
    page = visit("/cameras/slope/draw?instrument=greenness")
    shoot(page, "draw.desk")
    page.locator("#shape-region").fill("100, 60\n300, 60\n300, 170")
    page.locator("button[value=try]").click()
    page.wait_for_url("**/trials/*")
    expect(page.locator(".plot").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("row", name="Green chromatic coordinate the draft 4")).to_be_visible()
    expect(page.get_by_role("row", name="Green chromatic coordinate what is kept 4")).to_be_visible()
    shoot(page, "trial.desk")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator("#v2")).to_contain_text("measure.greenness.region")


def test_a_view_is_changed_without_javascript(visit):
    page = visit("/cameras/slope/draw?instrument=greenness", java_script_enabled=False, locale="zh-CN")
    expect(page.locator("#board polygon")).to_have_count(1)
    expect(page.locator("#tools")).to_be_hidden()
    page.locator("#shape-region").fill("100, 60\n200, 60\n200, 180")
    shoot(page, "draw.zh")
    page.locator("button[value=save]").click()
    expect(page.locator("#v2")).to_contain_text("measure.greenness.region")
    shoot(page, "views.zh")
