"""The worker processes of a configuration: deals its cameras out, and gives those that join to a worker."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from landwatch.config import Camera, Config
from landwatch.fleet.supervisor import Item, Joined, Lessons, Standing, Views, shares_of, supervise
from landwatch.fleet.worker import Joining, Share

__all__ = ["Crew"]


@dataclass(slots=True, kw_only=True)
class _Member:
    task: asyncio.Task[None]
    joined: Joined
    cameras: int
    """How many it was given. [1]"""


class Crew:
    """Follows cameras by supervised workers, at most as many as `config.workers`."""

    def __init__(
        self,
        config: Config,
        folder: Path | None,
        inbox: asyncio.Queue[Item],
        standing: Standing,
        views: Views,
        lessons: Lessons,
    ) -> None:
        """Start the workers; takes a running event loop.

        Args:
            config: its cameras are followed.
            folder: where relative paths in the cameras' settings start.
            inbox: where goes what workers say.
            standing: tells the open events of cameras.
            views: workers are told of each view in it that comes into force.
            lessons: workers are told of what is in it.
        """
        self._config = config
        self._folder = folder
        self._inbox = inbox
        self._standing = standing
        self._views = views
        self._lessons = lessons
        self._members = [self._start(share) for share in shares_of(config, folder, standing)]

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """Those that keep the workers running, until they are cancelled."""
        return [member.task for member in self._members]

    def join(self, camera: Camera, version: int) -> None:
        """Follow one more camera: by another worker where there may be one, else by the least busy one."""
        standing = self._standing([camera.name])
        running = [member for member in self._members if not member.task.done()]
        if len(running) < self._config.workers:
            share = Share(cameras=(camera,), config=self._config, folder=self._folder, standing=standing)
            self._members.append(self._start(share))
            return
        least = min(running, key=lambda member: member.cameras)
        least.cameras += 1
        least.joined.put_nowait(Joining(camera=camera, version=version, standing=standing[camera.name]))

    def _start(self, share: Share) -> _Member:
        joined: Joined = asyncio.Queue()
        work = supervise(share, self._inbox, self._standing, self._views, self._lessons, joined)
        return _Member(task=asyncio.create_task(work), joined=joined, cameras=len(share.cameras))
