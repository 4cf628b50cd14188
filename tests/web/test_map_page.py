"""The map in a browser, and the page for everybody: at a desk, on a phone, by keyboard, without drawing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from landwatch.clock import SetClock
from landwatch.config import Config, Public
from landwatch.store import Store
from landwatch.web.public import Disclosed
from landwatch.where import Locator

from .browsing import DESK, PHONE, TOUR, Site, barriers, drawing_browser, overflow, served  # noqa: F401 a fixture
from .scenes import NOW, Sight, fill, flat, well
from .test_public import CAMERAS
from .test_where import BOX, camera

DRAWN_MS = 90_000
"""A software renderer on a busy machine takes long for its first picture."""

LOOKS = [("en", "light", DESK), ("zh-CN", "dark", PHONE)]


@pytest.fixture(scope="module")
def ridges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two calibrated cameras that see one plume, and one that is not calibrated."""
    folder = tmp_path_factory.mktemp("ridges")
    pictures = [flat(level) for level in range(20, 90, 10)]
    sights = [
        Sight(
            name=name, title=f"{name} ridge", states=well(), smoke=True, quantity="smoke", regions=(BOX,) * 7
        )
        for name in ("west", "east")
    ]
    sights.append(Sight(name="beside", title="old bridge", states={}, refused=True))
    fill(folder, [(sights[0], pictures), (sights[1], pictures), (sights[2], [])], hours=0.1)
    stand = [
        camera(name).model_copy(update={"title": title})
        for name, title in (("west", "west ridge"), ("east", "east ridge"), ("beside", "old bridge"))
    ]
    with Store.open(folder, SetClock(NOW)) as store:
        store.enroll(stand)
    locator = Locator(stand[:2])
    disclosed = Disclosed.of(Config(camera=CAMERAS, public=Public(on=True, owner="County of Test")))
    with served(folder, locator=locator, disclosed=disclosed) as site:
        yield site


def drawn(page: Page) -> Page:
    """Wait until the map is drawn."""
    page.wait_for_selector("#map[data-idle]", state="attached", timeout=DRAWN_MS)
    return page


@pytest.mark.parametrize(("language", "scheme", "size"), LOOKS)
def test_the_map_fits_its_window_and_keeps_nobody_out(ridges, look, shoot, language, scheme, size):
    page = drawn(look(ridges, "/map", language=language, scheme=scheme, size=size))
    expect(page.locator("#failed")).to_be_hidden()
    assert overflow(page) == 0
    assert barriers(page) == []
    shoot(page, f"map.{language}.{scheme}", readme="map.en.png" if language == "en" else None)


@pytest.mark.parametrize(("language", "scheme", "size"), LOOKS)
def test_the_public_page_fits_its_window_and_keeps_nobody_out(ridges, look, shoot, language, scheme, size):
    page = look(ridges, "/public", language=language, scheme=scheme, size=size)
    assert overflow(page) == 0
    assert barriers(page) == []
    shoot(
        page, f"public.{language}.{scheme}", readme="public.en.png" if language == "en" else None, width=TOUR
    )


def test_a_camera_is_found_on_the_map_and_opened_by_keyboard(ridges, look):
    page = drawn(look(ridges, "/map"))
    page.get_by_role("button", name="on the map west ridge").focus()
    page.keyboard.press("Enter")
    card = page.locator("#card")
    expect(card.get_by_role("link", name="west ridge")).to_be_visible()
    expect(card.locator("img")).to_be_visible()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_a_day_is_replayed_by_keyboard(ridges, look):
    page = drawn(look(ridges, "/map"))
    expect(page.get_by_role("heading", name="2 open events")).to_be_visible()
    page.get_by_role("textbox", name="Day (UTC)").fill("2026-07-01")
    expect(page.locator("#tables").get_by_text("As it was at")).to_be_visible()
    slider = page.get_by_role("slider")
    expect(slider).to_be_enabled()
    slider.focus()
    page.keyboard.press("Home")  # midnight: no event had opened yet
    expect(page.get_by_role("heading", name="2 open events")).to_have_count(0)
    assert "day=2026-07-01" in page.url
    assert "minute=0" in page.url
    page.get_by_role("button", name="Now").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2 open events")).to_be_visible()


def test_a_choice_narrows_the_table_and_stays_in_the_address(ridges, look):
    page = drawn(look(ridges, "/map"))
    page.get_by_label("bad 1").check()
    expect(page.locator("#cameras tbody tr")).to_have_count(1)
    assert page.url.endswith("?state=bad")


def test_where_the_map_cannot_be_drawn_the_tables_tell_the_same(ridges, browser):
    context = browser.new_context()
    page = context.new_page()
    page.route("**/maplibre-gl.mjs*", lambda route: route.abort())
    page.goto(f"{ridges.address}/map")
    expect(page.locator("#failed")).to_contain_text("The tables below tell the same.")
    expect(page.locator("#cameras tbody tr")).to_have_count(3)
    expect(page.get_by_text("50.1000°, 8.0000°").first).to_be_visible()
    context.close()
