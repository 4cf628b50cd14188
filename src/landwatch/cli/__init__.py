"""The command `landwatch`: its names and output are a promise that scripts rely on."""

from __future__ import annotations

import sys

import typer

from landwatch import __version__
from landwatch.cli import archive, cameras, events, export, fleet, outbox, score, service, state, tokens
from landwatch.cli._output import SOME_FAILED, WRONG_USE, complain, exits
from landwatch.errors import ConfigError, LandwatchError, UsageError

__all__ = ["app", "main"]

app = typer.Typer(
    name="landwatch",
    help="Cameras that watch the land, not the people.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(exits(service.demo))
app.command()(exits(service.run))
app.command()(exits(service.setup))
app.command()(exits(archive.replay))
app.command()(exits(archive.redact))
app.command()(exits(archive.check))
app.command()(exits(archive.measure))
app.add_typer(score.app, name="score")
app.add_typer(cameras.app, name="cameras")
app.add_typer(export.app, name="export")
app.add_typer(fleet.app, name="fleet")
app.add_typer(events.app, name="events")
app.add_typer(outbox.app, name="outlets")
app.add_typer(tokens.app, name="tokens")
app.command()(exits(state.doctor))


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Show the version and stop.")) -> None:
    if version:
        sys.stdout.write(f"landwatch {__version__}\n")
        raise typer.Exit


def main() -> None:
    """Run the command line and exit: 0 done, 1 some inputs failed, 2 wrong use or configuration."""
    try:
        app()
    except (ConfigError, UsageError) as error:
        complain(f"landwatch: {error}")
        sys.exit(WRONG_USE)
    except LandwatchError as error:
        complain(f"landwatch: {error}")
        sys.exit(SOME_FAILED)
