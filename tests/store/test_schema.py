"""The tables: made by the migrations alone, and with nothing about a person."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import inspect

from landwatch.clock import SetClock
from landwatch.errors import StoreError
from landwatch.store import Archive, Store
from landwatch.store._database import Database, migrate
from landwatch.store._schema import metadata
from tests.store import made

COLUMNS = {
    "store": "name",
    "cameras": "id name title latitude longitude elevation interval kind followed",
    "stills": "id sha256 path media_type width height bytes newest",
    "pictures": "id camera_id name taken time_from received status reason masked model still_id",
    "series": "id camera_id quantity unit method",
    "readings": "id series_id time value sigma absent flags region",
    "checks": "id camera_id name unit",
    "findings": "id check_id time state value since detail",
    "events": "id event hazard camera_id state opened time score region file still origin drill",
    "outages": "id camera_id time kind message",
    "messages": "id outlet key kind time body attempts due error delivered lane skipped",
    "organisations": "id name title contact",
    "sites": "id name title latitude longitude area settlement income",
    "levels": "id name target hours zone holidays response repair escalation",
    "assets": "id camera site_id make model serial installed built_by managed_by maintained_by contract "
    "warranty level_id lifecycle token",
    "lifecycles": "id asset_id time lifecycle note",
    "conditions": "id camera_id since noted state cause detail before after",
    "orders": "id scope subject cause detail origin state opened since organisation_id level_id respond_by "
    "repair_by remaining acknowledged done closed escalated before after mended version",
    "steps": "id order_id time act state role organisation_id note",
    "attachments": "id order_id time name media_type sha256 content",
    "cadences": "id camera_id time interval",
    "days": "camera_id day pictures timed delay slots online good doubtful bad",
    "campaigns": "id name title inspector_id checklist strata seed rectify opened closed",
    "visits": "id campaign_id camera stratum",
    "marks": "id visit_id time item mark note order_id",
    "lives": "id event hazard camera_id origin drill state opened changed ended cause into_id version desk",
    "acts": "id life_id row_id time act state role cause note desk key",
    "alerts": "id life_id outlet identifier sender sent kind act",
    "strips": "id life_id still taken",
    "blinds": "id camera_id hazard why began since until",
    "views": "id camera_id number since origin note content",
    "view_references": "id camera_id version taken still",
    "external_things": "id name description properties",
    "external_locations": "id name description encoding location properties",
    "external_placements": "thing_id location",
    "external_moves": "id thing_id time",
    "external_move_places": "move_id location",
    "external_sensors": "id name description encoding metadata properties",
    "external_quantities": "id name definition description properties",
    "external_streams": "id name description kind unit area properties thing sensor quantity",
    "external_features": "id name description encoding feature properties location",
    "external_observations": "id stream_id feature time until result_time valid_from valid_until "
    "number words result quality parameters",
    "tokens": "id name hash scopes created expires revoked",
    "quiet": "camera_id hazard hour cell readings level area",
    "newest_pictures": "camera_id shown name taken time_from received status reason masked model sha256 "
    "width height bytes",
    "newest_outages": "camera_id time kind message",
    "newest_findings": "camera_id check_id time state value since detail",
    "alembic_version": "version_num",
}
"""All that is stored. Whoever adds a column adds it here, and asks whether it tells of a person."""

ABOUT_PEOPLE = re.compile(
    r"person|people|human|vehicle|car(s|_|$)|plate|face|box|crop|mask$|share|track|count|presence|identity|"
    r"gender|(^|_)age$|cloth|owner|phone|walker"
)
"""`masked` is the band of the share, which may be told; the table checks that it is a band."""


def test_every_column_is_on_the_list(archive: Archive) -> None:
    with archive.reading() as connection:
        inspector = inspect(connection)
        found = {
            name: {column["name"] for column in inspector.get_columns(name)}
            for name in inspector.get_table_names()
        }
    assert found == {name: set(columns.split()) for name, columns in COLUMNS.items()}


def test_no_column_is_about_people() -> None:
    named = [f"{table}.{column}" for table, columns in COLUMNS.items() for column in columns.split()]
    assert [name for name in named if ABOUT_PEOPLE.search(name.split(".")[1])] == []


def test_the_search_for_people_finds_them() -> None:
    for column in ("people", "person_count", "box", "masked_share", "mask", "track_id", "car_x", "plate"):
        assert ABOUT_PEOPLE.search(column), column


def test_the_migrations_make_the_tables_that_the_code_reads(store: Store) -> None:
    with store._transaction("compare") as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_store_of_a_newer_landwatch_is_refused(tmp_path: Path, url: SecretStr | None) -> None:
    with made.opened(tmp_path, url) as store, store._transaction("age") as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="written by a newer Landwatch"):
        Store.open(tmp_path, SetClock(made.NOON), url=url)
    with pytest.raises(StoreError, match="a newer one needs a newer Landwatch"):
        Archive(tmp_path, url=url)


def test_a_store_of_an_older_landwatch_is_brought_up_to_date(tmp_path: Path, url: SecretStr | None) -> None:
    database = Database(tmp_path, url)
    older = database.writer()
    migrate(older, "0001")
    older.dispose()
    with pytest.raises(StoreError, match="tables at '0001', this Landwatch reads '0012'"):
        Archive(tmp_path, url=url)
    with made.opened(tmp_path, url) as store:
        store.keep(made.outcome())
    with Archive(tmp_path, url=url) as archive:
        assert len(archive.pictures("ridge")) == 1


def test_what_an_older_store_holds_is_there_after_it_was_brought_up_to_date(
    tmp_path: Path, url: SecretStr | None
) -> None:
    older = Database(tmp_path, url).writer()
    migrate(older, "0001")
    with older.begin() as connection:
        for row in (
            "INSERT INTO cameras (name, title, interval, kind, followed) "
            "VALUES ('ridge', '', 10, 'rtsp', true)",
            "INSERT INTO messages (outlet, key, kind, time, body, attempts, due, error) "
            "VALUES ('hook', 'k0', 'event', 1, '{}', 2, 3, 'down')",
        ):
            connection.exec_driver_sql(row)
    older.dispose()
    with Store.open(tmp_path, SetClock(made.NOON), url=url) as store:
        (waiting,) = store.pending("hook")
        assert (waiting.key, waiting.attempts, waiting.error) == ("k0", 2, "down")
        with Archive(tmp_path, url=url) as archive:
            assert [camera.name for camera in archive.cameras()] == ["ridge"]


HISTORIES = {
    "conditions": "(camera_id, since, noted, state, cause, detail) VALUES (1, 0, 0, 'good', '', '')",
    "lifecycles": "(asset_id, time, lifecycle, note) VALUES (1, 0, 'active', '')",
    "acts": "(life_id, time, act, state, role, cause, note) VALUES (1, 0, 'open', 'open', 'duty', '', '')",
    "alerts": "(life_id, outlet, identifier, sender, sent, kind, act) "
    "VALUES (1, 'x', 'x', 'x', 0, 'Alert', 'open')",
    "steps": "(order_id, time, act, state, role, note) VALUES (1, 0, 'opened', 'open', 'desk', '')",
    "views": "(camera_id, number, since, origin, note, content) VALUES (1, 1, 0, 'file', '', '{}')",
}


@pytest.mark.parametrize("table", HISTORIES)
def test_a_history_can_be_neither_changed_nor_deleted(store: Store, table: str) -> None:
    with store._transaction("fill") as connection:
        connection.exec_driver_sql(
            "INSERT INTO assets (camera, make, model, serial, contract, lifecycle, token) "
            "VALUES ('ridge', '', '', '', '', 'active', 't')"
        )
        connection.exec_driver_sql(
            "INSERT INTO orders (scope, subject, cause, detail, origin, state, opened, since, "
            "escalated, version) VALUES ('camera', 'ridge', 'blur', '', 'hand', 'open', 0, 0, 0, 0)"
        )
        connection.exec_driver_sql(
            "INSERT INTO lives (event, hazard, camera_id, origin, drill, state, opened, changed, cause, "
            "version) VALUES ('e', 'smoke', 1, 'hand', true, 'open', 0, 0, '', 0)"
        )
        connection.exec_driver_sql(f"INSERT INTO {table} {HISTORIES[table]}")
    for statement in (f"UPDATE {table} SET id = id + 1", f"DELETE FROM {table}"):
        with (
            pytest.raises(StoreError, match=f"{table} are added to, never changed or deleted"),
            store._transaction("change") as connection,
        ):
            connection.exec_driver_sql(statement)


def test_a_database_without_a_store_names_the_way_out(tmp_path: Path, url: SecretStr | None) -> None:
    with pytest.raises(StoreError, match=r"there is no store in .*landwatch run"):
        Archive(tmp_path, url=url)


def test_pictures_of_another_database_are_not_swept_away(tmp_path: Path) -> None:
    with made.opened(tmp_path) as store:
        store.keep(made.outcome())
    for file in tmp_path.glob("landwatch.sqlite*"):
        file.unlink()
    with pytest.raises(StoreError, match=r"belong to another database .* move the pictures away"):
        Store.open(tmp_path, SetClock(made.NOON))
    assert len(made.files(tmp_path)) == 1


def test_an_opening_that_failed_lets_go_of_the_lock(tmp_path: Path) -> None:
    (tmp_path / "landwatch.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(tmp_path, SetClock(made.NOON))
    (tmp_path / "landwatch.sqlite").unlink()
    Store.open(tmp_path, SetClock(made.NOON)).close()


def test_the_log_of_sqlite_is_written_ahead_and_synced(tmp_path: Path) -> None:
    with made.opened(tmp_path) as store, store._transaction("look") as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    full = 2
    assert pragmas == {"journal_mode": "wal", "synchronous": full, "foreign_keys": 1, "busy_timeout": 10_000}
