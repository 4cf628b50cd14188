"""Finds a room's modules by listing its folder, and those of other people's packages.

To add a source, a camera check, an instrument or an outlet is to put one file into its room, or to
offer it under the entry point `landwatch.<room>`. Nothing is registered. A module whose name starts
with an underscore belongs to its room and is no entry.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection
from functools import cache
from importlib.metadata import entry_points
from types import ModuleType
from typing import cast

from landwatch.errors import ConfigError
from landwatch.types import Quantity

__all__ = ["find", "modules", "quantities"]


@cache
def modules(room: str) -> dict[str, ModuleType]:
    """Return the modules of `room`, such as "measure", by name, in order of name."""
    package = importlib.import_module(f"landwatch.{room}")
    found = {
        entry.name: importlib.import_module(f"{package.__name__}.{entry.name}")
        for entry in pkgutil.iter_modules(package.__path__)
        if not entry.name.startswith("_")
    }
    for point in entry_points(group=f"landwatch.{room}"):
        found.setdefault(point.name, point.load())
    return dict(sorted(found.items()))


def find(room: str, name: str, thing: str) -> ModuleType:
    """Return one module of a room.

    Args:
        room: the room's name.
        name: the module's name.
        thing: what the user calls it, for the message: "instrument", "source".

    Raises:
        ConfigError: if there is none of that name.
    """
    known = modules(room)
    if name not in known:
        raise ConfigError(f"no {thing} called {name!r}; there are: {', '.join(known)}")
    return known[name]


def quantities(instruments: Collection[str] | None = None) -> dict[str, Quantity]:
    """Return the quantities that these instruments measure (None: that any does), by name."""
    return {
        quantity.name: quantity
        for name, module in modules("measure").items()
        if instruments is None or name in instruments
        for quantity in cast(tuple[Quantity, ...], module.QUANTITIES)
    }
