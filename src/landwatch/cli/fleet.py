"""`landwatch fleet`: who is responsible for which camera, and the work on them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import segno
import typer
from rich.table import Table

from landwatch.cli import _inspections, _rates
from landwatch.cli._desk import ConfigFile, StoreFolder, opened
from landwatch.cli._inputs import Json
from landwatch.cli._output import DONE, complain, emit, exits, say, stdout
from landwatch.clock import SystemClock, iso
from landwatch.config import load
from landwatch.errors import StoreError, UsageError
from landwatch.upkeep import Act, Opening, Order, Role
from landwatch.upkeep.records import LIFECYCLES, PEOPLE, ROLES
from landwatch.upkeep.tables import Register, read, write

__all__ = ["app"]

app = typer.Typer(help="Responsibilities for cameras, and work on them.", no_args_is_help=True)
orders = typer.Typer(help="Work orders: what is to be mended, by whom, by when.", no_args_is_help=True)
app.add_typer(orders, name="orders")
app.add_typer(_inspections.app, name="inspections")
app.command("rates")(exits(_rates.rates))
app.command("gaps")(exits(_rates.compare))

Number = Annotated[int, typer.Argument(metavar="ORDER", help="Number of the work order.")]
As = Annotated[str, typer.Option("--as", metavar="ROLE", help="maintainer, manager or inspector.")]
Note = Annotated[str, typer.Option(help="Why, or what was found; about things, not about people.")]

MEDIA_TYPES = {".txt": "text/plain", ".log": "text/plain", ".csv": "text/csv", ".md": "text/markdown"}


@orders.command("list")
@exits
def list_(
    config: ConfigFile = None,
    store: StoreFolder = None,
    all_: Annotated[bool, typer.Option("--all", help="Closed ones as well.")] = False,
    subject: Annotated[str | None, typer.Option(metavar="NAME", help="Of this camera or site only.")] = None,
    organisation: Annotated[str | None, typer.Option(metavar="NAME", help="Given to it.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 1000,
    json_lines: Json = False,
) -> int:
    """List work orders, those that were opened last first."""
    with opened(config, store) as desk:
        found = desk.book.orders(
            standing=None if all_ else True, subject=subject, organisation=organisation, limit=limit
        )
    if json_lines:
        for order in found:
            emit(_line(order))
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


@orders.command()
@exits
def show(
    number: Number, config: ConfigFile = None, store: StoreFolder = None, json_lines: Json = False
) -> int:
    """Show a work order with all that was done."""
    with opened(config, store) as desk:
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
        emit({**_line(order), "steps": told, "attachments": texts})
        return DONE
    for key, value in _line(order).items():
        if value is not None and key != "kind":
            say(f"{key:<12} {value}")
    for step in steps:
        given = step.organisation or ""
        say(f"{iso(step.time)}  {step.act:<11} {step.role:<10} {given:<12} {step.note}".rstrip())
    for one in attachments:
        say(f"attached {one.name}, {len(one.content)} characters, {one.sha256[:12]}")
    return DONE


@orders.command("open")
@exits
def open_(
    camera: Annotated[str, typer.Argument(help="The camera's name.")],
    cause: Annotated[str, typer.Argument(help="One word: a check such as blur, no_picture, or another.")],
    note: Note = "",
    role: As = "manager",
    config: ConfigFile = None,
    store: StoreFolder = None,
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
    with opened(config, store) as desk:
        order, is_new = desk.open_order(opening, _role(role), note=note)
    if not is_new:
        complain(f"order {order.id} stands for this already; the note was added to it")
    _tell(order, json_lines=json_lines)
    return DONE


@orders.command()
@exits
def assign(
    number: Number,
    organisation: Annotated[str, typer.Argument(help="Who is to mend it.")],
    note: Note = "",
    role: As = "manager",
    config: ConfigFile = None,
    store: StoreFolder = None,
    json_lines: Json = False,
) -> int:
    """Give a work order to an organisation."""
    with opened(config, store) as desk:
        order = desk.act(number, "assign", _role(role), note=note, organisation=organisation)
    _tell(order, json_lines=json_lines)
    return DONE


@orders.command()
@exits
def attach(
    number: Number,
    file: Annotated[Path, typer.Argument(help="A text: .txt, .log, .csv or .md, of at most 64 kB.")],
    config: ConfigFile = None,
    store: StoreFolder = None,
) -> int:
    """Attach a text to a work order. Pictures cannot be attached: they may show people."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    kind = MEDIA_TYPES.get(file.suffix.lower(), file.suffix or "a file without suffix")
    with opened(config, store) as desk:
        say(desk.attach(number, file.name, kind, content))
    return DONE


def _acting(act: Act, words: str, usual: Role) -> None:
    """Make the command for an act that needs no more than a note."""

    def command(
        number: Number,
        note: Note = "",
        role: As = usual,
        config: ConfigFile = None,
        store: StoreFolder = None,
        json_lines: Json = False,
    ) -> int:
        with opened(config, store) as desk:
            order = desk.act(number, act, _role(role), note=note)
        _tell(order, json_lines=json_lines)
        return DONE

    command.__doc__ = words
    orders.command(act)(exits(command))


