"""PhenoCam's summary products of greenness: one row for each window of one or three days.

Windows start on fixed days of the year (1, 4, 7, … for three days). A window takes pictures with the sun at
least 10 deg up, a sum of the mean levels from 100 to 665, and no automatic white balance. Percentiles lie
linearly between order statistics [1]. Columns are those of PhenoCam's files, and its software gives the same.

References:
    [1] A. D. Richardson et al., "Tracking vegetation phenology across diverse North American biomes using
        PhenoCam imagery", Scientific Data 5, 180028, 2018, 10.1038/sdata.2018.28.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

import numpy as np

from landwatch.errors import MeasureError
from landwatch.sun import Located, position
from landwatch.types import Reading

__all__ = ["COLUMNS", "Statistics", "read_statistics", "summaries", "summarise", "summarise_readings"]

LEAST_SUN = 10.0
"""Elevation of the sun below which the light is too red. [deg]"""

LEAST_SUM, MOST_SUM = 100.0, 665.0
"""Sums of the three mean levels outside of which a picture is too dark or overexposed. [0-765]"""

MISSING = "NA"

COLUMNS = [
    "date",
    "year",
    "doy",
    "image_count",
    "midday_filename",
    "midday_r",
    "midday_g",
    "midday_b",
    "midday_gcc",
    "midday_rcc",
    "r_mean",
    "r_std",
    "g_mean",
    "g_std",
    "b_mean",
    "b_std",
    "gcc_mean",
    "gcc_std",
    "gcc_50",
    "gcc_75",
    "gcc_90",
    "rcc_mean",
    "rcc_std",
    "rcc_50",
    "rcc_75",
    "rcc_90",
    "max_solar_elev",
    "snow_flag",
    "outlierflag_gcc_mean",
    "outlierflag_gcc_50",
    "outlierflag_gcc_75",
    "outlierflag_gcc_90",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What was read from the region on one picture."""

    name: str
    taken: datetime
    """Local standard time of the site, without an offset, as PhenoCam writes it."""
    sun: float
    """Elevation of the sun. [deg]"""
    white_balanced: bool
    """Whether the camera set the white balance itself."""
    levels: tuple[float, float, float]
    """Mean red, green and blue. [0-255]"""
    gcc: float
    """[1]"""

    @property
    def usable(self) -> bool:
        """Whether PhenoCam's filters keep it."""
        return self.sun >= LEAST_SUN and LEAST_SUM <= sum(self.levels) <= MOST_SUM


def read_statistics(lines: Iterable[str], where: str) -> Iterator[Statistics]:
    """Yield the pictures of a PhenoCam file of region statistics; those without values are left out.

    Raises:
        MeasureError: naming the file, if a column is missing or a value is none.
    """
    for row in csv.DictReader(line for line in lines if line.strip() and not line.startswith("#")):
        try:
            if MISSING in (row["r_mean"], row["gcc"], row["solar_elev"]):
                continue
            yield Statistics(
                name=row["filename"],
                taken=datetime.fromisoformat(f"{row['date']}T{row['local_std_time']}"),
                sun=float(row["solar_elev"]),
                white_balanced=row["awbflag"] == "1",
                levels=(float(row["r_mean"]), float(row["g_mean"]), float(row["b_mean"])),
                gcc=float(row["gcc"]),
            )
        except KeyError as error:
            raise MeasureError(f"{where} has no column {error}; it is no PhenoCam roistats file") from None
        except (TypeError, ValueError) as error:
            raise MeasureError(f"{where}, {row.get('filename')}: {error}") from None


def summarise(lines: Iterable[str], where: str, days: int) -> Iterator[dict[str, str]]:
    """Return the product's rows of a PhenoCam file of region statistics, column by column.

    Raises:
        MeasureError: naming the file, if it is none.
    """
    return summaries(read_statistics(lines, where), days)


