"""Drafts of a view are tried on the kept pictures; nothing of a trial is kept."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
import simplejpeg

from landwatch.clock import SetClock
from landwatch.config import Config
from landwatch.config import Store as StoreConfig
from landwatch.errors import RedactError, UsageError
from landwatch.redact import recall
from landwatch.store import Store
from landwatch.testing import NOON
from landwatch.types import Outcome, Still
from landwatch.views import Desk, adopt, pictures_of, read_again, summarise, way_of
from landwatch.views.trial import MOST, SPAN

from .conftest import camera

PATIENCE_S = 120.0
"""A loaded machine is slow; nothing is asserted about how fast it is. [s]"""

MODEL = "ab" * 32
HALVES = np.full((48, 64, 3), (60, 80, 60), np.uint8)
HALVES[:, 32:] = (60, 180, 60)
"""gcc is 80 / 200 = 0.4 on the left and 180 / 300 = 0.6 on the right."""
RIGHT = [[34, 2], [62, 2], [62, 44], [34, 44]]
LEFT = [[2, 2], [28, 2], [28, 44], [2, 44]]


def outcome(minutes: float, *, is_cleared: bool = True) -> Outcome:
    content = simplejpeg.encode_jpeg(HALVES, quality=95)
    sha256 = hashlib.sha256(content).hexdigest()
    taken = NOON - timedelta(minutes=minutes)
    return Outcome(
        camera="meadow",
        name=f"{minutes}.jpg",
        taken=taken,
        time_from="given",
        received=taken,
        status="cleared" if is_cleared else "withheld",
        reason=None if is_cleared else "night",
        masked=0.0 if is_cleared else None,
        model=MODEL if is_cleared else None,
        still=Still(content=content, sha256=sha256, width=64, height=48) if is_cleared else None,
    )


def fill(kept, *outcomes):
    with Store.open(kept.folder, SetClock(NOON)) as store:
        store.keep_all(outcomes)


@pytest.fixture
def desk(kept):
    fill(kept, *(outcome(10 * n) for n in range(5)))
    own = camera(measure={"greenness": {"region": LEFT}})
    adopt(kept.beside, [own], None, NOON)
    config = Config(camera=(own,), store=StoreConfig(folder=kept.folder))
    opened = Desk(config, None, kept.beside, kept.book, SetClock(NOON))
    yield opened
    opened.close()


def over(desk, id):
    """Wait for the end of a trial and return it."""
    assert desk.trials.wait(id, PATIENCE_S)
    return desk.trial(id)


def test_a_draft_reads_what_it_was_drawn_around(kept, desk):
    draft = desk.draft("meadow", {"greenness": {"region": RIGHT}}, 1, "page")
    way = way_of(draft.camera, Config(), None)
    found = [
        one for each in read_again(kept.archive, way, pictures_of(kept.archive, "meadow")) for one in each
    ]
    (gcc,) = [one for one in summarise(found) if one.quantity == "gcc"]
    assert (gcc.present, gcc.absent) == (5, ())
    assert gcc.middle == pytest.approx(0.6, abs=0.005)
    assert kept.archive.readings("meadow") == []


def test_a_trial_runs_in_a_process_of_its_own(kept, desk):
    draft = desk.draft("meadow", {"greenness": {"region": RIGHT}}, 1, "page")
    id = desk.begin(draft)
    trial = over(desk, id)
    assert (trial.done, trial.total, trial.error) == (5, 5, "")
    assert {one.method for one in trial.readings} == {"greenness/1"}
    times = [one.time for one in trial.readings if one.quantity == "gcc"]
    assert times == sorted(times)
    assert kept.archive.readings("meadow") == []


def test_a_trial_whose_process_dies_says_so(desk):
    id = desk.begin(desk.draft("meadow", {"greenness": {"region": RIGHT}}, 1, "page"))
    with pytest.raises(UsageError, match="another trial is running"):
        desk.begin(desk.draft("meadow", {"greenness": {"region": LEFT}}, 1, "page"))
    desk.close()
    assert over(desk, id).error == "its process has ended"


@pytest.mark.parametrize(
    ("name", "measure", "said"),
    [
        ("tower", {}, "no camera called 'tower' is followed"),
        ("meadow", {"tide": {}}, "no instrument called 'tide'"),
        ("meadow", {"greenness": {"region": [[0, 0]]}}, "at least 3 corners, not 1"),
        ("meadow", {"greenness": {"mask": "/etc/hostname"}}, "/etc/hostname: files are named in the conf"),
    ],
)
def test_a_draft_that_cannot_be_used_is_refused(desk, name, measure, said):
    with pytest.raises(UsageError, match=said):
        desk.draft(name, measure, 1, "page")


def test_a_draft_is_saved_as_the_next_version(kept, desk):
    assert desk.save(desk.draft("meadow", {"greenness": {"region": RIGHT}}, 1, "page"), " wider ") == 2
    newest = desk.newest("meadow")
    assert (newest.number, newest.note) == (2, "wider")
    assert newest.settings["measure"] == {"greenness": {"region": RIGHT}}


def test_withheld_pictures_and_those_of_the_day_before_are_left_out(kept):
    fill(kept, outcome(0), outcome(5, is_cleared=False), outcome(60), outcome(SPAN.total_seconds() / 60 + 1))
    assert [one.name for one in pictures_of(kept.archive, "meadow")] == ["60.jpg", "0.jpg"]


def test_of_many_pictures_some_are_read_and_the_newest_among_them(kept):
    fill(kept, *(outcome(n / 2) for n in range(2 * MOST + 1)))
    found = pictures_of(kept.archive, "meadow")
    assert len(found) == (2 * MOST + 1 + 2) // 3
    assert found[-1].taken == NOON
    steps = {later.taken - earlier.taken for earlier, later in pairwise(found)}
    assert steps == {timedelta(minutes=1.5)}


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"model": ""}])
def test_only_a_still_that_was_cleared_and_kept_can_be_read_again(change):
    content = simplejpeg.encode_jpeg(HALVES)
    told = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "model": MODEL,
        "camera": "meadow",
        "name": "a.jpg",
        "taken": NOON,
        "received": NOON,
        "time_from": "given",
    }
    picture = recall(content, **told)
    assert (picture.height, picture.width, picture.removal.share) == (48, 64, 0.0)
    assert not picture.pixels.flags.writeable
    with pytest.raises(RedactError, match="is not the still"):
        recall(content, **told | change)
