"""`landwatch cameras learnt`: what cameras ask of scores, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from landwatch.alert import Quiet
from landwatch.cli._inputs import Json
from landwatch.cli._output import DONE, emit, stdout
from landwatch.clock import SystemClock
from landwatch.config import load
from landwatch.fleet import prove
from landwatch.store import Beside
from landwatch.web.learnt import REASONS, LearntOut

__all__ = ["show_learnt"]


def show_learnt(
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="The landwatch.toml.")] = Path(
        "landwatch.toml"
    ),
    json_lines: Json = False,
) -> int:
    """Say which score opens an event at each camera, why, and what that costs in false alarms."""
    settings, clock = load(config), SystemClock()
    learns = prove(settings, config.parent).learns
    table = Table(
        "camera", "hazard", "opens at", "quiet hours", "alarms a week", "budget", "wolf", "why", box=None
    )
    with Beside(settings.store.folder, clock, url=settings.store.address()) as beside:
        quiet = Quiet(beside, learns)
        for camera in settings.camera:
            for known in quiet.known(camera.name, clock.now()):
                if json_lines:
                    emit({"kind": "learnt", "camera": camera.name, **LearntOut.of(known).model_dump()})
                    continue
                table.add_row(
                    camera.name,
                    known.hazard,
                    f"{known.enter:.2f}",
                    str(known.hours),
                    ""
                    if known.expected is None
                    else f"{known.expected:.1f} ({known.lower:.1f} to {known.upper:.1f})",
                    f"{known.budget:g}",
                    str(len(known.places)),
                    REASONS[known.why],
                )
    if not json_lines:
        stdout.print(table)
    return DONE
