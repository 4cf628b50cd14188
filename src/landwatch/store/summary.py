"""Readings by the hour, the day or the month of UTC: one number a span, and on how many readings it stands.

What was not seen is counted and never taken for zero: a span in which nothing was seen has no value, and one
without any reading has no row. Readings of one camera and quantity are taken together whatever version of an
instrument read them; the methods are named. `spread` is the standard deviation of the readings, not the
uncertainty of the number: readings of one camera follow one another, so they are not independent.

Columns of the files, in this order:

    camera, quantity, unit, start, end, value, statistic, count, absent, doubtful, spread, methods

In netCDF each series is a variable over the starts, with its counts and spread as ancillary variables.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from landwatch.errors import UsageError
from landwatch.store._columns import NONE, Columns
from landwatch.store.netcdf import udunits
from landwatch.types import ABSENCES, Quantity

__all__ = [
    "EVERY",
    "HOW",
    "MOST",
    "Every",
    "How",
    "Summary",
    "gather",
    "summarise",
    "write_csv",
    "write_files",
]

Every = Literal["hour", "day", "month"]
EVERY: tuple[Every, ...] = get_args(Every)
How = Literal["mean", "median", "min", "max"]
HOW: tuple[How, ...] = get_args(How)

UNITS: Mapping[Every, str] = {"hour": "h", "day": "D", "month": "M"}
"""NumPy's units of time."""

STATISTICS: Mapping[How, Callable[[NDArray[np.float64]], Any]] = {
    "mean": np.mean,
    "median": np.median,
    "min": np.min,
    "max": np.max,
}

CELLS: Mapping[How, str] = {"mean": "mean", "median": "median", "min": "minimum", "max": "maximum"}
"""Cell methods of CF."""

MOST = 2_000_000
"""Readings that are gathered at once: some 200 MB, a month of eight series at 10 s. [1]"""

