"""Versions of views: added, never changed, and whoever speaks last is heard."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from landwatch.errors import ConfigError, StoreError, UsageError
from landwatch.testing import NOON
from landwatch.views import Outdated, adopt, changes, save, settings_of

from .conftest import CORNERS, camera

LATER = NOON + timedelta(hours=1)
WIDER = [[0, 0], [64, 0], [64, 24], [0, 24]]


def drawn(**table):
    return camera(measure={"greenness": table})


def saved(kept, wanted, after, **more):
    told = {"origin": "page", "note": "", "now": LATER} | more
    return save(kept.beside, wanted, None, after=after, **told)


def adopted(kept, *cameras, now=NOON):
    return adopt(kept.beside, cameras, None, now)


def test_the_configuration_is_version_one(kept):
    (entry,) = adopted(kept, camera()).values()
    assert entry == (camera(), 1)
    (version,) = kept.book.versions("meadow")
    assert (version.number, version.origin, version.since) == (1, "file", NOON)
    assert version.settings["measure"] == {"greenness": {"region": CORNERS}}


def test_a_start_with_the_same_file_adds_nothing(kept):
    adopted(kept, camera())
    assert adopted(kept, camera(), now=LATER)["meadow"] == (camera(), 1)
    assert len(kept.book.versions("meadow")) == 1


def test_what_was_drawn_outlives_a_restart(kept):
    adopted(kept, camera())
    assert saved(kept, drawn(region=WIDER), 1) == 2
    now, number = adopted(kept, camera(), now=LATER)["meadow"]
    assert (now.measure, number) == ({"greenness": {"region": WIDER}}, 2)


def test_a_file_that_is_edited_later_is_heard(kept):
    adopted(kept, camera())
    saved(kept, drawn(region=WIDER), 1)
    edited = drawn(region=CORNERS, most_masked=0.5)
    assert adopted(kept, edited, now=LATER)["meadow"] == (edited, 3)
    assert [version.origin for version in kept.book.versions("meadow")] == ["file", "page", "file"]


def test_each_camera_counts_its_own_versions(kept):
    adopted(kept, camera(), camera("bank", measure={}))
    assert saved(kept, drawn(region=WIDER), 1) == 2
    assert {name: one.number for name, one in kept.book.newest().items()} == {"meadow": 2, "bank": 1}


def test_a_draft_of_an_older_version_is_refused(kept):
    adopted(kept, camera())
    saved(kept, drawn(region=WIDER), 1)
    with pytest.raises(Outdated, match="version 2 is the newest, and this was made of 1"):
        saved(kept, drawn(region=CORNERS, most_masked=0.5), 1)
    assert len(kept.book.versions("meadow")) == 2


def test_saving_the_same_again_is_refused(kept):
    adopted(kept, camera())
    with pytest.raises(UsageError, match="nothing differs from version 1"):
        saved(kept, camera(), 1)


def test_a_long_note_is_refused(kept):
    adopted(kept, camera())
    with pytest.raises(UsageError, match="at most 500 characters, not 501"):
        saved(kept, drawn(region=WIDER), 1, note="x" * 501)


def test_a_camera_that_is_not_enrolled_has_no_version(kept):
    with pytest.raises(StoreError, match="no camera called 'tower' is enrolled"):
        adopted(kept, camera("tower"))


def test_a_version_takes_nothing_of_the_source_or_of_removal(kept):
    secret = camera(
        source={"kind": "rtsp", "url": "rtsp://user:word@camera.example/1"},
        never=[[[0, 0], [9, 0], [9, 9]]],
        tallest=40,
    )
    settings = settings_of(secret, None)
    assert set(settings) == {"measure", "reference", "view", "files"}
    assert "word" not in str(settings)
    adopted(kept, secret)
    saved(kept, drawn(region=WIDER), 1)
    now, _ = adopted(kept, secret)["meadow"]
    assert (now.never, now.tallest, now.source) == (secret.never, secret.tallest, secret.source)


def test_a_mask_file_that_changes_makes_a_version(kept, tmp_path: Path):
    mask = tmp_path / "mask.png"
    mask.write_bytes(b"one")
    file = camera(measure={"greenness": {"mask": "mask.png"}})
    numbers = []
    for content in (b"one", b"one", b"two"):
        mask.write_bytes(content)
        numbers.append(adopt(kept.beside, [file], tmp_path, NOON)["meadow"][1])
    assert numbers == [1, 1, 2]
    mask.unlink()
    with pytest.raises(ConfigError, match=r"camera meadow: cannot read .*mask.png"):
        adopt(kept.beside, [file], tmp_path, NOON)


def test_a_calibrated_view_is_kept_whole(kept):
    pose = {
        "size": [640, 480],
        "azimuth": 12.5,
        "elevation": -3,
        "focal": 800.0,
        "sigma": {"azimuth": 0.1, "elevation": 0.2},
        "covariance": [[0.01, 0.0], [0.0, 0.04]],
    }
    adopted(kept, camera(view=pose))
    saved(kept, camera(view=pose, measure={"greenness": {"region": WIDER}}), 1)
    now, _ = adopted(kept, camera(view=pose))["meadow"]
    assert now.view == camera(view=pose).view


def test_changes_name_the_key_and_both_values():
    before = settings_of(drawn(region=CORNERS, most_masked=0.2), None)
    after = settings_of(drawn(region=WIDER), None)
    assert changes(before, after) == [
        ("measure.greenness.most_masked", 0.2, None),
        ("measure.greenness.region", CORNERS, WIDER),
    ]
