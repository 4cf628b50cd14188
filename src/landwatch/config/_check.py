"""Checks tables of a configuration, and says in words what is wrong with one."""

from __future__ import annotations

import dataclasses
import difflib
import re
import typing
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from landwatch.errors import ConfigError

__all__ = ["settings_of", "validated"]

T = TypeVar("T")


def settings_of(kind: type[T], table: dict[str, Any], where: str) -> T:
    """Return a module's frozen settings from a table of the configuration.

    Args:
        kind: a frozen dataclass or model.
        table: what the user wrote.
        where: file and table, for the message.

    Raises:
        ConfigError: for an unknown key, naming the allowed ones, or for a value out of range.
    """
    if dataclasses.is_dataclass(kind):
        _known([f.name for f in dataclasses.fields(kind)], table, where)
    return validated(TypeAdapter(kind), table, where)


def _known(allowed: list[str], table: dict[str, Any], where: str) -> None:
    for key in table:
        if key not in allowed:
            raise ConfigError(f"{where}: {_unknown(key, allowed)}")


def _unknown(key: str, allowed: list[str]) -> str:
    near = difflib.get_close_matches(key, allowed, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return f"unknown key {key!r}{hint} Allowed: {', '.join(sorted(allowed))}"


def validated(adapter: TypeAdapter[T], table: Any, where: str) -> T:
    """Return what a table says.

    Raises:
        ConfigError: naming the key, the value and what is allowed.
    """
    try:
        return adapter.validate_python(table)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
        # A key that is missing is most often one that was mistyped: say that first.
        first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
        raise ConfigError(f"{where}: {_explain(first, adapter, table)}") from None


def _explain(fault: Any, adapter: TypeAdapter[Any], table: Any) -> str:
    path: tuple[int | str, ...] = fault["loc"]
    dotted = _dotted(path)
    if fault["type"] == "extra_forbidden":
        owner = _model_at(adapter, path[:-1])
        inside = f"in {_dotted(path[:-1])}: " if path[:-1] else ""
        return inside + _unknown(str(path[-1]), sorted(owner.model_fields) if owner else [])
    value = table
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            value = None
            break
    # A whole table is not shown: some of its keys may be secret.
    is_shown = not (fault["type"] == "missing" or _secretive(dotted) or isinstance(value, dict | list | None))
    shown = f" = {value!r}" if is_shown else ""
    message = re.sub(r"^Value error, ", "", fault["msg"])
    return f"{dotted}{shown}: {message}" if dotted else message


def _dotted(path: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _secretive(dotted: str) -> bool:
    return bool(re.search(r"password|secret|token|url", dotted))


def _model_at(adapter: TypeAdapter[Any], path: tuple[int | str, ...]) -> type[BaseModel] | None:
    kind: Any = typing.cast(Any, adapter)._type
    for part in path:
        if isinstance(part, int):
            continue
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)) or part not in kind.model_fields:
            return None
        kind = _inner(kind.model_fields[part].annotation)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _inner(annotation: Any) -> Any:
    """Return the model inside a tuple or an optional annotation."""
    for argument in typing.get_args(annotation):
        if isinstance(argument, type) and issubclass(argument, BaseModel):
            return argument
    return annotation
