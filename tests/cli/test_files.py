"""Commands on files, with what a new user would feed them."""

from __future__ import annotations

import csv
import io

import cv2
import numpy as np
import pytest
from PIL import Image

from landwatch.clock import SystemClock
from landwatch.errors import RedactError
from landwatch.redact import Closed
from landwatch.testing import NOON
from landwatch.upkeep import Desk
from landwatch.valley import Schedule, Valley


@pytest.fixture(scope="session")
def land():
    """(360, 640, 3) of a rendered forest without anybody in it."""
    return Valley(seed=3, size=(360, 640), view="forest").render(NOON, Schedule())


@pytest.fixture
def folder(tmp_path, land):
    """Two good pictures, one hour apart by their names, and four files that are not."""
    here = tmp_path / "camera"
    here.mkdir()
    for hour in (12, 13):
        Image.fromarray(land).save(here / f"view_2026_07_01_{hour}0000.jpg", quality=92)
    (here / "cut.jpg").write_bytes((here / "view_2026_07_01_120000.jpg").read_bytes()[:3000])
    (here / "text.jpg").write_text("hello")
    Image.new("RGB", (1, 1)).save(here / "one.png")
    Image.new("L", (9000, 9000)).save(here / "huge.png")
    return here


GOOD = {"view_2026_07_01_120000.jpg", "view_2026_07_01_130000.jpg"}


def test_redact_clears_the_good_and_names_the_bad(landwatch, folder, tmp_path):
    out, masks = tmp_path / "out", tmp_path / "masks"
    ran = landwatch("redact", folder, "--out", out, "--mask-out", masks, "--json")
    status = {line["file"]: line["status"] for line in ran.lines}
    assert ran.code == 1
    assert {name for name, state in status.items() if state == "cleared"} == GOOD
    assert {path.name for path in out.iterdir()} == GOOD
    assert {path.stem for path in masks.iterdir()} == {name.removesuffix(".jpg") for name in GOOD}
    reasons = {line["file"]: line["reason"] for line in ran.lines if line["status"] == "forgotten"}
    assert "cut short" in reasons["cut.jpg"]
    assert "not a JPEG; starts 68656c6c" in reasons["text.jpg"]
    assert "at least 32 px" in reasons["one.png"]
    assert "81.0 megapixels; the limit is 64 (limits.megapixels)" in reasons["huge.png"]


def test_redact_gives_the_exact_share_of_its_mask(landwatch, folder, tmp_path):
    masks = tmp_path / "masks"
    ran = landwatch("redact", folder, "--out", tmp_path / "out", "--mask-out", masks, "--json")
    for line in ran.lines:
        if line["status"] == "cleared":
            mask = np.asarray(Image.open(masks / line["file"].replace(".jpg", ".png")))
            assert set(np.unique(mask)) <= {0, 255}
            assert line["masked"] == pytest.approx((mask > 0).mean(), abs=1e-9)


def test_frames_of_a_clip_are_numbered_by_the_clip(landwatch, land, tmp_path):
    clip = tmp_path / "a.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), 5, (640, 360))
    for _ in range(7):
        writer.write(land)
    writer.release()
    out = tmp_path / "out"
    ran = landwatch("redact", clip, "--out", out, "--every", 3, "--interval", 10, "--json")
    assert ran.code == 0
    assert sorted(path.name for path in out.iterdir()) == ["a-000001.jpg", "a-000004.jpg", "a-000007.jpg"]
    assert [line["time"][-10:] for line in ran.lines] == ["T00:00:00Z", "T00:00:10Z", "T00:00:20Z"]
    assert {line["time_from"] for line in ran.lines} == {"given"}


def test_a_copy_never_replaces_its_original(landwatch, folder):
    before = (folder / "view_2026_07_01_120000.jpg").read_bytes()
    ran = landwatch("redact", folder / "view_2026_07_01_120000.jpg", "--out", folder)
    assert ran.code == 2
    assert "is the original itself" in ran.err
    assert (folder / "view_2026_07_01_120000.jpg").read_bytes() == before


