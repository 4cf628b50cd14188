"""Commands on files that the user has: replay, redact, check, measure."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from landwatch.cli._inputs import (
    ConfigFile,
    Inputs,
    Json,
    Reader,
    camera_for,
    name_of,
    read_config,
    read_table,
    reads_inputs,
)
from landwatch.cli._output import (
    DONE,
    SOME_FAILED,
    bar,
    complain,
    emit,
    event_line,
    picture_line,
    say,
)
from landwatch.cli._replayed import replayed
from landwatch.cli._write import Copies
from landwatch.clock import iso
from landwatch.config import Camera, Config
from landwatch.errors import BadFrame, RedactError, UsageError
from landwatch.redact import Remover, load_detector
from landwatch.sample import choose
from landwatch.types import Frame, Outcome
from landwatch.way import Way

__all__ = ["check", "measure", "redact", "replay"]

Paths = Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Pictures, clips, or folders of them.")]
Sequence = Annotated[
    bool, typer.Option("--sequence", help="The inputs are one fixed camera's, in time order.")
]


@reads_inputs
def replay(
    read: Reader,
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Each folder is one camera's.")],
    config: ConfigFile = None,
    camera: Annotated[
        str | None, typer.Option(metavar="NAME", help="The camera's name; the folder's by default.")
    ] = None,
    store: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep readings, events and cleared pictures here.")
    ] = None,
    json_lines: Json = False,
) -> int:
    """Take an archive of stills or clips through the whole way, at archive time, as fast as it goes."""
    if camera and len(folders) > 1:
        raise UsageError(f"--camera {camera} is one name for {len(folders)} folders; replay them one by one")
    settings = read_config(config)
    jobs = [
        (
            camera_for(settings, camera or name_of(folder), {"smoke": {}}),
            read([folder]),
        )
        for folder in folders
    ]
    detector = load_detector()
    tally: Counter[str] = Counter()
    with replayed(store, settings, [mine for mine, _ in jobs]) as keep:
        for mine, inputs in jobs:
            way = Way(
                mine,
                detector,
                settings,
                standing=keep.standing(mine.name) if keep else (),
                interval=inputs.interval or (mine.interval if config else None),
                folder=config.parent if config else None,
            )
            outcomes = map(way.through, inputs.frames(mine.name, settings))
            with bar(mine.name, inputs.count()) as progress:
                for outcome in keep.keep(mine, way, outcomes) if keep else outcomes:
                    _tell(outcome, json_lines=json_lines)
                    tally[outcome.status] += 1
                    progress.advance(progress.task_ids[0])
    if not json_lines:
        _sum_up(tally)
    return SOME_FAILED if tally["forgotten"] or tally["withheld"] else DONE


def _tell(outcome: Outcome, *, json_lines: bool) -> None:
    """Print one picture and its events; name what failed on stderr."""
    if json_lines:
        emit(picture_line(outcome))
        for event in outcome.events:
            emit(event_line(event))
        return
    if outcome.status != "cleared":
        _name_failure(outcome.path or outcome.name, outcome.status, outcome.reason)
        return
    _rows(outcome)
    for event in outcome.events:
        say(f"{iso(event.time)}  {event.camera}  event {event.id} {event.state}, score {event.score:.2f}")


def _name_failure(file: str, status: str, reason: str | None) -> None:
    """Name on stderr a picture of which nothing was kept. A bad frame's reason names the file itself."""
    complain(f"{status}: {reason}" if status == "forgotten" else f"{status}: {file}: {reason}")


def _rows(outcome: Outcome) -> None:
    for finding in outcome.findings:
        value = "" if finding.value is None else f" {finding.value:.4g} {finding.unit}"
        say(f"{outcome.name}  {finding.check}: {finding.state}{value}  {finding.detail}".rstrip())
    for reading in outcome.readings:
        if reading.value is None:
            say(f"{outcome.name}  {reading.quantity}: absent, {reading.absent}")
        else:
            spread = "" if reading.sigma is None else f" ± {reading.sigma:.2g}"
            say(f"{outcome.name}  {reading.quantity}: {reading.value:.5g}{spread} {reading.unit}")


def _sum_up(tally: Counter[str]) -> None:
    complain(
        f"{tally.total()} pictures: {tally['cleared']} cleared, {tally['withheld']} withheld, "
        f"{tally['forgotten']} forgotten"
    )


