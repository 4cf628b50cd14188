"""What the supervisor does when workers end: others go on, and a camera that ends them is set aside."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time

import pytest

from landwatch.clock import SystemClock
from landwatch.config import Camera, Config
from landwatch.fleet import supervisor
from landwatch.fleet.supervisor import HANG_S, Eye, shares_of, supervise
from landwatch.types import Outage

PATIENCE_S = 120.0
"""A loaded machine is slow; nothing is asserted about how fast it is. [s]"""


def cameras(count):
    return tuple(Camera(name=f"c{n}", source={"kind": "folder"}) for n in range(count))


def nothing_open(names):
    return dict.fromkeys(names, ())


@pytest.mark.parametrize(("count", "workers", "sizes"), [(5, 2, [3, 2]), (2, 4, [1, 1]), (0, 3, [])])
def test_cameras_are_dealt_out_evenly_and_each_once(count, workers, sizes):
    config = Config(camera=cameras(count), workers=workers)
    shares = shares_of(config, None, nothing_open)
    assert [len(share.cameras) for share in shares] == sizes
    assert sorted(camera.name for share in shares for camera in share.cameras) == [
        camera.name for camera in config.camera
    ]


@pytest.fixture
def lives(monkeypatch):
    """Script what each worker's life ends with; record which cameras it followed."""
    followed = []

    def script(*ends):
        left = list(ends)

        async def one_life(share, inbox, views, lessons, joined):
            followed.append([camera.name for camera in share.cameras])
            if not left:
                await asyncio.Event().wait()
            index, alarmed = left.pop(0)
            return share, (None if index is None else share.cameras[index]), alarmed

        monkeypatch.setattr(supervisor, "_one_life", one_life)
        monkeypatch.setattr(supervisor, "PAUSE_S", (0.0, 0.0))
        return followed

    return script


async def supervised(count, followed, lives_wanted):
    """Supervise until so many lives have begun; return what arrived."""
    inbox = asyncio.Queue()
    (share,) = shares_of(Config(camera=cameras(count)), None, nothing_open)
    task = asyncio.create_task(supervise(share, inbox, nothing_open))
    while len(followed) < lives_wanted and not task.done():
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return [inbox.get_nowait() for _ in range(inbox.qsize())]


def test_a_worker_that_ends_is_started_again(lives):
    followed = lives((None, False))
    arrived = asyncio.run(supervised(2, followed, 2))
    assert followed == [["c0", "c1"], ["c0", "c1"]]
    assert arrived == []


def test_a_camera_that_ends_its_worker_twice_is_set_aside_and_named(lives):
    followed = lives((1, False), (1, False))
    (outage,) = asyncio.run(supervised(3, followed, 3))
    assert followed[-1] == ["c0", "c2"]
    assert outage.camera == "c1"
    assert "set aside" in outage.message


def test_one_death_is_forgiven(lives):
    followed = lives((1, False), (2, False))
    assert asyncio.run(supervised(3, followed, 3)) == []
    assert followed[-1] == ["c0", "c1", "c2"]


def test_a_shard_that_alarmed_stays_stopped(lives):
    followed = lives((None, True))
    asyncio.run(supervised(2, followed, 2))
    assert followed == [["c0", "c1"]]


def dies_over_c1(share, link, turn, since):
    """Die over the pictures of c1; without it, tell which cameras are followed and go on."""
    names = [camera.name for camera in share.cameras]
    if "c1" in names:
        since.value, turn.value = time.monotonic(), names.index("c1")
        os.kill(os.getpid(), signal.SIGKILL)
    for name in names:
        link.send(Outage(camera=name, time=SystemClock().now(), kind="timeout", message="followed"))
    threading.Event().wait()


def hangs_over_c1(share, link, turn, since):
    """Hang over a picture of c1, for longer than is borne."""
    since.value, turn.value = time.monotonic() - 2 * HANG_S, 1
    threading.Event().wait()


def test_processes_that_die_over_one_cameras_pictures_die_twice_and_the_others_go_on(monkeypatch):
    monkeypatch.setattr(supervisor, "work", dies_over_c1)
    monkeypatch.setattr(supervisor, "PAUSE_S", (0.0, 0.0))

    async def run():
        inbox = asyncio.Queue()
        (share,) = shares_of(Config(camera=cameras(3)), None, nothing_open)
        task = asyncio.create_task(supervise(share, inbox, nothing_open))
        try:
            async with asyncio.timeout(PATIENCE_S):
                return [await inbox.get() for _ in range(3)]
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    set_aside, *others = asyncio.run(run())
    assert set_aside.camera == "c1"
    assert "set aside until the next start: its pictures ended the worker 2 times" in set_aside.message
    assert [(outage.camera, outage.message) for outage in others] == [("c0", "followed"), ("c2", "followed")]


def test_a_process_that_hangs_over_a_picture_is_ended_and_its_camera_is_named(monkeypatch):
    monkeypatch.setattr(supervisor, "work", hangs_over_c1)
    (share,) = shares_of(Config(camera=cameras(2)), None, nothing_open)

    async def run():
        return await supervisor._one_life(share, asyncio.Queue(), {}, {}, asyncio.Queue())

    _, suspect, alarmed = asyncio.run(run())
    assert suspect is share.cameras[1]
    assert not alarmed


def test_a_picture_in_work_for_too_long_hangs():
    eye = Eye(0.0)
    assert [eye.hangs(1.0, float(now)) for now in range(1, 63)] == [False] * 61 + [True]


def test_a_machine_that_slept_ends_no_worker():
    eye = Eye(0.0)
    assert not eye.hangs(1.0, 2.0)
    assert not eye.hangs(1.0, 3602.0)
    # Of the picture's 3,660 s, 3,600 were slept.
    assert not eye.hangs(1.0, 3606.0)
    assert all(not eye.hangs(1.0, float(now)) for now in range(3607, 3662))
    assert eye.hangs(1.0, 3662.0)


def test_what_was_slept_over_one_picture_does_not_count_for_the_next():
    eye = Eye(0.0)
    assert not eye.hangs(1.0, 3601.0)
    assert not eye.hangs(None, 3602.0)
    looks = [eye.hangs(3602.0, float(now)) for now in range(3603, 3664)]
    assert looks == [False] * 60 + [True]
