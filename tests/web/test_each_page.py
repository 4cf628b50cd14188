"""Each page in a browser: nobody is kept out, nothing is asked elsewhere, and it is light enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request

from .browsing import DESK, PATIENCE_MS, PHONE, barriers, drawing_browser, overflow  # noqa: F401 a fixture
from .district import PAGES, TOKEN, District, district

KB = 1000
"""[byte]"""

HEAVIEST = 400 * KB
"""Of a page before pictures, as sent. [byte]"""

HEAVIEST_MAP = 1200 * KB
"""Of the map, which brings its own land and renderer. [byte]"""

LEAST_PX = 44
"""Of what fingers in gloves press. [px]"""

SHARED = {"base", "macros"}
"""Templates that make no page of their own."""

ADDRESSES = [path for paths in PAGES.values() for path in paths]


def test_the_table_of_pages_has_each_template():
    templates = (files("landwatch.web") / "templates").iterdir()
    stems = {one.name.removesuffix(".html") for one in templates if one.name.endswith(".html")}
    assert stems - SHARED == PAGES.keys(), "a new page goes into the table of district.py"


@pytest.fixture(scope="module")
def served_district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANDWATCH_TOKEN", TOKEN)
        with district(tmp_path_factory.mktemp("district")) as opened:
            yield opened


@dataclass
class Reader:
    """An operator with a browser, and what the browser did since the page was opened."""

    page: Page
    district: District
    faults: list[str] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Open a page of the table, and wait until it is quiet."""
        self.faults.clear()
        self.asked.clear()
        answer = self.page.goto(self.district.address(path))
        assert answer is not None
        assert answer.status == (404 if path in PAGES["error"] else 200)
        if path in PAGES["map"]:
            self.page.wait_for_selector("#map[data-idle]", state="attached")
        if path in PAGES["trial"]:
            self.page.wait_for_selector(".plot")
        if "series=" in path or path in PAGES["camera"][:2]:
            self.page.wait_for_selector(".plot canvas")

    @property
    def elsewhere(self) -> list[str]:
        """What was asked of others."""
        own = (self.district.site.address, "blob:", "data:")
        return [one.url for one in self.asked if not one.url.startswith(own)]

    @property
    def weight(self) -> int:
        """What was sent, but for pictures and the stream of news. [byte]"""
        light = [one for one in self.asked if one.resource_type != "image" and "/stream" not in one.url]
        # What the page left behind may still have been on its way; such a request has failed and has no size.
        came = [one for one in light if one.url.startswith("http") and one.failure is None]
        return sum(one.sizes()["responseBodySize"] for one in came)


def reader(context: BrowserContext, district: District) -> Reader:
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(f"{district.site.address}/operator")
    page.locator("#token").fill(TOKEN)
    page.locator("#token").press("Enter")
    page.wait_for_url("**/orders")
    made = Reader(page, district)
    page.on("pageerror", lambda error: made.faults.append(str(error)))
    page.on("console", lambda said: made.faults.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: made.asked.append(request))
    return made


@pytest.fixture(scope="module")
def at_desk(browser: Browser, served_district: District) -> Reader:
    return reader(browser.new_context(viewport=DESK, locale="en", color_scheme="light"), served_district)


@pytest.fixture(scope="module")
def on_phone(browser: Browser, served_district: District) -> Reader:
    context = browser.new_context(
        viewport=PHONE, locale="zh-CN", color_scheme="dark", has_touch=True, is_mobile=True
    )
    return reader(context, served_district)


def faults_of(reader: Reader, path: str) -> list[str]:
    """Return errors that are not the one which was asked for."""
    missing = path in PAGES["error"]
    return [said for said in reader.faults if not (missing and "404" in said)]


def kept_out(page: Page, first: str, then: str) -> list[str]:
    """Return the barriers of a page in the colours that it was opened with, and in the others."""
    found = [f"{first}: {one}" for one in barriers(page)]
    page.emulate_media(color_scheme=then)
    found += [f"{then}: {one}" for one in barriers(page, rules=("color-contrast",))]
    page.emulate_media(color_scheme=first)
    return found


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_page_at_a_desk_keeps_nobody_out_and_asks_nobody_else(at_desk, path):
    at_desk.open(path)
    assert kept_out(at_desk.page, "light", "dark") == []
    assert overflow(at_desk.page) == 0
    assert at_desk.elsewhere == []
    assert faults_of(at_desk, path) == []
    assert at_desk.weight <= (HEAVIEST_MAP if path in PAGES["map"] else HEAVIEST)


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_page_on_a_phone_keeps_nobody_out_and_fits(on_phone, path):
    on_phone.open(path)
    assert kept_out(on_phone.page, "dark", "light") == []
    assert overflow(on_phone.page) == 0
    assert faults_of(on_phone, path) == []
    assert small(on_phone.page) == []


def small(page: Page) -> list[str]:
    """Return what can be pressed and is too low for a glove; links within a sentence are as high as it."""
    return page.evaluate(
        """least => [...document.querySelectorAll(
            `button, select, summary, nav a, .button, .chip, .pick,
            input:not([type=hidden], [type=checkbox], [type=radio])`
        )].filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
        .filter((one) => !one.closest(".unseen, .skip") && one.getBoundingClientRect().height < least)
        .map((one) => `${one.getBoundingClientRect().height} px: ${one.outerHTML.slice(0, 100)}`)""",
        LEAST_PX,
    )
