"""Finds and adds versions of views. The configuration's is one like any other: the newest is in force."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic_core import to_jsonable_python
from sqlalchemy import Connection, Select, func, select

from landwatch import measure
from landwatch.config import Camera, Pose
from landwatch.errors import ConfigError, StoreError, UsageError
from landwatch.store import Beside, InForce, micros, moment, schema, text

__all__ = ["LONGEST_NOTE", "Book", "Outdated", "Version", "adopt", "changes", "save", "settings_of"]

LONGEST_NOTE = 500
"""[1]"""

Origin = Literal["file", "page", "command"]
"""Who made a version: the configuration, an operator on the page, or somebody by command."""

Settings = Mapping[str, Any]
"""What a version holds: `measure`, `reference`, `view` as in a camera's table, and `files` with the SHA-256
of each file that these name."""

Reading = Callable[[], AbstractContextManager[Connection]]

_views, _cameras = schema.views, schema.cameras
_any: Select[Any] = select(_views, _cameras.c.name.label("camera")).join(_cameras)


class Outdated(UsageError):
    """A newer version was saved since the draft was begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of one camera's view."""

    camera: str
    number: int
    """From 1; what stands after @ in the method of readings."""
    since: datetime
    """When it was saved, aware UTC."""
    origin: Origin
    note: str
    settings: Settings

    def of(self, camera: Camera) -> Camera:
        """Return the camera with these settings in place of its own."""
        reference, pose = self.settings["reference"], self.settings["view"]
        return camera.model_copy(
            update={
                "measure": dict(self.settings["measure"]),
                "reference": None if reference is None else Path(reference),
                "view": None if pose is None else Pose.model_validate(pose),
            }
        )


class Book:
    """Answers questions on a snapshot of the table. May be used from several threads."""

    def __init__(self, reading: Reading) -> None:
        """Take what gives a snapshot, such as `Archive.reading`."""
        self._reading = reading

    def versions(self, camera: str) -> list[Version]:
        """Return the versions of a camera's view, newest first."""
        with self._reading() as connection:
            rows = connection.execute(
                _any.where(_cameras.c.name == camera).order_by(_views.c.number.desc())
            ).all()
        return [_version(row) for row in rows]

    def in_force(self, cameras: Collection[str]) -> Callable[[str, datetime], int | None]:
        """Return what tells the number of the version that was in force of one of `cameras` at a time.

        It is None before a camera's first version.
        """
        with self._reading() as connection:
            numbers: InForce[int] = InForce(connection, cameras, _views.c.number)
        return numbers.at

    def newest(self) -> dict[str, Version]:
        """Return the version in force of each camera that has one, by the camera's name."""
        with self._reading() as connection:
            return _newest(connection)


def settings_of(camera: Camera, folder: Path | None) -> Settings:
    """Return what instruments are told of a camera's picture, as a version keeps it.

    Args:
        camera: as it was configured.
        folder: where relative paths in its settings start; the working directory if None.

    Raises:
        ConfigError: if a file that is named cannot be read, or a value cannot be kept as JSON.
    """
    named = [*measure.files_of(camera), *([camera.reference] if camera.reference else [])]
    told = {
        "measure": camera.measure,
        "reference": None if camera.reference is None else str(camera.reference),
        "view": None if camera.view is None else camera.view.model_dump(),
        "files": {str(path): _digest((folder or Path()) / path, camera.name) for path in named},
    }
    plain: Settings = json.loads(json.dumps(to_jsonable_python(told)))
    return plain


