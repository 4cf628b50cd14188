"""Work orders in a browser: an operator signs in and follows one; somebody at a pole reports another."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, expect

from landwatch.clock import SetClock
from landwatch.config import Secret, Serve
from landwatch.store import Archive
from landwatch.upkeep import Asset, Desk, Level, Opening, Organisation, Site
from landwatch.web import News, create_app

from .scenes import NOW, Sight, fill, flat, still, well

SHOTS = os.environ.get("LANDWATCH_SCREENSHOTS")
TOKEN = "a token of more than sixteen characters"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    pictures = [flat(150, 480, 270), flat(60, 480, 270)]
    fill(tmp_path, [(Sight(name="ridge", title="North ridge", states=well()), pictures)])
    with Desk.open(tmp_path, SetClock(NOW)) as opened:
        opened.keep_organisations(
            [Organisation(name="county", title="County"), Organisation(name="mender", title="Mender Ltd")]
        )
        opened.keep_sites([Site(name="hill", title="Hill", area="Upper county", settlement="rural")])
        opened.keep_levels([Level(name="fast", target=98, response=4, repair=24)])
        opened.keep_assets(
            [
                Asset(
                    camera="ridge",
                    site="hill",
                    make="Acme",
                    maintained_by="mender",
                    managed_by="county",
                    level="fast",
                )
            ]
        )
        before, after = (still(picture).sha256 for picture in pictures)
        opened.open_order(
            Opening(
                scope="camera", subject="ridge", cause="blur", origin="pictures", since=NOW,
                detail="4.1 times less sharp than it was: out of focus, or glass misted",
                before=before, after=after,
            ),
            "pictures",
        )  # fmt: skip
        yield opened


@pytest.fixture
def address(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("LANDWATCH_TOKEN", TOKEN)
    clock = SetClock(NOW)
    news = News(clock)
    serve = Serve(operator_token=Secret(env="LANDWATCH_TOKEN"))
    with Archive(tmp_path) as archive, socket.create_server(("127.0.0.1", 0)) as listener:
        app = create_app(archive, news, clock, desk=desk, serve=serve)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            news.stop()
            server.should_exit = True
            thread.join(30)


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
