"""What the commands that read a store share: which one, and where they write."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from landwatch.cli._options import opens
from landwatch.config import load
from landwatch.errors import StoreError, UsageError
from landwatch.store import Archive, whole

__all__ = ["ConfigFile", "Out", "StoreFolder", "archive_of", "from_store", "to"]

ConfigFile = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Its store is read.")]
StoreFolder = Annotated[Path | None, typer.Option("--store", metavar="DIR", help="The store's folder.")]
Out = Annotated[Path | None, typer.Option(metavar="FILE", help="Write here; else to stdout.")]


def archive_of(config: Path | None, store: Path | None) -> Archive:
    """Return the store that is named, one way or the other.

    Raises:
        UsageError: if both or none are named.
        StoreError: if there is none.
    """
    if (config is None) == (store is None):
        raise UsageError("name the store: either --config FILE or --store DIR")
    if config is not None:
        settings = load(config).store
        return Archive(settings.folder, url=settings.address())
    assert store is not None
    if not store.is_dir():
        raise StoreError(f"no store at {store}")
    return Archive(store)


@contextmanager
def _opened(*, config: ConfigFile = None, store: StoreFolder = None) -> Iterator[Archive]:
    with archive_of(config, store) as archive:
        yield archive


from_store = opens("archive", _opened)
"""Gives a command the options that name a store, and it for reading as the parameter `archive`."""


@contextmanager
def to(out: Path | None) -> Iterator[TextIO]:
    """Yield stdout, or a file that takes its name only when it is whole."""
    if out is None:
        yield sys.stdout
        return
    with whole(out) as part, part.open("w", encoding="utf-8", newline="") as sink:
        yield sink
