# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes over the pipes between the parent (``process.py``) and the browser's process (``child.py``): JSON lines.

The types come from the annotations of ``Window`` itself, so that both sides read what the contract says. Texts only:
``bytes`` travel as base64, a path as its text, data classes and tuples as lists of their fields.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import inspect
import json
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from .._common.errors import ZorgidError
from .window import Launch, Window

#: of one line; the longest are the rows of a list and a picture
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Begin:
    """The parent's first line. folder: the private folder of this run. program: the browser. proxies: the proxy of each
    host of ``Launch.hosts``, as an address; empty: none. owner: the process that started this one."""

    launch: Launch
    folder: str
    program: str
    proxies: Mapping[str, str]
    owner: int


def plain(value: object) -> Any:
    """``value`` as JSON knows it."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Path):
        return str(value)
    if dataclasses.is_dataclass(value):
        return [plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def typed(kind: Any, value: Any) -> Any:
    """The reverse of ``plain`` for this annotation. ``ValueError`` if the value is not of it."""
    origin, of = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any or kind is object:
        return value
    if kind is None or kind is types.NoneType:
        return _is(value, types.NoneType)
    if origin in (typing.Union, types.UnionType):
        return None if value is None else typed(next(one for one in of if one is not types.NoneType), value)
    if origin is Literal:
        if value not in of:
            raise ValueError("not one of the words")
        return value
    if kind is bytes:
        return base64.b64decode(_is(value, str), validate=True)
    if kind is Path:
        return Path(_is(value, str))
    if kind is float:
        return float(_is(value, int, float))
    if kind in (str, int, bool):
        return _is(value, kind)
    if origin is tuple and of[-1] is Ellipsis:
        return tuple(typed(of[0], one) for one in _is(value, list))
    if origin is not None and issubclass(origin, Mapping):
        return {key: typed(of[1], one) for key, one in _is(value, dict).items()}
    if origin is not None and issubclass(origin, Sequence):
        return [typed(of[0], one) for one in _is(value, list)]
    fields = _fields(kind)
    if len(_is(value, list)) != len(fields):
        raise ValueError("another number of fields")
    return kind(*(typed(each, one) for each, one in zip(fields, value, strict=True)))


def _is(value: Any, *kinds: type) -> Any:
    if type(value) not in kinds:
        raise ValueError("another type")
    return value


@functools.cache
def _fields(kind: Any) -> Sequence[Any]:
    hints = typing.get_type_hints(kind)
    if dataclasses.is_dataclass(kind):
        return [hints[field.name] for field in dataclasses.fields(kind)]
    return list(hints.values())  # a NamedTuple


@functools.cache
def parameters(call: str) -> Mapping[str, Any]:
    """Name -> annotation of each parameter of this function of ``Window``."""
    function = getattr(Window, call)
    hints = typing.get_type_hints(function)
    return {name: hints[name] for name in inspect.signature(function).parameters if name != "self"}


@functools.cache
def answer(call: str) -> Any:
    """The annotation of what this function of ``Window`` returns."""
    return typing.get_type_hints(getattr(Window, call))["return"]


def write(pipe: BinaryIO, line: Mapping[str, Any]) -> None:
    data = json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    if len(data) > MOST_BYTES:
        raise ZorgidError(
            "page_too_large",
            "The portal's page is too large to read",
            expected=f"at most {MOST_BYTES // 1024 // 1024} MiB",
            found="more",
            action="let the page map read the export instead of the list",
        )
    pipe.write(data + b"\n")
    pipe.flush()


def packed(error: ZorgidError) -> Mapping[str, Any]:
    """An error as a line."""
    return {"error": [error.code, error.message, error.expected, error.found, error.action]}


def raised(line: Mapping[str, Any]) -> ZorgidError:
    """The reverse of ``packed``."""
    code, message, expected, found, action = typed(tuple[str | None, ...], line["error"])
    return ZorgidError(str(code), str(message), expected=expected, found=found, action=action)
