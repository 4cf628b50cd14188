"""Pictures go when their time is over; what was found in them stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr

from landwatch.errors import StoreError
from landwatch.store import Archive, Pruned, Store
from tests.store import made

DAY = 86_400.0


def test_only_old_stills_that_no_event_points_to_go(store: Store, archive: Archive) -> None:
    smoke = made.still(b"smoke").sha256
    store.keep(made.outcome(0, b"old", readings=(made.reading(0),), findings=(made.finding(0),)))
    store.keep(made.outcome(1, b"smoke", events=(made.event(1, shown=smoke),)))
    store.keep(made.outcome(5 * DAY, b"new"))
    assert store.prune(made.at(31 * DAY)) == Pruned(stills=1, bytes=3)
    assert archive.still(made.still(b"old").sha256) is None
    assert archive.still(smoke) is not None
    assert archive.still(made.still(b"new").sha256) is not None
    assert len(archive.pictures("ridge")) == 3
    assert len(archive.readings()) == len(archive.findings("ridge")) == len(archive.events()) == 1
    assert len(made.files(store.folder)) == 2


def test_a_picture_without_its_still_says_so(store: Store, archive: Archive) -> None:
    store.keep(made.outcome(0))
    store.prune(made.at(31 * DAY))
    (record,) = archive.pictures("ridge")
    assert (record.status, record.masked, record.still, record.width) == ("cleared", 0.05, None, None)


def test_a_still_is_as_young_as_its_newest_picture(store: Store, archive: Archive) -> None:
    store.keep(made.outcome(0))
    store.keep(made.outcome(20 * DAY))
    assert store.prune(made.at(31 * DAY)).stills == 0
    assert store.prune(made.at(51 * DAY)).stills == 1


def test_pruning_goes_on_over_its_batches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landwatch.store._writer.BATCH", 2)
    store.keep_all(made.outcome(n, b"%d" % n) for n in range(5))
    assert store.prune(made.NOON + timedelta(days=40)) == Pruned(stills=5, bytes=5)
    assert made.files(store.folder) == []
    assert not (store.folder / "pictures" / "2026").exists()
    store.keep(made.outcome(0, b"again"))
    assert len(made.files(store.folder)) == 1


def assert_refused(store: Store, change: str) -> None:
    refused = pytest.raises(StoreError, match="never changed or deleted")
    with refused, store._transaction("test") as connection:
        connection.exec_driver_sql(change)


@pytest.mark.parametrize("change", ["UPDATE events SET score = 0", "DELETE FROM events"])
def test_events_are_never_changed_or_deleted(store: Store, archive: Archive, change: str) -> None:
    store.keep(made.outcome(events=(made.event(),)))
    assert_refused(store, change)
    assert archive.events() == [made.event()]


def test_no_dialects_own_word_deletes_events(store: Store, archive: Archive, url: SecretStr | None) -> None:
    store.keep(made.outcome(events=(made.event(),)))
    assert_refused(store, "TRUNCATE events" if url else "REPLACE INTO events SELECT * FROM events")
    assert archive.events() == [made.event()]
