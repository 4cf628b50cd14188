"""Each journey by the keyboard alone: at each step the focus can be seen, and nothing needs a mouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from .browsing import DESK, PATIENCE_MS, drawing_browser  # noqa: F401 a fixture
from .district import TOKEN, District, district

MOST_STEPS = 60
"""Presses of Tab to what is wanted; farther away nobody finds it. [1]"""

SEEN = """() => {
    const at = document.activeElement;
    if (at === document.body) return ""; // behind the last element comes the browser's own bar
    const outlined = (one) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(one);
        return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    };
    // A box to tick is marked by its label, a tile as a whole.
    const shown = [at, at.closest(".tile"), ...[...at.labels ?? []].flatMap((one) => [one, ...one.children])];
    const box = at.getBoundingClientRect();
    const within = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const wrong = [];
    if (!shown.some((one) => one && outlined(one))) wrong.push("no outline");
    if (!within) wrong.push("off the window");
    return wrong.length ? `${wrong.join(", ")}: ${at.outerHTML.slice(0, 120)}` : "";
}"""
"""What is wrong with how the focus is shown."""


@pytest.fixture
def served_district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[District]:
    monkeypatch.setenv("LANDWATCH_TOKEN", TOKEN)
    with district(tmp_path) as opened:
        yield opened


class Keys:
    """Somebody without a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)

    def to(self, wanted: Locator) -> None:
        """Go to an element by Tab; at each step on the way it is seen where one is."""
        expect(wanted).to_be_visible()
        for _ in range(MOST_STEPS):
            self.press("Tab")
            assert self.page.evaluate(SEEN) == ""
            if wanted.evaluate("one => one === document.activeElement"):
                return
        raise AssertionError(f"not reached by {MOST_STEPS} presses of Tab: {wanted}")

    def take(self, wanted: Locator, key: str = "Enter") -> None:
        """Go to an element and press it."""
        self.to(wanted)
        self.press(key)


@pytest.fixture
def keys(browser: Browser, served_district: District) -> Iterator[Keys]:
    """Somebody at a desk who has signed in by keyboard."""
    context = browser.new_context(viewport=DESK, locale="en")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{served_district.site.address}/operator")
    made = Keys(page)
    made.to(page.get_by_label("Operator token"))
    made.write(TOKEN)
    made.press("Enter")
    page.wait_for_url("**/orders")
    yield made
    context.close()


def go(keys: Keys, name: str) -> Page:
    """Open a page by its entry of the navigation."""
    entries = keys.page.get_by_role("navigation", name="Pages")
    keys.to(entries.get_by_role("link", name=name, exact=True))
    with keys.page.expect_navigation():  # up to the load of the page, and so of its scripts
        keys.press("Enter")
    return keys.page


def test_cameras_are_filtered_chosen_and_put_into_maintenance(keys, served_district):
    page = go(keys, "Cameras")
    keys.press("/")
    expect(page.get_by_placeholder("Find a camera")).to_be_focused()
    keys.write("ridge")
    expect(page.locator(".tile")).to_have_count(1)
    keys.take(page.get_by_label("choose North ridge"), "Space")
    expect(page.locator("#chosen")).to_have_text("1 chosen")
    keys.to(page.locator("#bulk select[name=act]"))
    keys.write("put")
    expect(page.locator("#bulk select[name=act]")).to_have_value("maintenance")
    keys.to(page.locator("#bulk input[name=note]"))
    keys.write("mast is painted")
    keys.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Done with 1 camera.")
    assert [one.lifecycle for one in served_district.desk.book.assets("ridge")] == ["maintenance"]


def test_a_camera_is_read_and_its_region_drawn(keys, served_district):
    page = go(keys, "Cameras")
    keys.take(page.locator("#tile-ridge > a"))
    page.wait_for_selector(".plot canvas")
    keys.to(page.locator(".strip").first)
    plot = page.get_by_role("img", name="Plot of Smoke")
    keys.to(plot)
    keys.press("ArrowLeft")
    expect(page.locator("#plots .readout").last).to_contain_text("11:59:56")
    keys.take(page.get_by_role("link", name="Draw what the instruments look at"))
    page.wait_for_selector("#tools:not([hidden])")
    keys.to(page.locator("#board"))
    keys.press("+", "Shift+ArrowRight", "ArrowDown", "Insert", "Delete")
    assert page.locator("#shape-region").input_value().startswith("30, 21\n300, 20")
    keys.to(page.get_by_label("Note, about things"))
    keys.write("away from the mast")
    keys.take(page.get_by_role("button", name="Save as a new version"))
    page.wait_for_url("**/cameras/ridge/views")
    expect(page.locator("#v2")).to_contain_text("away from the mast")


