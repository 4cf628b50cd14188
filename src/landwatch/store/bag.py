"""Writes readings into a folder, a file a month, each with its SHA-256: a bag after RFC 8493 [1].

A bag that is not finished goes on where it stopped, after a kill as well: `export.json` in it says what was
asked and which files are whole. A file takes its name only when it is whole, and is read once more by its sum
before it is passed over. When all files are there, the manifests are written, and any tool for bags, or
`sha256sum -c manifest-sha256.txt`, can check them.

References:
    [1] J. Kunze et al., "The BagIt File Packaging Format (V1.0)", RFC 8493, 2018.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr

from landwatch import __version__
from landwatch.clock import aware
from landwatch.errors import LandwatchError, StoreError, UsageError
from landwatch.store import netcdf, parquet
from landwatch.store._archive import Archive
from landwatch.store._columns import extent, stream_columns
from landwatch.store._records import moment
from landwatch.store._whole import whole
from landwatch.store.export import describe_readings, export_readings
from landwatch.types import Quantity

__all__ = [
    "FORMS",
    "Form",
    "Part",
    "Progress",
    "Question",
    "State",
    "progress_of",
    "question_of",
    "write_apart",
    "write_bag",
    "write_file",
]

Form = Literal["csv", "json", "geojson", "csvw", "parquet", "netcdf"]

FORMS: Mapping[Form, str] = {
    "csv": ".csv",
    "json": ".jsonl",
    "geojson": ".geojson",
    "csvw": ".csv",
    "parquet": ".parquet",
    "netcdf": ".nc",
}
"""How the names of files of each form end."""

STATE = "export.json"
"""What was asked, and what is done; stays in the bag as a record of it."""


LOWEST = 19
"""Priority of a process of its own, as `nice` has it. [1]"""

Progress = Callable[["State"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which readings are wanted, and how."""

    form: Form
    camera: str | None = None
    quantity: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file that is whole."""

    name: str
    """Its path in the bag."""
    rows: int
    """Readings in it; 0 in what only describes another file. [1]"""
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How far a bag has come."""

    question: Question
    begin: datetime | None
    """Of the first reading that was asked for when the bag was begun; None where there was none."""
    end: datetime | None
    """Where it is to end, outside of it."""
    months: int
    """That the bag is made of, those without a reading among them. [1]"""
    done: int
    """Months that are written. [1]"""
    parts: tuple[Part, ...] = ()
    complete: bool = False

    @property
    def rows(self) -> int:
        """Readings that are written. [1]"""
        return sum(part.rows for part in self.parts)


def write_file(archive: Archive, path: Path, question: Question, known: Mapping[str, Quantity]) -> int:
    """Write readings to one file, and for `csvw` NAME-metadata.json beside it; return how many readings.

    Each file takes its name only when it is whole.

    Args:
        archive: what is written.
        path: of the file.
        question: which readings, and how.
        known: what quantities are, by name.

    Raises:
        UsageError: if a library for the form is not installed.
        StoreError: if it cannot be written, or one variable of netCDF cannot hold it.
    """
    span = (question.camera, question.quantity, question.since, question.until)
    with whole(path) as part:
        if question.form == "parquet":
            return parquet.write_readings(stream_columns(archive, *span), part, known)
        if question.form == "netcdf":
            cameras = [one for one in archive.cameras() if question.camera in (None, one.name)]
            return netcdf.write_readings(stream_columns(archive, *span), part, cameras, known)
        plain = "csv" if question.form == "csvw" else question.form
        with part.open("w", encoding="utf-8", newline="") as out:
            count = export_readings(
                archive,
                out,
                plain,
                camera=question.camera,
                quantity=question.quantity,
                since=question.since,
                until=question.until,
            )
        if question.form == "csvw":
            with whole(_beside(path)) as described:
                described.write_text(describe_readings(path.name, known), encoding="utf-8")
        return count


