"""What is different where the tables are in PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from landwatch import config
from landwatch.clock import SetClock
from landwatch.errors import ConfigError, StoreError
from landwatch.store import Archive, Store
from landwatch.store import _database as database
from tests.store import made
from tests.store.cluster import Cluster
from tests.store.test_dying import ROOT, assert_whole, start


def test_a_second_writer_with_another_folder_is_refused(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_WAIT_MS", 1)
    url = cluster.new_database()
    with made.opened(tmp_path / "a", url):
        with pytest.raises(StoreError, match=f"by landwatch {os.getpid()} on this machine; stop that one"):
            Store.open(tmp_path / "b", SetClock(made.NOON), url=url)
        made.opened(tmp_path / "c", cluster.new_database()).close()
    with pytest.raises(StoreError, match="belong to another database"):
        Store.open(tmp_path / "c", SetClock(made.NOON), url=url)
    Store.open(tmp_path / "a", SetClock(made.NOON), url=url).close()


def test_a_killed_writer_is_taken_over_from(tmp_path: Path, cluster: Cluster) -> None:
    url = cluster.new_database()
    writer = start("keep", str(tmp_path), "0", url.get_secret_value())
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    writer.kill()
    writer.communicate()
    Store.open(tmp_path, SetClock(made.NOON), url=url).close()


def test_a_server_that_dies_is_told_and_what_was_acknowledged_is_there(
    tmp_path: Path, cluster: Cluster
) -> None:
    url = cluster.new_database()
    with made.opened(tmp_path, url) as store, Archive(tmp_path, url=url) as archive:
        store.keep(made.outcome(0, b"before"))
        assert len(archive.pictures("ridge")) == 1
        cluster.stop()
        try:
            with pytest.raises(StoreError, match="cannot write postgresql://"):
                store.keep(made.outcome(10, b"lost"))
            with pytest.raises(StoreError, match="cannot read postgresql://"):
                archive.cameras()
        finally:
            cluster.start()
        assert len(archive.pictures("ridge")) == 1, "a reader finds its way back"
        store.keep(made.outcome(20, b"after"))
    Store.open(tmp_path, SetClock(made.NOON), url=url).close()
    assert assert_whole(tmp_path, url) == {made.still(b"before").sha256, made.still(b"after").sha256}


def test_commits_wait_for_the_disk_even_where_the_server_would_not(tmp_path: Path, cluster: Cluster) -> None:
    url = cluster.new_database()
    with made.opened(tmp_path, url) as store, store._transaction("set") as connection:
        name = connection.exec_driver_sql("SELECT current_database()").scalar()
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with made.opened(tmp_path, url) as store, store._transaction("look") as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def test_a_missing_driver_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match=r"pip install 'landwatch\[postgres\]'"):
        Store.open(tmp_path, SetClock(made.NOON), url=SecretStr("postgresql://user@host/name"))
    Store.open(tmp_path, SetClock(made.NOON)).close()


def test_an_address_is_told_without_its_password(tmp_path: Path) -> None:
    url = SecretStr("postgresql://user:s3cret@127.0.0.1:1/name")
    with pytest.raises(StoreError, match=r"cannot open postgresql://user:\*\*\*@127.0.0.1:1/name") as caught:
        Store.open(tmp_path, SetClock(made.NOON), url=url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://host/name", "not an address"])
def test_only_postgresql_has_an_address(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match=r"postgresql://"):
        Store.open(tmp_path, SetClock(made.NOON), url=SecretStr(url))


def test_the_configuration_puts_the_password_into_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "a/b@c:d")
    table = {"url": "postgresql://lw@db:5433/land", "password": {"env": "DATABASE_PASSWORD"}}
    address = config.Store.model_validate(table).address()
    assert address is not None
    assert address.get_secret_value() == "postgresql://lw:a%2Fb%40c%3Ad@db:5433/land"
    assert database.make_url(address.get_secret_value()).password == "a/b@c:d"
    assert config.Store().address() is None


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"url": "mysql://db/land"}, "write postgresql://USER@HOST/DATABASE"),
        ({"url": "postgresql://db"}, "write postgresql://USER@HOST/DATABASE"),
        ({"url": "postgresql://lw:pw@db/land"}, "no password belongs into it"),
        ({"url": "postgresql://db/land", "password": {"env": "X"}}, "a password needs its user"),
        ({"password": {"env": "X"}}, "a password is only for url"),
    ],
)
def test_a_wrong_address_stops_the_start_and_says_why(
    tmp_path: Path, table: dict[str, object], says: str
) -> None:
    lines = []
    for key, value in table.items():
        shown = '{ env = "X" }' if isinstance(value, dict) else f'"{value}"'
        lines.append(f"{key} = {shown}")
    file = tmp_path / "landwatch.toml"
    file.write_text("[store]\n" + "\n".join(lines))
    with pytest.raises(ConfigError) as caught:
        config.load(file)
    assert says in str(caught.value)
    assert "lw:pw" not in str(caught.value)


def test_the_commands_read_the_tables_that_the_configuration_names(tmp_path: Path, cluster: Cluster) -> None:
    url = cluster.new_database()
    with made.opened(tmp_path / "store", url) as store:
        store.keep(made.outcome(0, readings=(made.reading(0, 0.5),)))
    file = tmp_path / "landwatch.toml"
    file.write_text(f'[store]\nfolder = "store"\nurl = "{url.get_secret_value()}"\n')
    code = "from landwatch.cli import main; main()"
    words = ["export", "readings", "--format", "json", "--config", str(file)]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["value"] == 0.5