def test_the_map_is_moved_a_day_replayed_and_a_camera_opened_from_the_table(keys):
    page = go(keys, "Map")
    page.wait_for_selector("#map[data-idle]", state="attached")
    keys.to(page.get_by_role("textbox", name="Day (UTC)"))
    keys.write("07012026")
    expect(page.locator("#tables").get_by_text("As it was at")).to_be_visible()
    slider = page.get_by_role("slider")
    expect(slider).to_be_enabled()
    keys.to(slider)
    keys.press("Home", "PageUp")
    expect(slider).not_to_have_value("0")
    keys.take(page.get_by_role("button", name="Now"))
    expect(page.locator("#tables").get_by_text("As it was at")).to_have_count(0)
    keys.to(page.locator(".maplibregl-canvas"))
    keys.press("ArrowLeft", "+")
    keys.take(page.get_by_role("button", name="on the map River gauge"))
    card = page.locator("#card")
    expect(card.get_by_role("link", name="River gauge")).to_be_visible()
    keys.press("Escape")
    expect(card).to_be_hidden()
    keys.take(page.locator("#row-gauge a"))
    page.wait_for_url("**/cameras/gauge")


def test_an_event_is_judged_without_single_keys_too(keys, served_district):
    page = go(keys, "Triage")
    expect(page).to_have_title("(2) Triage · Landwatch")
    keys.take(page.locator(".queue a").nth(1))
    expect(page.locator("#seen-title")).to_contain_text("North ridge")
    keys.take(page.locator("summary", has_text="dismiss"))
    keys.take(page.get_by_role("button", name="steam"))
    expect(page.locator(".queue a")).to_have_count(1)
    life = served_district.duty.book.life("smoke-ridge-1")
    assert life is not None
    assert (life.state, life.cause) == ("dismissed", "steam")


def test_readings_are_compared_and_downloaded(keys):
    page = go(keys, "Measure")
    keys.to(page.get_by_placeholder("Find a camera or a quantity"))
    keys.write("gauge")
    keys.press("Enter")
    page.wait_for_url("**q=gauge**")
    keys.take(page.get_by_label("River gauge · River level"), "Space")
    keys.take(page.get_by_role("button", name="Show"))
    page.wait_for_selector("#compared canvas")
    keys.to(page.get_by_label("Plot of River level"))
    keys.press("ArrowLeft")
    expect(page.locator(".u-legend")).to_contain_text("11:59:56")
    keys.to(page.get_by_role("link", name="CSV"))
    with page.expect_download() as told:
        keys.press("Enter")
    assert told.value.suggested_filename.endswith(".csv")


def test_an_order_is_followed_and_an_inspection_read(keys, served_district):
    page = keys.page
    keys.take(page.get_by_role("link", name="1", exact=True))
    page.wait_for_url("**/orders/1")
    keys.to(page.locator("select[name=act]"))
    keys.write("ack")
    keys.to(page.get_by_label("Note, about things"))
    keys.write("on our way")
    keys.take(page.get_by_role("button", name="Write it down"))
    expect(page.get_by_text("on our way")).to_be_visible()
    assert served_district.desk.book.order(1).state == "acknowledged"
    go(keys, "Rates")
    keys.take(page.get_by_role("link", name="Inspections"))
    keys.take(page.get_by_role("link", name="Spring"))
    expect(page.get_by_role("heading", name="Spring")).to_be_visible()
    keys.to(page.get_by_role("link", name="PDF"))


def test_the_page_for_everybody_is_read_in_another_language(keys, served_district):
    page = keys.page
    page.goto(f"{served_district.site.address}/public")
    keys.to(page.get_by_text("Skip to the content"))
    keys.take(page.get_by_role("link", name="简体中文"))
    expect(page.get_by_role("heading", name="摄像机看到什么，不看什么")).to_be_visible()
    keys.to(page.locator("[aria-labelledby=cameras]"))
