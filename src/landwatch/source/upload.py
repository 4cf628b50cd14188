"""Cameras that push their pictures into a folder by FTP or SFTP.

A file is taken once it has stood still, and is then deleted by default: the original may show people, and
nothing may keep that. Files come faster than the cadence are deleted unread.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from landwatch.errors import ConfigError, SourceError
from landwatch.source._feed import Feed
from landwatch.source._times import compiled, from_exif, from_name, zone_of
from landwatch.types import Frame, TimeFrom

__all__ = ["LIVE", "Settings", "frames"]

LIVE = True

UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".upload", ".crdownload", ".swp")
"""Names under which clients write before they rename."""

SPACING = 0.5
"""Pictures closer together than this share of the cadence are one too many. [1]"""

SILENT_CADENCES = 3.0
"""After so many cadences without a file the camera counts as silent. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the camera pushes to, and what becomes of what it pushed."""

    path: Path
    """The folder. Only it is watched, not its subfolders."""
    after: Literal["delete", "move"] = "delete"
    """What happens to a file that was taken. What is moved is kept with whoever may be in it: that is
    outside Landwatch and its user's to answer for."""
    moved_to: Path | None = None
    """Where files are moved, on the same file system."""
    time_pattern: str | None = None
    """Named-group regular expression for the time in a file's name; else EXIF and common names are read."""
    zone: str = "UTC"
    """Of times that state no offset."""
    look: float = 1.0
    """Between two looks into the folder; a file must stand still from one to the next. [s]"""
    silent: float | None = None
    """The camera is silent after so long; three cadences by default. [s]"""
    extensions: tuple[str, ...] = (".jpg", ".jpeg")

    def __post_init__(self) -> None:
        if (self.after == "move") != (self.moved_to is not None):
            raise ConfigError('after = "move" and moved_to = "FOLDER" belong together')
        zone_of(self.zone)
        if self.time_pattern is not None:
            compiled(self.time_pattern)


@dataclass(frozen=True, slots=True)
class _Ready:
    path: Path
    taken: datetime
    time_from: TimeFrom


async def frames(camera: str, settings: Settings, feed: Feed) -> AsyncIterator[Frame]:
    """Yield each file that was pushed, oldest first.

    Raises:
        SourceError: if the folder is not there, or no file came for too long.
    """
    seen: dict[Path, tuple[int, int]] = {}
    newest: datetime | None = None
    silent = settings.silent or SILENT_CADENCES * feed.interval
    loop = asyncio.get_running_loop()
    last = loop.time()
    while True:
        now = await asyncio.to_thread(_look, settings)
        ready = sorted(
            (_timed(path, settings) for path, state in now.items() if seen.get(path) == state),
            key=lambda file: file.taken,
        )
        seen = now
        for file in ready:
            last = loop.time()
            gap = timedelta(seconds=SPACING * feed.interval)
            surplus = newest is not None and timedelta(0) <= file.taken - newest < gap
            received = feed.clock.now()
            content, fault = await asyncio.to_thread(
                _take, file.path, settings, feed.limits.megabytes, surplus
            )
            seen.pop(file.path, None)
            if surplus:
                continue
            newest = file.taken
            yield Frame(
                camera=camera,
                name=file.path.name,
                taken=file.taken,
                time_from=file.time_from,
                received=received,
                encoding="jpeg",
                uncleared=content,
                fault=fault,
            )
        if loop.time() - last > silent:
            raise SourceError(f"no new file in {settings.path} for {silent:g} s", kind="timeout")
        await asyncio.sleep(settings.look)


def _look(settings: Settings) -> dict[Path, tuple[int, int]]:
    """Return size and time of change of each finished-looking file."""
    found: dict[Path, tuple[int, int]] = {}
    try:
        with os.scandir(settings.path) as entries:
            for entry in entries:
                name = entry.name.lower()
                if (
                    name.startswith(".")
                    or name.endswith(UNFINISHED)
                    or not name.endswith(settings.extensions)
                ):
                    continue
                try:
                    state = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                # A link would let whoever may push read any file of this machine.
                if stat.S_ISREG(state.st_mode):
                    found[Path(entry.path)] = (state.st_size, state.st_mtime_ns)
    except OSError as error:
        raise SourceError(f"cannot look into {settings.path}: {error.strerror}", kind="missing") from None
    return found


def _timed(path: Path, settings: Settings) -> _Ready:
    zone = zone_of(settings.zone)
    taken = from_exif(path, zone)
    if taken is not None:
        return _Ready(path, taken, "exif")
    pattern = compiled(settings.time_pattern) if settings.time_pattern else None
    taken = from_name(path, pattern, zone, None)
    if taken is not None:
        return _Ready(path, taken, "name")
    try:
        return _Ready(path, datetime.fromtimestamp(path.lstat().st_mtime, UTC), "clock")
    except OSError as error:
        raise SourceError(f"cannot look at {path}: {error.strerror}", kind="missing") from None


def _take(path: Path, settings: Settings, megabytes: float, surplus: bool) -> tuple[bytes, str]:
    """Return a file's content, or the fault it has, and put the file away."""
    content, fault = b"", ""
    try:
        if not surplus:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(handle, "rb") as file:
                content = file.read(int(megabytes * 1e6) + 1)
            if len(content) > megabytes * 1e6:
                content, fault = b"", f"{path.name}: more than {megabytes:g} MB (limits.megabytes)"
    except OSError as error:
        fault = f"{path.name}: cannot be read: {error.strerror}"
    try:
        if settings.moved_to is None:
            path.unlink(missing_ok=True)
        else:
            settings.moved_to.mkdir(parents=True, exist_ok=True)
            path.rename(settings.moved_to / path.name)
    except OSError as error:
        # It would else be taken again at the next look, and for ever.
        raise SourceError(
            f"cannot {settings.after} {path}, which was taken: {error.strerror}; make its folder writable",
            kind="refused",
        ) from None
    return content, fault
