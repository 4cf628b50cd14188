"""Commands on the cameras of a configuration: list, discover, add, test."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.table import Table

from landwatch import source
from landwatch.cli import _views
from landwatch.cli._calibrate import calibrate_view
from landwatch.cli._inputs import Json, camera_for
from landwatch.cli._learnt import show_learnt
from landwatch.cli._output import DONE, SOME_FAILED, complain, emit, exits, picture_line, say, stdout
from landwatch.cli._trials import (
    NEEDS,
    ONVIF,
    OPTIONS,
    PORT,
    STREAMS,
    Wanted,
    find_best,
    hazard_of,
    least_width,
    show,
)
from landwatch.cli._turn import turn_view
from landwatch.clock import SystemClock, iso
from landwatch.config import Camera, Config, Secret, load
from landwatch.errors import ConfigError, UsageError
from landwatch.fleet import prove
from landwatch.redact import load_detector
from landwatch.store import Archive, whole
from landwatch.trend import Ahead
from landwatch.types import Frame, Outage
from landwatch.way import Way
from landwatch.web.courses import courses_of

__all__ = ["app"]

app = typer.Typer(help="The cameras of a configuration.", no_args_is_help=True)

app.add_typer(_views.app, name="views")
app.command("calibrate")(exits(calibrate_view))
app.command("turn")(exits(turn_view))
app.command("learnt")(exits(show_learnt))

TEST_S = 30.0
"""Time that a camera has for its first picture in `cameras test`. [s]"""

ConfigFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="The landwatch.toml.")]
DEFAULT_CONFIG = Path("landwatch.toml")
Hazard = Annotated[
    str | None,
    typer.Option("--for", metavar="HAZARD", help=f"What it is to see: {', '.join(NEEDS)}."),
]
User = Annotated[str, typer.Option(help="User name at the camera.")]
PasswordEnv = Annotated[
    str | None, typer.Option(metavar="NAME", help="Environment variable that holds the password.")
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
    best: Annotated[
        bool,
        typer.Option("--best", help="Try what else the camera offers and write the cheapest that serves."),
    ] = False,
    hazard: Hazard = None,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Add a camera to the configuration; its comments stay as they are."""
    before = config.read_text(encoding="utf-8") if config.exists() else ""
    if before and any(camera.name == name for camera in load(config).camera):
        raise UsageError(
            f"{config} has a camera called {name!r} already; choose another name or edit it there"
        )
    kind = kind or _guess(url)
    onvif = (urlsplit(url).port or PORT) if kind == ONVIF else None
    if kind == ONVIF or (best and kind in STREAMS):
        purpose = hazard or "upkeep"
        wanted = _wanted(user, password_env, interval, purpose)
        trials, chosen = find_best(kind, url, wanted)
        show(name, trials, chosen, purpose, wanted.least_width, json_lines=False)
        if chosen is None:
            return SOME_FAILED
        kind, url = chosen.kind, chosen.url
    block = _block(name, url, kind, title, interval, user, password_env, onvif)
    after = (before.rstrip("\n") + "\n\n" if before.strip() else "") + block
    with whole(config) as part:
        part.write_text(after, encoding="utf-8")
        try:
            settings = load(part)
            source.check(next(camera for camera in settings.camera if camera.name == name))
        except ConfigError as error:
            raise ConfigError(str(error).replace(str(part), str(config))) from None
    say(f"{name} is in {config}; try it with: landwatch cameras test {name} --config {config}")
    return DONE


def _wanted(user: str, password_env: str | None, cadence: float, hazard: str) -> Wanted:
    options: dict[str, Any] = {"user": user}
    if password_env:
        options["password"] = Secret(env=password_env)
    return Wanted(options=options, cadence=cadence, least_width=least_width(hazard))


def _guess(url: str) -> str:
    scheme = urlsplit(url).scheme
    if scheme == ONVIF:
        return ONVIF
    if scheme in {"rtsp", "rtsps"}:
        return "rtsp"
    if scheme in {"http", "https"}:
        return "mjpeg" if "mjp" in url.lower() else "snapshot"
    return "upload"


def _block(
    name: str,
    url: str,
    kind: str,
    title: str,
    interval: float,
    user: str,
    password_env: str | None,
    onvif: int | None,
) -> str:
    # JSON strings are TOML basic strings for all that these values may hold.
    quote = json.dumps
    place = "path" if kind in {"upload", "folder"} else "url"
    source_keys = [f"kind = {quote(kind)}", f"{place} = {quote(url)}"]
    if user:
        source_keys.append(f"user = {quote(user)}")
    if password_env:
        source_keys.append(f"password = {{ env = {quote(password_env)} }}")
    if onvif:
        source_keys.append(f"onvif = {onvif}")
    lines = ["[[camera]]", f"name = {quote(name)}"]
    if title:
        lines.append(f"title = {quote(title, ensure_ascii=False)}")
    lines += [f"interval = {interval:g}", f"source = {{ {', '.join(source_keys)} }}"]
    return "\n".join(lines) + "\n"


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
) -> int:
    """Try a camera, measure what each of its addresses costs, and propose the cheapest that serves.

    A camera of the configuration also has one picture cleared and checked. No picture is kept.
    """
    if "://" in name:
        kind, purpose = _guess(name), hazard or "upkeep"
        wanted = _wanted(user, password_env, Camera.model_fields["interval"].default, purpose)
        trials, chosen = find_best(kind, name, wanted)
        show(
            urlsplit(name).hostname or name,
            trials,
            chosen,
            purpose,
            wanted.least_width,
            json_lines=json_lines,
        )
        return DONE if chosen is not None else SOME_FAILED
    settings = load(config)
    camera = camera_for(settings, name, {})
    code = _look_at(camera, settings, config, seconds, json_lines=json_lines)
    kind, options = source.check(camera)
    if kind in STREAMS:
        purpose = hazard or hazard_of(camera)
        wanted = Wanted(
            options={key: getattr(options, key) for key in OPTIONS},
            cadence=camera.interval,
            least_width=least_width(purpose),
        )
        trials, chosen = find_best(kind, str(camera.source["url"]), wanted)
        show(name, trials, chosen, purpose, wanted.least_width, json_lines=json_lines)
    return code


def _look_at(camera: Camera, settings: Config, config: Path, seconds: float, *, json_lines: bool) -> int:
    """Take one picture as configured, clear it, check it, and say what came of it."""
    name = camera.name
    found = asyncio.run(_first(camera, settings, seconds))
    if isinstance(found, Outage):
        if json_lines:
            emit(
                {
                    "kind": "outage",
                    "camera": name,
                    "time": iso(found.time),
                    "reason": found.kind,
                    "message": found.message,
                }
            )
        complain(f"{name}: no picture: {found.message}")
        return SOME_FAILED
    outcome = Way(camera, load_detector(), settings, sequence=False, folder=config.parent).through(found)
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


async def _first(camera: Camera, config: Config, seconds: float) -> Frame | Outage:
    """Return the first frame or the last outage within the time."""
    clock = SystemClock()
    last = Outage(
        camera=camera.name, time=clock.now(), kind="timeout", message=f"nothing came within {seconds:g} s"
    )
    try:
        async with (
            asyncio.timeout(seconds),
            aclosing(source.frames(camera, clock, config.limits)) as turns,
        ):
            async for turn in turns:
                return turn
    except TimeoutError:
        pass
    return last
