"""`landwatch outlets`: what waits to be carried, and what is never to be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from landwatch.cli._inputs import Json
from landwatch.cli._output import DONE, emit, exits, say
from landwatch.clock import SystemClock, iso
from landwatch.config import Store, load
from landwatch.errors import UsageError
from landwatch.store import Archive, Beside

__all__ = ["ConfigFile", "StoreFolder", "app", "chosen_store"]

app = typer.Typer(help="Messages that wait for outlets.", no_args_is_help=True)

ConfigFile = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Its store is used.")]
StoreFolder = Annotated[Path | None, typer.Option("--store", metavar="DIR", help="The store's folder.")]
Name = Annotated[str, typer.Argument(metavar="OUTLET", help="The outlet's name.")]
Key = Annotated[str, typer.Argument(help="The message's key, as `landwatch outlets list` tells it.")]


@app.command("list")
@exits
def list_(
    outlet: Annotated[str | None, typer.Option(metavar="NAME", help="Of this outlet only.")] = None,
    config: ConfigFile = None,
    store: StoreFolder = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the oldest.")] = 100,
    json_lines: Json = False,
) -> int:
    """List what waits, in order: a message that is refused holds up those behind it in its lane."""
    settings = chosen_store(config, store)
    with Archive(settings.folder, url=settings.address()) as archive:
        found = archive.undelivered(outlet, limit)
    for one in found:
        due = one.due or one.time
        if json_lines:
            emit(
                {
                    "kind": "message",
                    "outlet": one.outlet,
                    "key": one.key,
                    "about": one.kind,
                    "lane": one.lane,
                    "time": iso(one.time),
                    "attempts": one.attempts,
                    "due": iso(due),
                    "error": one.error,
                }
            )
        else:
            say(f"{iso(one.time)}  {one.outlet} {one.key}  {one.attempts} attempts  {one.error}".rstrip())
    return DONE


@app.command()
@exits
def skip(
    outlet: Name,
    key: Key,
    note: Annotated[str, typer.Option(help="Why it is not to be carried; kept with the message.")],
    config: ConfigFile = None,
    store: StoreFolder = None,
) -> int:
    """Take one message out of the way for good; those behind it go on. It is kept, with the reason."""
    settings = chosen_store(config, store)
    with Beside(settings.folder, SystemClock(), url=settings.address()) as beside:
        beside.skip_message(outlet, key, note, SystemClock().now())
    say(f"{outlet}: {key} is skipped")
    return DONE


@app.command()
@exits
def retry(outlet: Name, key: Key, config: ConfigFile = None, store: StoreFolder = None) -> int:
    """Let one message be tried at once, such as when its receiver is well again."""
    settings = chosen_store(config, store)
    with Beside(settings.folder, SystemClock(), url=settings.address()) as beside:
        beside.retry_message(outlet, key, SystemClock().now())
    say(f"{outlet}: {key} is due")
    return DONE


def chosen_store(config: Path | None, store: Path | None) -> Store:
    """Return the one store that a command names."""
    if (config is None) == (store is None):
        raise UsageError("name the store: either --config FILE or --store DIR")
    return load(config).store if config is not None else Store(folder=store or Path())
