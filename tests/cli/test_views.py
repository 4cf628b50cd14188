"""The commands on versions of a camera's view."""

from __future__ import annotations

import json
from datetime import timedelta
from xml.etree import ElementTree

import numpy as np
import pytest

from landwatch.clock import SetClock
from landwatch.config import load
from landwatch.store import Beside, Store
from landwatch.testing import NOON
from landwatch.views import adopt
from tests.web.scenes import outcome, still


@pytest.fixture
def config(tmp_path):
    """A configuration that has been followed once."""
    path = tmp_path / "landwatch.toml"
    path.write_text(
        "[store]\nfolder = 'kept'\n[[camera]]\nname = 'meadow'\nsource = { kind = 'folder', path = '.' }\n"
        "[camera.measure.greenness]\nregion = [[0, 0], [32, 0], [32, 24]]\n"
    )
    settings, clock = load(path), SetClock(NOON)
    with Store.open(settings.store.folder, clock) as store:
        store.enroll(settings.camera)
    with Beside(settings.store.folder, clock) as beside:
        adopt(beside, settings.camera, tmp_path, NOON)
    return path


def draft(tmp_path, content, name="draft.toml"):
    path = tmp_path / name
    path.write_text(content)
    return path


def test_what_show_prints_can_be_edited_and_saved(landwatch, config, tmp_path):
    shown = landwatch("cameras", "views", "show", "meadow", "--config", config)
    assert json.loads(shown.out) == {"greenness": {"region": [[0, 0], [32, 0], [32, 24]]}}
    file = draft(tmp_path, shown.out.replace("32", "64"), "draft.json")
    saved = landwatch("cameras", "views", "save", "meadow", file, "--note", "mown", "--config", config)
    assert (saved.code, saved.out) == (0, "meadow: version 2 is in force\n")
    newest, first = landwatch("cameras", "views", "list", "meadow", "--json", "--config", config).lines
    assert newest["measure"] == {"greenness": {"region": [[0, 0], [64, 0], [64, 24]]}}
    assert (newest["version"], newest["by"], newest["note"], first["by"]) == (2, "command", "mown", "file")
    table = landwatch("cameras", "views", "list", "meadow", "--config", config).out
    assert "measure.greenness.region" in table


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[greenness]\nregion = [[0, 0], [32, 0]]\n", "a region has at least 3 corners, not 2"),
        ("[tide]\n", "no instrument called 'tide'"),
        ("greenness = 3\n", "a table for each instrument"),
        ("[greenness", "is no toml"),
        ("[greenness]\nregion = [[0, 0], [32, 0], [32, 24]]\n", "nothing differs from version 1"),
    ],
)
def test_a_draft_that_cannot_be_used_is_refused_with_the_reason(landwatch, config, tmp_path, content, said):
    ran = landwatch("cameras", "views", "save", "meadow", draft(tmp_path, content), "--config", config)
    assert ran.code == 2
    assert said in ran.err
    assert len(landwatch("cameras", "views", "list", "meadow", "--json", "--config", config).lines) == 1


def test_a_camera_that_was_never_followed_has_no_version(landwatch, config):
    config.write_text(
        config.read_text() + "[[camera]]\nname = 'new'\nsource = { kind = 'folder', path = '.' }\n"
    )
    ran = landwatch("cameras", "views", "list", "new", "--config", config)
    assert ran.code == 2
    assert "landwatch run makes the first" in ran.err


def test_a_draft_is_tried_beside_what_is_kept(landwatch, config, tmp_path):
    settings, pixels = load(config), np.full((48, 64, 3), (60, 80, 60), np.uint8)
    shown = still(pixels)
    with Store.open(settings.store.folder, SetClock(NOON)) as store:
        for minute in range(3):
            store.keep(outcome("meadow", NOON + timedelta(minutes=minute), shown))
    file = draft(tmp_path, "[greenness]\nregion = [[2, 2], [60, 2], [60, 40]]\n")
    plot = tmp_path / "trial.svg"
    told = ("cameras", "views", "try", "meadow", file, "--config", config)
    lines = [line for line in landwatch(*told, "--json").lines if line["quantity"] == "gcc"]
    assert [line["value"] for line in lines] == pytest.approx([0.4] * 3, abs=0.005)
    table = landwatch(*told, "--plot", plot)
    assert (table.code, "gcc" in table.out) == (0, True)
    panels = [one for one in ElementTree.parse(plot).getroot() if (one.text or "").startswith("gcc")]
    assert len(panels) == 1
    assert len(landwatch("cameras", "views", "list", "meadow", "--json", "--config", config).lines) == 1


def test_there_is_nothing_to_try_on_without_pictures(landwatch, config, tmp_path):
    file = draft(tmp_path, "[greenness]\nregion = [[2, 2], [60, 2], [60, 40]]\n")
    ran = landwatch("cameras", "views", "try", "meadow", file, "--config", config)
    assert ran.code == 2
    assert "no cleared picture of meadow is kept" in ran.err
