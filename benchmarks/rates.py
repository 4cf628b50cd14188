"""How long the rates of a month take over 10,000 cameras, and what keeping their sums costs.

    python -m benchmarks rates

Each camera has a registered site, changes its state twice a day, and one in fifty is in maintenance for half
a day. The aim is one second for a month, in CPU time.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from landwatch.clock import SetClock
from landwatch.config import Camera
from landwatch.store import DAY, SLOTS, Archive, Beside, Store, micros, schema
from landwatch.upkeep import Asset, Desk, Organisation, Site, gaps, survey
from landwatch.upkeep.history import history

CAMERAS = 10_000
DAYS = 30
START = datetime(2026, 7, 1, tzinfo=UTC)
REPEATS = 5


def fill(folder: Path) -> None:
    """Make a store with a month of sums and states, as a keeper leaves them."""
    chance = random.Random(0)
    clock = SetClock(START)
    names = [f"camera-{n:05d}" for n in range(CAMERAS)]
    with Store.open(folder, clock) as store:
        store.enroll([Camera(name=name, source={"kind": "folder"}, interval=60) for name in names])
    with Desk.open(folder, clock) as desk:
        desk.keep_organisations([Organisation(name=f"owner-{n}") for n in range(20)])
        desk.keep_sites(
            Site(name=f"site-{n}", area=f"area {n % 50}", settlement=("rural", "urban")[n % 2])
            for n in range(CAMERAS // 4)
        )
        assets = [
            Asset(camera=name, site=f"site-{n // 4}", make=f"make {n % 7}", managed_by=f"owner-{n % 20}")
            for n, name in enumerate(names)
        ]
        desk.keep_assets(assets)
        for hours, state in ((60, "maintenance"), (72, "active")):
            clock.set(START + timedelta(hours=hours))
            for name in names[::50]:
                desk.set_lifecycle([name], "active" if state == "active" else "maintenance")
    beside = Beside(folder, clock)
    first, full = micros(START) // DAY, ((1 << SLOTS) - 1).to_bytes(SLOTS // 8, "little")
    with beside.transaction("fill") as connection:
        for camera in range(1, CAMERAS + 1):
            begin, states = chance.randrange(DAY // 2), []
            for day in range(DAYS):
                for hour, state in ((6, "good"), (18, "unknown")):
                    since = (first + day) * DAY + begin // 24 + hour * DAY // 24
                    states.append(
                        {"camera_id": camera, "since": since, "noted": since, "state": state, "cause": "",
                         "detail": ""}
                    )  # fmt: skip
            connection.execute(schema.conditions.insert(), states)
            connection.execute(
                schema.days.insert(),
                [
                    {"camera_id": camera, "day": first + day, "pictures": 1440, "timed": 0, "delay": 0,
                     "slots": full, "online": SLOTS, "good": DAY // 2, "doubtful": 0, "bad": 0}
                    for day in range(DAYS)
                ],
            )  # fmt: skip
    beside.close()


def main() -> None:
    """Print the figures."""
    start, end = START.date(), START.date() + timedelta(days=DAYS)
    now = START + timedelta(days=DAYS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder)
        with Archive(folder) as archive:
            asked: dict[str, Callable[[], object]] = {
                "rates of all": lambda: survey(archive.reading, start, end, now=now),
                "rates by site": lambda: survey(archive.reading, start, end, by="site", now=now),
                "month by day": lambda: history(archive.reading, start, end, "day", now=now),
                "gaps": lambda: gaps(archive.reading, start, end, now=now),
            }
            print(f"{CAMERAS} cameras, {DAYS} days; CPU time, median of {REPEATS}")
            for title, ask in asked.items():
                costs = []
                for _ in range(REPEATS):
                    begin = time.process_time()
                    ask()
                    costs.append(time.process_time() - begin)
                print(f"{title:14s} {median(costs):6.2f} s")
