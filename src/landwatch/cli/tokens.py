"""`landwatch tokens`: which programs may read or write by the interfaces."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from landwatch.cli._inputs import Json
from landwatch.cli._output import DONE, complain, emit, exits, say
from landwatch.cli.outbox import ConfigFile, StoreFolder, chosen_store
from landwatch.clock import SystemClock, iso
from landwatch.errors import UsageError
from landwatch.store import Archive, Beside, tokens

__all__ = ["app"]

app = typer.Typer(help="Tokens of programs that use the interfaces.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Of the program or desk; never of a person.")]


@app.command()
@exits
def add(
    name: Name,
    scope: Annotated[
        list[str],
        typer.Option(metavar="SCOPE", help=f"What it may do; again for more. {', '.join(tokens.SCOPES)}."),
    ],
    config: ConfigFile = None,
    store: StoreFolder = None,
    days: Annotated[float | None, typer.Option(min=0, help="Of no use after so long. [d]")] = None,
) -> int:
    """Make a token and print it on stdout: it is shown this once."""
    scopes = [one for one in tokens.SCOPES if one in scope]
    wrong = sorted(set(scope) - set(scopes))
    if wrong:
        raise UsageError(f"no scope {', '.join(wrong)}; there are: {', '.join(tokens.SCOPES)}")
    settings, clock = chosen_store(config, store), SystemClock()
    with Beside(settings.folder, clock, url=settings.address()) as beside:
        now = clock.now()
        say(tokens.add(beside, name, scopes, now, None if days is None else now + timedelta(days=days)))
    complain("Keep it: it cannot be shown again.")
    return DONE


@app.command("list")
@exits
def list_(config: ConfigFile = None, store: StoreFolder = None, json_lines: Json = False) -> int:
    """List tokens by name, what they may do, and until when; never the tokens themselves."""
    settings, now = chosen_store(config, store), SystemClock().now()
    with Archive(settings.folder, url=settings.address()) as archive:
        found = tokens.Tokens(archive.reading).all()
    for one in found:
        state = "in use" if one.holds(now) else "expired" if one.revoked is None else "revoked"
        until = "" if one.expires is None else f" until {iso(one.expires)}"
        if json_lines:
            emit(
                {
                    "kind": "token",
                    "name": one.name,
                    "state": state,
                    "scopes": list(one.scopes),
                    "created": iso(one.created),
                    "expires": None if one.expires is None else iso(one.expires),
                }
            )
        else:
            say(f"{one.name}  {state}{until}  {' '.join(one.scopes)}")
    return DONE


@app.command()
@exits
def revoke(name: Name, config: ConfigFile = None, store: StoreFolder = None) -> int:
    """Let a token be of no more use; servers know within seconds."""
    settings, clock = chosen_store(config, store), SystemClock()
    with Beside(settings.folder, clock, url=settings.address()) as beside:
        tokens.revoke(beside, name, clock.now())
    say(f"{name} is revoked")
    return DONE
