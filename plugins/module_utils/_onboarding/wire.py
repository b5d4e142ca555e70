# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converts the planner's values to JSON and back, because one task observes, another decides, and a third carries out.

Only values that match the annotations of the dataclasses are accepted.
"""

from __future__ import annotations

import datetime
import functools
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def pack(value: Any) -> Any:
    """The value as texts, numbers, lists and dicts. Fields with their default are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        packed = {}
        for one in fields(value):
            found = getattr(value, one.name)
            default = one.default_factory() if one.default_factory is not MISSING else one.default
            if found != default or isinstance(found, Enum):
                packed[one.name] = pack(found)
        return packed
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(pack(key)): pack(item) for key, item in value.items()}
    if isinstance(value, tuple | list | frozenset | set):
        found = [pack(item) for item in value]
        return sorted(found) if isinstance(value, frozenset | set) else found
    return value


def unpack(wanted: Any, value: Any) -> Any:
    """Convert a ``value`` of ``pack`` to the type ``wanted``. Raises TypeError, ValueError or KeyError for another
    value."""
    origin, arguments = get_origin(wanted), get_args(wanted)
    if wanted is Any:
        return value
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        return unpack(next(one for one in arguments if one is not types.NoneType), value)
    if origin is Literal:
        if value not in arguments:
            raise ValueError(f"one of {', '.join(map(str, arguments))} expected")
        return value
    kind = origin or wanted
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        # For a generic class, put its arguments in place of the type variables.
        variables = dict(zip(getattr(kind, "__parameters__", ()), arguments, strict=False))
        return kind(**{name: unpack(_filled(hints[name], variables), item) for name, item in value.items()})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind is datetime.datetime:
        return datetime.datetime.fromisoformat(value)
    if kind is tuple:
        return tuple(unpack(arguments[0], item) for item in value)
    if kind in (frozenset, list):
        return kind(unpack(arguments[0], item) for item in value)
    if kind in (Mapping, dict):
        return {unpack(arguments[0], key): unpack(arguments[1], item) for key, item in value.items()}
    if not isinstance(value, kind):
        raise TypeError(f"{kind.__name__} expected")
    return value


def _filled(hint: Any, variables: Mapping[Any, Any]) -> Any:
    """``T | None`` of a ``Seen[Portal]`` is ``Portal | None``."""
    if hint in variables:
        return variables[hint]
    found = [variables.get(one, one) for one in get_args(hint)]
    return Union[tuple(found)] if get_origin(hint) in (Union, types.UnionType) else hint  # noqa: UP007 - made here


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
