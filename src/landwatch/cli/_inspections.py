"""`landwatch fleet inspections`: campaigns, what they find, and their reports."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from landwatch.cli._desk import at_desk
from landwatch.cli._inputs import Json
from landwatch.cli._options import one_of
from landwatch.cli._output import DONE, emit, exits, say
from landwatch.clock import SystemClock, iso
from landwatch.errors import StoreError, UsageError
from landwatch.i18n import LANGUAGES, translator
from landwatch.upkeep import Desk, inspections
from landwatch.upkeep.inspections import MARKS, Campaign, Item
from landwatch.upkeep.rates import DIMENSIONS
from landwatch.web.report import pdf
from landwatch.web.words import Words

__all__ = ["COLUMNS", "app", "mark_lines"]

app = typer.Typer(help="Inspections by a third party: sample, checklist, findings.", no_args_is_help=True)

COLUMNS = (
    "kind",
    "campaign",
    "title",
    "inspector",
    "opened",
    "closed",
    "camera",
    "stratum",
    "item",
    "words",
    "weight",
    "mark",
    "note",
    "time",
    "order",
    "state",
)
"""Of the export: a row for each item at each camera."""

Name = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's name.")]


@app.command()
@exits
@at_desk
def start(
    desk: Desk,
    name: Name,
    inspector: Annotated[str, typer.Option(metavar="NAME", help="Organisation that inspects.")],
    checklist: Annotated[
        Path, typer.Option(metavar="FILE", help="CSV with the columns item, words, weight.")
    ],
    share: Annotated[float, typer.Option(help="Of the active cameras of each group, such as 0.1.")] = 0.1,
    by: Annotated[str, typer.Option(help="Groups: all, site, area, settlement, make, ...")] = "all",
    seed: Annotated[int, typer.Option(help="Of the draw: the same seed draws the same cameras.")] = 0,
    rectify: Annotated[float, typer.Option(metavar="DAYS", help="Time to mend what is found.")] = 14.0,
    title: Annotated[str, typer.Option(help="What people call it.")] = "",
    json_lines: Json = False,
) -> int:
    """Draw a sample of the active cameras and begin a campaign."""
    strata = one_of("group", by, DIMENSIONS)
    found = inspections.start(
        desk,
        name,
        inspector=inspector,
        items=_items(checklist),
        share=share,
        now=SystemClock().now(),
        strata=strata,
        seed=seed,
        rectify=rectify,
        title=title,
    )
    _tell(found, json_lines=json_lines)
    return DONE


@app.command("list")
@exits
@at_desk
def list_(desk: Desk, json_lines: Json = False) -> int:
    """List campaigns, the newest first."""
    found = inspections.campaigns(desk.book.reading)
    for one in found:
        if json_lines:
            emit(_line(one))
        else:
            say(_short(one))
    return DONE


@app.command()
@exits
@at_desk
def show(desk: Desk, name: Name, json_lines: Json = False) -> int:
    """Show a campaign with its cameras and findings."""
    found = inspections.campaign(desk.book.reading, name)
    _tell(found, json_lines=json_lines)
    return DONE


@app.command()
@exits
@at_desk
def mark(
    desk: Desk,
    name: Name,
    camera: Annotated[str, typer.Argument(help="The camera's name.")],
    item: Annotated[str, typer.Argument(help="Of the checklist.")],
    found: Annotated[str, typer.Argument(metavar="MARK", help="pass, fail or inapplicable.")],
    note: Annotated[str, typer.Option(help="What was found; about things, not about people.")] = "",
    json_lines: Json = False,
) -> int:
    """Mark an item of a camera; a fail opens a work order."""
    wanted = one_of("mark", found, MARKS)
    after = inspections.mark(desk, name, camera, item, wanted, note, SystemClock().now())
    visit = next(one for one in after.visits if one.camera == camera)
    order = visit.marks[item].order
    if json_lines:
        emit({"kind": "mark", "campaign": name, "camera": camera, "item": item, "mark": found,
              "score": visit.score, "order": order.id if order else None})  # fmt: skip
    else:
        say(f"{camera} {item}: {found}" + (f", order {order.id}" if order else ""))
    return DONE


@app.command()
@exits
@at_desk
def close(desk: Desk, name: Name, json_lines: Json = False) -> int:
    """End a campaign when all is marked."""
    found = inspections.close(desk, name, SystemClock().now())
    _tell(found, json_lines=json_lines)
    return DONE


@app.command()
@exits
@at_desk
def report(
    desk: Desk,
    name: Name,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write the PDF here.")],
    language: Annotated[str, typer.Option(help=f"One of: {', '.join(LANGUAGES)}.")] = "en",
) -> int:
    """Write a campaign's report as PDF."""
    found = inspections.campaign(desk.book.reading, name)
    titles = {one.name: one.title or one.name for one in desk.book.organisations()}
    words = Words(translator(one_of("language", language, tuple(LANGUAGES))), SystemClock().now())
    try:
        out.write_bytes(pdf(found, titles[found.inspector], words))
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror}") from None
    say(str(out))
    return DONE


