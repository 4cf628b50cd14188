"""`landwatch score`: agreement with labels that a person made, so that an operator can prove it at home."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Annotated

import typer

from landwatch.cli._inputs import Inputs, Json
from landwatch.cli._output import DONE, SOME_FAILED, bar, complain, emit, exits, say
from landwatch.config import Camera, Config
from landwatch.errors import UsageError
from landwatch.redact import load_detector
from landwatch.score import removal as coverage
from landwatch.score import smoke as agreement
from landwatch.types import Event
from landwatch.way import Way

__all__ = ["app"]

app = typer.Typer(help="Agreement with labels.", no_args_is_help=True)

HEAD = "height px       boxes  covered  95 % interval  mean cover"

Labels = Annotated[Path, typer.Argument(metavar="LABELS.csv", help="What a person saw.")]


@app.command()
@exits
def smoke(
    labels: Labels,
    pictures: Annotated[
        Path, typer.Option(metavar="DIR", help="One folder of pictures a labelled sequence.")
    ],
    interval: Annotated[float, typer.Option(min=0.001, metavar="S", help="Seconds between pictures.")] = 60.0,
    json_lines: Json = False,
) -> int:
    """Take labelled sequences the whole way and compare their smoke events with the labels.

    LABELS.csv has sequence, file, minute_of_day, offset_min and boxes_xyxy_px (left,top,right,bottom; several
    joined by a semicolon).
    """
    known = agreement.read_labels(labels)
    inputs = {name: Inputs.of([pictures / name], interval=interval) for name in known}
    total = sum(one.count() or 0 for one in inputs.values())
    detector, config, events = load_detector(), Config(), dict[str, list[Event]]()
    failed = 0
    with bar("smoke", total) as progress:
        for name, one in inputs.items():
            camera = Camera(name=name.lower(), source={"kind": "folder"}, measure={"smoke": {}})
            way = Way(camera, detector, config, interval=interval)
            events[name] = []
            for frame in one.frames(camera.name, config):
                outcome = way.through(frame)
                failed += outcome.status != "cleared"
                events[name] += outcome.events
                progress.advance(progress.task_ids[0])
    found = agreement.score(known, events)
    if json_lines:
        rows = dataclasses.asdict(found)
        emit({"kind": "score", "of": "smoke", **rows, "upper": _finite(found.upper)})
    else:
        delay = "none" if found.delay is None else f"{found.delay:g} min"
        rate = f"{len(found.false_alarms) / found.days:.1f}" if found.days else "no rate"
        say(f"detected {found.detected} of {found.sequences}, median delay {delay}")
        say(
            f"false alarms {len(found.false_alarms)} in {found.days:.2f} camera-days: {rate} a day "
            f"(95 % {found.lower:.1f} to {found.upper:.1f})"
        )
        for name in found.missed:
            say(f"missed {name}")
        for name in found.false_alarms:
            say(f"false alarm {name}")
    if failed:
        complain(f"{failed} pictures were withheld or forgotten")
    return SOME_FAILED if failed else DONE


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


@app.command()
@exits
def removal(
    labels: Labels,
    masks: Annotated[Path, typer.Option(metavar="DIR", help="Masks of landwatch redact --mask-out.")],
    clip: Annotated[
        str | None, typer.Option(metavar="STEM", help="The clip's stem, where labels have frame numbers.")
    ] = None,
    json_lines: Json = False,
) -> int:
    """Say how much of each labelled person or vehicle was removed, by height, with intervals.

    LABELS.csv has picture (or frame), left, top, width and height [px] of each person or vehicle. Nothing of
    it is kept.
    """
    if not masks.is_dir():
        raise UsageError(f"no folder of masks at {masks}; landwatch redact --mask-out makes one")
    found = coverage.score(coverage.read_boxes(labels, clip), masks)
    if json_lines:
        emit({"kind": "score", "of": "removal", **dataclasses.asdict(found)})
        return DONE
    say(HEAD)
    for row in found.classes:
        say(
            f"{row.low:>5} to {row.high:<6} {row.boxes:>5}  {row.share:>7.3f}  "
            f"{row.lower:.3f} to {row.upper:.3f}  {row.mean:>8.3f}"
        )
    say(f"withheld {found.withheld} of {found.pictures} pictures")
    if found.masked_mean is not None and found.masked_p95 is not None:
        say(
            f"masked share of a picture: mean {found.masked_mean:.4f}, 95th percentile {found.masked_p95:.4f}"
        )
    return DONE
