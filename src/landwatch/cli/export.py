"""`landwatch export`: what a store holds for other programs, and PhenoCam's products of greenness."""

from __future__ import annotations

import csv
import gzip
import sys
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from landwatch.cli import _inspections, _orders, _rates
from landwatch.cli._inputs import time_of
from landwatch.cli._options import one_of
from landwatch.cli._orders import order_line
from landwatch.cli._output import DONE, bar, emit, exits, lines
from landwatch.cli._registers import exporting
from landwatch.cli._store import ConfigFile, Out, StoreFolder, archive_of, from_store, to
from landwatch.clock import SystemClock
from landwatch.config import load
from landwatch.errors import UsageError
from landwatch.measure import quantities, summarise, summarise_readings
from landwatch.store import Archive, bag, export, stac
from landwatch.upkeep import Book, survey
from landwatch.upkeep.inspections import campaign as campaign_of
from landwatch.upkeep.inspections import campaigns
from landwatch.upkeep.rates import DIMENSIONS
from landwatch.views import Book as ViewBook

__all__ = ["app"]

app = typer.Typer(help="Readings, events, cameras and pictures of a store.", no_args_is_help=True)


MOST_ORDERS = 1_000_000
"""More than any fleet has in its years. [1]"""


class Form(StrEnum):
    """How rows are written."""

    CSV = "csv"
    JSON = "json"
    GEOJSON = "geojson"


class ReadingForm(StrEnum):
    """How readings are written."""

    CSV = "csv"
    JSON = "json"
    GEOJSON = "geojson"
    CSVW = "csvw"
    PARQUET = "parquet"
    NETCDF = "netcdf"


Since = Annotated[str | None, typer.Option(metavar="TIME", help="From this time on.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Before this time.")]
CameraName = Annotated[str | None, typer.Option(metavar="NAME", help="Of this camera only.")]
QuantityName = Annotated[str | None, typer.Option(metavar="NAME", help="Of this quantity only.")]
ReadingFormOption = Annotated[
    ReadingForm,
    typer.Option(
        "--format",
        help="csv; json: one object a line; geojson; csvw: CSV, and FILE-metadata.json beside it; parquet; "
        "netcdf, by the CF conventions. The last two need landwatch\\[export].",
    ),
]
FormOption = Annotated[Form, typer.Option("--format", help="csv; json: one object a line; or geojson.")]


@app.command()
@exits
def readings(
    config: ConfigFile = None,
    store: StoreFolder = None,
    camera: CameraName = None,
    quantity: QuantityName = None,
    since: Since = None,
    until: Until = None,
    form: ReadingFormOption = ReadingForm.CSV,
    out: Out = None,
) -> int:
    """Write readings, oldest first. An absent value is empty and says why."""
    question = bag.Question(
        form=form.value, camera=camera, quantity=quantity, since=_time(since), until=_time(until)
    )
    if out is not None:
        bag.write_file(archive_of(config, store), out, question, quantities())
        return DONE
    if question.form not in ("csv", "json", "geojson"):
        raise UsageError(f"--format {form} makes files; name one by --out FILE")
    export.export_readings(
        archive_of(config, store),
        sys.stdout,
        question.form,
        camera=camera,
        quantity=quantity,
        since=question.since,
        until=question.until,
    )
    return DONE


@app.command("bag")
@exits
def readings_bag(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new one, or one to go on with.")],
    config: ConfigFile = None,
    store: StoreFolder = None,
    camera: CameraName = None,
    quantity: QuantityName = None,
    since: Since = None,
    until: Until = None,
    form: ReadingFormOption = ReadingForm.PARQUET,
) -> int:
    """Write readings into a folder, a file a month, each with its SHA-256 (BagIt, RFC 8493).

    Run again after a kill or a full disk, it goes on where it stopped.
    """
    archive = archive_of(config, store)
    question = bag.Question(
        form=form.value, camera=camera, quantity=quantity, since=_time(since), until=_time(until)
    )
    with bar("months", None) as progress:

        def tell(state: bag.State) -> None:
            progress.update(progress.task_ids[0], completed=state.done, total=state.months)

        state = bag.write_bag(archive, folder, question, quantities(), tell)
    emit({"folder": str(folder), "files": len(state.parts), "readings": state.rows})
    return DONE


