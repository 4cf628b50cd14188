"""Settings of an instrument as fields of a form, and back: what is drawn as lines, the rest as TOML."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from landwatch import rooms
from landwatch.errors import UsageError
from landwatch.types import Shape

__all__ = ["Field", "Outline", "fields_of", "instruments", "read", "rest_of", "shapes_of"]

LINE = ", "


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What one shape draws, for a page without scripts. [px]"""

    kind: Literal["polygon", "points"]
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One shape of an instrument with its lines."""

    shape: Shape
    lines: str
    outlines: tuple[Outline, ...]


def instruments() -> list[str]:
    """Return the names of all instruments."""
    return list(rooms.modules("measure"))


def shapes_of(instrument: str) -> tuple[Shape, ...]:
    """Return what is drawn for an instrument; nothing for one that needs no place.

    Raises:
        UsageError: if there is no such instrument.
    """
    known = rooms.modules("measure")
    if instrument not in known:
        raise UsageError(f"no instrument called {instrument!r}; there are: {', '.join(known)}")
    found: tuple[Shape, ...] = getattr(known[instrument], "SHAPES", ())
    return found


def fields_of(instrument: str, table: Mapping[str, Any]) -> tuple[Field, ...]:
    """Return the shapes of an instrument as its table has them."""
    return tuple(_field(shape, table.get(shape.key)) for shape in shapes_of(instrument))


def rest_of(instrument: str, table: Mapping[str, Any]) -> str:
    """Return what is not drawn, as TOML."""
    drawn = {shape.key for shape in shapes_of(instrument)}
    return "\n".join(f"{key} = {_toml(value)}" for key, value in table.items() if key not in drawn)


def read(instrument: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the table that a form says.

    Args:
        instrument: its name.
        form: `shape.KEY` with the lines of each shape, and `rest`.

    Raises:
        UsageError: naming the field and the line that cannot be read.
    """
    try:
        table = tomllib.loads(form.get("rest", ""))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"the other settings are not TOML: {error}") from None
    for shape in shapes_of(instrument):
        value = _value(shape, form.get(f"shape.{shape.key}", ""))
        if value:
            table[shape.key] = value
    return table


def _field(shape: Shape, value: Any) -> Field:
    if not value:
        return Field(shape=shape, lines="", outlines=())
    if shape.kind == "polygons":
        lines = "\n\n".join("\n".join(map(_line, outline)) for outline in value)
        outlines = [Outline(kind="polygon", points=_places(outline)) for outline in value]
    elif shape.kind == "boxes":
        boxes = [one["region"] if shape.beside else one for one in value]
        more = [[one.get(key, "") for key in shape.beside] if shape.beside else [] for one in value]
        lines = "\n".join(_line([*box, *rest]).rstrip(LINE) for box, rest in zip(boxes, more, strict=True))
        outlines = [Outline(kind="polygon", points=_corners(box)) for box in boxes]
    else:
        lines = "\n".join(map(_line, value))
        kind: Literal["polygon", "points"] = "polygon" if shape.kind == "polygon" else "points"
        outlines = [Outline(kind=kind, points=_places(value))]
    return Field(shape=shape, lines=lines, outlines=tuple(outlines))


def _line(cells: Sequence[Any]) -> str:
    return LINE.join(f"{cell:.10g}" if isinstance(cell, float) else str(cell) for cell in cells)


def _places(rows: Sequence[Sequence[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((row[0], row[1]) for row in rows)


def _corners(box: Sequence[float]) -> tuple[tuple[float, float], ...]:
    left, top, right, bottom = box
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _value(shape: Shape, text: str) -> Any:
    """Return the value of a shape's lines; empty where there are none."""
    groups: list[list[list[str]]] = [[]]
    for line in text.splitlines():
        if line.strip():
            groups[-1].append([cell.strip() for cell in line.split(",")])
        elif groups[-1]:
            groups.append([])
    rows = [row for group in groups for row in group]
    if shape.kind == "polygons":
        return [[_numbers(shape, row) for row in group] for group in groups if group]
    if shape.kind != "boxes":
        return [_numbers(shape, row) for row in rows]
    boxes = [_box(shape, row) for row in rows]
    if not shape.beside:
        return boxes
    return [{"region": box, **dict(_said(shape, row[4:]))} for box, row in zip(boxes, rows, strict=True)]


def _box(shape: Shape, row: list[str]) -> list[int]:
    if len(row) < 4:
        raise UsageError(f"{shape.title}: {LINE.join(row)!r}: needed are {shape.columns}")
    one, two, three, four = (round(number) for number in _numbers(shape, row[:4]))
    return [min(one, three), min(two, four), max(one, three), max(two, four)]


def _said(shape: Shape, cells: list[str]) -> Iterator[tuple[str, Any]]:
    if len(cells) > len(shape.beside):
        raise UsageError(f"{shape.title}: {LINE.join(cells)!r}: needed are {shape.columns}")
    for key, cell in zip(shape.beside, cells, strict=False):
        if cell:
            yield key, _number(cell) if _number(cell) is not None else cell


def _numbers(shape: Shape, row: list[str]) -> list[float]:
    found = [_number(cell) for cell in row]
    if None in found or len(found) < 2:
        raise UsageError(f"{shape.title}: {LINE.join(row)!r}: needed are {shape.columns}")
    return [number for number in found if number is not None]


def _number(cell: str) -> float | None:
    """Return a number, whole where it is; None for words."""
    try:
        number = float(cell)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def _toml(value: Any) -> str:
    """Return a value of a table as TOML writes it: for strings, numbers and arrays as JSON does."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
