"""A store and its duty desk, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from landwatch.alert import Duty
from landwatch.clock import SetClock
from landwatch.store import Beside, Store
from tests.alert.made import NOON, cameras, config
from tests.store.conftest import cluster, url  # noqa: F401 fixtures


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOON)


@pytest.fixture
def store(tmp_path: Path, url: SecretStr | None, clock: SetClock) -> Iterator[Store]:  # noqa: F811
    """A store that a keeper holds open."""
    with Store.open(tmp_path, clock, url=url) as opened:
        opened.enroll(cameras())
        yield opened


@pytest.fixture
def desk_of(store: Store, url: SecretStr | None, clock: SetClock) -> Iterator[Callable[..., Duty]]:  # noqa: F811
    """Makes its duty desk with a configuration."""
    with ExitStack() as stack:

        def made(**tables: Any) -> Duty:
            beside = Beside(store.folder, clock, url=url)
            stack.callback(beside.close)
            return Duty(beside, clock, config(**tables))

        yield made


@pytest.fixture
def duty(desk_of: Callable[..., Duty]) -> Duty:
    return desk_of()
