"""Commands on the versions of a camera's view: list, show, try, save."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from landwatch.cli._inputs import Json, camera_for
from landwatch.cli._output import DONE, bar, emit, exits, reading_line, say, stdout
from landwatch.cli._plot import drawn
from landwatch.clock import SystemClock, iso
from landwatch.config import Config, load
from landwatch.errors import UsageError
from landwatch.store import Archive, Beside
from landwatch.types import Reading
from landwatch.views import (
    Book,
    Desk,
    Version,
    changes,
    pictures_of,
    read_again,
    summarise,
    way_of,
)

__all__ = ["app"]

app = typer.Typer(help="Versions of what a camera's instruments are told of its view.", no_args_is_help=True)

MOST_READINGS = 1_000_000
"""Kept readings beside a trial's: a day of thirty quantities at one in three seconds. [1]"""

Name = Annotated[str, typer.Argument(help="A camera of the configuration.")]
ConfigFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="The landwatch.toml.")]
DEFAULT_CONFIG = Path("landwatch.toml")
Draft = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help='TOML or JSON with a table for each instrument, such as [river]; "show" prints one.',
    ),
]


@app.command("list")
@exits
def list_(name: Name, config: ConfigFile = DEFAULT_CONFIG, json_lines: Json = False) -> int:
    """List the versions of a camera's view, newest first, with what each changed."""
    _, found = _known(config, name)
    if json_lines:
        for version in found:
            emit(_line(version))
        return DONE
    table = Table("version", "since", "by", "changed", "note", box=None)
    for version, earlier in zip(found, [*found[1:], None], strict=True):
        keys = [key for key, _, _ in changes(earlier.settings, version.settings)] if earlier else []
        table.add_row(str(version.number), iso(version.since), version.origin, "\n".join(keys), version.note)
    stdout.print(table)
    return DONE


@app.command()
@exits
def show(
    name: Name,
    number: Annotated[
        int | None, typer.Option("--version", metavar="N", help="The newest if left out.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Print what the instruments are told, as JSON that "save" takes."""
    _, versions = _known(config, name)
    found = next((one for one in versions if number in (None, one.number)), None)
    if found is None:
        raise UsageError(f"{name} has no version {number} of its view; landwatch cameras views list {name}")
    say(json.dumps(found.settings["measure"], indent=2, ensure_ascii=False))
    return DONE


@app.command("try")
@exits
def try_(
    name: Name,
    draft: Draft,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Draw it beside what is kept.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> int:
    """Read the kept pictures of the last day again with other settings; nothing of it is kept."""
    settings, versions = _known(config, name)
    with _desk(settings, config) as desk:
        drafted = desk.draft(name, _read(draft), versions[0].number, "command")
    found: list[Reading] = []
    with Archive(settings.store.folder, url=settings.store.address()) as archive:
        pictures = pictures_of(archive, name)
        if not pictures:
            raise UsageError(f"no cleared picture of {name} is kept; run landwatch first")
        way = way_of(drafted.camera, settings, config.parent)
        with bar(name, len(pictures)) as progress:
            for readings in read_again(archive, way, pictures):
                found += readings
                progress.advance(progress.task_ids[0])
        since, until = pictures[0].taken, pictures[-1].taken + timedelta(microseconds=1)
        present = archive.readings(name, since=since, until=until, limit=MOST_READINGS)
    if plot is not None:
        plot.write_text(drawn(found, present), encoding="utf-8")
    if json_lines:
        for reading in found:
            emit({"kind": "reading", "camera": name, "time": iso(reading.time), **reading_line(reading)})
        return DONE
    _show(found, present)
    return DONE


@app.command()
@exits
def save(
    name: Name,
    draft: Draft,
    note: Annotated[str, typer.Option(help="Why; about things, not about people.")] = "",
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Save what the instruments are to be told as a new version; a running Landwatch takes it up."""
    settings, versions = _known(config, name)
    with _desk(settings, config) as desk:
        number = desk.save(desk.draft(name, _read(draft), versions[0].number, "command"), note)
    say(f"{name}: version {number} is in force")
    return DONE


def _known(config: Path, name: str) -> tuple[Config, list[Version]]:
    """Return the configuration, and the versions of a camera's view."""
    settings = load(config)
    camera_for(settings, name, {})
    with Archive(settings.store.folder, url=settings.store.address()) as archive:
        versions = Book(archive.reading).versions(name)
    if not versions:
        raise UsageError(f"{name} has no version of its view yet; landwatch run makes the first")
    return settings, versions


@contextmanager
def _desk(settings: Config, config: Path) -> Iterator[Desk]:
    clock, url = SystemClock(), settings.store.address()
    with (
        Beside(settings.store.folder, clock, url=url) as beside,
        Archive(settings.store.folder, url=url) as archive,
    ):
        yield Desk(settings, config.parent, beside, Book(archive.reading), clock)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Return the tables of instruments that a file holds."""
    try:
        content = path.read_text(encoding="utf-8")
        tables = json.loads(content) if path.suffix == ".json" else tomllib.loads(content)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{path} is no {path.suffix.lstrip('.') or 'TOML'}: {error}") from None
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise UsageError(f"{path} is to hold a table for each instrument, such as [river]")
    return tables


def _show(found: list[Reading], present: list[Reading]) -> None:
    """Print what the draft gave of each quantity, beside what is kept of the same time."""
    table = Table("quantity", "unit", "by", "values", "least", "median", "most", "±", "absent", box=None)
    kept = {(one.quantity, one.unit): one for one in summarise(present)}
    for one in summarise(found):
        beside = kept.get((one.quantity, one.unit))
        for by, row in (("draft", one), *((("kept", beside),) if beside else ())):
            table.add_row(
                row.quantity,
                row.unit,
                by,
                str(row.present),
                *(
                    "" if value is None else f"{value:.4g}"
                    for value in (row.low, row.middle, row.high, row.sigma)
                ),
                ", ".join(f"{reason} {count}" for reason, count in row.absent),
            )
    stdout.print(table)


def _line(version: Version) -> Mapping[str, Any]:
    return {
        "kind": "view",
        "camera": version.camera,
        "version": version.number,
        "since": iso(version.since),
        "by": version.origin,
        "note": version.note,
        **version.settings,
    }
