"""What the commands of upkeep share: the store that is named, and its desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from landwatch.cli._options import opens
from landwatch.clock import SystemClock
from landwatch.config import load
from landwatch.errors import UsageError
from landwatch.upkeep import Desk

__all__ = ["at_desk"]

ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Its store is used, and its outlets tell.")
]
StoreFolder = Annotated[
    Path | None, typer.Option("--store", metavar="DIR", help="The store's folder; then nobody is told.")
]


@contextmanager
def _opened(*, config: ConfigFile = None, store: StoreFolder = None) -> Iterator[Desk]:
    """Give the desk of the store that is named, one way or the other."""
    if (config is None) == (store is None):
        raise UsageError("name the store: either --config FILE or --store DIR")
    if config is not None:
        settings = load(config)
        where, url, outlets = settings.store.folder, settings.store.address(), settings.outlet
    else:
        assert store is not None
        where, url, outlets = store, None, ()
    with Desk.open(where, SystemClock(), url=url, outlets=outlets) as desk:
        yield desk


at_desk = opens("desk", _opened)
"""Gives a command the options that name a store, and its open desk as the parameter `desk`."""
