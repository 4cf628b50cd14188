"""A store and its archive, in SQLite and in PostgreSQL: one schema, both in the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from landwatch.store import Archive, Store
from tests.store import made
from tests.store.cluster import Cluster, programs


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server; in CI it must be there."""
    found = programs()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI is set, but PostgreSQL is not installed: apt-get install postgresql")
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql to run this test")
    started = Cluster(found)
    yield started
    started.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> SecretStr | None:
    """Where the tables are: None for SQLite."""
    if request.param == "sqlite":
        return None
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_database()


@pytest.fixture
def store(tmp_path: Path, url: SecretStr | None) -> Iterator[Store]:
    with made.opened(tmp_path, url) as opened:
        yield opened


@pytest.fixture
def archive(store: Store, url: SecretStr | None) -> Iterator[Archive]:
    with Archive(store.folder, url=url) as opened:
        yield opened