def summarise_readings(
    readings: Iterable[Reading], place: Located, utc_offset: float, days: int
) -> Iterator[dict[str, str]]:
    """Return the product's rows of one camera's readings of `greenness`, which come in order of time.

    Other quantities among them do not matter, and pictures without a gcc are left out. `midday_filename` is
    the time of the midday picture, as `datetime.isoformat` writes it.

    Args:
        readings: oldest first.
        place: where the camera stands, for the sun.
        utc_offset: of the site's standard time. [h]
        days: length of a window, 1 or 3. [d]
    """
    return summaries(_statistics(readings, place, timedelta(hours=utc_offset)), days)


def _statistics(readings: Iterable[Reading], place: Located, ahead: timedelta) -> Iterator[Statistics]:
    for taken, together in groupby(readings, key=lambda one: one.time):
        values = {one.quantity: one.value for one in together}
        red, green, blue, gcc = (values.get(name) for name in ("red_mean", "green_mean", "blue_mean", "gcc"))
        if red is None or green is None or blue is None or gcc is None:
            continue
        yield Statistics(
            name=taken.isoformat(),
            taken=(taken + ahead).replace(tzinfo=None),
            sun=position(taken, place.latitude, place.longitude).elevation,
            white_balanced=False,
            levels=(red, green, blue),
            gcc=gcc,
        )


def summaries(pictures: Iterable[Statistics], days: int) -> Iterator[dict[str, str]]:
    """Yield the row of each window of so many days, empty ones too, in order of time."""
    usable = sorted((one for one in pictures if one.usable), key=lambda one: one.taken)
    if not usable:
        return
    waiting = 0
    for start in _starts(usable[0].taken.date(), usable[-1].taken.date(), days):
        mine = []
        # The last window of a year may reach into the next: what it takes, that year's first does not have.
        while waiting < len(usable) and usable[waiting].taken.date() < start + timedelta(days):
            if not usable[waiting].white_balanced:
                mine.append(usable[waiting])
            waiting += 1
        yield _row(start + timedelta(days // 2), mine)


def _starts(first: date, last: date, days: int) -> Iterator[date]:
    start = date(first.year, 1, 1) + timedelta((first.timetuple().tm_yday - 1) // days * days)
    while start <= last:
        yield start
        following = start + timedelta(days)
        start = following if following.year == start.year else date(following.year, 1, 1)


def _row(middle: date, pictures: list[Statistics]) -> dict[str, str]:
    row: dict[str, str] = dict.fromkeys(COLUMNS, MISSING)
    row |= {
        "date": middle.isoformat(),
        "year": str(middle.year),
        "doy": str(middle.timetuple().tm_yday),
        "image_count": str(len(pictures)),
        "midday_filename": "None",
    }
    if not pictures:
        return row
    noon = datetime.combine(middle, time(12))
    midday = min(pictures, key=lambda one: abs(one.taken - noon))
    levels = np.array([one.levels for one in pictures])
    series = {
        "gcc": np.array([one.gcc for one in pictures]),
        "rcc": levels[:, 0] / levels.sum(axis=1),
    }
    values = {
        **dict(zip(("midday_r", "midday_g", "midday_b"), midday.levels, strict=True)),
        "midday_gcc": midday.gcc,
        "midday_rcc": midday.levels[0] / sum(midday.levels),
        "max_solar_elev": max(one.sun for one in pictures),
    }
    for name, one in {**dict(zip("rgb", levels.T, strict=True)), **series}.items():
        values |= {f"{name}_mean": float(one.mean()), f"{name}_std": float(one.std())}
    for name, one in series.items():
        values |= {f"{name}_{part}": float(np.quantile(one, part / 100)) for part in (50, 75, 90)}
    return row | _texts(values) | {"midday_filename": midday.name}


def _texts(values: Mapping[str, float]) -> dict[str, str]:
    return {key: f"{value:.5f}" for key, value in values.items()}
