"""What an archive of stills and clips yields, in which order and at which times."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from landwatch.clock import SystemClock
from landwatch.config import Camera, Limits, settings_of
from landwatch.errors import ConfigError, SourceError
from landwatch.source import frames
from landwatch.source.folder import Settings, archive, count
from landwatch.types import Frame, Outage

GRAY = np.full((48, 64, 3), 128, np.uint8)
LIMITS = Limits()


def put(folder: Path, *names: str, exif: str | None = None, offset: str | None = None) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        table = Image.Exif()
        if exif:
            table.get_ifd(0x8769).update({0x9003: exif, **({0x9011: offset} if offset else {})})
        Image.fromarray(GRAY).save(folder / name, exif=table)


def clip(path: Path, length: int, rate: int = 10, **metadata: str) -> None:
    with av.open(str(path), "w") as container:
        container.metadata.update(metadata)
        stream = container.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.time_base = Fraction(1, rate)
        for number in range(length):
            picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number * 8, np.uint8), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def read(path: Path | tuple[Path, ...], **settings: object) -> list[Frame]:
    return list(archive("c", settings_of(Settings, {"path": path, **settings}, "test"), LIMITS))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_names_with_full_times_set_the_order(tmp_path: Path) -> None:
    put(tmp_path, "b_2015_01_01_120109.jpg", "a_20150601_1201.jpg", "z-2014-12-31T23.59.58.png")
    found = read(tmp_path)
    assert [(f.taken, f.time_from) for f in found] == [
        (at("2014-12-31T23:59:58"), "name"),
        (at("2015-01-01T12:01:09"), "name"),
        (at("2015-06-01T12:01:00"), "name"),
    ]


def test_exif_comes_before_the_name(tmp_path: Path) -> None:
    put(tmp_path, "a_20150601_1201.jpg", exif="2016:02:03 04:05:06")
    (found,) = read(tmp_path)
    assert (found.taken, found.time_from) == (at("2016-02-03T04:05:06"), "exif")


def test_exif_offset_goes_before_the_zone(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", exif="2016:02:03 04:05:06", offset="+08:00")
    assert read(tmp_path, zone="America/Lima")[0].taken == at("2016-02-02T20:05:06")


def test_a_naive_time_is_read_in_the_zone(tmp_path: Path) -> None:
    put(tmp_path, "a_20150601_1201.jpg")
    assert read(tmp_path, zone="Asia/Shanghai")[0].taken == at("2015-06-01T04:01:00")


def test_a_pattern_with_two_digit_years_is_read(tmp_path: Path) -> None:
    put(tmp_path, "NRmarshDN-12-05-31-18-00.jpg", "NRmarshDN-12-05-31-17-45.jpg")
    pattern = r"-(?P<year>\d\d)-(?P<month>\d\d)-(?P<day>\d\d)-(?P<hour>\d\d)-(?P<minute>\d\d)"
    assert [f.taken for f in read(tmp_path, time_pattern=pattern)] == [
        at("2012-05-31T17:45:00"),
        at("2012-05-31T18:00:00"),
    ]


def test_a_pattern_with_hours_takes_the_date_of_the_start(tmp_path: Path) -> None:
    put(tmp_path, "1147_+001min.jpg", "1146_+000min.jpg")
    pattern = r"^(?P<hour>\d\d)(?P<minute>\d\d)_"
    found = read(tmp_path, time_pattern=pattern, start=at("2018-06-11T00:00:00"))
    assert [f.taken for f in found] == [at("2018-06-11T11:46:00"), at("2018-06-11T11:47:00")]


def test_a_pattern_with_a_slash_reads_the_folder_too(tmp_path: Path) -> None:
    put(tmp_path / "20180611_c15", "1147_+001min.jpg")
    pattern = r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)_c\d+/(?P<hour>\d\d)(?P<minute>\d\d)_"
    assert read(tmp_path / "20180611_c15", time_pattern=pattern)[0].taken == at("2018-06-11T11:47:00")


def test_unix_seconds_in_a_name_are_a_time(tmp_path: Path) -> None:
    put(tmp_path, "1528743600_-02340.jpg")
    assert read(tmp_path)[0].taken == at("2018-06-11T19:00:00")


def test_a_serial_number_is_no_time(tmp_path: Path) -> None:
    put(tmp_path, "000000200512.jpg")
    assert read(tmp_path)[0].time_from == "given"


def test_unknown_times_follow_file_order_by_the_default_step(tmp_path: Path) -> None:
    put(tmp_path, "p10.jpg", "p2.jpg")
    found = read(tmp_path, start=at("2020-01-01T00:00:00"))
    assert [(f.name, f.taken) for f in found] == [
        ("p2.jpg", at("2020-01-01T00:00:00")),
        ("p10.jpg", at("2020-01-01T00:01:00")),
    ]


def test_interval_sets_times_whatever_the_files_say(tmp_path: Path) -> None:
    put(tmp_path, "a_20150601_1201.jpg", "b_20150101_1201.jpg")
    found = read(tmp_path, interval=30)
    assert [(f.name, f.taken, f.time_from) for f in found] == [
        ("b_20150101_1201.jpg", at("2015-01-01T12:01:00"), "given"),
        ("a_20150601_1201.jpg", at("2015-01-01T12:01:30"), "given"),
    ]


def test_a_clips_frames_are_numbered_by_its_own(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", 7, rate=10)
    found = read(tmp_path, start=at("2020-01-01T00:00:00"))
    assert [f.name for f in found] == [f"a-{n:06d}" for n in range(1, 8)]
    assert found[6].taken - found[0].taken == timedelta(seconds=0.6)


def test_every_takes_each_nth_frame_of_a_clip(tmp_path: Path) -> None:
    clip(tmp_path / "a.avi", 7)
    assert [f.name for f in read(tmp_path, every=3)] == ["a-000001", "a-000004", "a-000007"]
    assert count([tmp_path], every=3) == 3


def test_a_clip_starts_when_it_says_it_was_made(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", 2, creation_time="2021-03-04T05:06:07Z")
    first = read(tmp_path)[0]
    assert (first.taken, first.time_from) == (at("2021-03-04T05:06:07"), "exif")


def test_an_unreadable_file_is_a_fault_and_no_end(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", "c.jpg")
    (tmp_path / "b.mp4").write_bytes(b"not a clip at all")
    found = read(tmp_path)
    assert [f.name for f in found] == ["a.jpg", "b.mp4", "c.jpg"]
    assert found[1].fault.startswith("b.mp4: no clip that can be read")
    assert not found[0].fault
    assert not found[2].fault


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(bytes(2_000_000))
    settings = Settings(path=tmp_path)
    (found,) = archive("c", settings, Limits(megabytes=1))
    assert found.fault == "a.jpg: 2.0 MB; the limit is 1 (limits.megabytes)"


def test_a_truncated_clip_ends_with_a_fault_and_the_rest_goes_on(tmp_path: Path) -> None:
    clip(tmp_path / "a.avi", 30)
    whole = (tmp_path / "a.avi").read_bytes()
    (tmp_path / "a.avi").write_bytes(whole[: (whole.index(b"movi") + whole.index(b"idx1")) // 2])
    put(tmp_path, "b.jpg")
    found = read(tmp_path)
    assert found[0].name == "a-000001"
    assert found[-1].name == "b.jpg"
    assert 2 < len(found) < 32


def test_an_empty_folder_names_itself_and_what_it_looked_for(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=rf"nothing to read in the folder {tmp_path}.*\.jpg") as caught:
        read(tmp_path)
    assert caught.value.kind == "missing"


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no file or folder .*/nowhere"):
        read(tmp_path / "nowhere")


def test_single_files_of_both_kinds_are_taken(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg")
    clip(tmp_path / "b.mp4", 2)
    both = (tmp_path / "a.jpg", tmp_path / "b.mp4")
    assert [f.name for f in read(both)] == ["a.jpg", "b-000001", "b-000002"]
    assert count(both) == 3


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"time_pattern": "("}, "no regular expression"),
        ({"time_pattern": r"(?P<jahr>\d+)"}, "'jahr'; groups may be year, month"),
        ({"time_pattern": r"(?P<year>\d+)"}, "makes no time"),
        ({"every": 0}, "at least 1"),
        ({"interval": -1.0}, "more than 0"),
        ({"zone": "Mars/Base"}, "no time zone called 'Mars/Base'"),
    ],
)
def test_wrong_settings_are_told(tmp_path: Path, wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        settings_of(Settings, {"path": tmp_path, **wrong}, "test")


def test_the_door_ends_after_an_archive_and_tells_an_empty_one(tmp_path: Path) -> None:
    async def drain(folder: Path) -> list[Frame | Outage]:
        camera = Camera(name="c", source={"kind": "folder", "path": str(folder)})
        return [thing async for thing in frames(camera, SystemClock(), LIMITS)]

    put(tmp_path / "full", "a.jpg", "b.jpg")
    (tmp_path / "empty").mkdir()
    assert len(asyncio.run(drain(tmp_path / "full"))) == 2
    (outage,) = asyncio.run(drain(tmp_path / "empty"))
    assert isinstance(outage, Outage)
    assert outage.kind == "missing"


def test_sequences_of_smoke_cameras_come_in_order(shared: Path) -> None:
    for folder in sorted((shared / "data/smoke").glob("*_*box*")):
        found = read(folder, time_pattern=r"^(?P<hour>\d\d)(?P<minute>\d\d)_")
        offsets = [int(f.name.split("_")[1][:4]) for f in found]
        assert offsets == sorted(offsets), folder.name
        assert len(found) == count([folder])
