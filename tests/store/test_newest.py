"""What is newest of each camera, whatever the order in which it came."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from pydantic import SecretStr

from landwatch.errors import StoreError
from landwatch.store import Archive, CameraRecord, Store
from landwatch.types import FindingState
from tests.store import made

DAY = 86_400.0


def ridge(archive: Archive) -> CameraRecord:
    found = archive.camera("ridge")
    assert found is not None
    return found


@pytest.mark.parametrize("order", list(permutations((0, 10, 20))))
def test_the_newest_is_so_in_whatever_order_frames_come(
    store: Store, archive: Archive, order: tuple[int, ...]
) -> None:
    states: dict[int, FindingState] = {0: "good", 10: "bad", 20: "doubtful"}
    for seconds in order:
        content = None if seconds == 20 else b"%d" % seconds
        store.keep(made.outcome(seconds, content, findings=(made.finding(seconds, states[seconds]),)))
        store.keep_outage(made.outage(seconds))
    found = ridge(archive)
    assert found.newest is not None
    assert found.newest_shown is not None
    assert (found.newest.taken, found.newest.status) == (made.at(20), "withheld")
    assert (found.newest_shown.taken, found.newest_shown.still) == (made.at(10), made.still(b"10").sha256)
    assert found.findings == (made.finding(20, "doubtful"),)
    assert found.last_outage == made.outage(20)


def test_one_group_of_frames_leaves_its_newest(store: Store, archive: Archive) -> None:
    group = [made.outcome(n, b"%d" % n, findings=(made.finding(n),)) for n in (5, 9, 7)]
    store.keep_all(group)
    found = ridge(archive)
    assert found.newest == found.newest_shown
    assert found.newest is not None
    assert found.newest.taken == made.at(9)
    assert found.findings == (made.finding(9),)


def test_of_one_time_the_last_that_came_is_the_newest(store: Store, archive: Archive) -> None:
    store.keep(made.outcome(0, b"first", findings=(made.finding(0, "bad"),)))
    store.keep(made.outcome(0, b"second", findings=(made.finding(0, "good"),)))
    found = ridge(archive)
    assert found.newest_shown is not None
    assert found.newest_shown.still == made.still(b"second").sha256
    assert found.findings == (made.finding(0, "good"),)


def test_what_was_taken_back_is_not_the_newest(store: Store, archive: Archive) -> None:
    store.keep(made.outcome(0, b"kept"))
    with pytest.raises(StoreError, match="no camera called 'nobody'"):
        store.keep_all([made.outcome(10, b"lost"), made.outcome(10, b"lost", camera="nobody")])
    found = ridge(archive)
    assert found.newest is not None
    assert found.newest.taken == made.at(0)


def test_a_picture_that_was_taken_away_gives_way_to_an_older_one_that_is_evidence(
    store: Store, archive: Archive
) -> None:
    smoke = made.still(b"smoke").sha256
    store.keep(made.outcome(0, b"smoke", events=(made.event(0, shown=smoke),)))
    store.keep(made.outcome(10, b"newer"))
    store.prune(made.at(31 * DAY))
    found = ridge(archive)
    assert found.newest is not None
    assert found.newest_shown is not None
    assert (found.newest.taken, found.newest.still, found.newest.width) == (made.at(10), None, None)
    assert (found.newest_shown.taken, found.newest_shown.still) == (made.at(0), smoke)


def test_a_camera_whose_pictures_were_all_taken_away_shows_none(store: Store, archive: Archive) -> None:
    store.keep(made.outcome(0))
    store.prune(made.at(31 * DAY))
    assert ridge(archive).newest_shown is None
    assert [one.shown for one in archive.glances()] == [None]
    assert archive.newest_shown(["ridge"]) == {}


def test_a_glance_says_what_the_record_says(store: Store, archive: Archive) -> None:
    store.enroll([made.camera("ridge"), made.camera("valley"), made.camera("weir")])
    store.keep(made.outcome(0, b"a", findings=(made.finding(0, "unknown"),)))
    store.keep(made.outcome(10, None, findings=(made.finding(10, "good"),)))
    store.keep_outage(made.outage(25))
    store.keep(made.outcome(5, b"b", camera="valley"))
    records = archive.cameras()
    assert archive.glances() == [record.glance for record in records]
    assert [one.worst for one in archive.glances()] == ["good", None, None]
    assert archive.cameras(["valley", "ridge", "nobody"]) == records[:2]


def test_troubles_are_the_newest_findings_that_are_not_good(store: Store, archive: Archive) -> None:
    store.keep(made.outcome(0, findings=(made.finding(0, "bad"),)))
    assert archive.troubles(["ridge", "nobody"]) == {"ridge": [made.finding(0, "bad")]}
    store.keep(made.outcome(10, findings=(made.finding(10, "good"),)))
    assert archive.troubles(["ridge"]) == {}


def test_a_store_of_the_version_before_is_told_what_is_newest(tmp_path: Path, url: SecretStr | None) -> None:
    with made.opened(tmp_path, url) as store, Archive(tmp_path, url=url) as archive:
        store.enroll([made.camera("ridge"), made.camera("valley")])
        for seconds in (0, 20, 10):
            content = None if seconds == 20 else b"%d" % seconds
            store.keep(made.outcome(seconds, content, findings=(made.finding(seconds),)))
            store.keep_outage(made.outage(seconds))
        store.keep(made.outcome(0, b"valley", camera="valley"))
        before = archive.cameras()
        with store._transaction("age") as connection:
            for table in ("newest_pictures", "newest_outages", "newest_findings", "view_references"):
                connection.exec_driver_sql(f"DROP TABLE {table}")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0010'")
    with made.opened(tmp_path, url), Archive(tmp_path, url=url) as archive:
        after = archive.cameras()
    assert [(one.newest, one.newest_shown, one.findings, one.last_outage) for one in after] == [
        (one.newest, one.newest_shown, one.findings, one.last_outage) for one in before
    ]
    assert [one.newest.taken for one in after if one.newest] == [made.at(20), made.at(0)]
