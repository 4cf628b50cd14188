"""Writes readings as a netCDF file by the CF conventions: time series of cameras as an indexed ragged array.

One row of the dimension `obs` is one picture of one camera; `station_index` says of which, and the dimension
`station` has the cameras with their names and places [1, section 9 and H.2]. Each quantity is a variable
over `obs`, missing where it was absent or not asked for, with these ancillary variables beside it:

    NAME_uncertainty  the standard uncertainty, in the same unit
    NAME_absent       why there is no value: 0 where there is one, missing where it was not asked for
    NAME_flags        a bit a rule that makes the value doubtful
    NAME_method       which instrument and version read it
    NAME_region       left, top, right and bottom in the picture, where the quantity has a place [px]

References:
    [1] B. Eaton et al., "NetCDF Climate and Forecast (CF) Metadata Conventions", version 1.11, 2023.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landwatch.errors import StoreError, UsageError
from landwatch.store._columns import NONE, Columns
from landwatch.store._records import CameraRecord
from landwatch.types import ABSENCES, Quantity

__all__ = ["udunits", "write_readings"]

CHUNK = 16_384
"""Rows that are packed together in the file. [1]"""

MOST_FLAGS = 63
"""Bits of a whole number of 64 that are not its sign."""

MISSING = NONE
"""Of a whole number."""


@dataclass(slots=True)
class _Column:
    """What a quantity's variables are made of as they are written."""

    unit: str
    flags: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)


def write_readings(
    readings: Iterable[Columns],
    path: Path,
    cameras: Sequence[CameraRecord],
    quantities: Mapping[str, Quantity],
) -> int:
    """Write readings, which come in order of time, to a file, and return how many.

    Readings of one time must come together.

    Raises:
        UsageError: if netCDF4 is not installed.
        StoreError: if a quantity changes its unit on the way, or has more flags than a number has bits.
        OSError: if the file cannot be written.
    """
    try:
        import netCDF4
    except ImportError as error:
        raise UsageError(f"netCDF needs {error.name}; pip install 'landwatch[export]'") from None
    with netCDF4.Dataset(path, "w", format="NETCDF4") as file:
        writer = _Writer(file, cameras, quantities)
        for some in readings:
            writer.put(some)
        writer.finish()
        return writer.count


