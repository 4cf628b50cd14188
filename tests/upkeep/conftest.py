"""A store and its desk, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from landwatch.clock import SetClock
from landwatch.config import Outlet
from landwatch.store import Store
from landwatch.upkeep import Desk
from tests.store.conftest import cluster, url  # noqa: F401 fixtures
from tests.upkeep.made import NOON, enrolled, fill


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOON)


OUTLETS = (
    Outlet(name="hook", kind="webhook", url="https://example.org/"),
    Outlet(name="desks", kind="apprise"),
    Outlet(name="fires", kind="jsonl", path="x", about=("event",)),
)


@pytest.fixture
def store(tmp_path: Path, url: SecretStr | None, clock: SetClock) -> Iterator[Store]:  # noqa: F811
    """A store that a keeper holds open."""
    with Store.open(tmp_path, clock, url=url) as opened:
        opened.enroll(enrolled(4))
        yield opened


@pytest.fixture
def desk(store: Store, url: SecretStr | None, clock: SetClock) -> Iterator[Desk]:  # noqa: F811
    """Its desk, with four cameras at two sites, and a service level in working hours."""
    with Desk.open(store.folder, clock, url=url, outlets=OUTLETS) as opened:
        fill(opened)
        yield opened
