"""`landwatch events`: what is found of hazards, and what people do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from landwatch.alert import CAUSES, PEOPLE, STANDING, STATES, Act, Duty, Life, LifeState
from landwatch.cli._inputs import Json
from landwatch.cli._options import one_of, opens
from landwatch.cli._output import DONE, emit, exits, say, stdout
from landwatch.clock import SystemClock, iso
from landwatch.config import Config, Store, load
from landwatch.errors import UsageError

__all__ = ["app"]

app = typer.Typer(help="Hazard events: who looks, what it was, when it is over.", no_args_is_help=True)

ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Its store is used, and its notices tell.")
]
StoreFolder = Annotated[
    Path | None, typer.Option("--store", metavar="DIR", help="The store's folder; then nobody is told.")
]


@contextmanager
def _opened(*, config: ConfigFile = None, store: StoreFolder = None) -> Iterator[Duty]:
    if (config is None) == (store is None):
        raise UsageError("name the store: either --config FILE or --store DIR")
    if config is not None:
        settings = load(config)
    else:
        assert store is not None
        settings = Config(store=Store(folder=store))
    with Duty.open(settings.store.folder, SystemClock(), settings) as duty:
        duty.follow()
        yield duty


at_duty = opens("duty", _opened)
"""Gives a command the options that name a store, and its open desk on duty as the parameter `duty`."""

Name = Annotated[str, typer.Argument(metavar="EVENT", help="The event's id.")]
As = Annotated[str, typer.Option("--as", metavar="ROLE", help="duty, expert or authority.")]
Note = Annotated[str, typer.Option(help="What was found, or why; about the land, not about people.")]
Version = Annotated[
    int | None, typer.Option(min=0, help="Of the event that you looked at: fails if it has changed since.")
]
Hazard = Annotated[str | None, typer.Option(metavar="NAME", help="Of this hazard only, such as smoke.")]
Camera = Annotated[str | None, typer.Option(metavar="NAME", help="Of this camera only.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many, the newest.")]


@app.command("list")
@exits
@at_duty
def list_(
    duty: Duty,
    all_: Annotated[bool, typer.Option("--all", help="Dismissed, closed and merged ones as well.")] = False,
    state: Annotated[str | None, typer.Option(metavar="STATE", help="In this state only.")] = None,
    camera: Camera = None,
    hazard: Hazard = None,
    limit: Limit = 1000,
    json_lines: Json = False,
) -> int:
    """List events, those that opened last first."""
    states: tuple[LifeState, ...] | None = None if all_ else STANDING
    if state is not None:
        states = (one_of("state", state, STATES),)
    found = duty.book.lives(states, camera=camera, hazard=hazard, limit=limit)
    if json_lines:
        for life in found:
            emit(_line(life))
        return DONE
    table = Table("event", "hazard", "camera", "state", "opened", "drill", box=None)
    for life in found:
        drill = "drill" if life.drill else ""
        table.add_row(life.event, life.hazard, life.camera, life.state, iso(life.opened), drill)
    stdout.print(table)
    return DONE


@app.command()
@exits
@at_duty
def show(duty: Duty, event: Name, json_lines: Json = False) -> int:
    """Show an event with all that was done and told."""
    life = duty.book.life(event)
    if life is None:
        raise UsageError(f"there is no event {event!r}; see landwatch events list --all")
    deeds, alerts = duty.book.deeds(event), duty.book.alerts(event)
    merged, strip = duty.book.merged(event), duty.book.strip(event)
    if json_lines:
        emit(
            {
                **_line(life),
                "merged": [one.event for one in merged],
                "deeds": [
                    {
                        "time": iso(deed.time),
                        "act": deed.act,
                        "state": deed.state,
                        "role": deed.role,
                        "cause": deed.cause,
                        "note": deed.note,
                        "desk": deed.desk,
                    }
                    for deed in deeds
                ],
                "alerts": [
                    {
                        "outlet": alert.outlet,
                        "identifier": alert.identifier,
                        "kind": alert.kind,
                        "sent": iso(alert.sent),
                    }
                    for alert in alerts
                ],
                "strip": [{"still": one.still, "taken": iso(one.taken)} for one in strip],
            }
        )
        return DONE
    for key, value in _line(life).items():
        if value not in (None, "") and key != "kind":
            say(f"{key:<9} {value}")
    for one in merged:
        say(f"{iso(one.opened)}  merged into it: {one.event}")
    for deed in deeds:
        why = " ".join(word for word in (deed.cause, deed.desk, deed.note) if word)
        say(f"{iso(deed.time)}  {deed.act:<12} {deed.role:<9} {why}".rstrip())
    for alert in alerts:
        say(f"{iso(alert.sent)}  {alert.kind:<12} to {alert.outlet}: {alert.identifier}")
    return DONE


@app.command("open")
@exits
@at_duty
def open_(
    duty: Duty,
    camera: Annotated[str, typer.Argument(help="The camera that sees it, or should.")],
    hazard: Annotated[str, typer.Argument(help="One word, such as smoke, flood, landslide or fog.")],
    drill: Annotated[bool, typer.Option("--drill", help="An exercise: told as one, never as real.")] = False,
    note: Note = "",
    role: As = "duty",
    json_lines: Json = False,
) -> int:
    """Open an event by hand, or an exercise."""
    life = duty.open_event(camera, hazard, one_of("role", role, PEOPLE), note=note, drill=drill)
    _tell(life, json_lines=json_lines)
    return DONE


@app.command()
@exits
@at_duty
def dismiss(
    duty: Duty,
    event: Name,
    cause: Annotated[str, typer.Option(metavar="CAUSE", help=f"One of {', '.join(CAUSES)}.")],
    note: Note = "",
    role: As = "duty",
    version: Version = None,
    json_lines: Json = False,
) -> int:
    """Say that an event is none, and what it was instead."""
    return _act(duty, event, "dismiss", role, version, cause=cause, note=note, json_lines=json_lines)


@app.command()
@exits
@at_duty
def merge(
    duty: Duty,
    event: Name,
    into: Annotated[str, typer.Argument(metavar="INTO", help="Id of the event that it is the same as.")],
    note: Note = "",
    role: As = "duty",
    version: Version = None,
    json_lines: Json = False,
) -> int:
    """Say that two events are the same; the second is followed."""
    return _act(duty, event, "merge", role, version, note=note, into=into, json_lines=json_lines)


@app.command("hand-over")
@exits
@at_duty
def hand_over(
    duty: Duty,
    event: Name,
    desk: Annotated[
        str, typer.Argument(metavar="DESK", help="duty, expert, authority, or one of `alert.desks`.")
    ],
    note: Note = "",
    role: As = "duty",
    version: Version = None,
    json_lines: Json = False,
) -> int:
    """Say whose business an event is from now on."""
    return _act(duty, event, "hand_over", role, version, note=note, desk=desk, json_lines=json_lines)


@app.command()
@exits
@at_duty
def dismissals(
    duty: Duty,
    camera: Camera = None,
    hazard: Hazard = None,
    limit: Limit = 1000,
    json_lines: Json = False,
) -> int:
    """List false alarms with their causes, those dismissed last first; drills are none."""
    found = duty.book.dismissals(camera, hazard, limit=limit)
    for one in found:
        line = {
            "kind": "dismissal",
            "event": one.event,
            "hazard": one.hazard,
            "camera": one.camera,
            "opened": iso(one.opened),
            "dismissed": iso(one.dismissed),
            "cause": one.cause,
            "score": one.score,
            "region": list(one.region) if one.region else None,
            "still": one.still,
        }
        if json_lines:
            emit(line)
        else:
            say(f"{line['dismissed']}  {one.cause:<14} {one.camera:<16} {one.event}")
    return DONE


def _act(
    duty: Duty, event: str, act: Act, role: str, version: int | None, *, json_lines: bool, **more: str
) -> int:
    """Do something about an event, and tell how it stands then."""
    _tell(duty.act(event, act, one_of("role", role, PEOPLE), version=version, **more), json_lines=json_lines)
    return DONE


def _acting(act: Act, words: str) -> None:
    """Make the command for an act that needs no more than a note."""

    def command(
        duty: Duty,
        event: Name,
        note: Note = "",
        role: As = "duty",
        version: Version = None,
        json_lines: Json = False,
    ) -> int:
        return _act(duty, event, act, role, version, note=note, json_lines=json_lines)

    command.__doc__ = words
    app.command(act)(exits(at_duty(command)))


_acting("acknowledge", "Say that an event was seen and is being looked at.")
_acting("confirm", "Say that an event is what it seems to be.")
_acting("close", "Say that an event is over.")
_acting("reopen", "Open again what was dismissed or closed, and say why.")
_acting("split", "Say that an event is not the same as the one it was merged into, and why.")
_acting("note", "Add a note to an event.")


def _tell(life: Life, *, json_lines: bool) -> None:
    if json_lines:
        emit(_line(life))
    else:
        drill = " (drill)" if life.drill else ""
        say(f"event {life.event}{drill}: {life.hazard} at {life.camera} is {life.state}")


def _line(life: Life) -> Mapping[str, Any]:
    return {
        "kind": "life",
        "event": life.event,
        "hazard": life.hazard,
        "camera": life.camera,
        "origin": life.origin,
        "drill": life.drill,
        "state": life.state,
        "opened": iso(life.opened),
        "changed": iso(life.changed),
        "ended": iso(life.ended) if life.ended else None,
        "cause": life.cause,
        "into": life.into,
        "version": life.version,
        "desk": life.desk,
    }
