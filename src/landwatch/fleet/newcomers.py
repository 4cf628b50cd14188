"""Follows cameras that are added to the configuration while it runs, by the page or by a command.

Only whole new cameras are taken: what else is changed in the file, and what is taken out of it, counts from
the next start on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container
from pathlib import Path

import structlog

from landwatch.config import Camera, load
from landwatch.errors import ConfigError, StoreError

__all__ = ["LOOK_S", "welcome"]

log = structlog.get_logger()

LOOK_S = 2.0
"""How often it is looked whether the file has changed. [s]"""


async def welcome(
    file: Path, followed: Container[str], join: Callable[[Camera], Awaitable[None]], look: float = LOOK_S
) -> None:
    """Call `join` with each camera that comes into the file, until cancelled.

    A camera that cannot be used, or a file that cannot be read, is logged, and looked at again when the file
    has changed once more.

    Args:
        file: the configuration's.
        followed: names of the cameras that are followed already.
        join: makes a camera followed, and its name one of `followed`.
        look: how often to look at the file. [s]
    """
    seen = None
    while True:
        now = await asyncio.to_thread(_signature, file)
        if now is not None and now != seen:
            seen = now
            await _take(file, followed, join)
        await asyncio.sleep(look)


async def _take(file: Path, followed: Container[str], join: Callable[[Camera], Awaitable[None]]) -> None:
    try:
        config = await asyncio.to_thread(load, file)
    except ConfigError as error:
        log.warning("the configuration was changed and cannot be used", error=str(error))
        return
    for camera in config.camera:
        if camera.name in followed:
            continue
        try:
            await join(camera)
        except (ConfigError, StoreError) as error:
            log.warning("a camera was added and cannot be followed", camera=camera.name, error=str(error))
        else:
            log.info("a camera was added", camera=camera.name)


def _signature(file: Path) -> tuple[int, int, int] | None:
    """Return what differs when a file was written anew; None while it is not there."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
