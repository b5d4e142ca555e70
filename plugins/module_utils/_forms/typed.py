# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person would type or choose in one field; a value that the field refuses is an error before anything is
sent."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Union

from .._common.errors import ZorgidError
from .._common.text import printable
from .._common.trouble import in_words
from .entries import Upload
from .fields import Field, fits_type
from .labels import normal
from .mapping import Rule, value_of

# What one field sends: a text, a file, or the numbers of its choices.
Sent = Union[str, Upload, list[int]]  # noqa: UP007 - pylint takes the name of a class for no type here


def sent_by(control: Field, rule: Rule | None, values: Mapping[str, Any]) -> Sent:
    if rule is not None and rule.file is not None:
        return _upload(control, rule, rule.file)
    value = value_of(rule, values) if rule else None
    if rule is not None and value is not None:
        return _chosen(control, rule, value)
    if control.kind == "file":
        # A browser sends an empty part for a file that was not chosen.
        return "", b""
    return control.value if control.kind == "text" else list(control.chosen)


def is_empty(control: Field, sent: Sent) -> bool:
    if isinstance(sent, list):
        return not any(control.kind != "select" or control.choices[number].value for number in sent)
    return not (sent if isinstance(sent, str) else sent[0])


def _chosen(control: Field, rule: Rule, value: str | bool) -> Sent:
    if control.kind in ("select", "radio", "checkbox"):
        return _choices(control, rule, value)
    if isinstance(value, bool) or control.kind == "file":
        raise unfit(control, rule, "text", "true or false" if isinstance(value, bool) else "a file field")
    text = _date(control, rule, value)
    if control.input_type != "textarea":
        text = " ".join(text.splitlines())
    if control.fixed and text != control.value:
        raise unfit(control, rule, "the value that the page filled in, which is read-only", "another")
    if not fits_type(control.input_type, text):
        raise unfit(control, rule, f"a value for a field of type {control.input_type}", "another value")
    # Browsers count UTF-16 units, as JavaScript does.
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if control.max_length is not None and length > control.max_length:
        raise unfit(control, rule, f"at most {control.max_length} characters", f"{length} characters")
    if control.min_length is not None and text and length < control.min_length:
        raise unfit(control, rule, f"at least {control.min_length} characters", f"{length} characters")
    if control.pattern and text and not _fits(control.pattern, text):
        raise unfit(control, rule, f"text of the form {printable(control.pattern, 80)}", "another form")
    return text


def _choices(control: Field, rule: Rule, value: str | bool) -> list[int]:
    if isinstance(value, bool):
        if control.kind == "checkbox" and len(control.choices) == 1:
            return [0] if value else []
        value = "ja" if value else "nee"
    wanted = [part.strip() for part in value.split(",")] if control.multiple else [value]
    sent = []
    for one in wanted:
        # A choice whose shown text is equal goes before one whose value is equal.
        fitting = [number for number, choice in enumerate(control.choices) if normal(one) in choice.labels[:1]] or [
            number for number, choice in enumerate(control.choices) if normal(one) in choice.labels
        ]
        if not fitting:
            offered = ", ".join(choice.labels[0] for choice in control.choices[:50])
            raise unfit(
                control, rule, f"one of: {printable(offered, 300)}", "another value; add `choices` to the mapping"
            )
        sent.append(fitting[0])
    return sent


def _date(control: Field, rule: Rule, value: str) -> str:
    """Our dates are ISO 8601; a text field on a Dutch page needs day-month-year."""
    if rule.format or control.input_type == "date" or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return value
    return datetime.date.fromisoformat(value).strftime("%d-%m-%Y")


_PLAIN_PATTERN = re.compile(
    r"(?:[^\\()\[\]{}*+?|]|\\[dDwWsS.,:;@/()\[\]{}*+?|^$-]|\[(?:[^\[\]\\&-]|\\[dDwWsS.,:;@/()\[\]{}*+?|^$-]|-(?!-))+\]"
    r"|\((?:\?:|(?!\?))|\)(?![*+?{])|\||[*+?]|\{\d{1,4}(?:,\d{0,4})?\})*"
)
MOST_STEPS = 1_000_000


def _fits(pattern: str, text: str) -> bool:
    """Whether a value fits an HTML ``pattern``. The pattern is untrusted and in JavaScript's syntax: if Python could
    read it in another way, or if it could take long on a text of this length, only the server checks it."""
    if len(pattern) > 200 or not _PLAIN_PATTERN.fullmatch(pattern):
        return True
    repeats = len(re.findall(r"(?<!\\)[*+]|\{\d+,\d*\}", pattern))
    ways = len(re.findall(r"(?<!\\)[?|]", pattern))
    if (len(text) + 1) ** repeats * 2**ways > MOST_STEPS:
        return True
    try:
        return re.fullmatch(pattern, text, re.ASCII) is not None
    except re.error:
        return True


def _upload(control: Field, rule: Rule, path: Path) -> tuple[str, bytes]:
    if control.kind != "file":
        raise unfit(control, rule, "a file field", control.kind)
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        raise ZorgidError(
            "form_upload_unreadable",
            f"The file for the field `{printable(control.label, 60)}` cannot be read",
            expected="a readable file on the controller",
            found=in_words(error),
            action="correct `file` in the mapping",
        ) from error


def unfit(control: Field, rule: Rule, expected: str, found: str) -> ZorgidError:
    return ZorgidError(
        "form_value_unfit",
        (f"The form's field `{printable(control.label, 60)}` does not accept the value of {rule.variable}"),
        expected=expected,
        found=found,
        action=f"correct {rule.variable} or the mapping",
    )
