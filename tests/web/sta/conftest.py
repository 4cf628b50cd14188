"""A store with two cameras' readings, its service, and a real server of it on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from landwatch.clock import SetClock
from landwatch.config import Place, Secret, Serve
from landwatch.store import Archive, Beside
from landwatch.web import News, create_app
from tests.store import made
from tests.store.conftest import cluster, url
from tests.web.conftest import Asker
from tests.web.serving import running

__all__ = ["cluster", "url"]

TOKEN = "a-token-of-sensors"

RIDGE, ROAD = 4 * 1 + 1, 4 * 2 + 1
"""Numbers of the first and the second camera: four times the row, and one for what is of cameras."""

GREENNESS, LEVEL, ROADS = 4 * 1 + 1, 4 * 2 + 1, 4 * 3 + 1
"""Numbers of the series, in the order in which they were kept."""


class Service(Asker):
    """Asks a service, and writes with its token."""

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """Return the answer to a request; a path starts at the root of the service."""
        return super().ask(method, path if path.startswith(("http", "/v1")) else f"/v1.1/{path}", **options)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer to a request with the token."""
        return self.ask(method, path, json=body, headers={"Authorization": f"Bearer {TOKEN}"})

    def told(self, path: str, **options: str) -> Any:
        """Return the JSON of an answer that must be good."""
        answer = self.get(path, params={f"${name}": value for name, value in options.items()} or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def numbers(self, path: str, **options: str) -> list[int]:
        """Return the numbers of the entities of a list."""
        return [each["@iot.id"] for each in self.told(path, **options)["value"]]

    def made(self, path: str, body: Any) -> int:
        """Create an entity and return its number."""
        answer = self.send("POST", path, body)
        assert answer.status_code == 201, answer.text
        number: int = answer.json()["@iot.id"]
        return number


def fill(folder: Path, url: SecretStr | None) -> None:
    """Keep ten readings of the ridge's greenness, 0.0 to 0.9; two levels, one absent; one of the road."""
    road = made.camera("road").model_copy(update={"place": Place(latitude=30.75, longitude=103.5)})
    with made.opened(folder, url) as store:
        store.enroll([road])
        for step in range(10):
            kept = replace(made.reading(60 * step, step / 10), sigma=0.01)
            store.keep(made.outcome(60 * step, readings=(kept,)))
        level = replace(made.reading(0, 2.5, "river_level"), unit="m")
        absent = replace(made.reading(60, None, "river_level"), unit="m")
        store.keep(made.outcome(600, readings=(level, absent)))
        store.keep(
            replace(
                made.outcome(0, readings=(replace(made.reading(), camera="road"),)), camera="road", name="r"
            )
        )


def app_of(folder: Path, archive: Archive, beside: Beside) -> FastAPI:
    secret = folder / "token"
    secret.write_text(TOKEN)
    clock = SetClock(made.NOON + timedelta(hours=1))
    serve = Serve(sensor_token=Secret(file=secret))
    return create_app(archive, News(clock), clock, serve=serve, beside=beside)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in SQLite, to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    fill(folder, None)
    return folder


@pytest.fixture
def app(tmp_path: Path, filled: Path, url: SecretStr | None) -> Iterator[FastAPI]:
    if url is None:
        shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    else:
        fill(tmp_path, url)
    beside = Beside(tmp_path, SetClock(made.NOON), url=url)
    with Archive(tmp_path, url=url) as archive:
        yield app_of(tmp_path, archive, beside)
    beside.close()


@pytest.fixture
def service(app: FastAPI) -> Service:
    return Service(app)


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    """A real server's address, for clients that nobody here wrote."""
    with running(app) as root:
        yield f"{root}/v1.1"
