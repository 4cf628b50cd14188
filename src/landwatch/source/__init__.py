"""Where frames come from: one module a kind of camera or archive.

Each module has frozen `Settings` and `frames(camera, settings, feed)`, an async generator that raises
`SourceError` where its camera gives nothing this turn. The door makes an `Outage` of that, waits and
starts it again: a failing camera costs itself one turn, and nobody else anything.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from landwatch import config
from landwatch.clock import Clock
from landwatch.errors import ConfigError, SourceError
from landwatch.rooms import find
from landwatch.source._address import secretless
from landwatch.source._feed import Feed
from landwatch.source._neighbours import of_this_loop
from landwatch.source._retry import Backoff
from landwatch.types import Frame, Outage

if TYPE_CHECKING:
    from landwatch.source import _onvif as onvif
    from landwatch.source import _trials as trials

__all__ = ["Feed", "check", "frames", "onvif", "secretless", "trials"]


def __getattr__(name: str) -> ModuleType:
    # What ONVIF needs takes a tenth of a second to load, and only the commands that add cameras want it.
    if name in ("onvif", "trials"):
        return import_module(f"landwatch.source._{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def check(camera: config.Camera) -> tuple[str, object]:
    """Return the kind and the settings of a camera's source.

    Raises:
        ConfigError: if there is no such kind, or for a key or a value that it does not take.
    """
    table = dict(camera.source)
    kind = table.pop("kind", None)
    where = f"camera {camera.name}: source"
    if not isinstance(kind, str):
        raise ConfigError(f'{where}: kind is missing; write kind = "snapshot" or another')
    module = find("source", kind, "source")
    return kind, config.settings_of(module.Settings, table, where)


async def frames(
    camera: config.Camera, clock: Clock, limits: config.Limits, *, seed: int | None = None
) -> AsyncGenerator[Frame | Outage]:
    """Yield the frames of a camera, and an outage for each turn without one; a live camera never ends.

    Args:
        seed: of the camera's place in the turn and of its jitter; its name's by default.

    Raises:
        ConfigError: if the camera's source table is wrong.
    """
    kind, settings = check(camera)
    module = find("source", kind, "source")
    seed = zlib.crc32(camera.name.encode()) if seed is None else seed
    neighbours = of_this_loop()
    feed = Feed(interval=camera.interval, clock=clock, limits=limits, seed=seed, neighbours=neighbours)
    backoff = Backoff(camera.interval, seed)
    is_live: bool = getattr(module, "LIVE", True)
    try:
        while True:
            why = SourceError(f"camera {camera.name} sends no more pictures", kind="ended")
            try:
                async with aclosing(module.frames(camera.name, settings, feed)) as stream:
                    async for frame in stream:
                        backoff.worked()
                        neighbours.worked(camera.name)
                        yield frame
                if not is_live:
                    return
            except SourceError as error:
                why = error
            except ConfigError as error:
                # A password that is gone since the start costs this camera alone.
                why = SourceError(str(error), kind="auth")
            neighbours.failed(camera.name, why.kind)
            here = "; every camera fails: the trouble is likely on this side" if neighbours.all_fail else ""
            yield Outage(camera=camera.name, time=clock.now(), kind=why.kind, message=f"{why}{here}")
            if not is_live:
                return
            await asyncio.sleep(backoff.failed(why.kind))
    finally:
        neighbours.left(camera.name)