class _Writer:
    def __init__(
        self, file: Any, cameras: Sequence[CameraRecord], quantities: Mapping[str, Quantity]
    ) -> None:
        self.count = 0
        self._file = file
        self._quantities = quantities
        self._stations = {camera.name: index for index, camera in enumerate(cameras)}
        self._columns: dict[str, _Column] = {}
        self._written = 0
        file.setncatts(
            {
                "Conventions": "CF-1.11",
                "featureType": "timeSeries",
                "title": "Readings of the land from cameras",
                "source": "pictures of fixed cameras, with people and vehicles removed before they were read",
            }
        )
        file.createDimension("obs", None)
        file.createDimension("station", len(cameras))
        file.createDimension("side", 4)
        self._describe_stations(cameras)
        self._variable(
            "time",
            "i8",
            always=True,
            units="microseconds since 1970-01-01 00:00:00",
            calendar="standard",
            standard_name="time",
            long_name="time of the picture",
        )
        self._variable("station_index", "i4", always=True, long_name="camera", instance_dimension="station")

    def put(self, some: Columns) -> None:
        """Write readings: one camera's of one time in a row; a second of the same quantity starts another."""
        stations = np.array([self._stations[one.camera] for one in some.all_series], np.int32)[some.series]
        names = sorted({one.quantity for one in some.all_series})
        kinds = np.array([names.index(one.quantity) for one in some.all_series], np.int32)[some.series]
        row, first = _rows(some.time, stations, kinds)
        at = slice(self._written, self._written + len(first))
        self._file["time"][at] = some.time[first]
        self._file["station_index"][at] = stations[first]
        present = set(np.unique(kinds).tolist())
        for kind, name in enumerate(names):
            if kind in present:
                chosen = kinds == kind
                self._put_column(name, at, row[chosen], some, chosen)
            elif name in self._columns:
                self._put_column(name, at, row[:0], some, np.zeros(len(some), bool))
        self._written = at.stop
        self.count += len(some)

    def finish(self) -> None:
        """Say what the numbers of flags and methods mean."""
        for name, column in self._columns.items():
            if column.flags:
                self._file[f"{name}_flags"].setncatts(
                    {
                        "flag_masks": np.array([1 << bit for bit in range(len(column.flags))], np.int64),
                        "flag_meanings": _words(column.flags),
                    }
                )
            self._file[f"{name}_method"].setncatts(
                {
                    "flag_values": np.arange(len(column.methods), dtype=np.int16),
                    "flag_meanings": _words(column.methods),
                }
            )

    def _describe_stations(self, cameras: Sequence[CameraRecord]) -> None:
        names = self._file.createVariable("station_name", str, ("station",))
        names.setncatts({"cf_role": "timeseries_id", "long_name": "camera"})
        titles = self._file.createVariable("station_title", str, ("station",))
        titles.setncatts({"long_name": "name of the camera for people"})
        for index, camera in enumerate(cameras):
            names[index] = camera.name
            titles[index] = camera.title
        for name, part, standard, units in (
            ("lat", "latitude", "latitude", "degrees_north"),
            ("lon", "longitude", "longitude", "degrees_east"),
            ("alt", "elevation", "altitude", "m"),
        ):
            made = self._file.createVariable(name, "f8", ("station",), fill_value=math.nan)
            made.setncatts({"standard_name": standard, "units": units})
            for index, camera in enumerate(cameras):
                found = None if camera.place is None else getattr(camera.place, part)
                made[index] = math.nan if found is None else found
        self._file["alt"].setncatts({"positive": "up", "axis": "Z"})

    def _variable(
        self, name: str, kind: str, *, sides: bool = False, always: bool = False, **attributes: Any
    ) -> None:
        """Make a variable over the rows; with `always`, one that is never missing."""
        missing = math.nan if kind == "f8" else MISSING
        dimensions = ("obs", "side") if sides else ("obs",)
        made = self._file.createVariable(
            name,
            kind,
            dimensions,
            fill_value=None if always else missing,
            zlib=True,
            complevel=1,
            chunksizes=(CHUNK, 4) if sides else (CHUNK,),
        )
        made.setncatts(attributes)

    def _column(self, name: str, unit: str) -> _Column:
        column = self._columns.get(name)
        if column is None:
            column = self._columns[name] = _Column(unit)
            self._describe(name, unit)
        elif column.unit != unit:
            raise StoreError(
                f"{name} has readings in {column.unit} and in {unit}, which one variable cannot hold; "
                "export the spans before and after the change by --since and --until"
            )
        return column

    def _describe(self, name: str, unit: str) -> None:
        known = self._quantities.get(name)
        title = known.title if known else name
        standard = known.standard_name if known else ""
        by_cf = bool(standard) and not standard.startswith("WMO: ")
        places = "time lat lon alt station_name"
        attributes: dict[str, Any] = {"long_name": title, "units": udunits(unit), "coordinates": places}
        if by_cf:
            attributes["standard_name"] = standard
        elif standard:
            attributes["comment"] = standard
        attributes["ancillary_variables"] = " ".join(
            f"{name}_{part}" for part in ("uncertainty", "absent", "flags", "method")
        )
        self._variable(name, "f8", **attributes)
        spread: dict[str, Any] = {"long_name": f"standard uncertainty of: {title}", "units": udunits(unit)}
        if by_cf:
            spread["standard_name"] = f"{standard} standard_error"
        self._variable(f"{name}_uncertainty", "f8", coordinates=places, **spread)
        self._variable(
            f"{name}_absent",
            "i1",
            standard_name="status_flag",
            long_name=f"why there is no value of: {title}",
            flag_values=np.arange(len(ABSENCES) + 1, dtype=np.int8),
            flag_meanings=_words(("present", *ABSENCES)),
        )
        self._variable(
            f"{name}_flags",
            "i8",
            standard_name="quality_flag",
            long_name=f"rules that make doubtful: {title}",
        )
        self._variable(f"{name}_method", "i2", long_name=f"instrument and version of: {title}")

    def _put_column(
        self, name: str, at: slice, row: NDArray[np.int64], some: Columns, chosen: NDArray[np.bool_]
    ) -> None:
        """Write what one quantity has in the rows `at`, of which `row` are those of its readings."""
        count = at.stop - at.start
        parts: dict[str, NDArray[Any]] = {
            "": np.full(count, math.nan),
            "_uncertainty": np.full(count, math.nan),
            "_absent": np.full(count, MISSING, np.int8),
            "_flags": np.full(count, MISSING, np.int64),
            "_method": np.full(count, MISSING, np.int16),
        }
        if len(row):
            methods, bits = self._codes(name, some, chosen)
            parts[""][row] = some.value[chosen]
            parts["_uncertainty"][row] = some.sigma[chosen]
            parts["_absent"][row] = 1 + some.absent[chosen]
            parts["_flags"][row] = bits[some.flags[chosen]]
            parts["_method"][row] = methods[some.series[chosen]]
        for part, numbers in parts.items():
            self._file[f"{name}{part}"][at] = numbers
        corners = np.full((count, 4), MISSING, np.int32)
        corners[row] = some.region[chosen]
        if (corners != MISSING).any():
            if f"{name}_region" not in self._file.variables:
                self._variable(
                    f"{name}_region",
                    "i4",
                    sides=True,
                    long_name="left, top, right and bottom in the picture [px]",
                )
                self._file[name].ancillary_variables += f" {name}_region"
            self._file[f"{name}_region"][at] = corners

    def _codes(
        self, name: str, some: Columns, chosen: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
        """Return the code of each series' method and the bits of each set of flags; the last set is none."""
        methods = np.full(len(some.all_series), MISSING, np.int16)
        for one in np.unique(some.series[chosen]):
            series = some.all_series[one]
            methods[one] = _place(self._column(name, series.unit).methods, series.method)
        flags = self._columns[name].flags
        bits = np.zeros(len(some.all_flags) + 1, np.int64)
        for one in np.unique(some.flags[chosen]):
            if one != NONE:
                bits[one] = sum({1 << _place(flags, flag) for flag in some.all_flags[one]})
        if len(flags) > MOST_FLAGS:
            raise StoreError(f"{name} has more than {MOST_FLAGS} different flags; export a shorter span")
        return methods, bits


def _rows(
    time: NDArray[np.int64], station: NDArray[np.int32], kind: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the row of each reading, and of each row one of its readings."""
    order = np.lexsort((kind, station, time))
    same = np.zeros(len(order), bool)
    for part in (time, station, kind):
        sorted_part = part[order]
        equal = sorted_part[1:] == sorted_part[:-1]
        same[1:] = equal if part is time else same[1:] & equal
    starts = np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))
    again = np.empty(len(order), np.int64)
    again[order] = np.arange(len(order)) - starts
    order = np.lexsort((again, station, time))
    new = np.ones(len(order), bool)
    new[1:] = np.logical_or.reduce([np.diff(part[order]) != 0 for part in (time, station, again)])
    row = np.empty(len(order), np.int64)
    row[order] = np.cumsum(new) - 1
    return row, order[new]


def _place(known: list[str], word: str) -> int:
    if word not in known:
        known.append(word)
    return known.index(word)


def _words(words: Iterable[str]) -> str:
    """Return words parted by blanks, of the characters that CF allows in meanings of flags."""
    return " ".join(re.sub(r"[^\w.+@-]", "_", word, flags=re.ASCII) for word in words)


def udunits(unit: str) -> str:
    """Return a UCUM unit as UDUNITS has it: `m/h` as `m h-1`, `deg` as `degree`, `{px}` (a count) as `1`."""
    above, _, below = unit.partition("/")
    parts = [re.sub(r"\{.*?\}|\[.*?\]", "", above).replace("deg", "degree")]
    found = re.fullmatch(r"([A-Za-z]+)(\d*)", below)
    if found:
        parts.append(f"{found[1]}-{found[2] or 1}")
    return " ".join(part for part in parts if part and (part != "1" or not below)) or "1"
