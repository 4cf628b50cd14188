"""What is said of pictures that removal withheld."""

from __future__ import annotations

from landwatch.config import Camera
from landwatch.diagnose import checks_of, glimpse
from landwatch.past import Past
from landwatch.testing import NOON
from landwatch.types import Glimpse, Offset


def said(seen, **check):
    """Return the findings by check."""
    settings = checks_of(Camera(name="test", source={"kind": "folder"}, check=check))
    return {finding.check: finding for finding in glimpse(seen, Past(), settings)}


def moved(right, down, **check):
    """Return what is said of a picture of 640 px whose land lies so far right and down."""
    offset = Offset(right=right, down=down, width=640)
    return said(Glimpse(camera="test", taken=NOON, reason="moved", offset=offset), **check)


def test_a_withheld_view_has_moved_by_its_offset():
    findings = moved(6.0, -8.0)
    assert list(findings) == ["moved"]
    assert (findings["moved"].state, findings["moved"].value) == ("bad", 10.0)
    assert "+6.0 px right, -8.0 px down" in findings["moved"].detail


def test_the_way_is_told_in_degrees_where_the_field_is_known():
    """64 px of 640 are a tenth of 60 degrees."""
    assert "+64.0 px (+6.00 deg) right" in moved(64.0, 0.0, moved={"field": 60.0})["moved"].detail


def test_a_mast_that_sways_by_two_pixels_has_not_moved():
    assert moved(2.0, 0.0)["moved"].state == "good"


def test_a_dark_picture_says_nothing_of_the_view():
    findings = said(Glimpse(camera="test", taken=NOON, reason="night", level=3.0, noise=1.0))
    assert set(findings) == {"black", "exposure", "noise"}


def test_stripes_of_a_picture_that_would_be_removed_are_told():
    """A fifth of the rows are stripes; at nothing usual, 2.5 % is doubtful and 8 % bad."""
    findings = said(Glimpse(camera="test", taken=NOON, reason="share", level=180.0, noise=12.0, stripes=20.0))
    assert {name: found.state for name, found in findings.items()} == {"noise": "bad", "stripes": "bad"}
