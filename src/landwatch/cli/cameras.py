"""Commands on the cameras of a configuration: list, discover, add, test."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.table import Table

from landwatch import setup, source
from landwatch.cli import _views
from landwatch.cli._calibrate import calibrate_view
from landwatch.cli._inputs import Json, camera_for
from landwatch.cli._learnt import show_learnt
from landwatch.cli._output import DONE, SOME_FAILED, complain, emit, exits, picture_line, say, stdout
from landwatch.cli._trials import show
from landwatch.cli._turn import turn_view
from landwatch.clock import iso
from landwatch.config import Camera, Config, Place, Secret, load, settings_of
from landwatch.errors import UsageError
from landwatch.fleet import prove
from landwatch.store import Archive
from landwatch.trend import Ahead
from landwatch.types import Outage
from landwatch.web.courses import courses_of

__all__ = ["app"]

app = typer.Typer(help="The cameras of a configuration.", no_args_is_help=True)

app.add_typer(_views.app, name="views")
app.command("calibrate")(exits(calibrate_view))
app.command("turn")(exits(turn_view))
app.command("learnt")(exits(show_learnt))

PLACE = ("latitude", "longitude")

TEST_S = 30.0
"""Time that a camera has for its first picture in `cameras test`. [s]"""

ConfigFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="The landwatch.toml.")]
DEFAULT_CONFIG = Path("landwatch.toml")
Hazard = Annotated[
    str | None,
    typer.Option("--for", metavar="HAZARD", help=f"What it is to see: {', '.join(setup.NEEDS)}."),
]
User = Annotated[str, typer.Option(help="User name at the camera.")]
PasswordEnv = Annotated[
    str | None, typer.Option(metavar="NAME", help="Environment variable that holds the password.")
]
PasswordFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="File that holds the password alone.")
]


@app.command("list")
@exits
def list_(config: ConfigFile = DEFAULT_CONFIG, json_lines: Json = False) -> int:
    """List the cameras, without addresses or secrets."""
    settings = load(config)
    if json_lines:
        for camera in settings.camera:
            emit(
                {
                    "kind": "camera",
                    "camera": camera.name,
                    "title": camera.title,
                    "source": camera.source.get("kind"),
                    "interval": camera.interval,
                    "instruments": sorted(camera.measure),
                }
            )
        return DONE
    table = Table("camera", "title", "source", "every", "instruments", box=None)
    for camera in settings.camera:
        table.add_row(
            camera.name,
            camera.title,
            str(camera.source.get("kind", "")),
            f"{camera.interval:g} s",
            ", ".join(sorted(camera.measure)),
        )
    stdout.print(table)
    return DONE


@app.command()
@exits
def discover(
    interface: Annotated[
        str, typer.Option(metavar="NAME", help="Network interface to search on, or its IPv4 address.")
    ],
    json_lines: Json = False,
    seconds: Annotated[float, typer.Option(min=0.5, help="How long to listen for answers.")] = 3.0,
) -> int:
    """Find ONVIF cameras on one network interface, and nowhere else."""
    found = asyncio.run(source.onvif.discover(interface, seconds))
    for device in found:
        if json_lines:
            emit({"kind": "device", **dataclasses.asdict(device)})
        else:
            say(f"{device.host}:{device.port}  {device.name}  {device.hardware}  {device.location}".rstrip())
    if not found:
        complain(f"no camera answered on {interface} within {seconds:g} s")
    elif not json_lines:
        complain("add one with: landwatch cameras add NAME onvif://HOST:PORT")
    return DONE


@app.command()
@exits
def add(
    name: Annotated[str, typer.Argument(help="Lower case, digits, dot, dash, underscore.")],
    url: Annotated[
        str,
        typer.Argument(
            help="rtsp://…, http://…, a folder that the camera pushes to, or onvif://HOST: "
            "the cheapest that serves of what that camera offers."
        ),
    ],
    kind: Annotated[
        str | None, typer.Option(help="snapshot, mjpeg, rtsp, upload or folder; guessed from the address.")
    ] = None,
    title: Annotated[str, typer.Option(help="What people call it.")] = "",
    interval: Annotated[float, typer.Option(min=1.0, help="Seconds between pictures.")] = 10.0,
    user: User = "",
    password_env: PasswordEnv = None,
    password_file: PasswordFile = None,
    best: Annotated[
        bool,
        typer.Option("--best", help="Try what else the camera offers and write the cheapest that serves."),
    ] = False,
    hazard: Hazard = None,
    measure: Annotated[
        list[str] | None,
        typer.Option("--measure", metavar="INSTRUMENT", help="Read by it as it is; may be repeated."),
    ] = None,
    place: Annotated[
        tuple[float, float] | None,
        typer.Option("--place", metavar="LATITUDE LONGITUDE", help="Where it stands, in degrees."),
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Add a camera to the configuration; its comments stay as they are."""
    setup.check_free(config, name)
    password = _password(password_env, password_file)
    kind = kind or setup.kind_of(url)
    onvif = setup.onvif_port(kind, url)
    if kind == setup.ONVIF or (best and kind in setup.STREAMS):
        wanted = setup.wanted_of(hazard or "upkeep", user, password, interval)
        found = asyncio.run(setup.find_best(kind, url, wanted))
        show(name, found, wanted, json_lines=False)
        if found.chosen is None:
            return SOME_FAILED
        kind, url = found.chosen.kind, found.chosen.url
    entry = setup.Entry(
        name=name,
        kind=kind,
        url=url,
        title=title,
        interval=interval,
        user=user,
        password=password,
        onvif=onvif,
        place=settings_of(Place, dict(zip(PLACE, place, strict=True)), "--place") if place else None,
        measure=tuple(measure or ()),
    )
    setup.add(config, entry)
    say(f"{name} is in {config}; try it with: landwatch cameras test {name} --config {config}")
    return DONE


