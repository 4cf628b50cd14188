"""`landwatch score`: agreement with labels that a person made, so that an operator can prove it at home."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from landwatch.cli._inputs import Inputs, Json, read_table
from landwatch.cli._output import DONE, SOME_FAILED, bar, complain, emit, exits, say
from landwatch.config import Camera, Config, Rule
from landwatch.decide import Judge, default_rules
from landwatch.errors import UsageError
from landwatch.redact import load_detector
from landwatch.score import removal as coverage
from landwatch.score import smoke as agreement
from landwatch.score.report import Album, write
from landwatch.types import Event, Reading
from landwatch.way import Way

__all__ = ["app"]

app = typer.Typer(help="Agreement with labels.", no_args_is_help=True)

HEAD = "height px       boxes  covered  95 % interval  mean cover"

CURVE = "threshold  detected    delay min  false alarms   a day  95 % interval"

Labels = Annotated[Path, typer.Argument(metavar="LABELS.csv", help="What a person saw.")]


@app.command()
@exits
def smoke(
    labels: Labels,
    pictures: Annotated[
        Path, typer.Option(metavar="DIR", help="One folder of pictures a labelled sequence.")
    ],
    interval: Annotated[float, typer.Option(min=0.001, metavar="S", help="Seconds between pictures.")] = 60.0,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The smoke instrument's TOML settings.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write a page with each miss and each false alarm there."),
    ] = None,
    json_lines: Json = False,
) -> int:
    """Take labelled sequences the whole way and compare their smoke events with the labels.

    LABELS.csv has sequence, file, minute_of_day, offset_min and boxes_xyxy_px (left,top,right,bottom; several
    joined by a semicolon).
    """
    known = agreement.read_labels(labels)
    inputs = {name: Inputs.of([pictures / name], interval=interval) for name in known}
    total = sum(one.count() or 0 for one in inputs.values())
    detector, config, table = load_detector(), Config(), read_table(settings)
    series, events = dict[str, list[_Read]](), dict[str, list[Event]]()
    shown, failed = [], 0
    with bar("smoke", total) as progress:
        for name, one in inputs.items():
            camera = Camera(name=name.lower(), source={"kind": "folder"}, measure={"smoke": table})
            way = Way(
                camera, detector, config, interval=interval, folder=settings.parent if settings else None
            )
            album = Album(name, known[name])
            series[name], events[name] = [], []
            for frame in one.frames(camera.name, config):
                outcome = way.through(frame)
                failed += outcome.status != "cleared"
                series[name].append((outcome.name, outcome.readings))
                events[name] += outcome.events
                album.see(outcome)
                progress.advance(progress.task_ids[0])
            shown.append(album.shown())
    (rule,) = default_rules((), ("smoke",))
    found = agreement.score(known, events, interval)
    curve = {
        at: agreement.score(
            known, {name: _judged(name, one, rule, at) for name, one in series.items()}, interval
        )
        for at in agreement.THRESHOLDS
    }
    if json_lines:
        points = [{"threshold": at, **_line(one)} for at, one in curve.items()]
        emit({"kind": "score", "of": "smoke", **_line(found), "threshold": rule.enter, "curve": points})
    else:
        _tell(found, curve)
    if report is not None:
        complain(f"report: {write(report, found, curve, shown, rule.enter)}")
    if failed:
        complain(f"{failed} pictures were withheld or forgotten")
    return SOME_FAILED if failed else DONE


_Read = tuple[str, tuple[Reading, ...]]
"""A picture's file and what was read of it."""


def _judged(name: str, series: Sequence[_Read], rule: Rule, threshold: float) -> list[Event]:
    """Return the events that a sequence's readings make if the rule's way in is another."""
    other = rule.model_copy(update={"enter": threshold, "leave": threshold * rule.leave / rule.enter})
    judge = Judge(name.lower(), (other,))
    return [event for file, readings in series for event in judge.judge(readings, file)]


def _line(found: agreement.Score) -> dict[str, Any]:
    upper = found.upper if math.isfinite(found.upper) else None
    return {**dataclasses.asdict(found), "upper": upper}


def _tell(found: agreement.Score, curve: Mapping[float, agreement.Score]) -> None:
    """Print a score for people."""
    delay = "none" if found.delay is None else f"{found.delay:g} min"
    rate = "no rate" if found.rate is None else f"{found.rate:.1f}"
    say(f"detected {found.detected} of {found.sequences}, median delay {delay}")
    say(
        f"false alarms {len(found.false_alarms)} in {found.days:.2f} camera-days: {rate} a day "
        f"(95 % {found.lower:.1f} to {found.upper:.1f})"
    )
    for name in found.missed:
        say(f"missed {name}")
    for name in found.false_alarms:
        say(f"false alarm {name}")
    say(CURVE)
    for at, one in curve.items():
        delay = "none" if one.delay is None else f"{one.delay:g}"
        rate = "none" if one.rate is None else f"{one.rate:.1f}"
        say(
            f"{at:>9.2f}  {one.detected:>3} of {one.sequences:<3}  {delay:>9}  {len(one.false_alarms):>12}  "
            f"{rate:>6}  {one.lower:.1f} to {one.upper:.1f}"
        )


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