_acting("acknowledge", "Say that a work order was seen and will be done.", "maintainer")
_acting("hold", "Stop the clock of a work order, and say why.", "maintainer")
_acting("resume", "Let the clock of a work order run again.", "maintainer")
_acting("done", "Say that a work order is done; the pictures, or another role, verify it.", "maintainer")
_acting("verify", "Say in another role that what was to be mended is mended.", "inspector")
_acting("reopen", "Say that what is said to be done is not, and why.", "inspector")
_acting("cancel", "Close a work order without work, and say why.", "manager")
_acting("note", "Add a note to a work order.", "manager")


def _register(register: Register, words: str) -> typer.Typer:
    """Make the commands of a register."""
    group = typer.Typer(help=words, no_args_is_help=True)
    app.add_typer(group, name=register)

    def import_(
        file: Annotated[Path, typer.Argument(help="CSV with a header; all of its rows are taken, or none.")],
        config: ConfigFile = None,
        store: StoreFolder = None,
    ) -> int:
        """Add or change rows; a column that the file leaves out stays as it is."""
        try:
            with file.open(encoding="utf-8-sig", newline="") as source, opened(config, store) as desk:
                count = read(register, desk, source)
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read {file}: {error}") from None
        say(f"{count} {register}")
        return DONE

    def export(
        config: ConfigFile = None,
        store: StoreFolder = None,
        out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write here; else to stdout.")] = None,
    ) -> int:
        """Write the register as CSV, as `import` reads it."""
        with opened(config, store) as desk:
            if out is None:
                write(register, desk.book, sys.stdout)
                return DONE
            try:
                with out.open("w", encoding="utf-8", newline="") as sink:
                    write(register, desk.book, sink)
            except OSError as error:
                raise StoreError(f"cannot write {out}: {error.strerror}") from None
        return DONE

    group.command("import")(exits(import_))
    group.command("export")(exits(export))
    return group


_register("organisations", "Who builds, manages and maintains cameras.")
_register("sites", "Where cameras stand.")
_register("levels", "Service levels: targets, hours of service, deadlines.")
cameras = _register("cameras", "Cameras as property: site, make, age, responsibilities, lifecycle.")


@cameras.command()
@exits
def lifecycle(
    camera: Annotated[str, typer.Argument(help="The camera's name.")],
    state: Annotated[str, typer.Argument(help="planned, active, maintenance or retired.")],
    note: Note = "",
    config: ConfigFile = None,
    store: StoreFolder = None,
) -> int:
    """Say what is meant to be with a camera; only active ones make work."""
    wanted = next((one for one in LIFECYCLES if one == state), None)
    if wanted is None:
        raise UsageError(f"no lifecycle is called {state!r}; there are: {', '.join(LIFECYCLES)}")
    with opened(config, store) as desk:
        desk.set_lifecycle([camera], wanted, note)
    say(f"{camera}: {wanted}")
    return DONE


@cameras.command()
@exits
def label(
    camera: Annotated[str, typer.Argument(help="The camera's name.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write the code here, as .svg, .png or .pdf.")],
    config: ConfigFile = None,
    store: StoreFolder = None,
    address: Annotated[
        str | None, typer.Option(metavar="URL", help="Of the page; serve.address by default.")
    ] = None,
) -> int:
    """Write the QR code for a camera's pole: whoever stands there can report what is broken."""
    base = address or (load(config).serve.address if config else "")
    if not base:
        raise UsageError("under which address is the page reached? Write serve.address, or --address URL")
    with opened(config, store) as desk:
        token = desk.book.token(camera)
    if token is None:
        raise UsageError(f"no camera is registered as {camera!r}; see landwatch fleet cameras import")
    if out.suffix not in (".svg", ".png", ".pdf"):
        raise UsageError(f"{out}: a label is .svg, .png or .pdf")
    link = f"{base.rstrip('/')}/report/{token}"
    try:
        segno.make(link, error="m", micro=False).save(str(out), scale=8)
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror}") from None
    say(link)
    return DONE


def _role(role: str) -> Role:
    found = next((one for one in ROLES if one == role and one in PEOPLE), None)
    if found is None:
        raise UsageError(f"no role is called {role!r}; there are: {', '.join(PEOPLE)}")
    return found


def _tell(order: Order, *, json_lines: bool) -> None:
    if json_lines:
        emit(_line(order))
    else:
        given = f", given to {order.organisation}" if order.organisation else ""
        say(f"order {order.id}: {order.cause} at {order.subject or 'all cameras'} is {order.state}{given}")


def _line(order: Order) -> Mapping[str, Any]:
    def at(name: str) -> str | None:
        moment = getattr(order, name)
        return iso(moment) if moment else None

    return {
        "kind": "order",
        "order": order.id,
        "scope": order.scope,
        "subject": order.subject,
        "cause": order.cause,
        "detail": order.detail,
        "origin": order.origin,
        "state": order.state,
        "organisation": order.organisation,
        "level": order.level,
        **{name: at(name) for name in ("since", "opened", "respond_by", "repair_by")},
        **{name: at(name) for name in ("acknowledged", "done", "closed")},
        "before": order.before,
        "after": order.after,
        "mended": order.mended,
    }
