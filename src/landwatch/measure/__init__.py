"""Reads the picture as an instrument: one file an instrument.

Each instrument is a module with `QUANTITIES`, `NEEDS` (words of `measure/_needs.py`), a frozen dataclass
`Settings`, `VERSION`, and `measure(picture, past, settings) -> tuple[Reading, ...]`. A need that is not met
gives absent readings with the reason before the instrument is asked; one that fails gives absent="failed"
with the error's name, and the others go on.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from landwatch import rooms
from landwatch.config import Camera, Rule, settings_of
from landwatch.measure._needs import NEEDS, hindrance
from landwatch.measure._products import summarise, summarise_readings
from landwatch.past import Past
from landwatch.rooms import quantities
from landwatch.types import Absence, Finding, Picture, Reading

__all__ = [
    "NEEDS",
    "files_of",
    "instruments_of",
    "needs",
    "nothing_seen",
    "quantities",
    "read",
    "rules",
    "summarise",
    "summarise_readings",
]


def instruments_of(camera: Camera, folder: Path | None = None) -> dict[str, Any]:
    """Return the settings of each instrument that the camera's `measure` tables name.

    Args:
        camera: as it was configured.
        folder: where relative paths in the tables start; the working directory if None.

    Raises:
        ConfigError: for an instrument that does not exist, an unknown key, or a value out of range.
    """
    prepared = {}
    for name, table in camera.measure.items():
        module = rooms.find("measure", name, "instrument")
        where = f"camera {camera.name}, measure.{name}"
        prepared[name] = settings_of(module.Settings, _rooted(module, table, folder), where)
    return prepared


def files_of(camera: Camera) -> tuple[Path, ...]:
    """Return the files that the camera's `measure` tables name, as they are written there.

    Raises:
        ConfigError: for an instrument that does not exist.
    """
    return tuple(
        Path(table[key])
        for name, table in camera.measure.items()
        for key in sorted(_paths(rooms.find("measure", name, "instrument")))
        if isinstance(table.get(key), str | Path)
    )


def needs(instruments: Collection[str]) -> frozenset[str]:
    """Return what these instruments need, together."""
    return frozenset(need for name in instruments for need in rooms.find("measure", name, "instrument").NEEDS)


def rules(settings: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Return the rules that the instruments' settings ask for: an instrument may have `rules(settings)`."""
    return tuple(
        rule
        for name, wanted in settings.items()
        if (asked := getattr(rooms.find("measure", name, "instrument"), "rules", None)) is not None
        for rule in asked(wanted)
    )


def read(
    picture: Picture, past: Past, findings: Sequence[Finding], settings: Mapping[str, Any]
) -> tuple[Reading, ...]:
    """Return the readings of each instrument in `settings`; what cannot be read is absent, never zero.

    The small copy of the picture is made if the past has none yet. The caller ends the past's turn.
    """
    if past.present is None:
        past.begin(picture)
    readings: list[Reading] = []
    for name, wanted in settings.items():
        module = rooms.find("measure", name, "instrument")
        reason = hindrance(module.NEEDS, picture, past, findings)
        if reason is not None:
            readings += _absent(name, module, picture.camera, picture.taken, reason)
            continue
        try:
            readings += module.measure(picture, past, wanted)
        except Exception as error:  # noqa: BLE001 an instrument, ours or another package's, costs its own readings
            readings += _absent(
                name, module, picture.camera, picture.taken, "failed", (type(error).__name__,)
            )
    return tuple(readings)


def nothing_seen(
    camera: str, taken: datetime, settings: Mapping[str, Any], reason: Absence = "withheld"
) -> tuple[Reading, ...]:
    """Return an absent reading of each quantity, for a turn in which there is no picture to read."""
    return tuple(
        reading
        for name in settings
        for reading in _absent(name, rooms.find("measure", name, "instrument"), camera, taken, reason)
    )


def _absent(
    name: str, module: ModuleType, camera: str, taken: datetime, reason: Absence, flags: tuple[str, ...] = ()
) -> list[Reading]:
    return [
        Reading(
            camera=camera,
            quantity=quantity.name,
            time=taken,
            value=None,
            unit=quantity.unit,
            method=f"{name}/{module.VERSION}",
            absent=reason,
            flags=flags,
        )
        for quantity in module.QUANTITIES
    ]


def _rooted(module: ModuleType, table: Mapping[str, Any], folder: Path | None) -> dict[str, Any]:
    """Return the table with relative paths taken from `folder`."""
    paths = _paths(module)
    return {
        key: str(folder / value) if folder is not None and key in paths and isinstance(value, str) else value
        for key, value in table.items()
    }


def _paths(module: ModuleType) -> set[str]:
    """Return the names of those settings that are paths."""
    hints = typing.get_type_hints(module.Settings)
    return {f.name for f in dataclasses.fields(module.Settings) if _is_path(hints[f.name])}


def _is_path(hint: Any) -> bool:
    return hint is Path or Path in typing.get_args(hint)
