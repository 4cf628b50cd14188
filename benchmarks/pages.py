"""What the server spends on a page of a fleet of 1,000 cameras, and what the page weighs before its pictures.

    python -m benchmarks pages

The store has 1,000 cameras with checks and one frame each, and 200 open events; one camera has half a day of
readings at 10 s. The aims are 50 ms of CPU time for any page and 400 kB with its scripts and styles.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import httpx

from landwatch.alert import Duty
from landwatch.clock import SetClock
from landwatch.config import Camera, Config, Place
from landwatch.store import Archive, Store
from landwatch.types import Event, Finding, Outcome, Reading
from landwatch.web import News, create_app

CAMERAS = 1000
EVENTS = 200
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
REPEATS = 9
CHECKS = ("black", "blur", "clock", "colour", "covered", "dirt", "exposure", "frozen", "moved", "noise")

PAGES = {
    "fleet": "/",
    "fleet as a table": "/?view=table",
    "map": "/map",
    "triage": "/triage",
    "events": "/events",
    "event": "/events/smoke-0007",
    "camera": "/cameras/camera-0000",
    "measure": "/measure?series=camera-0000:river_level&from=2026-07-01&to=2026-07-01",
    "rates": "/rates",
    "gaps": "/gaps",
    "API: cameras": "/api/v1/cameras",
    "measure by hour": "/measure?series=camera-0000:river_level&from=2026-07-01&to=2026-07-01&every=hour",
}


def cameras() -> list[Camera]:
    """Return cameras on a grid two kilometres wide a step."""
    return [
        Camera(
            name=f"camera-{number:04d}",
            source={"kind": "folder"},
            place=Place(latitude=46 + number // 32 * 0.02, longitude=9 + number % 32 * 0.03, elevation=900),
        )
        for number in range(CAMERAS)
    ]


def outcome(number: int, at: datetime) -> Outcome:
    """Return one frame of a camera; a river's level for the first, smoke for some."""
    name = f"camera-{number:04d}"
    findings = tuple(
        Finding(camera=name, check=check, time=at, state="good", value=1.0, unit="1", since=at)
        for check in CHECKS
    )
    reading = Reading(
        camera=name, quantity="river_level", time=at, value=1.5, unit="m", sigma=0.02, method="river/2"
    )
    event = Event(
        id=f"smoke-{number:04d}", hazard="smoke", camera=name, state="opened", opened=at, time=at, score=0.8
    )
    return Outcome(
        camera=name,
        name=f"{at:%H%M%S}.jpg",
        taken=at,
        time_from="clock",
        received=at,
        status="withheld",
        reason="night",
        masked=None,
        model=None,
        still=None,
        findings=findings if at == NOW else (),
        readings=() if number else (reading,),
        events=(event,) if at == NOW and 0 < number <= EVENTS else (),
    )


def fill(folder: Path) -> None:
    """Make the store."""
    with Store.open(folder, SetClock(NOW)) as store:
        store.enroll(cameras())
        store.keep_all([outcome(0, NOW - timedelta(seconds=10 * back)) for back in range(4320, 0, -1)])
        store.keep_all([outcome(number, NOW) for number in range(CAMERAS)])


async def measured(client: httpx.AsyncClient, path: str) -> tuple[float, int]:
    """Return the median CPU time of a page [s], and its weight with scripts and styles [byte]."""
    costs = []
    for _ in range(REPEATS):
        begin = time.process_time()
        answer = await client.get(path)
        costs.append(time.process_time() - begin)
        answer.raise_for_status()
    weight = 0
    for asked in {path, *re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text)}:
        async with client.stream("GET", asked) as sent:
            weight += sum([len(part) async for part in sent.aiter_raw()])
    return median(costs), weight


async def asked(folder: Path) -> None:
    """Print the figures of each page."""
    clock = SetClock(NOW)
    with Archive(folder) as archive, Duty.open(folder, clock, Config(camera=tuple(cameras()))) as duty:
        duty.follow()
        app = create_app(archive, News(clock), clock, duty=duty)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bench.test") as client:
            for title, path in PAGES.items():
                cost, weight = await measured(client, path)
                print(f"{title:17s} {1000 * cost:7.1f} ms {weight / 1000:8.0f} kB")


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        fill(Path(name))
        print(f"{CAMERAS} cameras, {EVENTS} open events; CPU time, median of {REPEATS}; kB as sent")
        asyncio.run(asked(Path(name)))


if __name__ == "__main__":
    main()
