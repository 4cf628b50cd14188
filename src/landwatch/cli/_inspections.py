"""`landwatch fleet inspections`: campaigns, what they find, and their reports."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated, Any

import typer

from landwatch.cli._desk import ConfigFile, StoreFolder, opened
from landwatch.cli._inputs import Json
from landwatch.cli._output import DONE, emit, exits, say
from landwatch.clock import SystemClock, iso
from landwatch.errors import StoreError, UsageError
from landwatch.i18n import LANGUAGES, translator
from landwatch.upkeep import inspections
from landwatch.upkeep.inspections import MARKS, Campaign, Item
from landwatch.upkeep.rates import DIMENSIONS
from landwatch.web.report import pdf

__all__ = ["app"]

app = typer.Typer(help="Inspections by a third party: sample, checklist, findings.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's name.")]


@app.command()
@exits
def start(
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
    config: ConfigFile = None,
    store: StoreFolder = None,
    json_lines: Json = False,
) -> int:
    """Draw a sample of the active cameras and begin a campaign."""
    strata = next((one for one in DIMENSIONS if one == by), None)
    if strata is None:
        raise UsageError(f"--by {by}: there are: {', '.join(DIMENSIONS)}")
    with opened(config, store) as desk:
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
def list_(config: ConfigFile = None, store: StoreFolder = None, json_lines: Json = False) -> int:
    """List campaigns, the newest first."""
    with opened(config, store) as desk:
        found = inspections.campaigns(desk.book.reading)
    for one in found:
        if json_lines:
            emit(_line(one))
        else:
            say(_short(one))
    return DONE


@app.command()
@exits
def show(name: Name, config: ConfigFile = None, store: StoreFolder = None, json_lines: Json = False) -> int:
    """Show a campaign with its cameras and findings."""
    with opened(config, store) as desk:
        found = inspections.campaign(desk.book.reading, name)
    _tell(found, json_lines=json_lines)
    return DONE


@app.command()
@exits
def mark(
    name: Name,
    camera: Annotated[str, typer.Argument(help="The camera's name.")],
    item: Annotated[str, typer.Argument(help="Of the checklist.")],
    found: Annotated[str, typer.Argument(metavar="MARK", help="pass, fail or inapplicable.")],
    note: Annotated[str, typer.Option(help="What was found; about things, not about people.")] = "",
    config: ConfigFile = None,
    store: StoreFolder = None,
    json_lines: Json = False,
) -> int:
    """Mark an item of a camera; a fail opens a work order."""
    wanted = next((one for one in MARKS if one == found), None)
    if wanted is None:
        raise UsageError(f"no mark is called {found!r}; there are: {', '.join(MARKS)}")
    with opened(config, store) as desk:
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
def close(name: Name, config: ConfigFile = None, store: StoreFolder = None, json_lines: Json = False) -> int:
    """End a campaign when all is marked."""
    with opened(config, store) as desk:
        found = inspections.close(desk, name, SystemClock().now())
    _tell(found, json_lines=json_lines)
    return DONE


@app.command()
@exits
def report(
    name: Name,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write the PDF here.")],
    language: Annotated[str, typer.Option(help=f"One of: {', '.join(LANGUAGES)}.")] = "en",
    config: ConfigFile = None,
    store: StoreFolder = None,
) -> int:
    """Write a campaign's report as PDF."""
    if language not in LANGUAGES:
        raise UsageError(f"--language {language}: there are: {', '.join(LANGUAGES)}")
    with opened(config, store) as desk:
        found = inspections.campaign(desk.book.reading, name)
        titles = {one.name: one.title or one.name for one in desk.book.organisations()}
    try:
        out.write_bytes(pdf(found, titles[found.inspector], translator(language)))
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
