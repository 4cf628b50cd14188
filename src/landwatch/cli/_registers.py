"""The commands of a register: `import` and `export` as CSV, and `set` for one row."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from landwatch.cli._desk import at_desk
from landwatch.cli._output import DONE, exits, say
from landwatch.cli._store import Out, from_store, to
from landwatch.errors import UsageError
from landwatch.store import Archive
from landwatch.upkeep import Book, Desk
from landwatch.upkeep.tables import CHOICES, COLUMNS, KEYS, Register, change, read, write

__all__ = ["exporting", "register"]


def register(name: Register, words: str) -> typer.Typer:
    """Return the commands of a register."""
    group = typer.Typer(help=words, no_args_is_help=True)
    group.command("import")(exits(_importing(name)))
    group.command("export")(exits(exporting(name)))
    group.command("set")(exits(_setting(name)))
    return group


def exporting(name: Register) -> Callable[..., int]:
    """Return the command that writes a register."""

    @from_store
    def export(archive: Archive, out: Out = None) -> int:
        """Write the register as CSV, as `landwatch fleet ... import` reads it."""
        with to(out) as sink:
            write(name, Book(archive.reading), sink)
        return DONE

    return export


def _importing(name: Register) -> Callable[..., int]:
    @at_desk
    def import_(
        desk: Desk,
        file: Annotated[Path, typer.Argument(help="CSV with a header; all of its rows are taken, or none.")],
    ) -> int:
        """Add or change rows; a column that the file leaves out stays as it is."""
        try:
            with file.open(encoding="utf-8-sig", newline="") as source:
                count = read(name, desk, source)
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read {file}: {error}") from None
        say(f"{count} {name}")
        return DONE

    return import_


def _setting(name: Register) -> Callable[..., int]:
    """Return the command that adds or changes one row, with an option for each column but its key."""

    def set_(desk: Desk, key: str, **cells: str | None) -> int:
        """Add or change one row; what is left out stays as it is, and "" empties it."""
        change(name, desk, key, {column: cell for column, cell in cells.items() if cell is not None})
        say(f"{key} is written")
        return DONE

    own = list(inspect.signature(set_, eval_str=True).parameters.values())
    told = Annotated[str, typer.Argument(metavar=KEYS[name].upper(), help="Its name in the register.")]
    options = [_option(column) for column in COLUMNS[name] if column != KEYS[name]]
    asked = [own[0], own[1].replace(annotation=told), *options]
    set_.__signature__ = inspect.Signature(asked, return_annotation=int)  # type: ignore[attr-defined]
    return at_desk(set_)


def _option(column: str) -> inspect.Parameter:
    choices = CHOICES.get(column)
    told = typer.Option(
        f"--{column.replace('_', '-')}",
        metavar=column.upper(),
        help=f"One of: {', '.join(choices)}." if choices else None,
    )
    annotation: Any = Annotated[str | None, told]
    return inspect.Parameter(column, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
