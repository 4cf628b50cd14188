"""`landwatch fleet orders`: work orders, from their opening to their end."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from landwatch.cli._desk import at_desk
from landwatch.cli._inputs import Json
from landwatch.cli._options import one_of
from landwatch.cli._output import DONE, complain, emit, exits, say, stdout
from landwatch.clock import SystemClock, iso
from landwatch.errors import UsageError
from landwatch.upkeep import Act, Desk, Opening, Order, Role
from landwatch.upkeep.records import PEOPLE

__all__ = ["COLUMNS", "Note", "app", "order_line"]

app = typer.Typer(help="Work orders: what is to be mended, by whom, by when.", no_args_is_help=True)

COLUMNS = (
    "kind",
    "order",
    "scope",
    "subject",
    "cause",
    "detail",
    "origin",
    "state",
    "organisation",
    "level",
    "since",
    "opened",
    "respond_by",
    "repair_by",
    "acknowledged",
    "done",
    "closed",
    "before",
    "after",
    "mended",
)
"""Of a work order as it is printed and exported."""

Number = Annotated[int, typer.Argument(metavar="ORDER", help="Number of the work order.")]
As = Annotated[str, typer.Option("--as", metavar="ROLE", help="maintainer, manager or inspector.")]
Note = Annotated[str, typer.Option(help="Why, or what was found; about things, not about people.")]

MEDIA_TYPES = {".txt": "text/plain", ".log": "text/plain", ".csv": "text/csv", ".md": "text/markdown"}


@app.command("list")
@exits
@at_desk
def list_(
    desk: Desk,
    all_: Annotated[bool, typer.Option("--all", help="Closed ones as well.")] = False,
    subject: Annotated[str | None, typer.Option(metavar="NAME", help="Of this camera or site only.")] = None,
    organisation: Annotated[str | None, typer.Option(metavar="NAME", help="Given to it.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 1000,
    json_lines: Json = False,
) -> int:
    """List work orders, those that were opened last first."""
    found = desk.book.orders(
        standing=None if all_ else True, subject=subject, organisation=organisation, limit=limit
    )
    if json_lines:
        for order in found:
            emit(order_line(order))
        return DONE
    table = Table("order", "where", "cause", "state", "given to", "opened", "to be mended by", box=None)
    for order in found:
        table.add_row(
            str(order.id),
            order.subject or "all cameras",
            order.cause,
            order.state,
            order.organisation or "",
            iso(order.opened),
            iso(order.repair_by) if order.repair_by else "",
        )
    stdout.print(table)
    return DONE


@app.command()
@exits
@at_desk
def show(desk: Desk, number: Number, json_lines: Json = False) -> int:
    """Show a work order with all that was done."""
    order = desk.book.order(number)
    if order is None:
        raise UsageError(f"there is no order {number}")
    steps, attachments = desk.book.steps(number), desk.book.attachments(number)
    told = [
        {
            "time": iso(step.time),
            "act": step.act,
            "state": step.state,
            "role": step.role,
            "organisation": step.organisation,
            "note": step.note,
        }
        for step in steps
    ]
    texts = [{"name": one.name, "sha256": one.sha256, "content": one.content} for one in attachments]
    if json_lines:
        emit({**order_line(order), "steps": told, "attachments": texts})
        return DONE
    for key, value in order_line(order).items():
        if value is not None and key != "kind":
            say(f"{key:<12} {value}")
    for step in steps:
        given = step.organisation or ""
        say(f"{iso(step.time)}  {step.act:<11} {step.role:<10} {given:<12} {step.note}".rstrip())
    for one in attachments:
        say(f"attached {one.name}, {len(one.content)} characters, {one.sha256[:12]}")
    return DONE


@app.command("open")
@exits
@at_desk
def open_(
    desk: Desk,
    camera: Annotated[str, typer.Argument(help="The camera's name.")],
    cause: Annotated[str, typer.Argument(help="One word: a check such as blur, no_picture, or another.")],
    note: Note = "",
    role: As = "manager",
    json_lines: Json = False,
) -> int:
    """Open a work order by hand; it is verified by the pictures where its cause is a check."""
    opening = Opening(
        scope="camera",
        subject=camera,
        cause=cause,
        origin="hand",
        since=SystemClock().now(),
        detail=note,
    )
    order, is_new = desk.open_order(opening, one_of("role", role, PEOPLE), note=note)
    if not is_new:
        complain(f"order {order.id} stands for this already; the note was added to it")
    _tell(order, json_lines=json_lines)
    return DONE


@app.command()
@exits
@at_desk
def assign(
    desk: Desk,
    number: Number,
    organisation: Annotated[str, typer.Argument(help="Who is to mend it.")],
    note: Note = "",
    role: As = "manager",
    json_lines: Json = False,
) -> int:
    """Give a work order to an organisation."""
    order = desk.act(number, "assign", one_of("role", role, PEOPLE), note=note, organisation=organisation)
    _tell(order, json_lines=json_lines)
    return DONE


@app.command()
@exits
@at_desk
def attach(
    desk: Desk,
    number: Number,
    file: Annotated[Path, typer.Argument(help="A text: .txt, .log, .csv or .md, of at most 64 kB.")],
) -> int:
    """Attach a text to a work order. Pictures cannot be attached: they may show people."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    kind = MEDIA_TYPES.get(file.suffix.lower(), file.suffix or "a file without suffix")
    say(desk.attach(number, file.name, kind, content))
    return DONE


def _acting(act: Act, words: str, usual: Role) -> None:
    """Make the command for an act that needs no more than a note."""

    def command(
        desk: Desk,
        number: Number,
        note: Note = "",
        role: As = usual,
        json_lines: Json = False,
    ) -> int:
        order = desk.act(number, act, one_of("role", role, PEOPLE), note=note)
        _tell(order, json_lines=json_lines)
        return DONE

    command.__doc__ = words
    app.command(act)(exits(at_desk(command)))


_acting("acknowledge", "Say that a work order was seen and will be done.", "maintainer")
_acting("hold", "Stop the clock of a work order, and say why.", "maintainer")
_acting("resume", "Let the clock of a work order run again.", "maintainer")
_acting("done", "Say that a work order is done; the pictures, or another role, verify it.", "maintainer")
_acting("verify", "Say in another role that what was to be mended is mended.", "inspector")
_acting("reopen", "Say that what is said to be done is not, and why.", "inspector")
_acting("cancel", "Close a work order without work, and say why.", "manager")
_acting("note", "Add a note to a work order.", "manager")


def _tell(order: Order, *, json_lines: bool) -> None:
    if json_lines:
        emit(order_line(order))
    else:
        given = f", given to {order.organisation}" if order.organisation else ""
        say(f"order {order.id}: {order.cause} at {order.subject or 'all cameras'} is {order.state}{given}")


def order_line(order: Order) -> dict[str, Any]:
    """Return a work order as it is printed, by `COLUMNS`."""
    values = (getattr(order, name) for name in COLUMNS[2:])
    told = (iso(value) if isinstance(value, datetime) else value for value in values)
    return dict(zip(COLUMNS, ("order", order.id, *told), strict=True))
