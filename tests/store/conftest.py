"""A store and its archive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from landwatch.store import Archive, Store
from tests.store import made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with made.opened(tmp_path) as opened:
        yield opened


@pytest.fixture
def archive(store: Store) -> Iterator[Archive]:
    with Archive(store.folder) as opened:
        yield opened