@app.command()
@exits
def events(
    config: ConfigFile = None,
    store: StoreFolder = None,
    camera: CameraName = None,
    since: Since = None,
    until: Until = None,
    form: FormOption = Form.CSV,
    out: Out = None,
) -> int:
    """Write every change of every event, oldest first."""
    archive = archive_of(config, store)
    with to(out) as sink:
        export.export_events(archive, sink, form.value, camera=camera, since=_time(since), until=_time(until))
    return DONE


@app.command()
@exits
def cameras(
    config: ConfigFile = None,
    store: StoreFolder = None,
    form: FormOption = Form.CSV,
    out: Out = None,
) -> int:
    """Write the cameras with their newest picture's time and state; no address, no secret."""
    archive = archive_of(config, store)
    with to(out) as sink:
        export.export_cameras(archive, sink, form.value)
    return DONE


@app.command("stac")
@exits
def stac_(
    out: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where the catalog goes; made if it is not there.")
    ],
    config: ConfigFile = None,
    store: StoreFolder = None,
    camera: CameraName = None,
    since: Since = None,
    until: Until = None,
) -> int:
    """Write the cleared pictures as a static STAC catalog; a second run goes on where the first one ended."""
    archive = archive_of(config, store)
    cameras = archive.shown_cameras(camera)
    if not cameras:
        raise UsageError(f"no cleared picture of {camera or 'any camera'} is kept in the store")
    first, last = _time(since), _time(until)
    views = load(config).camera if config is not None else ()
    poses = {one.name: one.view for one in views if one.view is not None}
    names = [one.name for one in cameras]
    view_of = ViewBook(archive.reading).in_force(names)
    with bar("writing pictures", archive.count_shown(names, first, last)) as progress:

        def done() -> None:
            progress.advance(progress.task_ids[0])

        stac.write(archive, out, cameras, first, last, poses, view_of, done)
    return DONE


class TableForm(StrEnum):
    """How tables of upkeep are written."""

    CSV = "csv"
    JSON = "json"


TableFormOption = Annotated[TableForm, typer.Option("--format", help="csv, or json: one object a line.")]

app.command("organisations")(exits(exporting("organisations")))
app.command("sites")(exits(exporting("sites")))
app.command("levels")(exits(exporting("levels")))
app.command("cameras-register")(exits(exporting("cameras")))


@app.command()
@exits
@from_store
def orders(
    archive: Archive, since: Since = None, form: TableFormOption = TableForm.CSV, out: Out = None
) -> int:
    """Write work orders, closed ones as well, those that were opened last first."""
    found = Book(archive.reading).orders(since=_time(since), limit=MOST_ORDERS)
    with to(out) as sink:
        lines(map(order_line, found), _orders.COLUMNS, as_csv=form is TableForm.CSV, out=sink)
    return DONE


@app.command()
@exits
@from_store
def inspections(
    archive: Archive,
    campaign: Annotated[str | None, typer.Option(metavar="NAME", help="Of this one only.")] = None,
    form: TableFormOption = TableForm.CSV,
    out: Out = None,
) -> int:
    """Write what inspections found: a row for each item at each camera, marked or not."""
    reading = archive.reading
    found = campaigns(reading) if campaign is None else [campaign_of(reading, campaign)]
    told = (line for one in found for line in _inspections.mark_lines(one))
    with to(out) as sink:
        lines(told, _inspections.COLUMNS, as_csv=form is TableForm.CSV, out=sink)
    return DONE