def write_bag(
    archive: Archive,
    folder: Path,
    question: Question,
    known: Mapping[str, Quantity],
    tell: Progress = lambda state: None,
) -> State:
    """Write readings into a bag, or go on with one; return it as it is when it is complete.

    Args:
        archive: what is written.
        folder: of the bag; made if it is not there.
        question: which readings, and how. Where `until` is None it ends with the newest reading of when it
            was begun.
        known: what quantities are, by name.
        tell: told after each month.

    Raises:
        UsageError: if the folder holds something else, or the bag of another question.
        StoreError: if it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        state = progress_of(folder)
        if state is None:
            if any(folder.iterdir()):
                raise UsageError(f"{folder} holds something else; name an empty folder, or a new one")
            state = _begun(archive, question)
            _save(folder, state)
        elif state.question != question:
            raise UsageError(
                f"{folder} is the bag of another question, {_told(state.question)}; name another folder"
            )
        tell(state)
        (folder / "data").mkdir(exist_ok=True)
        state = _sound(folder, state)
        for since, until in _months(state.begin, state.end)[state.done :]:
            state = _with_month(archive, folder, state, since, until, known)
            _save(folder, state)
            tell(state)
        if not state.complete:
            state = _finish(folder, state)
    except OSError as error:
        raise StoreError(
            f"cannot write {folder}: {error.strerror}; what is whole stays, run it again"
        ) from None
    return state


def write_apart(
    store: Path,
    url: SecretStr | None,
    folder: Path,
    question: Question,
    known: Mapping[str, Quantity],
    failed: Path,
) -> None:
    """Write a bag at the lowest priority, in a process that was made for it; a failure goes into a file."""
    os.nice(LOWEST)
    try:
        with Archive(store, url=url) as archive:
            write_bag(archive, folder, question, known)
    except LandwatchError as error:
        failed.write_text(str(error), encoding="utf-8")


def progress_of(folder: Path) -> State | None:
    """Return how far the bag of a folder has come; None where none was begun.

    Raises:
        StoreError: if what is there cannot be read.
    """
    try:
        told = json.loads((folder / STATE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read {folder / STATE}: {error}; remove the folder and begin anew") from None
    return State(
        question=question_of(told["question"]),
        begin=_time(told["begin"]),
        end=_time(told["end"]),
        months=told["months"],
        done=told["done"],
        parts=tuple(Part(**part) for part in told["parts"]),
        complete=told["complete"],
    )


def question_of(told: dict[str, Any]) -> Question:
    """Return the question that JSON tells."""
    return Question(**{**told, "since": _time(told["since"]), "until": _time(told["until"])})


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _begun(archive: Archive, question: Question) -> State:
    """Return the state of a bag that is to be made."""
    span = extent(archive, question.camera, question.quantity)
    if span is None:
        return State(question=question, begin=None, end=None, months=0, done=0)
    first, last = map(moment, span)
    begin = first if question.since is None else max(aware(question.since), first)
    end = last if question.until is None else min(aware(question.until), last)
    return State(question=question, begin=begin, end=end, months=len(_months(begin, end)), done=0)


def _months(begin: datetime | None, end: datetime | None) -> list[tuple[datetime, datetime]]:
    """Return the months of a span, UTC; the first and the last may be cut short."""
    months = []
    while begin is not None and end is not None and begin < end:
        years, month = divmod(begin.month, 12)
        following = datetime(begin.year + years, month + 1, 1, tzinfo=UTC)
        months.append((begin, min(following, end)))
        begin = following
    return months


def _with_month(
    archive: Archive,
    folder: Path,
    state: State,
    since: datetime,
    until: datetime,
    known: Mapping[str, Quantity],
) -> State:
    asked = replace(state.question, since=since, until=until)
    path = folder / "data" / f"readings-{since:%Y-%m}{FORMS[asked.form]}"
    rows = write_file(archive, path, asked, known)
    files = [path, _beside(path)] if asked.form == "csvw" else [path]
    if rows == 0:
        for file in files:
            file.unlink()
        return replace(state, done=state.done + 1)
    parts = tuple(
        Part(
            name=file.relative_to(folder).as_posix(),
            rows=rows if file == path else 0,
            bytes=file.stat().st_size,
            sha256=_sum(file),
        )
        for file in files
    )
    return replace(state, done=state.done + 1, parts=state.parts + parts)


def _sound(folder: Path, state: State) -> State:
    """Return the state, or that of a bag with nothing in it where a file is no longer what was written."""
    for part in state.parts:
        file = folder / part.name
        if not file.is_file() or file.stat().st_size != part.bytes or _sum(file) != part.sha256:
            return replace(state, done=0, parts=(), complete=False)
    return state


def _finish(folder: Path, state: State) -> State:
    """Write what makes the folder a bag."""
    done = replace(state, complete=True)
    total = sum(part.bytes for part in done.parts)
    _write(folder / "bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    _write(folder / "manifest-sha256.txt", "".join(f"{one.sha256}  {one.name}\n" for one in done.parts))
    _write(
        folder / "bag-info.txt",
        f"External-Description: Readings of the land from cameras: {_told(done.question)}\n"
        f"Payload-Oxum: {total}.{len(done.parts)}\n"
        f"Bag-Software-Agent: Landwatch {__version__}\n",
    )
    _save(folder, done)
    return done


def _save(folder: Path, state: State) -> None:
    told = asdict(state)
    _write(folder / STATE, json.dumps(told, default=datetime.isoformat, indent=1) + "\n")


def _write(path: Path, content: str) -> None:
    with whole(path) as part:
        part.write_text(content, encoding="utf-8")


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}-metadata.json")


def _sum(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _told(question: Question) -> str:
    return ", ".join(f"{name} {value}" for name, value in asdict(question).items() if value is not None)
