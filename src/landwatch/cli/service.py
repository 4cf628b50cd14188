"""Commands that follow cameras: demo, run and setup."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from landwatch.cli._output import DONE, bar, complain, say
from landwatch.config import Config, Rule, Serve, Store, load
from landwatch.errors import ConfigError
from landwatch.fleet import follow
from landwatch.log import set_up_log
from landwatch.setup import begin

__all__ = ["demo", "run", "setup"]

DEMO_RULE = Rule(hazard="smoke", quantity="smoke", enter=0.3, leave=0.15, k=2, m=3, clear=10)
"""The demo's minute is two seconds long: a plume that has grown for so little scores less than a real one."""

DEMO_WORKERS = 2
"""The fire camera is looked at often; the others must not wait for it."""

Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the page; 0 for any free one.")]
For = Annotated[float | None, typer.Option("--for", metavar="SECONDS", min=1.0, help="Stop after so long.")]
ConfigFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="Cameras, rules and places.")]
DEFAULT_CONFIG = Path("landwatch.toml")


def demo(
    port: Port = 8000,
    for_: For = None,
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


def run(config: ConfigFile = DEFAULT_CONFIG, port: Port = None, for_: For = None) -> int:
    """Follow the cameras of a configuration and serve their page, until stopped."""
    if not config.exists():
        raise ConfigError(
            f"there is no {config}; `landwatch setup` makes one and finds your cameras, "
            "`landwatch demo` shows a simulated valley"
        )
    return _run(config, port, for_, lambda url: say(f"Landwatch is at {url}"))


def setup(config: ConfigFile = DEFAULT_CONFIG, port: Port = None, for_: For = None) -> int:
    """Begin a configuration where there is none, and follow it; its page finds and adds cameras."""
    if not config.exists():
        complain(f"{config} is new; its operator token is in {begin(config)}")

    def ready(url: str) -> None:
        say(f"Set up cameras at {url}setup")
        complain("Sign in with the operator token. From the next start on `landwatch run` does the same.")

    return _run(config, port, for_, ready)


def _run(config: Path, port: int | None, seconds: float | None, on_ready: Callable[[str], None]) -> int:
    settings = load(config)
    if port is not None:
        settings = settings.model_copy(update={"serve": settings.serve.model_copy(update={"port": port})})
    set_up_log(settings.log)
    asyncio.run(follow(settings, folder=config.parent, file=config, seconds=seconds, on_ready=on_ready))
    return DONE
