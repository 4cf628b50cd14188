"""The command `landwatch`: its names and output are a promise that scripts rely on."""

from __future__ import annotations

import os
import sys

import click
import structlog
import typer

from landwatch import __version__
from landwatch.cli import archive, cameras, export, service, state
from landwatch.cli._output import SOME_FAILED, WRONG_USE, complain
from landwatch.errors import ConfigError, LandwatchError, UsageError

__all__ = ["app", "main"]

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 + SIGINT."""

app = typer.Typer(
    name="landwatch",
    help="Cameras that watch the land, not the people.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(service.demo)
app.command()(service.run)
app.command()(archive.replay)
app.command()(archive.redact)
app.command()(archive.check)
app.command()(archive.measure)
app.add_typer(cameras.app, name="cameras")
app.add_typer(export.app, name="export")
app.command()(state.doctor)


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Show the version and stop.")) -> None:
    if version:
        sys.stdout.write(f"landwatch {__version__}\n")
        raise typer.Exit


def main() -> None:
    """Run the command line and exit: 0 done, 1 some inputs failed, 2 wrong use or configuration."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        code = app(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except (ConfigError, UsageError) as error:
        complain(f"landwatch: {error}")
        code = WRONG_USE
    except LandwatchError as error:
        complain(f"landwatch: {error}")
        code = SOME_FAILED
    except BrokenPipeError:
        # Whoever read our output has seen enough; what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = SOME_FAILED
    sys.exit(code or 0)
