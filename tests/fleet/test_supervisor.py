"""What the supervisor does when workers end: others go on, and a camera that ends them is set aside."""

from __future__ import annotations

import asyncio

import pytest

from landwatch.config import Camera, Config
from landwatch.fleet import supervisor
from landwatch.fleet.supervisor import shares_of, supervise


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

        async def one_life(share, inbox):
            followed.append([camera.name for camera in share.cameras])
            if not left:
                await asyncio.Event().wait()
            index, alarmed = left.pop(0)
            return (None if index is None else share.cameras[index]), alarmed

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