def _password(variable: str | None, file: Path | None) -> Secret | None:
    if variable and file:
        raise UsageError("a password is in one place: give --password-env or --password-file")
    return Secret(env=variable) if variable else Secret(file=file.resolve()) if file else None


@app.command("course")
@exits
def course(
    name: Annotated[str, typer.Argument(help="A camera of the configuration.")],
    config: ConfigFile = DEFAULT_CONFIG,
    json_lines: Json = False,
) -> int:
    """Say where level, visibility and motion go, and when they may meet thresholds: an aid, no forecast."""
    settings = load(config)
    camera = camera_for(settings, name, {})
    rules = prove(settings.model_copy(update={"camera": (camera,)}), config.parent).rules[name]
    with Archive(settings.store.folder, url=settings.store.address()) as archive:
        found = courses_of(archive, name, rules)
    for one in found:
        if json_lines:
            emit({"kind": "course", "camera": name, **dataclasses.asdict(one)})
            continue
        slope = f"{one.slope:+.4g} ± {one.slope_sigma:.2g} {one.unit}/h over {one.hours:.1f} h"
        say(f"{one.quantity}: {slope}{'' if one.is_trend else ', no trend'}")
        for at in one.ahead:
            say(f"  {at.hazard}, {at.threshold:g} {one.unit}: {_when(at, one.hours)}")
    if not found:
        complain(f"{name}: there are too few readings for a course")
    return DONE


def _when(at: Ahead, hours: float) -> str:
    if at.state == "beyond":
        return "there already"
    if at.earliest is None:
        return f"not within {hours:.1f} h at this pace"
    return f"in {at.earliest:.1f} h " + ("or later" if at.latest is None else f"to {at.latest:.1f} h")


@app.command("test")
@exits
def try_(
    name: Annotated[
        str, typer.Argument(metavar="NAME|URL", help="A camera of the configuration, or an address.")
    ],
    config: ConfigFile = DEFAULT_CONFIG,
    json_lines: Json = False,
    seconds: Annotated[float, typer.Option(min=1.0, help="How long to wait for a picture.")] = TEST_S,
    hazard: Hazard = None,
    user: User = "",
    password_env: PasswordEnv = None,
    password_file: PasswordFile = None,
) -> int:
    """Try a camera, measure what each of its addresses costs, and propose the cheapest that serves.

    A camera of the configuration also has one picture cleared and checked. No picture is kept.
    """
    password = _password(password_env, password_file)
    if "://" in name:
        cadence = Camera.model_fields["interval"].default
        wanted = setup.wanted_of(hazard or "upkeep", user, password, cadence)
        found = asyncio.run(setup.find_best(setup.kind_of(name), name, wanted))
        show(urlsplit(name).hostname or name, found, wanted, json_lines=json_lines)
        return DONE if found.chosen is not None else SOME_FAILED
    settings = load(config)
    camera = camera_for(settings, name, {})
    code = _look_at(camera, settings, config, seconds, json_lines=json_lines)
    kind, options = source.check(camera)
    if kind in setup.STREAMS:
        wanted = setup.Wanted(
            hazard=hazard or setup.hazard_of(camera),
            options={key: getattr(options, key) for key in setup.OPTIONS},
            cadence=camera.interval,
        )
        show(
            name,
            asyncio.run(setup.find_best(kind, str(camera.source["url"]), wanted)),
            wanted,
            json_lines=json_lines,
        )
    return code


def _look_at(camera: Camera, settings: Config, config: Path, seconds: float, *, json_lines: bool) -> int:
    """Take one picture as configured, clear it, check it, and say what came of it."""
    name = camera.name
    outcome = setup.look(camera, settings, config.parent, seconds)
    if isinstance(outcome, Outage):
        if json_lines:
            emit(
                {
                    "kind": "outage",
                    "camera": name,
                    "time": iso(outcome.time),
                    "reason": outcome.kind,
                    "message": outcome.message,
                }
            )
        complain(f"{name}: no picture: {outcome.message}")
        return SOME_FAILED
    if json_lines:
        emit(picture_line(outcome))
    else:
        size = f", {outcome.still.width} x {outcome.still.height} px" if outcome.still else ""
        say(f"{name}: {outcome.status}{size}, taken {iso(outcome.taken)} ({outcome.time_from})")
        for finding in outcome.findings:
            say(f"  {finding.check}: {finding.state}  {finding.detail}".rstrip())
        if outcome.reason:
            complain(f"{name}: {outcome.reason}")
    return DONE if outcome.status == "cleared" else SOME_FAILED
