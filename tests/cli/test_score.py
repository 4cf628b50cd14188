"""`landwatch score`, on labels and pictures whose agreement is known."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from landwatch.testing import NOON, Schedule, Valley


def test_removal_counts_what_a_mask_covers(landwatch, tmp_path):
    mask = np.zeros((100, 100), np.uint8)
    mask[20:80, 10:40] = 255
    Image.fromarray(mask).save(tmp_path / "a.png")
    labels = tmp_path / "boxes.csv"
    labels.write_text("picture,left,top,width,height\na,10,20,30,60\na,60,20,30,60\nb,0,0,10,50\n")
    ran = landwatch("score", "removal", labels, "--masks", tmp_path, "--json")
    (line,) = ran.lines
    assert ran.code == 0
    assert [(row["boxes"], row["covered"], row["share"]) for row in line["classes"]] == [(2, 1, 0.5)]
    assert (line["withheld"], line["pictures"]) == (1, 2)
    assert line["masked_mean"] == pytest.approx(0.18)


def test_quiet_land_scores_no_false_alarm(landwatch, tmp_path):
    land = Valley(seed=3, size=(180, 320), view="slope").render(NOON, Schedule())
    (tmp_path / "quiet").mkdir()
    rows = ["sequence,file,minute_of_day,offset_min,has_box,boxes_xyxy_px"]
    for minute in range(4):
        Image.fromarray(land).save(tmp_path / "quiet" / f"{minute}.jpg")
        rows.append(f"quiet,{minute}.jpg,{minute},{minute - 10},0,")
    labels = tmp_path / "labels.csv"
    labels.write_text("\n".join(rows) + "\n")
    ran = landwatch("score", "smoke", labels, "--pictures", tmp_path, "--json")
    (line,) = ran.lines
    assert (line["sequences"], line["detected"], line["false_alarms"]) == (0, 0, [])
    assert line["days"] == pytest.approx(4 / 1440)


def test_a_folder_that_is_not_there_is_named(landwatch, tmp_path):
    (tmp_path / "l.csv").write_text("picture,left,top,width,height\n")
    ran = landwatch("score", "removal", tmp_path / "l.csv", "--masks", tmp_path / "none")
    assert ran.code == 2
    assert "no folder of masks" in ran.err


def hills(seed):
    """Return sky over plain land, with the noise of a sensor: (240, 320, 3)."""
    random = np.random.default_rng(4)
    gray = np.concatenate([np.full((80, 320), 190.0), 95 + 12 * random.normal(size=(160, 320))])
    noise = np.random.default_rng(seed).normal(0, 1.5, gray.shape)
    return np.clip((gray + noise)[..., None] * (1.0, 1.0, 1.05), 0, 255).astype(np.uint8)


def test_the_report_shows_each_miss_and_holds_its_pictures(landwatch, tmp_path):
    """A label where there is no smoke is a miss, shown once: its only labelled picture is the first."""
    (tmp_path / "quiet").mkdir()
    rows = ["sequence,file,minute_of_day,offset_min,has_box,boxes_xyxy_px"]
    for minute in range(13):
        Image.fromarray(hills(minute)).save(tmp_path / "quiet" / f"{minute:02d}.png")
        box = '"100,60,130,90"' if minute == 12 else ""
        rows.append(f"quiet,{minute:02d}.png,{minute},{minute - 12},0,{box}")
    labels = tmp_path / "labels.csv"
    labels.write_text("\n".join(rows) + "\n")
    arguments = ("score", "smoke", labels, "--pictures", tmp_path, "--report", tmp_path / "report")
    ran = landwatch(*arguments, "--json")
    (line,) = ran.lines
    assert (line["detected"], line["missed"], line["false_alarms"]) == (0, ["quiet"], [])
    assert [(one["threshold"], one["detected"]) for one in line["curve"]] == [
        (step / 20, 0) for step in range(1, 20)
    ]
    page = (tmp_path / "report/index.html").read_text()
    assert "quiet: missed, 0 false alarms" in page
    assert page.count('<image href="data:image/jpeg;base64,') == 1
    assert '<rect class="box" x="100.0" y="60.0" width="30.0" height="30.0"/>' in page
    assert "no score: warming" in page
    assert "http" not in page


def test_the_instruments_settings_are_read(landwatch, tmp_path):
    settings = tmp_path / "smoke.toml"
    settings.write_text("leasst = 0.5\n")
    (tmp_path / "labels.csv").write_text(
        "sequence,file,minute_of_day,offset_min,boxes_xyxy_px\na,0.png,0,0,\n"
    )
    (tmp_path / "a").mkdir()
    Image.fromarray(hills(0)).save(tmp_path / "a" / "0.png")
    ran = landwatch("score", "smoke", tmp_path / "labels.csv", "--pictures", tmp_path, "--settings", settings)
    assert ran.code == 2
    assert "unknown key 'leasst'; did you mean 'least'?" in " ".join(ran.err.split())
