"""What the last day of one camera costs by SensorThings, beside the bare SQL query of the same rows.

    python -m benchmarks.sensorthings [READINGS]

A thousand cameras, one reading a minute each, until there are so many (10 million by default; 100 million
take 8 GB where TMPDIR points, and minutes); then the last day of one camera, 1440 readings, as a data array
over the whole application, in turns with the query. Then readings are kept, ten a frame, while twenty
readers page through the service. Costs are CPU times of the process, and times by the clock where said.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from landwatch.clock import SetClock
from landwatch.config import Camera
from landwatch.store import Archive, Store, micros
from landwatch.types import Outcome, Reading
from landwatch.web import News, create_app

CAMERAS = 1000
DAY = 1440
START = datetime(2026, 1, 1, tzinfo=UTC)
TURNS = 15
READERS = 20
BATCH = 200
"""Frames of one transaction."""

FRAME = 10
"""Readings of one frame."""

BATCHES = 25

FILL = """
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)
    INSERT INTO readings (series_id, time, value, sigma)
    SELECT i % 1000 + 1, :start + (i / 1000) * 60000000, (i % 97) / 97.0, 0.01 FROM n
"""

BARE = "SELECT time, value FROM readings WHERE series_id = ? AND time >= ? ORDER BY time"


def fill(folder: Path, count: int) -> None:
    """Make a store; its indexes last, which is quicker and gives the same tables."""
    names = [f"camera-{number}" for number in range(CAMERAS)]
    with Store.open(folder, SetClock(START)) as store:
        store.enroll([Camera(name=name, source={"kind": "snapshot", "url": "http://x/"}) for name in names])
    with closing(sqlite3.connect(folder / "landwatch.sqlite", isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode = OFF")
        base.execute(
            "INSERT INTO series (camera_id, quantity, unit, method) "
            "SELECT id, 'greenness', '1', 'greenness/1' FROM cameras"
        )
        made = base.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'readings' AND sql != ''"
        ).fetchall()
        for name, _ in made:
            base.execute(f"DROP INDEX {name}")
        base.execute(FILL, {"count": count, "start": micros(START)})
        for _, sql in made:
            base.execute(sql)
        base.execute("PRAGMA journal_mode = WAL")


def main() -> None:
    """Print medians."""
    told = sys.argv[-1]
    count = int(told) if told.isdigit() else 10_000_000
    if count < CAMERAS * DAY:
        raise SystemExit(
            f"{count} readings are less than a day of {CAMERAS} cameras; ask for {CAMERAS * DAY}"
        )
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        fill(folder, count)
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        print(f"{count:,} readings of {CAMERAS:,} cameras: {size / 1e9:.1f} GB in SQLite")
        end = START + timedelta(minutes=count // CAMERAS)
        since = end - timedelta(minutes=DAY)
        with Archive(folder) as archive:
            clock = SetClock(end)
            app = create_app(archive, News(clock), clock)
            asyncio.run(last_day(app, folder, since))
            keeping(app, folder, end)


async def last_day(app: object, folder: Path, since: datetime) -> None:
    """Compare the service with the query."""
    base = sqlite3.connect(folder / "landwatch.sqlite")
    served, bare, waited = [], [], []
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://benchmark") as client:
        for turn in range(TURNS):
            series = 37 * turn % CAMERAS + 1
            options = {
                "$filter": f"phenomenonTime ge {since:%Y-%m-%dT%H:%M:%SZ}",
                "$orderby": "phenomenonTime",
                "$select": "phenomenonTime,result",
                "$top": "10000",
                "$resultFormat": "dataArray",
            }
            before, begun = time.process_time(), time.perf_counter()
            answer = await client.get(f"/v1.1/Datastreams({4 * series + 1})/Observations", params=options)
            served.append(time.process_time() - before)
            waited.append(time.perf_counter() - begun)
            rows = answer.raise_for_status().json()["value"][0]["dataArray"]
            before = time.process_time()
            found = base.execute(BARE, (series, micros(since))).fetchall()
            bare.append(time.process_time() - before)
            assert [value for _, value in rows] == [value for _, value in found]
            assert len(found) == DAY
    one, other, wall = (1000 * statistics.median(times) for times in (served, bare, waited))
    print(
        f"last day, {DAY} readings: {one:.1f} ms, bare SQL {other:.1f} ms, {one / other:.1f} times; "
        f"by the clock {wall:.1f} ms"
    )


def keeping(app: object, folder: Path, start: datetime) -> None:
    """Keep readings while readers page, and say how many a second of wall time."""
    is_over = threading.Event()
    pages = [0] * READERS

    def read(number: int) -> None:
        async def on() -> None:
            transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://benchmark") as client:
                link = f"/v1.1/Datastreams({4 * number + 5})/Observations?$top=100"
                while not is_over.is_set() and link:
                    link = (await client.get(link)).raise_for_status().json().get("@iot.nextLink")
                    pages[number] += 1

        asyncio.run(on())

    readers = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    with Store.open(folder, SetClock(start)) as store:
        groups = [
            [frame(start + timedelta(seconds=BATCH * turn + one)) for one in range(BATCH)]
            for turn in range(BATCHES)
        ]
        for reader in readers:
            reader.start()
        before, spent = time.perf_counter(), time.thread_time()
        for group in groups:
            store.keep_all(group)
        wall, spent = time.perf_counter() - before, time.thread_time() - spent
        is_over.set()
        for reader in readers:
            reader.join()
    kept = FRAME * BATCH * BATCHES
    print(
        f"kept {kept} readings beside {READERS} readers ({sum(pages)} pages): {kept / wall:.0f} a second of "
        f"wall time, {kept / spent:.0f} a second of the writer's CPU"
    )


def frame(taken: datetime) -> Outcome:
    """Return a frame with its readings."""
    readings = tuple(
        Reading(
            camera="camera-1",
            quantity="greenness",
            time=taken,
            value=step / FRAME,
            unit="1",
            method="greenness/1",
        )
        for step in range(FRAME)
    )
    return Outcome(
        camera="camera-1",
        name=f"{taken:%H%M%S}.jpg",
        taken=taken,
        time_from="clock",
        received=taken,
        status="withheld",
        reason="model",
        masked=None,
        model=None,
        still=None,
        readings=readings,
    )


if __name__ == "__main__":
    main()
