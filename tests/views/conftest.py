"""A store with two cameras, one of them with an instrument, and a second writer beside its keeper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from landwatch.clock import SetClock
from landwatch.config import Camera
from landwatch.store import Archive, Beside, Store
from landwatch.testing import NOON
from landwatch.views import Book

CORNERS = [[0, 0], [32, 0], [32, 24], [0, 24]]


def camera(name: str = "meadow", **more: object) -> Camera:
    """Return a camera that reads the greenness of a rectangle."""
    return Camera(
        **{"name": name, "source": {"kind": "folder"}, "measure": {"greenness": {"region": CORNERS}}} | more
    )


@dataclass
class Kept:
    """A store, open for writing beside its keeper and for reading."""

    folder: Path
    beside: Beside
    archive: Archive
    book: Book


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    clock = SetClock(NOON)
    with Store.open(tmp_path, clock) as store:
        store.enroll([camera(), camera("bank", measure={})])
    with Beside(tmp_path, clock) as beside, Archive(tmp_path) as archive:
        yield Kept(tmp_path, beside, archive, Book(archive.reading))
