"""`landwatch doctor`: what this machine has, and what would keep Landwatch from working."""

from __future__ import annotations

import platform
import resource
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import typer

from landwatch import __version__, redact, source
from landwatch.cli._inputs import Json
from landwatch.cli._output import DONE, SOME_FAILED, emit, say
from landwatch.config import Config, Store, load
from landwatch.errors import ConfigError, LandwatchError
from landwatch.store import Archive

__all__ = ["doctor"]

LEAST_FREE = 1_000_000_000
"""Below this much free space the store will soon be full. [byte]"""

PARTS = ("av", "numpy", "onnxruntime", "opencv-python-headless", "sqlalchemy", "fastapi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that was looked at."""

    thing: str
    state: Literal["good", "doubtful", "bad"]
    detail: str


def doctor(
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Look at this configuration too.")
    ] = None,
    json_lines: Json = False,
) -> int:
    """Look whether this machine and this configuration can follow cameras; no secret is shown."""
    remarks = list(_remarks(config))
    for remark in remarks:
        if json_lines:
            emit({"kind": "remark", "thing": remark.thing, "state": remark.state, "detail": remark.detail})
        else:
            say(f"{remark.state:<9} {remark.thing}: {remark.detail}")
    return SOME_FAILED if any(remark.state == "bad" for remark in remarks) else DONE


def _remarks(path: Path | None) -> Iterator[Remark]:
    parts = ", ".join(f"{name} {version(name)}" for name in PARTS)
    yield Remark(
        thing="versions",
        state="good",
        detail=f"landwatch {__version__}, Python {platform.python_version()}, {parts}",
    )
    yield _removal()
    yield _swap()
    yield _core_dumps()
    config = Config()
    if path is not None:
        try:
            config = load(path)
        except ConfigError as error:
            yield Remark(thing="configuration", state="bad", detail=str(error))
            return
        yield from _cameras(config, path)
    yield _disk(config.store.folder)
    if (config.store.folder).is_dir():
        yield _store(config.store)


def _removal() -> Remark:
    health = redact.health()
    speed = "" if health.milliseconds is None else f"; {health.milliseconds:.1f} ms a tile"
    return Remark(
        thing="removal",
        state=health.state,
        detail=f"{health.detail}; model {health.sha256[:12]}, {health.provider}{speed}",
    )


def _swap() -> Remark:
    """Say whether memory that shows people could be written to a disk."""
    try:
        lines = Path("/proc/swaps").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return Remark(thing="swap", state="doubtful", detail="cannot tell on this system whether swap is on")
    disks = [line.split()[0] for line in lines if not line.startswith("/dev/zram")]
    if disks:
        return Remark(
            thing="swap",
            state="doubtful",
            detail=f"on ({', '.join(disks)}): memory that shows people may reach a disk; turn it off",
        )
    return Remark(thing="swap", state="good", detail="off")


def _core_dumps() -> Remark:
    soft, _ = resource.getrlimit(resource.RLIMIT_CORE)
    state = "off" if soft == 0 else "on in this shell"
    return Remark(
        thing="core dumps", state="good", detail=f"{state}; Landwatch turns them off for its processes"
    )


def _cameras(config: Config, path: Path) -> Iterator[Remark]:
    if not config.camera:
        yield Remark(
            thing="cameras", state="doubtful", detail=f"{path} has none; add one with landwatch cameras add"
        )
    for camera in config.camera:
        try:
            kind, _ = source.check(camera)
        except LandwatchError as error:
            yield Remark(thing=f"camera {camera.name}", state="bad", detail=str(error))
        else:
            yield Remark(
                thing=f"camera {camera.name}", state="good", detail=f"{kind}, every {camera.interval:g} s"
            )


def _disk(folder: Path) -> Remark:
    there = next(parent for parent in (folder, *folder.resolve().parents) if parent.is_dir())
    free = shutil.disk_usage(there).free
    return Remark(
        thing="disk",
        state="good" if free >= LEAST_FREE else "bad",
        detail=f"{free / 1e9:.1f} GB free at {there}",
    )


def _store(settings: Store) -> Remark:
    try:
        with Archive(settings.folder, url=settings.address()) as archive:
            size = archive.size()
    except LandwatchError as error:
        return Remark(thing="store", state="bad", detail=str(error))
    return Remark(thing="store", state="good", detail=f"{settings.folder}: {size}")