@reads_inputs
def redact(
    read: Reader,
    inputs: Paths,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Cleared copies go here.")],
    sequence: Sequence = False,
    mask_out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Masks go here, as PNG: 255 where removed.")
    ] = None,
    config: ConfigFile = None,
    camera: Annotated[
        str | None, typer.Option(metavar="NAME", help="Use this camera's polygons and size prior.")
    ] = None,
    json_lines: Json = False,
) -> int:
    """Write copies without people and vehicles. A picture that cannot be trusted has no copy."""
    settings = read_config(config)
    files = read(inputs)
    mine = camera_for(settings, camera or name_of(inputs[0]), {})
    remover = Remover(mine, load_detector(), sequence=sequence)
    copies = Copies(out, mask_out)
    tally: Counter[str] = Counter()
    with bar("redact", files.count()) as progress:
        for frame in files.frames(mine.name, settings):
            line = _redacted(frame, settings, remover, copies)
            tally[line["status"]] += 1
            if json_lines:
                emit(line)
            elif line["status"] != "cleared":
                _name_failure(frame.path or frame.name, line["status"], line["reason"])
            progress.advance(progress.task_ids[0])
    if not json_lines:
        _sum_up(tally)
    return SOME_FAILED if tally["forgotten"] or tally["withheld"] else DONE


def _redacted(frame: Frame, config: Config, remover: Remover, copies: Copies) -> dict[str, Any]:
    """Clear one frame, write its copy, and return its line with the exact masked share."""
    status, reason, masked = "cleared", None, None
    try:
        picture = remover.clear(choose(frame, config.limits))
        copies.write(picture)
        masked = picture.removal.share
    except BadFrame as error:
        status, reason = "forgotten", str(error)
    except RedactError as error:
        status, reason = "withheld", f"{error.reason}: {error}"
    return {
        "kind": "picture",
        "camera": frame.camera,
        "file": frame.name,
        "time": iso(frame.taken),
        "time_from": frame.time_from,
        "status": status,
        "reason": reason,
        "masked": masked,
        "findings": [],
        "readings": [],
    }


@reads_inputs
def check(
    read: Reader,
    inputs: Paths,
    sequence: Sequence = False,
    config: ConfigFile = None,
    camera: Annotated[str | None, typer.Option(metavar="NAME", help="Use this camera's settings.")] = None,
    json_lines: Json = False,
) -> int:
    """Say of each picture whether the camera is well. Without --sequence, each picture stands alone."""
    settings = read_config(config)
    files = read(inputs)
    mine = camera_for(settings, camera or name_of(inputs[0]), {}).model_copy(update={"measure": {}})
    outcomes = _outcomes(mine, settings, files, sequence=sequence, folder=config.parent if config else None)
    return _tell_all(outcomes, "check", files.count(), json_lines=json_lines)


@reads_inputs
def measure(
    read: Reader,
    instrument: Annotated[str, typer.Argument(metavar="INSTRUMENT", help="Such as greenness or smoke.")],
    inputs: Paths,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The instrument's TOML settings.")
    ] = None,
    json_lines: Json = False,
    csv_rows: Annotated[bool, typer.Option("--csv", help="One row a reading on stdout.")] = False,
) -> int:
    """Read each picture as an instrument."""
    if json_lines and csv_rows:
        raise UsageError("--json and --csv are two forms of one output; choose one")
    config = Config()
    files = read(inputs)
    mine = Camera(
        name=name_of(inputs[0]), source={"kind": "folder"}, measure={instrument: read_table(settings)}
    )
    outcomes = _outcomes(
        mine, config, files, sequence=False, remember=True, folder=settings.parent if settings else None
    )
    if csv_rows:
        return _csv(outcomes, instrument, files.count())
    return _tell_all(outcomes, instrument, files.count(), json_lines=json_lines)


def _outcomes(
    camera: Camera,
    config: Config,
    files: Inputs,
    *,
    sequence: bool,
    folder: Path | None,
    remember: bool = False,
) -> Iterator[Outcome]:
    """Yield what the way makes of each frame; unless `sequence` or `remember`, each stands alone."""
    detector = load_detector()
    way = Way(camera, detector, config, sequence=sequence, folder=folder)
    for frame in files.frames(camera.name, config):
        yield way.through(frame)
        if not (sequence or remember):
            way.forget()


def _tell_all(outcomes: Iterable[Outcome], what: str, total: int | None, *, json_lines: bool) -> int:
    tally: Counter[str] = Counter()
    with bar(what, total) as progress:
        for outcome in outcomes:
            _tell(outcome, json_lines=json_lines)
            tally[outcome.status] += 1
            progress.advance(progress.task_ids[0])
    return SOME_FAILED if tally["forgotten"] or tally["withheld"] else DONE


CSV_COLUMNS = ("file", "time", "quantity", "value", "unit", "sigma", "absent", "flags", "method")


def _csv(outcomes: Iterable[Outcome], what: str, total: int | None) -> int:
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(CSV_COLUMNS)
    code = DONE
    with bar(what, total) as progress:
        for outcome in outcomes:
            if outcome.status != "cleared":
                _name_failure(outcome.path or outcome.name, outcome.status, outcome.reason)
                code = SOME_FAILED
            for reading in outcome.readings:
                rows.writerow(
                    (
                        outcome.name,
                        iso(reading.time),
                        reading.quantity,
                        reading.value,
                        reading.unit,
                        reading.sigma,
                        reading.absent,
                        " ".join(reading.flags),
                        reading.method,
                    )
                )
            progress.advance(progress.task_ids[0])
    return code
