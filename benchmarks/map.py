"""What the map costs with 20,000 cameras: server time, bytes sent, and time to idle in a headless browser.

    python -m benchmarks map

Cameras are strewn over a land; each has one picture and six findings. Server times are processor times of
this process. The browser draws with its software renderer on the same processors: its wall time holds for a
machine without a graphics card that does nothing else, its processor times hold on a busy one too.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import statistics
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI
from tests.web.serving import running

from landwatch.clock import SetClock
from landwatch.config import Camera, Place
from landwatch.store import Archive, Store
from landwatch.types import Finding, FindingState, Outcome
from landwatch.web import News, create_app

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
CAMERAS = 20_000
RUNS = 5
CHECKS = ("exposure", "blur", "frozen", "lateness", "view", "noise")
ARGS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
)


def fill(folder: Path, count: int) -> None:
    """Fill a store with cameras: one in twenty bad, as many doubtful."""
    chance = random.Random(1)
    cameras = [
        Camera(
            name=f"camera-{number:05d}",
            title=f"Camera {number}",
            source={"kind": "rtsp", "url": "rtsp://camera.invalid/"},
            place=Place(latitude=chance.uniform(22, 48), longitude=chance.uniform(80, 120)),
        )
        for number in range(count)
    ]
    with Store.open(folder, SetClock(NOW)) as store:
        store.enroll(cameras)
        for start in range(0, count, 500):
            store.keep_all([_outcome(camera.name, chance) for camera in cameras[start : start + 500]])


def _outcome(camera: str, chance: random.Random) -> Outcome:
    taken = NOW - timedelta(seconds=chance.uniform(1, 25))
    state: FindingState = chance.choices(("good", "bad", "doubtful"), (18, 1, 1))[0]
    findings = tuple(
        Finding(camera=camera, check=check, time=taken, state=state, value=0.5, unit="1", since=taken)
        for check in CHECKS
    )
    return Outcome(
        camera=camera,
        name="1",
        taken=taken,
        time_from="clock",
        received=taken,
        status="withheld",
        reason="night",
        masked=None,
        model="0" * 64,
        still=None,
        findings=findings,
        readings=(),
        events=(),
    )


def asked(app: FastAPI, path: str) -> tuple[float, int]:
    """Return the processor time [s] of an answer, and its length as sent. [byte]"""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://landwatch.test") as client:
            return await client.get(path, headers={"Accept-Encoding": "gzip"})

    begun = time.process_time()
    answer = asyncio.run(ask())
    spent = time.process_time() - begun
    assert answer.status_code == 200, answer.text
    return spent, int(answer.headers["content-length"])


@dataclass(frozen=True, slots=True)
class Drawn:
    """What it took to draw the map once, with an empty cache."""

    wall: float
    """From navigation until the map is idle. [s]"""
    spent: dict[str, float]
    """Processor time of the browser's processes, by what they do. [s]"""


def to_idle(address: str, runs: int) -> list[Drawn]:
    """Draw the map some times in a headless browser."""
    from playwright.sync_api import CDPSession, sync_playwright

    def spent(session: CDPSession) -> Counter[str]:
        told: Counter[str] = Counter()
        for process in session.send("SystemInfo.getProcessInfo")["processInfo"]:
            told[process["type"]] += process["cpuTime"]
        return told

    drawn = []
    with sync_playwright() as playwright:
        for _ in range(runs):
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGS))
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            session = browser.new_browser_cdp_session()
            before = spent(session)
            page.goto(f"{address}/map")
            page.wait_for_selector("#map[data-idle]", state="attached", timeout=120_000)
            wall = float(page.get_attribute("#map", "data-idle") or "nan") / 1000
            drawn.append(Drawn(wall, dict(spent(session) - before)))
            browser.close()
    return drawn


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), CAMERAS)
        news = News(clock := SetClock(NOW))
        with Archive(Path(folder)) as archive:
            app = create_app(archive, news, clock)
            first, _ = asked(app, "/map")
            print(f"{CAMERAS} cameras; the first answer, which looks at all of them: {first:.2f} s")
            for path in ("/map", "/parts/map?state=bad", "/map/cameras.json", "/map/events.json"):
                found = [asked(app, path) for _ in range(RUNS)]
                spent = statistics.median(time for time, _ in found)
                print(f"{path:24} {spent * 1e3:7.1f} ms  {found[0][1] / 1e3:7.1f} kB")
            if shutil.which("chromium") is None:
                print("no chromium: nothing is drawn")
                return
            with running(app) as address:
                drawn = to_idle(address, RUNS)
            print(f"to idle in Chromium: median {statistics.median(one.wall for one in drawn):.2f} s")
            for kind in sorted({kind for one in drawn for kind in one.spent}):
                spent = statistics.median(one.spent.get(kind, 0.0) for one in drawn)
                print(f"  processor time of {kind}: {spent:.2f} s")


if __name__ == "__main__":
    main()