@app.command()
@exits
@from_store
def rates(
    archive: Archive,
    by: Annotated[str, typer.Option(help=f"One of: {', '.join(DIMENSIONS)}.")] = "camera",
    first: _rates.From = None,
    last: _rates.To = None,
    form: TableFormOption = TableForm.CSV,
    out: Out = None,
) -> int:
    """Write rates with what was counted, of each group and of all."""
    wanted = one_of("group", by, DIMENSIONS)
    found = survey(archive.reading, *_rates.days(first, last), by=wanted, now=SystemClock().now())
    with to(out) as sink:
        lines(_rates.rate_lines(found), _rates.COLUMNS, as_csv=form is TableForm.CSV, out=sink)
    return DONE


class Product(StrEnum):
    """Length of the windows."""

    ONE_DAY = "1day"
    THREE_DAY = "3day"


@app.command()
@exits
def greenness(
    statistics: Annotated[
        Path | None,
        typer.Argument(
            metavar="[ROISTATS]",
            help="A PhenoCam CSV of region statistics, or its .gz; else the readings of a store.",
        ),
    ] = None,
    product: Annotated[Product, typer.Option(help="Length of the windows.")] = Product.THREE_DAY,
    config: ConfigFile = None,
    store: StoreFolder = None,
    camera: Annotated[str | None, typer.Option(metavar="NAME", help="Which camera of the store.")] = None,
    utc_offset: Annotated[
        float | None,
        typer.Option(
            min=-12,
            max=14,
            metavar="HOURS",
            help="Of the camera's standard time; by its longitude if left out.",
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    out: Out = None,
) -> int:
    """Write PhenoCam's 1-day or 3-day product, gcc_90 among it, from single pictures' statistics."""
    days = 1 if product is Product.ONE_DAY else 3
    if statistics is None:
        if camera is None:
            raise UsageError("name a ROISTATS file, or a camera of a store by --store DIR --camera NAME")
        archive = archive_of(config, store)
        rows = _kept_greenness(archive, camera, utc_offset, (_time(since), _time(until)), days)
    elif any(given is not None for given in (config, store, camera, utc_offset, since, until)):
        raise UsageError("a ROISTATS file has its own camera, times and span; leave out the other options")
    else:
        rows = _published_greenness(statistics, days)
    if not rows:
        what = statistics or f"camera {camera}"
        raise UsageError(f"{what} has no picture with enough sun and light for a product")
    with to(out) as sink:
        table = csv.DictWriter(sink, rows[0], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    return DONE


def _published_greenness(statistics: Path, days: int) -> list[dict[str, str]]:
    try:
        opened = gzip.open if statistics.suffix == ".gz" else open
        with opened(statistics, "rt", encoding="utf-8") as lines:
            return list(summarise(lines, str(statistics), days))
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {statistics}: {error}") from None


def _kept_greenness(
    archive: Archive,
    camera: str,
    utc_offset: float | None,
    span: tuple[datetime | None, datetime | None],
    days: int,
) -> list[dict[str, str]]:
    known = archive.camera(camera)
    if known is None:
        names = ", ".join(one.name for one in archive.cameras())
        raise UsageError(f"no camera called {camera!r} in the store; there are: {names}")
    if known.place is None:
        raise UsageError(
            f"camera {camera} has no place, which tells when the sun is up; write [camera.place] for it"
        )
    ahead = round(known.place.longitude / 15.0) if utc_offset is None else utc_offset
    readings = archive.stream_readings(camera, None, *span)
    rows = list(summarise_readings(readings, known.place, ahead, days))
    for row in rows:
        if row["image_count"] != "0":
            taken = datetime.fromisoformat(row["midday_filename"])
            for midday in archive.pictures(camera, taken, taken + timedelta.resolution, limit=1):
                row["midday_filename"] = midday.name
    return rows


def _time(text: str | None) -> datetime | None:
    return None if text is None else time_of(text)
