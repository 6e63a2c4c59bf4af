"""Dataclasses from tables of TOML, strictly: what does not fit is an error that names its place."""

from __future__ import annotations

import dataclasses
import types
import typing
from typing import Any, Literal, TypeVar

T = TypeVar("T")


def parse(cls: type[T], table: dict[str, Any], where: str) -> T:
    """Builds a dataclass from a TOML table.

    Lists become tuples and tables dataclasses. A name the class does not have, a missing one and a
    value of the wrong type are errors that name the place: a typo never builds another model.
    """
    hints = typing.get_type_hints(cls)
    unknown = sorted(set(table) - set(hints))
    if unknown:
        raise ValueError(f"{where}: {unknown} are not among {sorted(hints)}")
    required = [
        f.name
        for f in dataclasses.fields(cls)  # type: ignore[arg-type]
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]
    missing = sorted(set(required) - set(table))
    if missing:
        raise ValueError(f"{where}: {missing} must be given")
    values = {k: _value(hints[k], v, f"{where}.{k}") for k, v in table.items()}
    return cls(**values)


def _value(hint: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if dataclasses.is_dataclass(hint):
        if isinstance(value, dict):
            return parse(typing.cast(type[Any], hint), value, where)
    elif origin is Literal:
        if value in typing.get_args(hint):
            return value
    elif origin is tuple:
        if isinstance(value, list | tuple):
            item = typing.get_args(hint)[0]
            return tuple(_value(item, v, f"{where}[{i}]") for i, v in enumerate(value))
    elif hint is float:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    elif isinstance(value, hint) and isinstance(value, bool) == (hint is bool):
        return value
    raise ValueError(f"{where}: got {value!r}, expected {_spell(hint)}")


def _spell(hint: Any) -> str:
    if typing.get_origin(hint) is Literal:
        return "one of " + ", ".join(map(repr, typing.get_args(hint)))
    return str(hint) if isinstance(hint, types.GenericAlias) else str(hint.__name__)
