"""A browser for the tests of pages: serves a store on loopback, opens pages, and writes screenshots.

Screenshots go into the folder that LANDWATCH_SCREENSHOTS names, or into pytest's own. Where it is set, those
that the README and the tour show are written to docs/images as well.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from landwatch.clock import SetClock
from landwatch.store import Archive
from landwatch.web import News, create_app

from .scenes import NOW
from .serving import running

SHOTS = os.environ.get("LANDWATCH_SCREENSHOTS")

TOUR = 960
"""Width of pictures that only the tour shows. [px]"""

README = Path(__file__).resolve().parents[2] / "docs/images"

PATIENCE_MS = 90_000
"""A busy machine may take long for a screenshot; what does not come at all still fails."""

expect.set_options(timeout=PATIENCE_MS / 3)

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

LOOKS = [("en", "light"), ("zh-CN", "dark")] + ([("en", "dark"), ("zh-CN", "light")] if SHOTS else [])
"""Languages and colours: each of them once, and all of them where somebody looks."""


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Open Debian's Chromium; where it is missing the tests are skipped, and in CI they fail."""
    path = shutil.which("chromium")
    if path is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("no chromium: apt-get install chromium fonts-noto-cjk to test the pages")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking", *arguments]
        )
        yield opened
        opened.close()


# Playwright runs an event loop in this thread for as long as it is open, so it may not outlast this module.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("--disable-gpu") as opened:
        yield opened


@pytest.fixture(scope="module", name="browser")
def drawing_browser() -> Iterator[Browser]:
    """A browser that draws maps by software."""
    with chromium("--use-angle=swiftshader", "--enable-unsafe-swiftshader") as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class Site:
    """A served store."""

    address: str
    folder: Path
    news: News
    clock: SetClock


@contextmanager
def served(folder: Path, **options: Any) -> Iterator[Site]:
    """Serve a store on loopback, at the time `NOW`, with more of `create_app`'s options."""
    clock = SetClock(NOW)
    news = News(clock)
    with Archive(folder) as archive:
        app = create_app(archive, news, clock, demo=True, **options)
        with running(app) as address:
            yield Site(address, folder, news, clock)


def is_fault(said: ConsoleMessage, expected: str) -> bool:
    """True for an error in a page's console that does not hold the words that are expected."""
    return said.type == "error" and not (expected and expected in said.text)


@pytest.fixture
def look(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page; at its end it has made no error but an expected one, and asked nothing elsewhere."""
    faults: list[str] = []
    contexts = []

    def opened(
        site: Site,
        path: str,
        *,
        size: dict = DESK,
        language: str = "en",
        scheme: str = "light",
        expected: str = "",
        **more: object,
    ) -> Page:
        context = browser.new_context(
            viewport=size, locale=language, color_scheme=scheme, timezone_id="Europe/Zurich", **more
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if is_fault(said, expected) else None)
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(site.address) else faults.append(f"asked {asked.url}"),
        )
        answer = page.goto(site.address + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def shoot(tmp_path: Path) -> Callable[..., None]:
    """Writes a screenshot."""

    def write(
        page: Page, name: str, *, readme: str | None = None, whole: bool = False, width: int | None = None
    ) -> None:
        folder = Path(SHOTS) if SHOTS else tmp_path
        folder.mkdir(parents=True, exist_ok=True)
        pictured(page)
        page.screenshot(path=folder / f"{name}.png", full_page=whole)
        if SHOTS and readme:
            README.mkdir(parents=True, exist_ok=True)
            with Image.open(folder / f"{name}.png") as shot:
                # A repository keeps every version for ever; 256 colours are a third of the size.
                shown = shot.convert("RGB")
                if width is not None:
                    shown.thumbnail((width, shown.height))
                shown.quantize(256).save(README / readme, optimize=True)

    return write


def pictured(page: Page) -> None:
    """Wait until the pictures that can be seen are there."""
    page.wait_for_function(
        """() => [...document.images].every((image) => {
            const box = image.getBoundingClientRect();
            const seen = box.width && box.top < innerHeight && box.bottom > 0 && box.left < innerWidth;
            return !seen || (image.complete && image.naturalWidth > 0);
        })"""
    )


def overflow(page: Page) -> int:
    """Return by how much the page is wider than its window. [px]"""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""Axe's names for the rules of WCAG 2.2 A and AA, and for its own."""


def barriers(page: Page, rules: tuple[str, ...] = WCAG) -> list[str]:
    """Return what of a page keeps people out, as axe finds it."""
    found = Axe().run(page, options={"runOnly": list(rules)}).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
