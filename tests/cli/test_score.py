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
