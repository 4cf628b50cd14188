"""`landwatch fleet`: who is responsible for which camera, and the work on them."""

from __future__ import annotations

from typing import Annotated

import typer

from landwatch.cli import _inspections, _labels, _orders, _rates
from landwatch.cli._desk import at_desk
from landwatch.cli._options import one_of
from landwatch.cli._output import DONE, exits, say
from landwatch.cli._registers import register
from landwatch.upkeep import Desk
from landwatch.upkeep.records import LIFECYCLES

__all__ = ["app"]

app = typer.Typer(help="Responsibilities for cameras, and work on them.", no_args_is_help=True)
cameras = register("cameras", "Cameras as property: site, make, age, responsibilities, lifecycle.")
cameras.command("label")(exits(_labels.label))

app.add_typer(_orders.app, name="orders")
app.add_typer(_inspections.app, name="inspections")
app.command("rates")(exits(_rates.rates))
app.command("gaps")(exits(_rates.compare))
app.command("labels")(exits(_labels.labels))
app.add_typer(register("organisations", "Who builds, manages and maintains cameras."), name="organisations")
app.add_typer(register("sites", "Where cameras stand."), name="sites")
app.add_typer(register("levels", "Service levels: targets, hours of service, deadlines."), name="levels")
app.add_typer(cameras, name="cameras")


@cameras.command()
@exits
@at_desk
def lifecycle(
    desk: Desk,
    camera: Annotated[str, typer.Argument(help="The camera's name.")],
    state: Annotated[str, typer.Argument(help="planned, active, maintenance or retired.")],
    note: _orders.Note = "",
) -> int:
    """Say what is meant to be with a camera; only active ones make work."""
    desk.set_lifecycle([camera], one_of("lifecycle", state, LIFECYCLES), note)
    say(f"{camera}: {state}")
    return DONE