COLUMNS = (
    "camera",
    "quantity",
    "unit",
    "start",
    "end",
    "value",
    "statistic",
    "count",
    "absent",
    "doubtful",
    "spread",
    "methods",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """All readings of one camera and quantity, in order of time."""

    camera: str
    quantity: str
    unit: str
    methods: tuple[str, ...]
    time: NDArray[np.int64]
    """Since 1970, UTC. [µs]"""
    value: NDArray[np.float64]
    """NaN where nothing was seen."""
    absent: NDArray[np.int8]
    """Place in `types.ABSENCES`; `NONE` where there is a value."""
    doubtful: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One series by spans of time: row i of each column is one span."""

    camera: str
    quantity: str
    unit: str
    methods: tuple[str, ...]
    statistic: How
    start: NDArray[np.int64]
    """Of the span, since 1970, UTC. [µs]"""
    end: NDArray[np.int64]
    value: NDArray[np.float64]
    """NaN where nothing was seen."""
    count: NDArray[np.int64]
    """Readings with a value."""
    absent: NDArray[np.int64]
    """Readings without."""
    why: tuple[str, ...]
    """The most frequent reason why there was none; empty where there was always one."""
    doubtful: NDArray[np.int64]
    """Of those with a value, how many have flags."""
    spread: NDArray[np.float64]
    """Standard deviation of the values; NaN of fewer than two."""


def gather(readings: Iterable[Columns]) -> list[Gathered]:
    """Return readings by camera, quantity and unit, in order of name.

    Raises:
        UsageError: if there are more than `MOST`.
    """
    parts: dict[tuple[str, str, str], list[tuple[Any, ...]]] = {}
    methods: dict[tuple[str, str, str], set[str]] = {}
    total = 0
    for some in readings:
        total += len(some)
        if total > MOST:
            raise UsageError(f"more than {MOST} readings; ask for fewer series or a shorter span")
        doubtful = some.flags != NONE
        for place in np.unique(some.series).tolist():
            one = some.all_series[place]
            key = (one.camera, one.quantity, one.unit)
            chosen = some.series == place
            columns = (some.time, some.value, some.absent, doubtful)
            parts.setdefault(key, []).append(tuple(column[chosen] for column in columns))
            methods.setdefault(key, set()).add(one.method)
    found = []
    for key, pieces in sorted(parts.items()):
        time, value, absent, doubtful = (np.concatenate(column) for column in zip(*pieces, strict=True))
        order = np.argsort(time, kind="stable")
        found.append(
            Gathered(
                camera=key[0],
                quantity=key[1],
                unit=key[2],
                methods=tuple(sorted(methods[key])),
                time=time[order],
                value=value[order],
                absent=absent[order],
                doubtful=doubtful[order],
            )
        )
    return found


def summarise(series: Gathered, every: Every, how: How) -> Summary:
    """Return a series by spans of UTC."""
    spans = series.time.astype("datetime64[us]").astype(f"datetime64[{UNITS[every]}]")
    starts, first = np.unique(spans, return_index=True)
    ends = np.append(first[1:], len(spans))
    rows = [_span(series, slice(begin, end), how) for begin, end in zip(first, ends, strict=True)]
    value, count, absent, why, doubtful, spread = zip(*rows, strict=True) if rows else ((),) * 6
    return Summary(
        camera=series.camera,
        quantity=series.quantity,
        unit=series.unit,
        methods=series.methods,
        statistic=how,
        start=starts.astype("datetime64[us]").astype(np.int64),
        end=(starts + 1).astype("datetime64[us]").astype(np.int64),
        value=np.array(value, np.float64),
        count=np.array(count, np.int64),
        absent=np.array(absent, np.int64),
        why=tuple(why),
        doubtful=np.array(doubtful, np.int64),
        spread=np.array(spread, np.float64),
    )


def _span(series: Gathered, at: slice, how: How) -> tuple[float, int, int, str, int, float]:
    absent = series.absent[at]
    seen = absent == NONE
    values = series.value[at][seen]
    reasons = np.bincount(absent[~seen], minlength=1)
    return (
        float(STATISTICS[how](values)) if len(values) else np.nan,
        len(values),
        len(absent) - len(values),
        ABSENCES[int(reasons.argmax())] if not seen.all() else "",
        int(series.doubtful[at][seen].sum()),
        float(values.std(ddof=1)) if len(values) > 1 else np.nan,
    )


def write_csv(summaries: Iterable[Summary], out: IO[str]) -> None:
    """Write summaries as CSV; a file must be opened with `newline=""`."""
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for row in _rows(summaries):
        table.writerow(["" if cell is None else cell for cell in row])


def write_files(summaries: Sequence[Summary], path: Path, known: Mapping[str, Quantity]) -> None:
    """Write summaries as Parquet or, where the name ends in .nc, as netCDF.

    Raises:
        UsageError: if what writes it is not installed.
    """
    try:
        if path.suffix == ".nc":
            _write_netcdf(summaries, path, known)
        else:
            _write_parquet(summaries, path)
    except ImportError as error:
        raise UsageError(f"this needs {error.name}; pip install 'landwatch[export]'") from None


def _rows(summaries: Iterable[Summary]) -> Iterator[tuple[Any, ...]]:
    for one in summaries:
        starts, ends = (
            np.datetime_as_string(column.astype("datetime64[us]"), "s") for column in (one.start, one.end)
        )
        for row in range(len(one.start)):
            yield (
                one.camera,
                one.quantity,
                one.unit,
                f"{starts[row]}Z",
                f"{ends[row]}Z",
                _number(one.value[row]),
                one.statistic,
                int(one.count[row]),
                int(one.absent[row]),
                int(one.doubtful[row]),
                _number(one.spread[row]),
                " ".join(one.methods),
            )


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _write_parquet(summaries: Sequence[Summary], path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for row in _rows(summaries):
        for name, cell in zip(COLUMNS, row, strict=True):
            columns[name].append(cell)
    table = pa.table(columns)
    for name in ("start", "end"):
        moments = np.concatenate([getattr(one, name) for one in summaries] or [np.empty(0, np.int64)])
        column = pa.array(moments, pa.timestamp("us", tz="UTC"))
        table = table.set_column(COLUMNS.index(name), name, column)
    parquet.write_table(table, path, compression="zstd")


def _write_netcdf(summaries: Sequence[Summary], path: Path, known: Mapping[str, Quantity]) -> None:
    import netCDF4

    starts = np.unique(np.concatenate([one.start for one in summaries] or [np.empty(0, np.int64)]))
    ends = np.empty(len(starts), np.int64)
    with netCDF4.Dataset(path, "w", format="NETCDF4") as file:
        file.setncatts({"Conventions": "CF-1.11", "title": "Readings of the land from cameras, by spans"})
        file.createDimension("time", len(starts))
        file.createDimension("side", 2)
        time = file.createVariable("time", "i8", ("time",))
        time.setncatts(
            {
                "standard_name": "time",
                "units": "microseconds since 1970-01-01 00:00:00",
                "calendar": "standard",
                "bounds": "time_bounds",
            }
        )
        time[:] = starts
        for one in summaries:
            at = np.searchsorted(starts, one.start)
            ends[at] = one.end
            name = re.sub(r"\W", "_", f"{one.quantity}_{one.camera}", flags=re.ASCII)
            while name in file.variables:  # `a-b` and `a_b` are two cameras
                name += "_"
            told = known.get(one.quantity)
            more = {"standard_name": told.standard_name} if told and told.standard_name else {}
            _put(
                file, name, "f8", at, one.value,
                long_name=f"{told.title if told else one.quantity} at {one.camera}",
                units=udunits(one.unit),
                cell_methods=f"time: {CELLS[one.statistic]}",
                camera=one.camera,
                methods=" ".join(one.methods),
                ancillary_variables=f"{name}_count {name}_absent {name}_doubtful {name}_spread",
                **more,
            )  # fmt: skip
            for part in ("count", "absent", "doubtful"):
                _put(file, f"{name}_{part}", "i4", at, getattr(one, part), units="1")
            _put(file, f"{name}_spread", "f8", at, one.spread, units=udunits(one.unit))
        file.createVariable("time_bounds", "i8", ("time", "side"))[:] = np.stack([starts, ends], axis=1)


def _put(file: Any, name: str, kind: str, at: Any, values: Any, **told: str) -> None:
    """Write one variable over the starts; where it has none it is missing."""
    missing = np.nan if kind == "f8" else -1
    variable = file.createVariable(name, kind, ("time",), fill_value=missing, compression="zlib")
    column = np.full(len(file.dimensions["time"]), missing)
    column[at] = values
    variable[:] = column
    variable.setncatts(told)