def _items(file: Path) -> list[Item]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as source:
            rows = list(csv.DictReader(source))
        return [
            Item(name=row["item"].strip(), words=row["words"].strip(), weight=float(row.get("weight") or 1))
            for row in rows
        ]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {file}: {error}") from None
    except (KeyError, AttributeError):
        raise UsageError(f"{file}: a checklist has the columns item, words and weight") from None
    except ValueError as error:
        raise UsageError(f"{file}: weight: {error}") from None


def mark_lines(one: Campaign) -> Iterator[dict[str, Any]]:
    """Yield a line for each item of the checklist at each camera of the sample, marked or not."""
    for visit in one.visits:
        for item in one.items:
            found = visit.marks.get(item.name)
            order = found.order if found else None
            values = (
                *(
                    one.name,
                    one.title,
                    one.inspector,
                    iso(one.opened),
                    iso(one.closed) if one.closed else None,
                ),
                *(visit.camera, visit.stratum, item.name, item.words, item.weight),
                *((found.mark, found.note, iso(found.time)) if found else (None, None, None)),
                *((order.id, order.state) if order else (None, None)),
            )
            yield dict(zip(COLUMNS, ("mark", *values), strict=True))


def _short(one: Campaign) -> str:
    score = "not scored yet" if one.score is None else f"score {100 * one.score:.1f} %"
    state = f"closed {iso(one.closed)}" if one.closed else "open"
    return f"{one.name}: {len(one.visits)} cameras, {len(one.findings)} findings, {score}, {state}"


def _tell(found: Campaign, *, json_lines: bool) -> None:
    if json_lines:
        emit(_line(found))
        return
    say(_short(found))
    for visit in found.visits:
        marked = f"{len(visit.marks)} of {len(found.items)} marked"
        say(f"  {visit.camera:<20} {visit.stratum:<16} {100 * visit.score:5.1f} %  {marked}")
    for visit, one in found.findings:
        order = f" (order {one.order.id} is {one.order.state})" if one.order else ""
        say(f"  {visit.camera} {one.item}: {one.note}{order}")


def _line(one: Campaign) -> dict[str, Any]:
    return {
        "kind": "campaign",
        "campaign": one.name,
        "title": one.title,
        "inspector": one.inspector,
        "strata": one.strata,
        "seed": one.seed,
        "rectify_d": one.rectify,
        "opened": iso(one.opened),
        "closed": iso(one.closed) if one.closed else None,
        "score": one.score,
        "cameras": [
            {
                "camera": visit.camera,
                "stratum": visit.stratum,
                "score": visit.score,
                "complete": visit.is_complete,
                "marks": {name: found.mark for name, found in sorted(visit.marks.items())},
            }
            for visit in one.visits
        ],
        "findings": [
            {
                "camera": visit.camera,
                "item": found.item,
                "note": found.note,
                "order": found.order.id if found.order else None,
                "state": found.order.state if found.order else None,
            }
            for visit, found in one.findings
        ],
    }
