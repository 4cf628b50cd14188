"""Options that commands share: Typer reads them from a command's signature, so that is written here."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from landwatch.errors import UsageError

__all__ = ["one_of", "opens", "shared", "with_options"]

Word = TypeVar("Word", bound=str)
Command = Callable[..., int]


def with_options(run: Command, command: Command, name: str, options: Callable[..., Any]) -> Command:
    """Return `run` with the signature of `command`, but the options of `options` in place of `name`.

    Options are the parameters that `options` takes by keyword alone.
    """
    own = inspect.signature(command, eval_str=True)
    kept = [one.replace(kind=one.KEYWORD_ONLY) for one in own.parameters.values() if one.name != name]
    run.__signature__ = own.replace(parameters=[*kept, *shared(options)])  # type: ignore[attr-defined]
    return run


def opens(name: str, opener: Callable[..., AbstractContextManager[Any]]) -> Callable[[Command], Command]:
    """Return what gives a command the options of `opener`, and what that opens as the parameter `name`."""
    names = [one.name for one in shared(opener)]

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def run(**values: Any) -> int:
            with opener(**{key: values.pop(key) for key in names}) as opened:
                return command(**{name: opened}, **values)

        return with_options(run, command, name, opener)

    return decorate


def one_of(what: str, given: str, allowed: Sequence[Word]) -> Word:
    """Return a word that a person gave as one of those that are allowed.

    Raises:
        UsageError: naming it and what is allowed.
    """
    for word in allowed:
        if word == given:
            return word
    raise UsageError(f"no {what} is called {given!r}; there are: {', '.join(allowed)}")


def shared(options: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the parameters that a function takes by keyword alone."""
    found = inspect.signature(options, eval_str=True).parameters.values()
    return [one for one in found if one.kind is one.KEYWORD_ONLY]
