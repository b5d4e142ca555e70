# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A form as its page describes it: fields, buttons, and the order in which a browser sends them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

ControlKind = Literal["text", "select", "radio", "checkbox", "file"]


@dataclass(frozen=True)
class Choice:
    """One option of a select, or one button of a radio or checkbox group; its text first among the labels."""

    value: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """One field as a person sees it; a group of radio buttons is one field.

    ``labels`` are the normalised texts it can be found by, ``label`` is the one to show. ``value`` is what the page has
    filled in, ``chosen`` the numbers of the choices that the page has made.
    """

    name: str
    kind: ControlKind
    label: str
    labels: tuple[str, ...]
    required: bool
    input_type: str = "text"
    choices: tuple[Choice, ...] = ()
    chosen: tuple[int, ...] = ()
    value: str = ""
    max_length: int | None = None
    min_length: int | None = None
    pattern: str | None = None
    error: str | None = None
    multiple: bool = False
    fixed: bool = False
    """The page does not let a person change it."""
    visible: bool = True


@dataclass(frozen=True)
class Button:
    """A submit button: its text, what it adds to the form if it is pressed, and the address that the form then goes
    to."""

    text: str
    entries: tuple[tuple[str, str], ...]
    action: str
    method: str
    enctype: str
    scripted: str | None = None
    number: int = -1
    """Which of the form's buttons it is."""


@dataclass(frozen=True)
class Slot:
    """The place of one control among what is sent: what it sends is a constant (hidden), or what is decided about
    the field or the button of this number; of a group the choice of number ``choice``."""

    name: str
    value: str = ""
    field: int | None = None
    choice: int | None = None
    button: int | None = None
    direction: tuple[str, str] | None = None
    """``dirname``: what is sent along about the direction of the text."""


@dataclass(frozen=True)
class Form:
    """A form: the fields that a person fills in and the hidden values, in the order in which a browser sends them."""

    fields: tuple[Field, ...]
    slots: tuple[Slot, ...]
    buttons: tuple[Button, ...]
    enter: Button
    """Enter in the only field of a form without a button."""
    charset: str
    scripted: str | None
    """How a script has a hand in it, None when none has."""


_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?"
_SHAPES = {
    "number": r"-?(?:\d{1,30}(?:\.\d{1,30})?|\.\d{1,30})(?:[eE][-+]?\d{1,3})?",
    "date": r"\d{4}-\d\d-\d\d",
    "month": r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])",
    "week": r"(?!0000)\d{4}-W(?:0[1-9]|[1-4]\d|5[0-3])",
    "time": _TIME,
    "datetime-local": r"\d{4}-\d\d-\d\d[T ]" + _TIME,
    "color": r"#[0-9a-fA-F]{6}",
}


def fits_type(kind: str, value: str) -> bool:
    """Whether an input of this type takes the value; a browser empties the field otherwise."""
    if kind not in _SHAPES:
        return True
    if not re.fullmatch(_SHAPES[kind], value, re.ASCII):
        return False
    try:
        return kind not in ("date", "datetime-local") or bool(date.fromisoformat(value[:10]))
    except ValueError:
        return False
