"""Trying a camera in a process of its own, and adding it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from landwatch.config import Config, load
from landwatch.errors import UsageError
from landwatch.setup import Asked, Desk, Entry, proposals
from landwatch.types import Outcome
from tests.cli.test_cameras import still_camera
from tests.source.test_onvif import PASSWORD, camera

__all__ = ["camera"]

PATIENCE_S = 120.0


@pytest.fixture
def desk(tmp_path):
    opened = Desk(tmp_path / "landwatch.toml", Config())
    yield opened
    opened.close()


def tried(desk, **asked):
    id = desk.begin(Asked(**asked))
    assert desk.trials.wait(id, PATIENCE_S)
    return desk.trial(id)


def test_a_camera_that_gives_pictures_shows_a_cleared_one(desk, tmp_path):
    with still_camera() as url:
        trial = tried(desk, url=url, hazard="upkeep")
    assert (trial.error, trial.found.chosen.url) == ("", url)
    assert isinstance(trial.outcome, Outcome)
    assert (trial.outcome.status, trial.outcome.still.width) == ("cleared", 640)
    assert list(tmp_path.iterdir()) == []


def test_what_an_onvif_camera_offers_is_tried_and_it_is_added_with_its_password_in_a_file(
    desk, camera, tmp_path
):
    asked = {"url": f"onvif://127.0.0.1:{camera}", "hazard": "upkeep", "user": "me"}
    trial = tried(desk, password=SecretStr(PASSWORD), **asked)
    assert {one.offer.kind for one in trial.found.trials if not one.fault} == {"snapshot", "rtsp"}
    assert PASSWORD not in repr(trial)
    chosen = trial.found.chosen
    added = desk.add(trial, Entry(name="found", kind=chosen.kind, url=chosen.url))
    assert desk.trial(trial.id) is None
    assert load(tmp_path / "landwatch.toml").camera == (added,)
    kept = added.source["password"]["file"]
    assert Path(kept).read_text() == PASSWORD
    assert added.source["onvif"] == camera
    assert f'"{PASSWORD}"' not in (tmp_path / "landwatch.toml").read_text()


def test_a_name_that_cannot_be_used_leaves_no_password_behind(desk, tmp_path):
    with still_camera() as url:
        trial = tried(desk, url=url, hazard="upkeep", user="me", password=SecretStr(PASSWORD))
    for name in ("../up", "B b"):
        with pytest.raises(UsageError, match="name"):
            desk.add(trial, Entry(name=name, kind="snapshot", url=url))
    with pytest.raises(UsageError, match="user or password"):
        desk.add(trial, Entry(name="b", kind="snapshot", url="http://u:p@127.0.0.1/"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_camera_that_does_not_answer_is_told(desk):
    trial = tried(desk, url="onvif://127.0.0.1:1", hazard="smoke")
    assert "127.0.0.1" in trial.error
    assert trial.found is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/etc/passwd", "begins with"),
        ("file:///etc/passwd", "begins with"),
        ("ftp://192.0.2.1/x", "begins with"),
    ],
)
def test_only_cameras_on_the_network_are_tried(desk, url, said):
    with pytest.raises(UsageError, match=said):
        desk.begin(Asked(url=url, hazard="upkeep"))


def test_addresses_where_clouds_keep_their_keys_are_not_asked(desk):
    trial = tried(desk, url="http://169.254.169.254/latest/x.jpg", hazard="upkeep")
    assert trial.found.chosen is None
    assert all("link-local or metadata" in one.fault for one in trial.found.trials)


def test_only_interfaces_that_are_there_are_searched(desk):
    assert desk.interfaces()["lo"] == "127.0.0.1"
    with pytest.raises(UsageError, match=r"'nowhere9'; there are: .*lo"):
        desk.search("nowhere9")


def test_what_needs_no_drawing_is_ready():
    assert [(one.instrument, one.ready) for one in proposals("smoke")] == [("smoke", True)]
    assert [(one.instrument, one.ready) for one in proposals("flood")] == [("river", False)]
    assert proposals("snow") == ()
