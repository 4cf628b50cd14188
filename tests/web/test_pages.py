"""The pages in a browser: what people see, at a desk and on a phone, in both languages, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from landwatch.clock import SetClock
from landwatch.store import Store

from .browsing import DESK, LOOKS, PHONE, SHOTS, TOUR, Site, barriers, overflow, served
from .scenes import NOW, enrolled, fill, flat, outcome, still
from .valley_fleet import forty, in_chinese, valley_fleet

SIZE = (540, 960) if SHOTS else (216, 384)
"""Of the rendered pictures: fine where somebody looks at them. (height, width) [px]"""


@pytest.fixture(scope="session")
def valley() -> list:
    return valley_fleet(SIZE)


@pytest.fixture(scope="module")
def fleet(valley: list, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("fleet")
    fill(folder, valley)
    with served(folder) as site:
        yield site


@pytest.fixture(scope="module")
def chinese_fleet(valley: list, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("chinese")
    fill(folder, in_chinese(valley))
    with served(folder) as site:
        yield site


@pytest.fixture(scope="module")
def large_fleet(valley: list, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("large")
    fill(folder, forty(valley))
    with served(folder) as site:
        yield site


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Site]:
    """A store of two cameras that a test may write to."""
    with Store.open(tmp_path, SetClock(NOW)) as store:
        store.enroll(enrolled({"one": "First", "two": "Second"}))
        for name, level in (("one", 60), ("two", 120)):
            store.keep(outcome(name, NOW - timedelta(seconds=20), still(flat(level))))
    with served(tmp_path) as site:
        yield site


PATHS = {
    "fleet": "/",
    "camera": "/cameras/ridge-north",
    "withheld": "/cameras/road-pass",
    "down": "/cameras/bridge-down",
    "events": "/events",
    "event": "/events/smoke-ridge-north-1",
    "measure": "/measure?series=river-gauge:river_level&series=ridge-north:smoke&series=forest-tower:gcc"
    "&from=2026-07-01&to=2026-07-01",
}


@pytest.mark.parametrize(("language", "scheme"), LOOKS)
@pytest.mark.parametrize("device", ["desk", "phone"])
@pytest.mark.parametrize("name", PATHS)
def test_pages_fit_their_window(fleet, chinese_fleet, look, shoot, name, device, language, scheme):
    site = fleet if language == "en" else chinese_fleet
    size = DESK if device == "desk" else PHONE
    page = look(site, PATHS[name], size=size, language=language, scheme=scheme)
    expect(page.locator("#offline")).to_be_hidden()
    if name == "camera":
        expect(page.locator("#plots .plot")).to_have_count(2)
    assert overflow(page) == 0
    assert barriers(page) == []
    readme = {
        ("fleet", "en"): "fleet.en.png",
        ("fleet", "zh-CN"): "fleet.zh.png",
        ("camera", "en"): "camera.en.png",
        ("measure", "en"): "measure.en.png",
    }
    wanted = readme.get((name, language)) if (device, scheme) == ("desk", "light") else None
    shoot(
        page,
        f"{name}.{device}.{language}.{scheme}",
        readme=wanted,
        whole=name != "fleet",
        width=TOUR if name == "measure" else None,
    )


def test_forty_cameras_are_seen_without_scrolling(large_fleet, look, shoot):
    page = look(large_fleet, "/")
    tiles = page.locator(".tile")
    expect(tiles).to_have_count(40)
    lowest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.tile')].map(t => t.getBoundingClientRect().bottom))"
    )
    assert lowest <= DESK["height"]
    shoot(page, "forty.desk")


def test_a_late_picture_is_marked_with_its_age(fleet, look):
    page = look(fleet, "/")
    late = page.locator("#tile-quarry-late")
    expect(late).to_have_class("tile is-bad late")
    expect(late.locator(".age")).to_have_text("45 min old")
    assert "grayscale" in late.locator("img").evaluate("image => getComputedStyle(image).filter")
    fresh = page.locator("#tile-pass-snow img")
    assert fresh.evaluate("image => getComputedStyle(image).filter") == "none"


def test_states_are_told_by_word_and_shape_not_by_colour_alone(fleet, look):
    page = look(fleet, "/")
    for name, state in (("river-frozen", "bad"), ("slope-white", "doubtful"), ("pass-snow", "good")):
        said = page.locator(f"#tile-{name} .state")
        expect(said).to_have_text(state)
        expect(said.locator("use")).to_have_attribute("href", f"#i-{state}")


def test_a_picture_grows_old_by_itself(fleet, browser):
    context = browser.new_context(timezone_id="Europe/Zurich", locale="en")
    page = context.new_page()
    # Each line of the stream sets the page's clock to the server's, which stands still here.
    page.route("**/stream*", lambda route: route.abort())
    page.clock.install(time=NOW)
    page.goto(fleet.address)
    tile = page.locator("#tile-pass-snow")
    expect(tile.locator(".age")).to_have_text("4 s old")
    page.clock.run_for(27_000)
    expect(tile).to_have_class("tile is-good late")
    expect(tile.locator(".age")).to_have_text("31 s old")
    context.close()


def test_times_are_in_the_readers_zone_which_is_named(fleet, look):
    page = look(fleet, "/cameras/pass-snow")
    expect(page.locator("#newest figcaption time")).to_have_text("13:59:56")  # 11:59:56 UTC
    expect(page.locator("#zone")).to_have_text("Times are in Europe/Zurich (UTC+2).")


def test_a_new_picture_comes_without_loading_the_page(small, look):
    page = look(small, "/")
    image = page.locator("#tile-one img")
    before = still(flat(60)).sha256
    expect(image).to_have_attribute("src", f"/api/v1/stills/{before}.jpg?width=480")
    image.evaluate("image => { image.mine = true }")
    fresh = still(flat(61))
    with Store.open(small.folder, small.clock) as store:
        store.keep(outcome("one", NOW - timedelta(seconds=2), fresh))
    small.news.publish("one")
    expect(image).to_have_attribute("src", f"/api/v1/stills/{fresh.sha256}.jpg?width=480")
    expect(page.locator("#tile-one .age")).to_have_text("2 s old")
    # The grid was changed, not built anew: nothing flickers, and focus stays where it was.
    assert image.evaluate("image => image.mine === true")


def test_a_camera_page_is_not_disturbed_by_other_cameras(small, look):
    page = look(small, "/cameras/one")
    expect(page.locator("#offline")).to_be_hidden()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_request("**/parts/cameras/one"):
        small.news.publish("two")
        small.news.publish("one")
    assert [url for url in asked if "/parts/" in url] == [f"{small.address}/parts/cameras/one"]


def test_a_lost_connection_is_told(small, look):
    page = look(small, "/")
    expect(page.locator("#offline")).to_be_hidden()
    page.route("**/stream", lambda route: route.abort())
    small.news.stop()
    expect(page.locator("#offline")).to_contain_text("No connection to Landwatch since")


def test_filters_narrow_the_grid_and_stay_in_the_address(fleet, look):
    page = look(fleet, "/")
    expect(page.locator(".tile")).to_have_count(13)
    page.get_by_label("bad 4").check()
    expect(page.locator(".tile")).to_have_count(4)
    page.get_by_placeholder("Find a camera").fill("ridge")
    expect(page.locator(".tile")).to_have_count(2)  # South ridge, and Old bridge
    assert page.url == f"{fleet.address}/?state=bad&q=ridge"
    page.reload()
    expect(page.locator(".tile")).to_have_count(2)
    page.get_by_placeholder("Find a camera").fill("nothing like this")
    expect(page.get_by_role("heading", name="No camera fits")).to_be_visible()
    page.get_by_role("link", name="Show all cameras").click()
    expect(page.locator(".tile")).to_have_count(13)


def test_the_worst_can_come_first(fleet, look):
    page = look(fleet, "/")
    page.locator("select[name=sort]").select_option("state")
    expect(page.locator(".tile").first).to_have_id("tile-ridge-north")  # it has an event
    expect(page.locator(".tile").nth(1)).to_have_class("tile is-bad")


def test_the_fleet_can_be_walked_by_keyboard(fleet, look):
    page = look(fleet, "/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_placeholder("Find a camera")).to_be_focused()
    page.keyboard.type("river gauge")
    expect(page.locator(".tile")).to_have_count(1)
    for _ in ("view", "order", "event", "tile"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cameras/river-gauge")


def test_a_plot_tells_values_gaps_and_the_picture_of_the_time(fleet, look, shoot):
    page = look(fleet, "/cameras/river-gauge")
    over = page.locator("#plots .u-over")
    readout = page.locator("#plots .readout")
    box = over.bounding_box()
    # The hour ends at noon UTC; fog was from 42 % to 50 % of it.
    over.hover(position={"x": box["width"] * 0.46, "y": 40})
    expect(readout).to_contain_text("no value: fog")
    expect(page.locator("#then .nothing")).to_have_text("no picture at this time")
    over.hover(position={"x": box["width"] - 1, "y": 40})
    expect(readout).to_contain_text("± 0.020 m")
    expect(page.locator("#then img")).to_be_visible()
    shoot(page, "plot.desk", whole=True)


def test_the_cursor_of_a_plot_moves_the_strip_which_says_why_there_is_no_picture(fleet, look):
    page = look(fleet, "/cameras/river-gauge")
    parts = page.locator("#past .strip li")
    expect(parts).to_have_count(24)
    expect(parts.last.locator("img")).to_have_count(1)
    expect(parts.first).to_contain_text("withheld: too dark for removal to be trusted")
    expect(page.locator("#plots canvas")).to_be_visible()
    page.get_by_label("Plot of River level").focus()
    page.keyboard.press("ArrowLeft")
    expect(parts.last).to_have_class("at")
    page.keyboard.press("ArrowRight")
    for _ in range(20):  # of 10 s each, more than the 150 s of a stretch
        page.keyboard.press("ArrowLeft")
    expect(parts.nth(22)).to_have_class("at")


def test_a_plot_can_be_read_by_keyboard(fleet, look):
    page = look(fleet, "/cameras/river-gauge")
    plot = page.get_by_label("Plot of River level")
    expect(page.locator("#plots canvas")).to_be_visible()
    plot.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#plots .readout")).to_contain_text("13:59:56")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#plots .readout")).to_contain_text("13:59:46")


def test_readings_are_compared_and_read_by_keyboard(fleet, look):
    page = look(fleet, "/measure")
    find = page.get_by_placeholder("Find a camera or a quantity")
    find.focus()
    page.keyboard.type("river gauge")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=river+gauge**")
    page.get_by_label("River gauge at the bridge · River level").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**series=river-gauge**")
    plot = page.get_by_label("Plot of River level")
    expect(page.locator("#compared canvas")).to_be_visible()
    plot.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".u-legend")).to_contain_text("13:59:56")
    expect(page.get_by_role("link", name="netCDF")).to_be_visible()


def test_the_region_of_an_event_is_drawn_where_it_is(fleet, valley, look):
    page = look(fleet, "/events/smoke-ridge-north-1")
    first = page.locator(".life li.is-opened .frame")
    expect(page.locator(".life > li")).to_have_count(3)
    image, region = first.locator("img").bounding_box(), first.locator("rect").last.bounding_box()
    left, top, right, bottom = next(sight.regions[0] for sight, _ in valley if sight.name == "ridge-north")
    height, width = SIZE
    scale = image["width"] / width
    assert region["x"] - image["x"] == pytest.approx(left * scale, abs=3)  # half of the line's 5 px
    assert region["y"] - image["y"] == pytest.approx(top * image["height"] / height, abs=3)
    assert region["width"] == pytest.approx((right - left) * scale, abs=6)
    assert region["height"] == pytest.approx((bottom - top) * scale, abs=6)


def test_a_page_tells_everything_without_javascript(fleet, look):
    page = look(fleet, "/cameras/ridge-north", java_script_enabled=False)
    expect(page.get_by_role("heading", name="Fire lookout, north ridge")).to_be_visible()
    expect(page.locator("#newest .age")).to_have_text("4 s old")
    expect(page.locator("#newest figcaption time")).to_have_text("11:59:56 UTC")
    expect(page.get_by_role("row", name="Smoke score")).to_be_visible()


def test_an_empty_store_says_what_to_do(tmp_path, look, shoot):
    fill(tmp_path, [])
    with served(tmp_path) as site:
        page = look(site, "/")
        expect(page.get_by_text("landwatch cameras add")).to_be_visible()
        shoot(page, "empty.desk")
        page.context.close()
