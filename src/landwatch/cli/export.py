"""`landwatch export`: readings, events and cameras of a store, and PhenoCam's products of greenness."""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from landwatch.cli._inputs import time_of
from landwatch.cli._output import DONE, exits
from landwatch.config import load
from landwatch.errors import StoreError, UsageError
from landwatch.measure import quantities, summarise
from landwatch.store import Archive, export, netcdf, parquet

__all__ = ["app"]

app = typer.Typer(help="Readings, events and cameras of a store.", no_args_is_help=True)


class Form(StrEnum):
    """How rows are written."""

    CSV = "csv"
    JSON = "json"


class ReadingForm(StrEnum):
    """How readings are written."""

    CSV = "csv"
    JSON = "json"
    CSVW = "csvw"
    PARQUET = "parquet"
    NETCDF = "netcdf"


ConfigFile = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Its store is read.")]
StoreFolder = Annotated[Path | None, typer.Option("--store", metavar="DIR", help="The store's folder.")]
Out = Annotated[Path | None, typer.Option(metavar="FILE", help="Write here; else to stdout.")]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="From this time on.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Before this time.")]
CameraName = Annotated[str | None, typer.Option(metavar="NAME", help="Of this camera only.")]
FormOption = Annotated[Form, typer.Option("--format", help="csv, or json: one object a line.")]


@app.command()
@exits
def readings(
    config: ConfigFile = None,
    store: StoreFolder = None,
    camera: CameraName = None,
    quantity: Annotated[str | None, typer.Option(metavar="NAME", help="Of this quantity only.")] = None,
    since: Since = None,
    until: Until = None,
    form: Annotated[
        ReadingForm,
        typer.Option(
            "--format",
            help="csv; json: one object a line; csvw: CSV, and FILE-metadata.json beside it; parquet; "
            "netcdf, by the CF conventions. The last two need landwatch\\[export].",
        ),
    ] = ReadingForm.CSV,
    out: Out = None,
) -> int:
    """Write readings, oldest first. An absent value is empty and says why."""
    if out is None and form not in (ReadingForm.CSV, ReadingForm.JSON):
        raise UsageError(f"--format {form} makes files; name one by --out FILE")
    archive = _archive(config, store)
    first, last = _time(since), _time(until)
    if out is not None and form in (ReadingForm.PARQUET, ReadingForm.NETCDF):
        found = archive.stream_readings(camera, quantity, first, last)
        known = quantities()
        with _part(out) as part:
            if form is ReadingForm.PARQUET:
                parquet.write_readings(found, part, known)
            else:
                cameras = [one for one in archive.cameras() if camera in (None, one.name)]
                netcdf.write_readings(found, part, cameras, known)
        return DONE
    with _to(out) as sink:
        plain: export.Form = "json" if form is ReadingForm.JSON else "csv"
        export.export_readings(
            archive, sink, plain, camera=camera, quantity=quantity, since=first, until=last
        )
    if out is not None and form is ReadingForm.CSVW:
        with _to(out.with_name(f"{out.name}-metadata.json")) as sink:
            sink.write(export.describe_readings(out.name, quantities()))
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
    archive = _archive(config, store)
    with _to(out) as sink:
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
    archive = _archive(config, store)
    with _to(out) as sink:
        export.export_cameras(archive, sink, form.value)
    return DONE


class Product(StrEnum):
    """Length of the windows."""

    ONE_DAY = "1day"
    THREE_DAY = "3day"


@app.command()
@exits
def greenness(
    statistics: Annotated[
        Path, typer.Argument(metavar="ROISTATS", help="A PhenoCam CSV of region statistics, or its .gz.")
    ],
    product: Annotated[Product, typer.Option(help="Length of the windows.")] = Product.THREE_DAY,
    out: Out = None,
) -> int:
    """Write PhenoCam's 1-day or 3-day product, gcc_90 among it, from statistics of single pictures."""
    try:
        opened = gzip.open if statistics.suffix == ".gz" else open
        with opened(statistics, "rt", encoding="utf-8") as lines:
            rows = list(summarise(lines, str(statistics), 1 if product is Product.ONE_DAY else 3))
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {statistics}: {error}") from None
    if not rows:
        raise UsageError(f"{statistics} has no picture with enough sun and light for a product")
    with _to(out) as sink:
        table = csv.DictWriter(sink, rows[0], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    return DONE


def _archive(config: Path | None, store: Path | None) -> Archive:
    if (config is None) == (store is None):
        raise UsageError("name the store: either --config FILE or --store DIR")
    if config is not None:
        settings = load(config).store
        return Archive(settings.folder, url=settings.address())
    assert store is not None
    if not store.is_dir():
        raise StoreError(f"no store at {store}")
    return Archive(store)


def _time(text: str | None) -> datetime | None:
    return None if text is None else time_of(text)


@contextmanager
def _to(out: Path | None) -> Iterator[TextIO]:
    """Yield stdout, or a file that takes its name only when it is whole."""
    if out is None:
        yield sys.stdout
        return
    with _part(out) as part, part.open("w", encoding="utf-8", newline="") as sink:
        yield sink


@contextmanager
def _part(out: Path) -> Iterator[Path]:
    """Yield the name of a file that takes its own name only when it is whole."""
    part = out.with_name(f".{out.name}.part")
    try:
        yield part
        part.replace(out)
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
