"""Coverage of labelled boxes by masks: sums a reader can redo."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from landwatch.errors import UsageError
from landwatch.score.removal import interval, read_boxes, score

HEADER = "picture,left,top,width,height\n"


def mask(folder: Path, stem: str, top: int, bottom: int) -> None:
    """Write a mask of 100 x 100 px that is set in some rows."""
    pixels = np.zeros((100, 100), np.uint8)
    pixels[top:bottom] = 255
    cv2.imwrite(str(folder / f"{stem}.png"), pixels)


def test_a_box_covered_to_nine_tenths_is_covered(tmp_path: Path) -> None:
    mask(tmp_path, "a", 0, 45)
    (tmp_path / "boxes.csv").write_text(HEADER + "a.jpg,10,0,20,50\na.jpg,10,1,20,50\n")
    result = score(read_boxes(tmp_path / "boxes.csv"), tmp_path)
    assert len(result.classes) == 1
    row = result.classes[0]
    assert (row.low, row.high, row.boxes, row.covered) == (42, 60, 2, 1)
    assert row.mean == pytest.approx((45 / 50 + 44 / 50) / 2)
    assert result.masked_mean == pytest.approx(0.45)


def test_a_picture_without_a_mask_was_withheld(tmp_path: Path) -> None:
    mask(tmp_path, "a", 0, 100)
    (tmp_path / "boxes.csv").write_text(HEADER + "a,10,0,20,50\nb,10,0,20,50\n")
    result = score(read_boxes(tmp_path / "boxes.csv"), tmp_path)
    assert (result.pictures, result.withheld) == (2, 1)
    assert [row.boxes for row in result.classes] == [1]


def test_frames_of_a_clip_have_six_digits(tmp_path: Path) -> None:
    (tmp_path / "boxes.csv").write_text("frame,left,top,width,height\n7,1,2,3,4\n")
    assert read_boxes(tmp_path / "boxes.csv", clip="yard")[0].picture == "yard-000007"


def test_none_of_ten_is_at_most_28_percent() -> None:
    # Wilson: upper = z^2 / (n + z^2) for none of n; z^2 = 3.8415.
    assert interval(0, 10) == (0.0, pytest.approx(3.8415 / 13.8415, abs=1e-4))


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "boxes.csv").write_text(HEADER + "a,1,2,3,4\na,1,x,3,4\n")
    with pytest.raises(UsageError, match="line 3"):
        read_boxes(tmp_path / "boxes.csv")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "boxes.csv").write_text("picture,left,top,width\na,1,2,3\n")
    with pytest.raises(UsageError, match="height"):
        read_boxes(tmp_path / "boxes.csv")
