"""Following real cameras over loopback in real processes: what is kept, and what a kill costs."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager

import httpx
import pytest

from landwatch.clock import SystemClock
from landwatch.config import Camera, Config, Serve, Store, load
from landwatch.errors import ConfigError, StoreError
from landwatch.fleet import follow
from landwatch.fleet.follow import prove
from landwatch.store import Archive, Beside
from landwatch.valley import Schedule, SimulatedCamera, ValleyServer
from landwatch.views import save

PATIENCE_S = 120.0
"""A loaded machine is slow; nothing is asserted about how fast it is. [s]"""


def camera(name, url, kind="snapshot"):
    return Camera(name=name, source={"kind": kind, "url": url}, interval=1.0)


def by_day(name):
    """Return a simulated camera where it is noon in summer now: in the dark no picture is kept."""
    now = SystemClock().now()
    latitude = 46.5 if 4 <= now.month <= 9 else -46.5
    longitude = ((12 - now.hour) * 15 + 180) % 360 - 180
    return SimulatedCamera(
        name=name, view="slope", size=(180, 320), schedule=Schedule(latitude=latitude, longitude=longitude)
    )


@asynccontextmanager
async def following(config, **options):
    """Follow in the background; yield the page's address."""
    ready = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(follow(config, on_ready=ready.set_result, **options))
    await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    try:
        yield await ready
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(claim):
    """Wait until a claim about the store holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not claim():
            await asyncio.sleep(0.05)


def config(folder, *cameras):
    return Config(camera=cameras, store=Store(folder=folder / "store"), serve=Serve(port=0))


def workers():
    return [child for child in multiprocessing.active_children() if child.pid]


def test_pictures_are_kept_and_a_refusing_camera_costs_only_itself(tmp_path):
    async def run():
        simulated = by_day("east")
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            refusing = f"http://127.0.0.1:{unused.getsockname()[1]}/x.jpg"
            async with ValleyServer([simulated]) as server:
                both = config(tmp_path, camera("east", server.url("east")), camera("down", refusing))
                async with following(both) as url:
                    archive = Archive(tmp_path / "store")
                    await until(
                        lambda: (
                            len(archive.pictures("east", status="cleared")) >= 2 and archive.outages("down")
                        )
                    )
                    async with httpx.AsyncClient(base_url=url) as client:
                        page = await client.get("/")
                        newest = await client.get("/api/v1/cameras/east/newest.jpg")
        return archive, page, newest

    archive, page, newest = asyncio.run(run())
    picture = archive.pictures("east", status="cleared")[0]
    assert (picture.width, picture.height) == (320, 180)
    assert archive.still(picture.still).is_file()
    assert archive.outages("down")[0].kind == "refused"
    assert archive.pictures("down") == []
    assert page.status_code == 200
    assert newest.content.startswith(b"\xff\xd8")
    assert workers() == []


def test_a_killed_worker_is_started_again_and_what_was_kept_stays(tmp_path):
    async def run():
        simulated = by_day("east")
        async with (
            ValleyServer([simulated]) as server,
            following(config(tmp_path, camera("east", server.url("east")))),
        ):
            archive = Archive(tmp_path / "store")
            await until(lambda: archive.pictures("east", status="cleared"))
            before = archive.pictures("east")
            (worker,) = workers()
            os.kill(worker.pid, signal.SIGKILL)
            await until(lambda: archive.pictures("east")[0].taken > before[0].taken)
            return before, archive.pictures("east")

    before, after = asyncio.run(run())
    assert {picture.taken for picture in before} <= {picture.taken for picture in after}
    assert workers() == []


def test_a_restart_goes_on_from_the_reference_that_was_kept(tmp_path):
    async def run():
        async with ValleyServer([by_day("east")]) as server:
            east = camera("east", server.url("east")).model_copy(update={"measure": {"drift": {}}})
            settings, kept = config(tmp_path, east), []
            for _ in range(2):
                async with following(settings):
                    archive = Archive(tmp_path / "store")
                    before = len(archive.readings("east", "view_shift_x"))
                    await until(lambda: len(archive.readings("east", "view_shift_x")) >= before + 2)  # noqa: B023
                kept.append(archive.memory("east", 1).reference)
            return kept, archive.readings("east", "view_shift_x")

    kept, readings = asyncio.run(run())
    assert kept[0] is not None
    assert kept[1] == kept[0]
    assert [reading.time for reading in readings if reading.value == 0.0] == [kept[0].taken]


def test_a_second_keeper_of_one_store_is_refused(tmp_path):
    async def run():
        async with following(config(tmp_path)):
            await follow(config(tmp_path))

    with pytest.raises(StoreError, match=str(os.getpid())):
        asyncio.run(run())


def test_a_port_that_is_taken_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = Config(store=Store(folder=tmp_path), serve=Serve(port=port))
        with pytest.raises(ConfigError, match=rf"127\.0\.0\.1 port {port}: Address already in use.*--port"):
            asyncio.run(follow(settings))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"source": {"kind": "carrier-pigeon"}}, "no source called 'carrier-pigeon'; there are: "),
        ({"source": {"kind": "folder", "path": "x"}, "measure": {"tide": {}}}, "no instrument called 'tide'"),
        ({"source": {"kind": "folder", "path": "x"}, "check": {"rust": {}}}, "no check called 'rust'"),
    ],
)
def test_what_cannot_be_followed_stops_the_start(table, message):
    with pytest.raises(ConfigError, match=message):
        prove(Config(camera=(Camera(name="a", **table),)), None)


def test_a_view_that_is_saved_is_read_with_from_the_next_picture_on(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[prove.__module__], "RENEW_S", 0.05)
    half = [[0, 0], [160, 0], [160, 180], [0, 180]]

    async def run():
        simulated = by_day("east")
        async with ValleyServer([simulated]) as server:
            east = camera("east", server.url("east"))
            async with following(config(tmp_path, east)):
                archive = Archive(tmp_path / "store")
                await until(lambda: archive.pictures("east", status="cleared"))
                drawn = east.model_copy(update={"measure": {"greenness": {"region": half}}})
                clock = SystemClock()
                with Beside(tmp_path / "store", clock) as beside:
                    save(beside, drawn, None, after=1, origin="page", note="", now=clock.now())
                await until(lambda: archive.readings("east", "gcc"))
                return archive.readings("east", "gcc")

    assert {reading.method for reading in asyncio.run(run())} == {"greenness/1@2"}


def test_a_camera_that_is_added_to_the_file_is_followed_by_the_worker_that_runs(tmp_path):
    file = tmp_path / "landwatch.toml"
    table = '[[camera]]\nname = "{0}"\ninterval = 1.0\nsource = {{ kind = "snapshot", url = "{1}" }}\n'

    async def run():
        async with ValleyServer([by_day("east"), by_day("west")]) as server:
            file.write_text(
                f"[store]\nfolder = 'store'\n[serve]\nport = 0\n{table.format('east', server.url('east'))}"
            )
            async with following(load(file), file=file):
                archive = Archive(tmp_path / "store")
                await until(lambda: archive.pictures("east", status="cleared"))
                before = [worker.pid for worker in workers()]
                with file.open("a") as added:
                    added.write(table.format("west", server.url("west")))
                await until(lambda: archive.pictures("west", status="cleared"))
                count = len(archive.pictures("east"))
                await until(lambda: len(archive.pictures("east")) > count)
                return before, [worker.pid for worker in workers()], archive.camera("west")

    before, after, west = asyncio.run(run())
    assert len(before) == 1
    assert after == before
    assert west.followed


def test_the_first_camera_of_an_empty_file_is_followed_and_one_that_cannot_be_used_costs_nothing(tmp_path):
    file = tmp_path / "landwatch.toml"
    head = "[store]\nfolder = 'store'\n[serve]\nport = 0\n"

    async def run():
        async with ValleyServer([by_day("east")]) as server:
            file.write_text(head)
            async with following(load(file), file=file):
                archive = Archive(tmp_path / "store")
                await until(lambda: archive.cameras() == [])
                file.write_text(f"{head}[[camera]]\nname = 'dove'\nsource = {{ kind = 'carrier-pigeon' }}\n")
                await asyncio.sleep(0)
                file.write_text(
                    f"{file.read_text()}[[camera]]\nname = 'east'\ninterval = 1.0\n"
                    f"source = {{ kind = 'snapshot', url = '{server.url('east')}' }}\n"
                )
                await until(lambda: archive.pictures("east", status="cleared"))
                return [record.name for record in archive.cameras()]

    assert asyncio.run(run()) == ["east"]