def test_without_a_model_no_file_is_written(landwatch, folder, tmp_path, monkeypatch):
    closed = Closed(RedactError("no model at x; reinstall landwatch", reason="model"))
    monkeypatch.setattr("landwatch.cli.archive.load_detector", lambda: closed)
    out = tmp_path / "out"
    ran = landwatch(
        "redact", folder / "view_2026_07_01_120000.jpg", "--out", out, "--mask-out", tmp_path / "m"
    )
    assert ran.code == 1
    assert "withheld" in ran.err
    assert "no model at x; reinstall landwatch" in ran.err
    assert [*out.iterdir(), *(tmp_path / "m").iterdir()] == []


def test_replay_prints_a_line_a_picture_and_goes_on(landwatch, folder, tmp_path):
    ran = landwatch("replay", folder, "--camera", "north", "--store", tmp_path / "store", "--json")
    assert ran.code == 1
    assert len(ran.lines) == 6
    good = [line for line in ran.lines if line["status"] == "cleared"]
    assert {(line["camera"], line["file"]) for line in good} == {("north", name) for name in GOOD}
    assert {line["time"] for line in good} == {"2026-07-01T12:00:00Z", "2026-07-01T13:00:00Z"}
    for line in ran.lines:
        assert set(line) == {
            "kind",
            "camera",
            "file",
            "time",
            "time_from",
            "status",
            "reason",
            "masked",
            "findings",
            "readings",
        }
    export = landwatch("export", "readings", "--store", tmp_path / "store", "--quantity", "smoke")
    rows = list(csv.DictReader(io.StringIO(export.out)))
    assert [row["absent"] for row in rows].count("camera") == 4
    assert len(rows) == 6
    with Desk.open(tmp_path / "store", SystemClock()) as desk:
        assert desk.book.orders() == [], "files that are no pictures, all at one moment, are a blip"


def test_measure_greenness_gives_the_means_of_the_region(landwatch, tmp_path):
    level = (60, 120, 20)
    Image.new("RGB", (64, 48), level).save(tmp_path / "flat.png")
    (tmp_path / "g.toml").write_text("region = [[0, 0], [64, 0], [64, 48], [0, 48]]\n")
    ran = landwatch("measure", "greenness", tmp_path / "flat.png", "--settings", tmp_path / "g.toml", "--csv")
    rows = {row["quantity"]: row for row in csv.DictReader(io.StringIO(ran.out))}
    assert ran.code == 0
    assert float(rows["gcc"]["value"]) == pytest.approx(120 / 200)
    assert float(rows["rcc"]["value"]) == pytest.approx(60 / 200)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["replay", "nowhere"], 2, "no file or folder at nowhere"),
        (["measure", "tides", "nowhere"], 2, "no file or folder at nowhere"),
        (["redact"], 2, "Missing argument"),
        (["tidy"], 2, "No such command 'tidy'"),
        (["run", "--config", "nowhere.toml"], 2, "there is no nowhere.toml"),
        (["export", "readings"], 2, "--config FILE or --store DIR"),
        (["export", "readings", "--store", "nowhere"], 1, "no store at nowhere"),
        (["replay", ".", "--start", "noon"], 2, "'noon' is no time; write it as 2026-07-01T12:00:00Z"),
    ],
)
def test_wrong_use_says_what_and_how(landwatch, arguments, code, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = landwatch(*arguments)
    assert ran.code == code
    assert message in ran.err
    assert ran.out == ""


def test_an_empty_folder_is_named(landwatch, tmp_path):
    ran = landwatch("replay", tmp_path)
    assert ran.code == 1
    assert "nothing to read" in ran.err


def test_an_unknown_instrument_names_the_known_ones(landwatch, folder):
    ran = landwatch("measure", "tides", folder)
    assert ran.code == 2
    assert "no instrument called 'tides'; there are: drift, greenness" in ran.err
