"""Cleared pictures as files in a dated tree: `pictures/2026/11/22/CAMERA/SHA256.jpg`.

A file is written under another name, fsynced, renamed, and its folder fsynced, before the database has a
row of it; so a row's file is always whole, and what a crash may leave is a file without a row. `sweep`
takes those away at the next start. It need not list the whole tree: after each commit the time of the file
`clean` is set, and only folders that changed since can hold such a file.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from landwatch.clock import aware
from landwatch.errors import StoreError
from landwatch.types import Still

__all__ = ["SUFFIXES", "Tree"]

SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}
"""Name endings of the media types that are kept."""

OURS = re.compile(r"[0-9a-f]{64}\.(jpg|png|webp)(\.part)?")
"""Names that this module gives: nobody else's file is ever deleted."""

SLACK_NS = 3_000_000_000
"""How much older than the mark a folder may be and still be swept. [ns] FAT rounds times to 2 s."""

FSYNCS = 8
"""Threads that fsync the files of one group. The file system's journal commits them together."""


class Tree:
    """The files under one folder. Not for several threads at once."""

    def __init__(self, folder: Path) -> None:
        """Make `folder` where it is not there yet."""
        self.folder = folder
        self._made: set[Path] = set()
        self._mark = folder / "clean"
        self._unsure = False
        self._pool = ThreadPoolExecutor(FSYNCS, thread_name_prefix="fsync")
        folder.mkdir(parents=True, exist_ok=True)

    def owner(self, name: str) -> str:
        """Return the name of the database that the files belong to: `name`, if they had none yet."""
        note = self.folder / "database"
        if not note.exists():
            part = note.with_suffix(".part")
            _write(part, name.encode())
            part.rename(note)
            _fsync(self.folder)
        return note.read_text(encoding="utf-8", errors="replace")

    def path_of(self, still: Still, camera: str, taken: datetime) -> str:
        """Return where a still belongs, relative to the tree's folder.

        Raises:
            StoreError: if its hash is not that of its content, or its media type is not kept.
        """
        if hashlib.sha256(still.content).hexdigest() != still.sha256:
            raise StoreError(
                f"a still of {camera} at {taken.isoformat()} does not have the hash {still.sha256}"
            )
        suffix = SUFFIXES.get(still.media_type)
        if suffix is None:
            raise StoreError(
                f"a still of {camera} is {still.media_type!r}; kept are: {', '.join(sorted(SUFFIXES))}"
            )
        return f"{aware(taken):%Y/%m/%d}/{camera}/{still.sha256}{suffix}"

    def place(self, stills: Sequence[tuple[str, bytes]]) -> None:
        """Write files, given as relative path and content. When it returns they are on the disk.

        Raises:
            OSError: if one cannot be written; then none of them is left.
        """
        paths = [self.folder / path for path, _ in stills]
        with ExitStack() as failed:
            failed.callback(self.remove, [path for path, _ in stills])
            folders = {path.parent for path in paths}
            for folder in sorted(folders - self._made):
                self._make(folder)
            parts = [path.with_name(path.name + ".part") for path in paths]
            self._each(_write, list(zip(parts, (content for _, content in stills), strict=True)))
            for part, path in zip(parts, paths, strict=True):
                part.rename(path)
            self._each(_fsync, [(folder,) for folder in folders])
            failed.pop_all()

    def remove(self, paths: Sequence[str]) -> None:
        """Delete files, and folders that are empty then. What cannot be deleted is left to `sweep`."""
        for relative in paths:
            path = self.folder / relative
            try:
                path.unlink(missing_ok=True)
                path.with_name(path.name + ".part").unlink(missing_ok=True)
            except OSError:
                self._unsure = True
        for folder in sorted({(self.folder / relative).parent for relative in paths}):
            self._fold(folder)

    def mark_clean(self) -> None:
        """Note that each file of the tree has its row now."""
        if not self._unsure:
            try:
                os.utime(self._mark)
            except FileNotFoundError:
                self._mark.touch()

    def mark_unsure(self) -> None:
        """Have the next `sweep` look at every folder, unless `mark_clean` is called first."""
        self._mark.unlink(missing_ok=True)
        _fsync(self.folder)

    def leave_to_sweep(self) -> None:
        """Note that a file without a row may be left, which only `sweep` can tell."""
        self._unsure = True

    def sweep(self, wanted: Callable[[Sequence[str]], set[str]]) -> int:
        """Delete files without a row, and files half written; return how many.

        Args:
            wanted: returns which of some relative paths have a row.
        """
        try:
            since = self._mark.stat().st_mtime_ns - SLACK_NS
        except FileNotFoundError:
            since = -1
        deleted = 0
        for folder in self._changed(since):
            names = [entry.name for entry in os.scandir(folder) if OURS.fullmatch(entry.name)]
            relative = {name: str((folder / name).relative_to(self.folder)) for name in names}
            kept = wanted([path for path in relative.values() if not path.endswith(".part")])
            for name, path in relative.items():
                if path not in kept:
                    (folder / name).unlink(missing_ok=True)
                    deleted += 1
            self._fold(folder)
        self._unsure = False
        self.mark_clean()
        return deleted

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def _changed(self, since: int) -> Iterator[Path]:
        for day in sorted(self.folder.glob("[0-9]*/[0-9]*/[0-9]*")):
            for entry in os.scandir(day):
                if entry.is_dir(follow_symlinks=False) and entry.stat().st_mtime_ns >= since:
                    yield Path(entry.path)

    def _each(self, work: Callable[..., None], jobs: Sequence[tuple[Any, ...]]) -> None:
        """Do all jobs, at the same time where there are several, and raise the first error after the last."""
        if len(jobs) == 1:
            work(*jobs[0])
            return
        done = [self._pool.submit(work, *job) for job in jobs]
        failed = [error for one in done if (error := one.exception()) is not None]
        if failed:
            raise failed[0]

    def _make(self, folder: Path) -> None:
        """Make a folder, and fsync each of those above it that got a new entry."""
        missing = []
        above = folder
        while not above.exists():
            missing.append(above)
            above = above.parent
        for new in reversed(missing):
            new.mkdir(exist_ok=True)
            _fsync(new.parent)
        self._made.add(folder)

    def _fold(self, folder: Path) -> None:
        """Delete a folder of a camera and a day, and those above it, as far as they are empty."""
        while folder != self.folder:
            try:
                folder.rmdir()
            except OSError:
                return
            self._made.discard(folder)
            folder = folder.parent


def _write(path: Path, content: bytes) -> None:
    try:
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        error.filename = str(path)
        raise


def _fsync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
