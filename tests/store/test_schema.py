"""The tables: made by the migrations alone, and with nothing about a person."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from landwatch.clock import SetClock
from landwatch.errors import StoreError
from landwatch.store import Archive, Store
from landwatch.store._schema import metadata
from tests.store import made

COLUMNS = {
    "cameras": "id name title latitude longitude elevation interval kind followed",
    "stills": "id sha256 path media_type width height bytes newest",
    "pictures": "id camera_id name taken time_from received status reason masked model still_id",
    "series": "id camera_id quantity unit method",
    "readings": "id series_id time value sigma absent flags region",
    "checks": "id camera_id name unit",
    "findings": "id check_id time state value since detail",
    "events": "id event hazard camera_id state opened time score region file still",
    "outages": "id camera_id time kind message",
    "messages": "id outlet key kind time body attempts due error delivered",
    "alembic_version": "version_num",
}
"""All that is stored. Whoever adds a column adds it here, and asks whether it tells of a person."""

ABOUT_PEOPLE = re.compile(
    r"person|people|human|vehicle|car(s|_|$)|plate|face|box|crop|mask$|share|track|count|presence|identity|"
    r"gender|(^|_)age$|cloth|owner|phone|walker"
)
"""`masked` is the band of the share, which may be told; the table checks that it is a band."""


def tables(folder: Path) -> dict[str, set[str]]:
    with Archive(folder) as archive, archive._reading() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
        return {
            name: {row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({name})")}
            for name in names
        }


def test_every_column_is_on_the_list(store: Store) -> None:
    assert tables(store.folder) == {name: set(columns.split()) for name, columns in COLUMNS.items()}


def test_no_column_is_about_people() -> None:
    named = [f"{table}.{column}" for table, columns in COLUMNS.items() for column in columns.split()]
    assert [name for name in named if ABOUT_PEOPLE.search(name.split(".")[1])] == []


def test_the_search_for_people_finds_them() -> None:
    for column in ("people", "person_count", "box", "masked_share", "mask", "track_id", "car_x", "plate"):
        assert ABOUT_PEOPLE.search(column), column


def test_the_migrations_make_the_tables_that_the_code_reads(store: Store) -> None:
    with store._transaction("compare") as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_store_of_a_newer_landwatch_is_refused(tmp_path: Path) -> None:
    with made.opened(tmp_path) as store, store._transaction("age") as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="written by a newer Landwatch"):
        Store.open(tmp_path, SetClock(made.NOON))
    with pytest.raises(StoreError, match="a newer one needs a newer Landwatch"):
        Archive(tmp_path)


def test_an_opening_that_failed_lets_go_of_the_lock(tmp_path: Path) -> None:
    (tmp_path / "landwatch.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(tmp_path, SetClock(made.NOON))
    (tmp_path / "landwatch.sqlite").unlink()
    Store.open(tmp_path, SetClock(made.NOON)).close()


def test_the_log_is_written_ahead_and_synced(store: Store) -> None:
    with store._transaction("look") as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    full = 2
    assert pragmas == {"journal_mode": "wal", "synchronous": full, "foreign_keys": 1, "busy_timeout": 10_000}
