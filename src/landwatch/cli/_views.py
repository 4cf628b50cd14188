"""Commands on the versions of a camera's view: list, show, save."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from landwatch.cli._inputs import Json, camera_for
from landwatch.cli._output import DONE, emit, exits, say, stdout
from landwatch.clock import SystemClock, iso
from landwatch.config import Camera, Config, load
from landwatch.errors import ConfigError, UsageError
from landwatch.fleet import prove
from landwatch.store import Archive, Beside
from landwatch.views import Book, Version, changes
from landwatch.views import save as save_version

__all__ = ["app"]

app = typer.Typer(help="Versions of what a camera's instruments are told of its view.", no_args_is_help=True)

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
    _, _, found = _known(config, name)
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
    _, _, versions = _known(config, name)
    found = next((one for one in versions if number in (None, one.number)), None)
    if found is None:
        raise UsageError(f"{name} has no version {number} of its view; landwatch cameras views list {name}")
    say(json.dumps(found.settings["measure"], indent=2, ensure_ascii=False))
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
    settings, camera, versions = _known(config, name)
    drafted = _drafted(camera, draft)
    prove(settings.model_copy(update={"camera": (drafted,)}), config.parent)
    clock = SystemClock()
    with Beside(settings.store.folder, clock, url=settings.store.address()) as beside:
        number = save_version(
            beside,
            drafted,
            config.parent,
            after=versions[0].number,
            origin="command",
            note=note,
            now=clock.now(),
        )
    say(f"{name}: version {number} is in force")
    return DONE


def _known(config: Path, name: str) -> tuple[Config, Camera, list[Version]]:
    """Return the configuration, the camera as its newest version has it, and its versions."""
    settings = load(config)
    camera = camera_for(settings, name, {})
    with Archive(settings.store.folder, url=settings.store.address()) as archive:
        versions = Book(archive.reading).versions(name)
    if not versions:
        raise UsageError(f"{name} has no version of its view yet; landwatch run makes the first")
    return settings, versions[0].of(camera), versions


def _drafted(camera: Camera, path: Path) -> Camera:
    """Return the camera with the instruments of a file in place of its own."""
    try:
        content = path.read_text(encoding="utf-8")
        table = json.loads(content) if path.suffix == ".json" else tomllib.loads(content)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{path} is no {path.suffix.lstrip('.') or 'TOML'}: {error}") from None
    if not isinstance(table, dict) or not all(isinstance(value, dict) for value in table.values()):
        raise ConfigError(f"{path} is to hold a table for each instrument, such as [river]")
    return camera.model_copy(update={"measure": table})


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
