"""A writer may die at any moment: what it acknowledged is there, and nothing else is half there."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from landwatch.clock import SetClock
from landwatch.errors import StoreError
from landwatch.store import Archive, Store
from tests.store import made

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 6
CALLS = 16
"""More than one outcome and one pruning make: the last ones live."""


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.dying", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def assert_whole(folder: Path, url: SecretStr | None = None) -> set[str]:
    """Check that rows and files of a store fit one another, and return the hashes of its stills."""
    with Archive(folder, url=url) as archive:
        records = archive.pictures("ridge", limit=1_000_000)
        kept = {record.still for record in records if record.still}
        for sha256 in kept:
            path = archive.still(sha256)
            assert path is not None
            assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    assert {path.stem for path in made.files(folder)} == kept
    return kept


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path, url: SecretStr | None) -> None:
    acknowledged: set[str] = set()
    for round_ in range(ROUNDS):
        writer = start("keep", str(tmp_path), str(round_), *([url.get_secret_value()] if url else []))
        assert writer.stdout is not None
        for _ in range(2 + 5 * round_):
            line = writer.stdout.readline().split()
            acknowledged.update(word for word in line if word != "ready")
        writer.send_signal(signal.SIGKILL)
        rest, errors = writer.communicate()
        assert (writer.returncode, errors) == (-signal.SIGKILL, "")
        acknowledged.update(
            word for line in rest.splitlines(keepends=True) if line[-1] == "\n" for word in line.split()
        )
    with Store.open(tmp_path, SetClock(made.NOON), url=url):
        kept = assert_whole(tmp_path, url)
    assert len(acknowledged) > 100
    assert acknowledged <= kept
    with Archive(tmp_path, url=url) as archive:
        rows = archive.size().rows
    assert rows["readings"] == 2 * rows["pictures"]


def test_a_writer_may_die_before_any_call_that_reaches_the_disk(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "tests.store.dying", "fork", str(tmp_path), str(CALLS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    acknowledged = {int(line.split()[1]) for line in said if line.startswith("acknowledged")}
    died = {int(line.split()[1]) for line in said if line.startswith("died")}
    assert {0, 1, 2} <= died - acknowledged, "it died while keeping"
    assert died & acknowledged, "it died while pruning"
    assert CALLS - 1 not in died
    for n in range(CALLS):
        with Store.open(tmp_path / str(n), SetClock(made.NOON)) as store, Archive(store.folder) as archive:
            kept = assert_whole(tmp_path / str(n))
            found = [record.taken for record in archive.pictures("ridge")]
            assert found[-1] == made.at(0)
            assert [one.time for one in archive.readings()] == found[::-1]
            assert (made.at(10) in found) or n not in acknowledged
            if n not in acknowledged:
                assert made.still(b"before").sha256 in kept


def test_a_second_writer_is_refused_by_name_of_the_first(tmp_path: Path) -> None:
    writer = start("keep", str(tmp_path), "0")
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    try:
        with pytest.raises(StoreError, match=f"by process {writer.pid}; stop that one, or choose"):
            Store.open(tmp_path, SetClock(made.NOON))
    finally:
        writer.kill()
        writer.communicate()
    Store.open(tmp_path, SetClock(made.NOON)).close()


def test_a_second_writer_in_the_same_process_is_refused(tmp_path: Path) -> None:
    with (
        made.opened(tmp_path),
        pytest.raises(StoreError, match=f"being written by process {os.getpid()}"),
    ):
        Store.open(tmp_path, SetClock(made.NOON))
    Store.open(tmp_path, SetClock(made.NOON)).close()


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = made.opened(tmp_path)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="is closed"):
        store.keep(made.outcome())


def test_orphans_go_at_the_next_start_and_other_files_stay(tmp_path: Path) -> None:
    with made.opened(tmp_path) as store:
        store.keep(made.outcome(0))
    (kept,) = made.files(tmp_path)
    orphan = kept.with_name("0" * 64 + ".jpg")
    half = kept.with_name("1" * 64 + ".jpg.part")
    readme = kept.with_name("README.txt")
    for path in (orphan, half, readme):
        path.write_bytes(b"?")
    Store.open(tmp_path, SetClock(made.NOON)).close()
    assert made.files(tmp_path) == sorted([kept, readme])


def test_only_folders_that_changed_since_are_swept(tmp_path: Path) -> None:
    with made.opened(tmp_path) as store:
        store.keep(made.outcome(0))
    (kept,) = made.files(tmp_path)
    kept.with_name("0" * 64 + ".jpg").write_bytes(b"?")
    os.utime(kept.parent, (0, 0))
    Store.open(tmp_path, SetClock(made.NOON)).close()
    assert len(made.files(tmp_path)) == 2
