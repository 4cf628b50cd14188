"""A disk that is full or broken: an error with path and reason, and what was there before is there still."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from landwatch.clock import SetClock
from landwatch.errors import StoreError
from landwatch.store import Archive, Store
from tests.store import made
from tests.store.test_dying import ROOT, assert_whole

LIMITED = """
import resource, sys
from pathlib import Path
from landwatch.errors import StoreError
from tests.store import made
store = made.opened(Path(sys.argv[1]))
store.keep(made.outcome(0, b"small", readings=(made.reading(0),)))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    for n in range(1, 400):
        store.keep(made.outcome(n, b"%d" % n * int(sys.argv[3]), readings=(made.reading(n),)))
except StoreError as error:
    print(n, error)
"""


@pytest.mark.parametrize(
    ("limit", "content", "path"),
    [(2_000_000, 1_200_000, "pictures/2026/07/01/ridge"), (400_000, 1, "landwatch.sqlite")],
    ids=["picture", "database"],
)
def test_a_file_that_may_not_grow_costs_one_outcome(
    tmp_path: Path, limit: int, content: int, path: str
) -> None:
    said = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path), str(limit), str(content)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    failed, _, message = said.partition(" ")
    assert message.startswith(f"cannot write {tmp_path / path}")
    with made.opened(tmp_path) as store, Archive(tmp_path) as archive:
        assert [one.time for one in archive.readings()] == [made.at(n) for n in range(int(failed))]
        assert len(assert_whole(tmp_path)) == int(failed)
        store.keep(made.outcome(1000))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(store: Store, size: int) -> tuple[int, StoreError]:
    """Keep pictures of `size` bytes until it fails, and return how many were kept."""
    for n in range(1000):
        many = tuple(made.reading(n, float(value)) for value in range(20))
        try:
            store.keep(made.outcome(n, b"%d" % n + bytes(size), readings=many))
        except StoreError as error:
            return n, error
    raise AssertionError("the disk never became full")


@pytest.mark.parametrize("size", [100_000, 10], ids=["pictures", "rows"])
def test_a_full_disk_is_told_and_loses_nothing(small_disk: Path, size: int) -> None:
    with made.opened(small_disk) as store, Archive(small_disk) as archive:
        n, error = fill(store, size)
        assert n > 0
        assert re.search(r"No space left on device.*; free some space", str(error))
        assert len(archive.pictures("ridge", limit=1000)) == n
        assert len(assert_whole(small_disk)) == n
        subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
        store.keep(made.outcome(n, b"%d" % n + bytes(size)))
        assert len(assert_whole(small_disk)) == n + 1


@pytest.mark.parametrize("turn", range(4))
def test_an_io_error_at_any_fsync_leaves_no_file_and_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    fsync = os.fsync
    left = turn

    def broken(fd: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        fsync(fd)

    with made.opened(tmp_path) as store:
        store.keep(made.outcome(0, b"before"))
        monkeypatch.setattr(os, "fsync", broken)
        with pytest.raises(StoreError, match="Input/output error"):
            store.keep_all([made.outcome(86_400 * n, b"%d" % n) for n in range(1, 4)])
        monkeypatch.undo()
        assert assert_whole(tmp_path) == {made.still(b"before").sha256}
        store.keep(made.outcome(86_400, b"1"))
        assert len(assert_whole(tmp_path)) == 2


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "landwatch.sqlite").write_bytes(b"not a database, but long enough to be read as one" * 100)
    with pytest.raises(StoreError, match=r"cannot open .*landwatch.sqlite: file is not a database"):
        Store.open(tmp_path, SetClock(made.NOON))
    with pytest.raises(StoreError, match=r"cannot read .*landwatch.sqlite: file is not a database"):
        Archive(tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match=r"cannot open .*file.*: Not a directory"):
        Store.open(tmp_path / "file" / "store", SetClock(made.NOON))
