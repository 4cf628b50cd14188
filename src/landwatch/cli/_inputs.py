"""What the commands on files share: finding the frames, and the camera that they are of."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from landwatch.cli._options import shared, with_options
from landwatch.config import Camera, Config, load
from landwatch.errors import ConfigError, SourceError, UsageError
from landwatch.source import folder
from landwatch.types import Frame

__all__ = [
    "ConfigFile",
    "Inputs",
    "Json",
    "Reader",
    "camera_for",
    "name_of",
    "read_config",
    "read_table",
    "reads_inputs",
    "time_of",
]

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on stdout.")]
Every = Annotated[int, typer.Option(min=1, metavar="N", help="Take each Nth frame of a clip.")]
Interval = Annotated[
    float | None,
    typer.Option(min=0.001, metavar="S", help="Set capture times S seconds apart, whatever the files say."),
]
Start = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Capture time of the first picture, such as 2026-07-01T12:00Z."),
]
Pattern = Annotated[
    str | None,
    typer.Option(
        "--time-pattern",
        metavar="REGEX",
        help="Regular expression that reads capture times from file names by its named groups "
        "year, month, day, hour, minute, second.",
    ),
]
Zone = Annotated[str, typer.Option(metavar="NAME", help="Time zone of times that state none.")]
ConfigFile = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="A landwatch.toml.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Files and folders of one camera, and how their times are read."""

    paths: tuple[Path, ...]
    every: int = 1
    interval: float | None = None
    start: datetime | None = None
    pattern: str | None = None
    zone: str = "UTC"

    @classmethod
    def of(
        cls,
        paths: Iterable[Path],
        *,
        every: Every = 1,
        interval: Interval = None,
        start: Start = None,
        time_pattern: Pattern = None,
        zone: Zone = "UTC",
    ) -> Inputs:
        """Return the inputs of a command's options.

        Raises:
            UsageError: naming an input that is not there or a time that is none.
        """
        paths = tuple(paths)
        for path in paths:
            if not path.exists():
                raise UsageError(f"no file or folder at {path}")
        return cls(
            paths=paths,
            every=every,
            interval=interval,
            start=time_of(start) if start else None,
            pattern=time_pattern,
            zone=zone,
        )

    def count(self) -> int | None:
        """Return how many frames there will be, None where a clip does not tell."""
        return folder.count(self.paths, self.every) or None

    def frames(self, camera: str, config: Config) -> Iterator[Frame]:
        """Yield the frames in order of capture time.

        Raises:
            SourceError: if there is nothing to read.
        """
        settings = folder.Settings(
            path=self.paths,
            time_pattern=self.pattern,
            start=self.start,
            interval=self.interval,
            zone=self.zone,
            every=self.every,
        )
        try:
            yield from folder.archive(camera, settings, config.limits)
        except SourceError as error:
            raise SourceError(f"{camera}: {error}", kind=error.kind) from None


Reader = Callable[[Iterable[Path]], Inputs]
"""Finds the inputs at given paths, read as the options of the command say."""


def reads_inputs(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options that say how pictures are found and timed, in place of its parameter `read`.

    The command gets `read`, a `Reader`.
    """

    @functools.wraps(command)
    def run(**values: Any) -> int:
        read = functools.partial(Inputs.of, **{one.name: values.pop(one.name) for one in shared(Inputs.of)})
        return command(read=read, **values)

    return with_options(run, command, "read", Inputs.of)


def time_of(text: str) -> datetime:
    """Return the time that a person wrote, UTC where it states no offset.

    Raises:
        UsageError: if it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no time; write it as 2026-07-01T12:00:00Z") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_config(path: Path | None) -> Config:
    """Return the configuration of a file, or the default one."""
    return load(path) if path else Config()


def read_table(path: Path | None) -> dict[str, Any]:
    """Return the table of a TOML file, or an empty one without a file.

    Raises:
        ConfigError: if it cannot be read or is not TOML.
    """
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from None


def name_of(path: Path) -> str:
    """Return a camera's name made of a folder's or a file's: `My Cam 1` becomes `my-cam-1`."""
    resolved = path.resolve()
    stem = resolved.name if resolved.is_dir() else resolved.parent.name
    return re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip("-._")[:64] or "camera"


def camera_for(config: Config, name: str, instruments: dict[str, dict[str, object]]) -> Camera:
    """Return the configured camera of that name, or one that serves the given instruments."""
    for camera in config.camera:
        if camera.name == name:
            return camera
    if config.camera:
        known = ", ".join(camera.name for camera in config.camera)
        raise UsageError(f"no camera called {name!r} in the configuration; there are: {known}")
    return Camera(name=name, source={"kind": "folder"}, measure=instruments)
