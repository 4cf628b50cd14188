"""Registers as CSV: organisations, sites, service levels, and cameras as property.

The columns are the fields of the records. A column that a file leaves out stays as it is; an empty cell
empties what was there. Cells that a spreadsheet would take for a formula get an apostrophe in front, and lose
it again.

References:
    [1] OWASP, "CSV Injection", owasp.org/www-community/attacks/CSV_Injection.
"""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Any, Literal

from landwatch.errors import UsageError
from landwatch.upkeep.book import Book
from landwatch.upkeep.desk import Desk
from landwatch.upkeep.level import Level
from landwatch.upkeep.records import INCOMES, LIFECYCLES, SETTLEMENTS, Asset, Organisation, Site

__all__ = ["CHOICES", "COLUMNS", "FORMULA", "KEYS", "Register", "change", "read", "write"]

Register = Literal["organisations", "sites", "levels", "cameras"]


@dataclass(frozen=True, slots=True)
class _Table:
    kind: type[Any]
    key: str
    columns: tuple[str, ...]


def _table(kind: type[Any], key: str) -> _Table:
    return _Table(kind, key, tuple(field.name for field in dataclasses.fields(kind) if field.init))


TABLES: Mapping[Register, _Table] = {
    "organisations": _table(Organisation, "name"),
    "sites": _table(Site, "name"),
    "levels": _table(Level, "name"),
    "cameras": _table(Asset, "camera"),
}

COLUMNS: Mapping[Register, tuple[str, ...]] = {name: table.columns for name, table in TABLES.items()}
"""Of each register, as they are written."""

KEYS: Mapping[Register, str] = {name: table.key for name, table in TABLES.items()}
"""Column of each register that names its rows."""

NUMBERS = {"latitude", "longitude", "target", "response", "repair"}
DATES = {"installed", "warranty"}
CHOICES: Mapping[str, Sequence[str]] = {"settlement": SETTLEMENTS, "income": INCOMES, "lifecycle": LIFECYCLES}
MAYBE = {
    "latitude",
    "longitude",
    "installed",
    "warranty",
    "site",
    "built_by",
    "managed_by",
    "maintained_by",
    "level",
}
"""Columns whose empty cell means that it is not known."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With what a cell begins that a spreadsheet takes for a formula. [1]"""


def read(register: Register, desk: Desk, source: IO[str]) -> int:
    """Add or change the rows of a CSV file, all of them or none, and return how many.

    Raises:
        UsageError: naming the line, the column and what is allowed.
    """
    table = TABLES[register]
    rows = csv.DictReader(source)
    columns = list(rows.fieldnames or ())
    if table.key not in columns:
        raise UsageError(
            f"{register}: there is no column {table.key!r}; columns are: {', '.join(table.columns)}"
        )
    for column in columns:
        if column not in table.columns:
            raise UsageError(
                f"{register}: unknown column {column!r}; columns are: {', '.join(table.columns)}"
            )
    known = {getattr(one, table.key): one for one in _all(register, desk.book)}
    return _keep(register, desk, [_record(table, row, known, f"line {rows.line_num}") for row in rows])


def change(register: Register, desk: Desk, key: str, cells: Mapping[str, str]) -> None:
    """Add or change one row by its key; columns that are not given stay as they are.

    Raises:
        UsageError: naming the row, the column and what is allowed.
    """
    table = TABLES[register]
    known = {getattr(one, table.key): one for one in _all(register, desk.book)}
    _keep(register, desk, [_record(table, {table.key: key, **cells}, known, key)])


def _keep(register: Register, desk: Desk, found: list[Any]) -> int:
    if register == "organisations":
        return desk.keep_organisations(found)
    if register == "sites":
        return desk.keep_sites(found)
    if register == "levels":
        return desk.keep_levels(found)
    return desk.keep_assets(found)


def write(register: Register, book: Book, out: IO[str]) -> int:
    """Write a register as CSV and return how many rows it has. The file must be opened with newline=""."""
    columns = TABLES[register].columns
    table = csv.writer(out)
    table.writerow(columns)
    count = 0
    for one in _all(register, book):
        table.writerow([_cell(getattr(one, column)) for column in columns])
        count += 1
    return count


def _all(register: Register, book: Book) -> Iterable[Any]:
    if register == "organisations":
        return book.organisations()
    if register == "sites":
        return book.sites()
    if register == "levels":
        return book.levels()
    return book.assets()


def _record(table: _Table, row: Mapping[str, str | None], known: Mapping[str, Any], where: str) -> Any:
    if None in row or None in row.values():
        raise UsageError(f"{where}: it has not as many cells as the header has columns")
    given = {column: _value(column, cell or "", where) for column, cell in row.items()}
    before = known.get(given[table.key])
    if before is not None:
        return dataclasses.replace(before, **given)
    try:
        return table.kind(**given)
    except TypeError:
        required = [
            field.name
            for field in dataclasses.fields(table.kind)
            if field.init and field.default is dataclasses.MISSING and field.name not in given
        ]
        raise UsageError(f"{where}: a new one needs {', '.join(required)}") from None


def _value(column: str, cell: str, where: str) -> Any:
    cell = cell.strip()
    if cell.startswith("'") and cell[1:].startswith(FORMULA):
        cell = cell[1:]
    if not cell and column in MAYBE:
        return None
    if column in CHOICES and cell not in CHOICES[column]:
        raise UsageError(f"{where}: {column} = {cell!r}; allowed are: {', '.join(CHOICES[column])}")
    try:
        if column in NUMBERS:
            return float(cell)
        if column in DATES:
            return date.fromisoformat(cell)
    except ValueError:
        example = "a number" if column in NUMBERS else "a date such as 2026-07-01"
        raise UsageError(f"{where}: {column} = {cell!r} is not {example}") from None
    return cell


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return f"{value:.10g}" if isinstance(value, float) else str(value)
