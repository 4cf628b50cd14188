"""Commands that follow cameras: demo and run."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from landwatch.cli._output import DONE, bar, complain, say
from landwatch.config import Config, Rule, Serve, Store, load
from landwatch.fleet import follow
from landwatch.log import set_up_log

__all__ = ["demo", "run"]

DEMO_RULE = Rule(hazard="smoke", quantity="smoke", enter=0.3, leave=0.15, k=2, m=3, clear=10)
"""The demo's minute is two seconds long: a plume that has grown for so little scores less than a real one."""

DEMO_WORKERS = 2
"""The fire camera is looked at often; the others must not wait for it."""

Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the page; 0 for any free one.")]


def demo(
    port: Port = 8000,
    for_: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=1.0, help="Stop after so long.")
    ] = None,
    store: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the store here; else it is deleted at the end.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed, another valley.")] = 1,
) -> int:
    """A simulated valley with a dozen cameras, faults and hazards on schedule, and its page."""
    from landwatch.cli._demo_desk import with_desk
    from landwatch.cli._simulate import COUNT, simulated

    set_up_log("warning")
    with ExitStack() as stack:
        spare = stack.enter_context(tempfile.TemporaryDirectory(prefix="landwatch-demo-"))
        with bar("working out the valley", COUNT) as progress:
            cameras = stack.enter_context(simulated(seed, lambda: progress.advance(progress.task_ids[0])))
        config = Config(
            camera=cameras,
            store=Store(folder=store or Path(spare)),
            rule=(DEMO_RULE,),
            serve=Serve(port=8000 if port is None else port),
            workers=DEMO_WORKERS,
            log="warning",
        )
        desk = stack.enter_context(tempfile.TemporaryDirectory(prefix="landwatch-desk-"))
        config = with_desk(config, Path(desk))
        asyncio.run(follow(config, seconds=for_, demo=True, on_ready=lambda url: _welcome(url, config)))
    return DONE


def _welcome(url: str, config: Config) -> None:
    say(f"The simulated valley is at {url}")
    complain("Pictures come within seconds, smoke within a minute. Ctrl-C stops it.")
    token = config.serve.operator_token
    if token is not None:
        complain(f"To act on events, sign in at {url}operator with {token.reveal().get_secret_value()}")
    complain(
        "A drill: at the end of the page of events, or "
        f"landwatch events open {config.camera[0].name} smoke --drill --store {config.store.folder}"
    )


def run(
    config: Annotated[Path, typer.Option(metavar="FILE", help="Cameras, rules and places.")] = Path(
        "landwatch.toml"
    ),
    port: Port = None,
    for_: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=1.0, help="Stop after so long.")
    ] = None,
) -> int:
    """Follow the cameras of a configuration and serve their page, until stopped."""
    settings = load(config)
    if port is not None:
        settings = settings.model_copy(update={"serve": settings.serve.model_copy(update={"port": port})})
    set_up_log(settings.log)
    asyncio.run(
        follow(
            settings, folder=config.parent, seconds=for_, on_ready=lambda url: say(f"Landwatch is at {url}")
        )
    )
    return DONE
