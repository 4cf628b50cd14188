"""A folder that cameras push to."""

from __future__ import annotations

import asyncio
import io
import os
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from landwatch.errors import ConfigError, SourceError
from landwatch.source import upload
from tests.source.peers import JPEG, feed, taken


def take(folder: Path, count: int, interval: float = 0.01, **settings: Any) -> list[Any]:
    options = {"look": 0.01, "silent": 20.0, **settings}
    return asyncio.run(taken(upload, upload.Settings(path=folder, **options), count, feed(interval)))


def push(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(JPEG)


def test_files_are_taken_oldest_first_and_deleted(tmp_path: Path) -> None:
    push(tmp_path, "a_20260101_1300.jpg", "b_20260101_1200.JPG")
    found = take(tmp_path, 2)
    assert [f.name for f in found] == ["b_20260101_1200.JPG", "a_20260101_1300.jpg"]
    assert (found[0].taken, found[0].time_from) == (datetime(2026, 1, 1, 12, tzinfo=UTC), "name")
    # The second is given out before the generator goes on, so its file is put away by then, too.
    assert list(tmp_path.iterdir()) == []


def test_files_may_be_moved_instead(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    push(tmp_path / "in", "a.jpg")
    take(tmp_path / "in", 1, after="move", moved_to=tmp_path / "out")
    assert [f.name for f in (tmp_path / "out").iterdir()] == ["a.jpg"]
    assert not any((tmp_path / "in").iterdir())


def test_a_file_still_being_written_is_left_alone(tmp_path: Path) -> None:
    async def scenario() -> bytes:
        settings = upload.Settings(path=tmp_path, look=0.01, silent=20.0)
        looks = 0
        real = upload._look

        def look(given: upload.Settings) -> dict[Path, tuple[int, int]]:
            # Between every two of the first looks the file grows, and then stands still.
            nonlocal looks
            looks += 1
            if looks <= 4:
                with (tmp_path / "a.jpg").open("ab") as file:
                    file.write(JPEG[(looks - 1) * 100 : looks * 100] if looks < 4 else JPEG[300:])
            return real(given)

        upload._look = look
        try:
            async with aclosing(upload.frames("c", settings, feed())) as stream:
                frame = await anext(stream)
                return bytes(frame.uncleared)
        finally:
            upload._look = real

    assert asyncio.run(scenario()) == JPEG


def test_temporary_names_and_links_are_left_alone(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"key")
    folder = tmp_path / "in"
    folder.mkdir()
    push(folder, "a.jpg.part", ".b.jpg", "c.jpg.filepart", "z.jpg")
    os.symlink(secret, folder / "d.jpg")
    assert [f.name for f in take(folder, 1)] == ["z.jpg"]
    with pytest.raises(SourceError, match="no new file"):
        take(folder, 1, silent=0.05)
    assert len(list(folder.iterdir())) == 4


def test_files_faster_than_the_cadence_are_deleted_unread(tmp_path: Path) -> None:
    push(tmp_path, *(f"a_20260101_1200{second:02d}.jpg" for second in range(0, 60, 2)))
    # At a cadence of 20 s a picture must be at least 10 s after the last one.
    found = take(tmp_path, 6, interval=20)
    assert [f.taken.second for f in found] == [0, 10, 20, 30, 40, 50]


def test_exif_tells_the_time_before_the_name(tmp_path: Path) -> None:
    table = Image.Exif()
    table.get_ifd(0x8769)[0x9003] = "2026:02:03 04:05:06"
    file = io.BytesIO()
    Image.new("RGB", (64, 48)).save(file, "JPEG", exif=table)
    (tmp_path / "a_20260101_1300.jpg").write_bytes(file.getvalue())
    (frame,) = take(tmp_path, 1)
    assert (frame.taken, frame.time_from) == (datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC), "exif")


def test_a_file_beyond_the_limit_is_a_fault_and_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(bytes(1_000_001))
    settings = upload.Settings(path=tmp_path, look=0.01, silent=20.0)
    (frame,) = asyncio.run(taken(upload, settings, 1, feed(megabytes=1)))
    assert frame.fault == "a.jpg: more than 1 MB (limits.megabytes)"
    assert not any(tmp_path.iterdir())


def test_a_silent_camera_and_a_missing_folder_are_outages(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no new file in .* for 0\.05 s"):
        take(tmp_path, 1, silent=0.05)
    with pytest.raises(SourceError, match=r"cannot look into .*: No such file or directory"):
        take(tmp_path / "nowhere", 1)


def test_moving_needs_a_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="belong together"):
        upload.Settings(path=tmp_path, after="move")