def adopt(
    beside: Beside, cameras: Sequence[Camera], folder: Path | None, now: datetime
) -> dict[str, tuple[Camera, int]]:
    """Return each camera with the version that is in force, and its number, by the camera's name.

    What the configuration says becomes a version where it has changed since it last became one, so that
    whoever speaks last, the file, the page or a command, is heard.

    Raises:
        ConfigError: if a file that the settings name cannot be read.
        StoreError: if the table cannot be read or written.
    """
    adopted = {}
    asked = {camera.name: settings_of(camera, folder) for camera in cameras}
    with beside.transaction("keep the views") as connection:
        newest = _newest(connection)
        from_file = _newest(connection, _views.c.origin == "file")
        for camera in cameras:
            known = from_file.get(camera.name)
            if known is None or known.settings != asked[camera.name]:
                _add(connection, camera.name, asked[camera.name], "file", "", now)
            elif newest[camera.name] != known:
                adopted[camera.name] = (newest[camera.name].of(camera), newest[camera.name].number)
                continue
            adopted[camera.name] = (camera, _count(connection, camera.name))
    return adopted


def save(
    beside: Beside,
    camera: Camera,
    folder: Path | None,
    *,
    after: int,
    origin: Origin,
    note: str,
    now: datetime,
) -> int:
    """Add a camera's settings as a new version and return its number.

    Args:
        beside: the store.
        camera: with the settings that are to be kept, proven to be usable.
        folder: where relative paths in its settings start.
        after: number of the version that was changed.
        origin: who made it.
        note: why, about things and not about people.
        now: since when it counts.

    Raises:
        Outdated: if `after` is not the newest version.
        UsageError: if the note is too long, or nothing has changed.
    """
    if len(note) > LONGEST_NOTE:
        raise UsageError(f"a note has at most {LONGEST_NOTE} characters, not {len(note)}")
    settings = settings_of(camera, folder)
    with beside.transaction("keep the view") as connection:
        found = _newest(connection, _cameras.c.name == camera.name).get(camera.name)
        if found is None or found.number != after:
            newest = "there is none" if found is None else f"version {found.number} is the newest"
            raise Outdated(f"{camera.name}: {newest}, and this was made of {after}; look at it again")
        if found.settings == settings:
            raise UsageError(f"{camera.name}: nothing differs from version {found.number}")
        _add(connection, camera.name, settings, origin, note, now)
        return _count(connection, camera.name)


def changes(before: Settings, after: Settings) -> list[tuple[str, Any, Any]]:
    """Return what differs: the dotted key, and its value before and after (None where it was not there)."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return [
        (key, old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]


def _leaves(table: Mapping[str, Any], under: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{under}{key}.")
        else:
            yield f"{under}{key}", value


def _newest(connection: Connection, *chosen: Any) -> dict[str, Version]:
    last = select(func.max(_views.c.id)).join(_cameras).where(*chosen).group_by(_views.c.camera_id)
    rows = connection.execute(_any.where(_views.c.id.in_(last)))
    return {row.camera: _version(row) for row in rows}


def _add(
    connection: Connection, camera: str, settings: Settings, origin: Origin, note: str, now: datetime
) -> None:
    owner = connection.scalar(select(_cameras.c.id).where(_cameras.c.name == camera))
    if owner is None:
        raise StoreError(f"no camera called {camera!r} is enrolled; landwatch run enrolls those of its file")
    connection.execute(
        _views.insert(),
        {
            "camera_id": owner,
            "number": _count(connection, camera) + 1,
            "since": micros(now),
            "origin": origin,
            "note": text(note),
            "content": json.dumps(settings, sort_keys=True, ensure_ascii=False),
        },
    )


def _count(connection: Connection, camera: str) -> int:
    """Return the number of the newest version; 0 where there is none."""
    newest = select(func.max(_views.c.number)).join(_cameras).where(_cameras.c.name == camera)
    return connection.scalar(newest) or 0


def _version(row: Any) -> Version:
    return Version(
        camera=row.camera,
        number=row.number,
        since=moment(row.since),
        origin=row.origin,
        note=row.note,
        settings=json.loads(row.content),
    )


def _digest(path: Path, camera: str) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(f"camera {camera}: cannot read {path}: {error.strerror}") from None
