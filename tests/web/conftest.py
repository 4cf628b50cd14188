"""A filled store and a way to ask the app that serves it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from landwatch.clock import SetClock
from landwatch.store import Archive
from landwatch.web import News, create_app

from .browsing import browser, look, shoot  # noqa: F401 fixtures
from .scenes import NOW, Sight, fill, flat, well

SIGHTS = [
    (
        Sight(name="ridge", title="North ridge", states=well(), smoke=True, quantity="smoke"),
        [flat(level) for level in range(20, 90, 10)],
    ),
    (Sight(name="road", title="Pass road", states=well(), withheld=True), [flat(100), flat(110), flat(120)]),
    (
        Sight(
            name="quarry",
            title="Quarry",
            states=well(
                blur=("bad", 4.1, "1", "4.1 times less sharp than it was: out of focus, or glass misted")
            ),
            age=2700,
        ),
        [flat(140), flat(150)],
    ),
    (Sight(name="bridge", title="Old bridge", states={}, refused=True), []),
]
"""A camera with an event, one whose newest picture was withheld, one that is late, one that refuses."""


class Asker:
    """Asks an app without a network."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Return the answer to a request."""

        async def one() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://landwatch.test") as client:
                return await client.request(method, path, **options)

        return asyncio.run(one())

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Return the answer to GET."""
        return self.ask("GET", path, **options)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of four cameras."""
    folder = tmp_path_factory.mktemp("store")
    fill(folder, SIGHTS, hours=0.5)
    return folder


@pytest.fixture
def archive(filled: Path) -> Iterator[Archive]:
    with Archive(filled) as opened:
        yield opened


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def news(clock: SetClock) -> News:
    return News(clock)


@pytest.fixture
def site(archive: Archive, news: News, clock: SetClock) -> Asker:
    return Asker(create_app(archive, news, clock))


@pytest.fixture
def empty_site(tmp_path: Path, news: News, clock: SetClock) -> Iterator[Asker]:
    """A site whose store holds no camera."""
    fill(tmp_path, [])
    with Archive(tmp_path) as opened:
        yield Asker(create_app(opened, news, clock))
