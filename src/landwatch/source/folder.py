"""Pictures of an archive: stills and clips in a folder, or single files.

Each folder is one camera's. Stills come in order of capture time where their EXIF or names tell it, else in
order of name; a clip's frames come where the clip's first time lies. A file that cannot be read is a frame
with a fault, which `choose` refuses by name: it neither ends the archive nor goes unseen.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import av
import numpy as np

from landwatch.clock import aware
from landwatch.config import Limits
from landwatch.errors import ConfigError, SourceError
from landwatch.source._feed import Feed
from landwatch.source._times import EPOCH, compiled, from_exif, from_name, zone_of
from landwatch.types import Encoding, Frame, Pixels, TimeFrom

__all__ = ["CLIPS", "LIVE", "STILLS", "Settings", "archive", "count", "frames"]

LIVE = False
"""An archive ends."""

STILLS: dict[str, Encoding] = {
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".png": "png",
    ".tif": "tiff",
    ".tiff": "tiff",
}
CLIPS = frozenset({".mp4", ".avi", ".mov", ".mkv", ".m4v"})

INTERVAL_S = 60.0
"""Between pictures whose times nobody tells. [s] A common cadence of archives; only their order is known."""

MAGIC: tuple[tuple[bytes, Encoding], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the archive is and how its times are read."""

    path: Path | tuple[Path, ...]
    """A folder or a file, or several; subfolders are not searched."""
    time_pattern: str | None = None
    """Named-group regular expression for the time in a file's name: year (2 or 4 digits), month, day, hour,
    minute, second. With a slash in it, it is searched for in the whole path."""
    start: datetime | None = None
    """Capture time of the first picture where files do not tell it, and the date of names that tell only
    the hour."""
    interval: float | None = None
    """Sets capture times so far apart, whatever the files say. [s]"""
    zone: str = "UTC"
    """Of times that state no offset."""
    every: int = 1
    """Take each so-manieth frame of a clip, beginning with its first."""
    extensions: tuple[str, ...] = (*STILLS, *sorted(CLIPS))
    """What counts as a picture or a clip, in lower case with the dot."""

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ConfigError(f"every = {self.every}: each so-manieth frame, at least 1")
        if self.interval is not None and self.interval <= 0:
            raise ConfigError(f"interval = {self.interval}: seconds between pictures, more than 0")
        zone_of(self.zone)
        if self.time_pattern is not None:
            compiled(self.time_pattern)

    @property
    def paths(self) -> tuple[Path, ...]:
        """All paths, as one tuple."""
        return (self.path,) if isinstance(self.path, Path) else self.path


@dataclass(frozen=True, slots=True)
class _Item:
    path: Path
    taken: datetime
    time_from: TimeFrom


class _Stamp:
    """Gives each frame its capture time: what its file says, or the user's spacing."""

    def __init__(self, settings: Settings) -> None:
        self._interval = settings.interval
        self._next = aware(settings.start) if settings.start else None

    def give(self, taken: datetime, time_from: TimeFrom) -> tuple[datetime, TimeFrom]:
        if self._interval is None:
            return taken, time_from
        given = self._next or taken
        self._next = given + timedelta(seconds=self._interval)
        return given, "given"


async def frames(camera: str, settings: Settings, feed: Feed) -> AsyncIterator[Frame]:
    """Yield the archive's frames as fast as they are taken off."""
    pictures = archive(camera, settings, feed.limits)
    while (frame := await asyncio.to_thread(next, pictures, None)) is not None:
        yield frame


def archive(camera: str, settings: Settings, limits: Limits) -> Iterator[Frame]:
    """Yield the frames of an archive in order of capture time, at archive time: received when taken.

    Raises:
        SourceError: if there is nothing to read.
    """
    stamp = _Stamp(settings)
    for item in _ordered(settings):
        if item.path.suffix.lower() in CLIPS:
            yield from _clip(camera, item, settings, limits, stamp)
        else:
            yield _still(camera, item, limits, stamp)


def count(paths: Sequence[Path], every: int = 1, extensions: Sequence[str] | None = None) -> int:
    """Return how many frames an archive will yield, without decoding any; 0 for a clip that tells nothing.

    Raises:
        SourceError: if there is nothing to read.
    """
    files = _files(tuple(paths), tuple(extensions or (*STILLS, *sorted(CLIPS))))
    return sum(_clip_length(file, every) if file.suffix.lower() in CLIPS else 1 for file in files)


