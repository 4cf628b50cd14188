"""Readings as rows, as a table of pandas, and as a dataset of xarray."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

from landwatch.errors import UsageError
from landwatch.types import Reading

if TYPE_CHECKING:
    import pandas
    import xarray

__all__ = ["Readings"]


class Readings(Sequence[Reading]):
    """Readings in order of time. What was not seen is among them, with the reason for its absence."""

    def __init__(self, rows: Sequence[Reading]) -> None:
        self._rows = tuple(rows)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._rows)

    def __iter__(self) -> Iterator[Reading]:
        """Yield them, oldest first."""
        return iter(self._rows)

    @overload
    def __getitem__(self, at: int) -> Reading: ...
    @overload
    def __getitem__(self, at: slice) -> Readings: ...
    def __getitem__(self, at: int | slice) -> Reading | Readings:
        """Return one, or a span of them."""
        return Readings(self._rows[at]) if isinstance(at, slice) else self._rows[at]

    def __repr__(self) -> str:
        """Return how many of what there are."""
        what = ", ".join(sorted({f"{one.camera} {one.quantity} [{one.unit}]" for one in self._rows}))
        return f"Readings({len(self)}: {what})" if what else "Readings(none)"

    def pandas(self) -> pandas.DataFrame:
        """Return a row a reading, by time (UTC): camera, quantity, value, unit, sigma, absent, flags, method.

        Absent values are NaN. `attrs["units"]` has the unit (UCUM) of each quantity.

        Raises:
            UsageError: if pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise UsageError("this needs pandas; pip install 'landwatch[client]'") from None
        rows = self._rows
        time = pandas.DatetimeIndex([one.time for one in rows], dtype="datetime64[us, UTC]", name="time")
        table = pandas.DataFrame(
            {
                "camera": pandas.Categorical([one.camera for one in rows]),
                "quantity": pandas.Categorical([one.quantity for one in rows]),
                "value": pandas.array([one.value for one in rows], dtype="float64"),
                "unit": pandas.Categorical([one.unit for one in rows]),
                "sigma": pandas.array([one.sigma for one in rows], dtype="float64"),
                "absent": pandas.Categorical([one.absent for one in rows]),
                "flags": pandas.Series([" ".join(one.flags) for one in rows], index=time, dtype="str"),
                "method": pandas.Categorical([one.method for one in rows]),
            },
            index=time,
        )
        table.attrs["units"] = self._units()
        return table

    def xarray(self) -> xarray.Dataset:
        """Return a dataset over (camera, time): each quantity, NAME_uncertainty and NAME_absent.

        `units` are UCUM; `method` names the instruments and versions that read. Times are UTC without a zone,
        as numpy has them.

        Raises:
            UsageError: if xarray is not installed, or two readings of one quantity have the same camera and
                time, as where two versions of a view read the same picture.
        """
        try:
            import numpy
            import xarray
        except ImportError as error:
            raise UsageError(f"this needs {error.name}; pip install 'landwatch[client]'") from None
        rows, units = self._rows, self._units()
        cameras = sorted({one.camera for one in rows})
        times = sorted({one.time for one in rows})
        down = {name: index for index, name in enumerate(cameras)}
        across = {time: index for index, time in enumerate(times)}
        data = xarray.Dataset(
            coords={
                "camera": cameras,
                "time": numpy.array([time.replace(tzinfo=None) for time in times], "datetime64[us]"),
            },
            attrs={"unit_system": "UCUM", "source": "pictures of fixed cameras, cleared of people"},
        )
        for name, unit in units.items():
            value, sigma = (numpy.full((len(cameras), len(times)), numpy.nan) for _ in range(2))
            absent = numpy.full(value.shape, "", dtype=object)
            taken = numpy.zeros(value.shape, bool)
            methods = set()
            for one in rows:
                if one.quantity != name:
                    continue
                at = down[one.camera], across[one.time]
                if taken[at]:
                    raise UsageError(
                        f"two readings of {name} by {one.camera} at {one.time.isoformat()}; "
                        "use pandas(), and choose one by its method"
                    )
                taken[at] = True
                value[at] = numpy.nan if one.value is None else one.value
                sigma[at] = numpy.nan if one.sigma is None else one.sigma
                absent[at] = one.absent or ""
                methods.add(one.method)
            over = ("camera", "time")
            read = {"units": unit, "method": ", ".join(sorted(methods))}
            beside = f"{name}_uncertainty {name}_absent"
            data[name] = (over, value, {**read, "ancillary_variables": beside})
            data[f"{name}_uncertainty"] = (over, sigma, {"units": unit, "long_name": "standard uncertainty"})
            data[f"{name}_absent"] = (over, absent.astype(str), {"long_name": "why there is no value"})
        return data

    def _units(self) -> dict[str, str]:
        """Return the unit of each quantity.

        Raises:
            UsageError: if one has several.
        """
        units: dict[str, str] = {}
        for one in self._rows:
            if units.setdefault(one.quantity, one.unit) != one.unit:
                raise UsageError(
                    f"{one.quantity} has readings in {units[one.quantity]} and in {one.unit}; "
                    "ask for the spans before and after the change by since= and until="
                )
        return units
