"""What a camera is told, for its page: the view's version in force, its instruments, its checks' own limits.

Nothing of how to reach the camera is in it: neither its address nor who logs in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from landwatch.views import Book, Desk, Version, changes

__all__ = ["Told", "short", "told"]

LONGEST_VALUE = 60
"""Of a value that is shown; longer ones are cut. [1]"""

Lines = tuple[tuple[str, str], ...]
"""Keys and values, shortened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Settings of one camera."""

    version: Version | None
    """Of its view, in force; None where none is kept."""
    instruments: Mapping[str, Lines]
    checks: Mapping[str, Lines]
    """Those with limits of their own."""
    never: int
    """Static polygons that are filled before anything looks. [1]"""


def told(request: Request, name: str) -> Told:
    """Return what a camera is told."""
    book: Book = request.app.state.views
    desk: Desk | None = request.app.state.drafts
    version = next(iter(book.versions(name)), None)
    camera = desk.camera(name) if desk is not None else None
    return Told(
        version=version,
        instruments=_lines(version.settings["measure"] if version else {}),
        checks=_lines(camera.check if camera else {}),
        never=len(camera.never) if camera else 0,
    )


def short(value: Any) -> str:
    """Return a value of a settings table as it is shown."""
    if value is None:
        return "–"
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.6g}"
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _lines(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Lines]:
    return {
        name: tuple((key, short(value)) for key, _, value in changes({}, dict(table)))
        for name, table in sorted(tables.items())
    }