def _files(paths: tuple[Path, ...], extensions: tuple[str, ...]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [
                file
                for file in path.iterdir()
                if file.suffix.lower() in extensions and not file.name.startswith(".") and file.is_file()
            ]
            if not inside:
                raise SourceError(
                    f"nothing to read in the folder {path}: no file ends in {', '.join(extensions)} "
                    f"(subfolders are not searched)",
                    kind="missing",
                )
            found.extend(sorted(inside, key=_natural))
        elif path.exists():
            found.append(path)
        else:
            raise SourceError(f"no file or folder {path}", kind="missing")
    if not found:
        raise SourceError("no file or folder was given", kind="missing")
    return found


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Return a key by which a2 comes before a10."""
    parts = re.split(r"(\d+)", path.name)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part]


def _ordered(settings: Settings) -> list[_Item]:
    """Return the files with their times, oldest first; one whose time nobody tells follows its neighbour."""
    zone = zone_of(settings.zone)
    pattern = compiled(settings.time_pattern) if settings.time_pattern else None
    start = aware(settings.start) if settings.start else None
    step = timedelta(seconds=settings.interval or INTERVAL_S)
    items: list[_Item] = []
    for file in _files(settings.paths, settings.extensions):
        is_clip = file.suffix.lower() in CLIPS
        taken = _clip_made(file) if is_clip else from_exif(file, zone)
        time_from: TimeFrom = "exif"
        if taken is None:
            taken, time_from = from_name(file, pattern, zone, start), "name"
        if taken is None:
            taken, time_from = items[-1].taken + step if items else start or EPOCH, "given"
        items.append(_Item(file, taken, time_from))
    return sorted(items, key=lambda item: item.taken)


def _still(camera: str, item: _Item, limits: Limits, stamp: _Stamp) -> Frame:
    content, fault = b"", ""
    encoding = STILLS.get(item.path.suffix.lower(), "jpeg")
    try:
        megabytes = item.path.stat().st_size / 1e6
        if megabytes > limits.megabytes:
            fault = (
                f"{item.path.name}: {megabytes:.1f} MB; the limit is {limits.megabytes:g} (limits.megabytes)"
            )
        else:
            content = item.path.read_bytes()
    except OSError as error:
        fault = f"{item.path.name}: cannot be read: {error.strerror}"
    encoding = next((name for magic, name in MAGIC if content.startswith(magic)), encoding)
    taken, time_from = stamp.give(item.taken, item.time_from)
    return Frame(
        camera=camera,
        name=item.path.name,
        taken=taken,
        time_from=time_from,
        received=taken,
        encoding=encoding,
        uncleared=content,
        path=str(item.path),
        fault=fault,
    )


def _clip(camera: str, item: _Item, settings: Settings, limits: Limits, stamp: _Stamp) -> Iterator[Frame]:
    number, moment = 0, item.taken

    def made(content: Pixels | bytes, fault: str = "") -> Frame:
        taken, time_from = stamp.give(moment, item.time_from)
        return Frame(
            camera=camera,
            name=f"{item.path.stem}-{number:06d}" if number else item.path.name,
            taken=taken,
            time_from=time_from,
            received=taken,
            encoding="rgb",
            uncleared=content,
            path=str(item.path),
            fault=f"{item.path.name}: {fault}" if fault else "",
        )

    try:
        with av.open(str(item.path)) as container:
            if not container.streams.video:
                yield made(b"", "there is no video in it")
                return
            stream = container.streams.video[0]
            megapixels = stream.codec_context.width * stream.codec_context.height / 1e6
            if megapixels > limits.megapixels:
                why = f"{megapixels:.1f} megapixels; the limit is {limits.megapixels:g} (limits.megapixels)"
                yield made(b"", why)
                return
            origin: float | None = None
            for decoded in container.decode(stream):
                number += 1
                if decoded.time is not None:
                    origin = decoded.time if origin is None else origin
                    moment = item.taken + timedelta(seconds=decoded.time - origin)
                if (number - 1) % settings.every:
                    continue
                if decoded.is_corrupt:
                    yield made(b"", f"frame {number} is damaged")
                else:
                    yield made(np.asarray(decoded.to_ndarray(format="rgb24"), np.uint8))
    except av.FFmpegError as error:
        where = f"after frame {number}: " if number else ""
        number += 1 if number else 0
        yield made(b"", f"{where}no clip that can be read: {error.strerror}")
        return
    if number == 0:
        yield made(b"", "there is no picture in it")


def _clip_made(path: Path) -> datetime | None:
    """Return the creation time that a clip states, which containers give in UTC."""
    try:
        with av.open(str(path)) as container:
            stated = container.metadata.get("creation_time", "")
    except av.FFmpegError:
        return None
    try:
        made = datetime.fromisoformat(stated.replace("Z", "+00:00"))
    except ValueError:
        return None
    # A container without a clock of its own writes the epoch of its format, 1904 or 1970.
    return aware(made) if made.tzinfo is not None and made.year > EPOCH.year else None


def _clip_length(path: Path, every: int) -> int:
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                return 1
            stream = container.streams.video[0]
            length = stream.frames or sum(1 for packet in container.demux(stream) if packet.size)
    except av.FFmpegError:
        return 1
    return max(1, -(-length // every))
