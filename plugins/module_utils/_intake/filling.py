# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A form and our values brought together, or the reason why a person has to do it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError
from .mapping import MappingTable, Rule, value_of
from .page import Field, Form, Page, normal


@dataclass(frozen=True)
class Item:
    """What a person would type: the label on the page, the value, our variable."""

    label: str
    value: str
    variable: str


class FormNeedsPersonError(ZorgidError):
    """The form cannot be submitted by a machine; nothing was sent. ``items`` is what a person has to type."""

    items: tuple[Item, ...] = ()
    url: str = ""


@dataclass(frozen=True)
class Filled:
    """A form, ready to post."""

    form: Form
    table: MappingTable
    page_number: int
    fields: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, tuple[str, bytes]], ...]
    variables: Mapping[str, tuple[str, str]]
    """Name of the control: the label shown, our variable."""


def items_of(table: MappingTable, values: Mapping[str, Any]) -> tuple[Item, ...]:
    """Everything a person would type, on all pages of the form."""
    found = []
    for rule in table.rules:
        value = rule.file.name if rule.file else value_of(rule, values)
        if value is not None:
            shown = ("aanvinken" if value else "niet aanvinken") if isinstance(value, bool) else value
            found.append(Item(rule.label, shown, rule.variable))
    return tuple(found)


def fill(page: Page, tables: Sequence[MappingTable], values: Mapping[str, Any], page_number: int = 1) -> Filled:
    """Fill the form on ``page`` by the first mapping that fits it.

    Raises FormNeedsPersonError (``form_captcha, form_script_only, form_changed, form_unknown_field, form_by_get``) or
    ZorgidError ``form_value_unfit`` naming label and variable; nothing has been sent then.
    """
    if page.captcha:
        raise _person(
            "form_captcha",
            page,
            tables[0],
            values,
            "The form asks to prove that a human being fills it in",
            "a captcha",
        )
    best: tuple[int, MappingTable, Form, dict[str, Rule], list[str]] | None = None
    for table in tables:
        for form in page.forms:
            matched, absent = _match(form, table, page_number)
            if best is None or len(matched) - len(absent) > best[0]:
                best = (len(matched) - len(absent), table, form, matched, absent)
    if best is None or not best[3]:
        code, found = (
            ("form_script_only", "a page made by scripts") if page.scripted else ("form_changed", "no such form")
        )
        raise _person(code, page, tables[0], values, "There is no form here that we can fill in", found)
    _score, table, form, matched, absent = best
    if absent:
        raise _person(
            "form_changed",
            page,
            table,
            values,
            "The form is not the one the mapping knows",
            f"no field {_list(absent)}",
        )
    if form.method != "POST":
        raise _person(
            "form_by_get", page, table, values, "The form would put its values into a URL", f"method {form.method[:10]}"
        )
    return _fill(page, form, table, matched, values, page_number)


def _match(form: Form, table: MappingTable, page_number: int) -> tuple[dict[str, Rule], list[str]]:
    """Rules by the name of their control, and the labels that are not there (or there twice)."""
    matched: dict[str, Rule] = {}
    absent: list[str] = []
    for rule in table.rules:
        if rule.page != page_number:
            continue
        found: list[Field] = []
        for wanted in (rule.label, *rule.also):
            found = [field for field in form.fields if normal(wanted) in field.labels]
            if found:
                break
        # A label may also be another control's name or placeholder; the visible label decides.
        if len(found) > 1:
            found = [field for field in found if normal(field.label) == normal(rule.label)] or found
        if len(found) == 1 and found[0].name not in matched:
            matched[found[0].name] = rule
        elif len(found) > 1:
            absent.append(f"{rule.label} (there are {len(found)})")
        elif not rule.optional:
            absent.append(rule.label)
    return matched, absent


def _fill(
    page: Page, form: Form, table: MappingTable, matched: dict[str, Rule], values: Mapping[str, Any], page_number: int
) -> Filled:
    fields: list[tuple[str, str]] = list(form.hidden)
    files: list[tuple[str, tuple[str, bytes]]] = []
    unknown: list[str] = []
    for control in form.fields:
        rule = matched.get(control.name)
        if rule is not None and rule.file is not None:
            files.append((control.name, _upload(control, rule, rule.file)))
            continue
        value = value_of(rule, values) if rule else None
        sent = (
            [v for v in control.value if v or control.kind != "radio"]
            if rule is None or value is None
            else _chosen(control, rule, value)
        )
        if control.required and not any(sent):
            if rule is not None:
                raise _unfit(control, rule, "a value, because the form requires it", "none")
            unknown.append(control.label)
        if control.kind == "file":
            # A browser sends an empty part for a file that was not chosen.
            files.append((control.name, ("", b"")))
        fields += [(control.name, one) for one in sent]
    if unknown:
        raise _person(
            "form_unknown_field",
            page,
            table,
            values,
            "The form requires something that the mapping does not know",
            _list(unknown),
        )
    fields += _button(form, table.button)
    labels = {control.name: control.label for control in form.fields}
    return Filled(
        form=form,
        table=table,
        page_number=page_number,
        fields=tuple(fields),
        files=tuple(files),
        variables={name: (labels[name], rule.variable) for name, rule in matched.items()},
    )


def _chosen(control: Field, rule: Rule, value: str | bool) -> list[str]:
    if control.kind in ("select", "radio", "checkbox"):
        if isinstance(value, bool):
            if control.kind == "checkbox" and len(control.choices) == 1:
                return [control.choices[0].value] if value else []
            value = "ja" if value else "nee"
        wanted = [part.strip() for part in value.split(",")] if control.multiple else [value]
        sent = []
        for one in wanted:
            fitting = [choice.value for choice in control.choices if normal(one) in choice.labels]
            if not fitting:
                offered = ", ".join(choice.labels[0] for choice in control.choices)
                raise _unfit(control, rule, f"one of: {offered[:300]}", "another value; give the mapping `choices`")
            sent.append(fitting[0])
        return sent
    if isinstance(value, bool):
        raise _unfit(control, rule, "text", "true or false")
    text = _date(control, rule, value)
    if control.max_length is not None and len(text) > control.max_length:
        raise _unfit(control, rule, f"at most {control.max_length} characters", f"{len(text)} characters")
    if control.pattern and not _fits(control.pattern, text):
        raise _unfit(control, rule, f"text of the form {control.pattern[:80]}", "another form")
    return [text]


def _date(control: Field, rule: Rule, value: str) -> str:
    """Dates are ISO 8601 with us; a text field on a Dutch page wants day-month-year."""
    if rule.format or control.input_type == "date" or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return value
    return datetime.date.fromisoformat(value).strftime("%d-%m-%Y")


def _fits(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        # HTML patterns are JavaScript's; the server judges those that Python does not know.
        return True


def _upload(control: Field, rule: Rule, path: Path) -> tuple[str, bytes]:
    if control.kind != "file":
        raise _unfit(control, rule, "a field for a file", control.kind)
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        raise ZorgidError(
            "form_upload_unreadable",
            f"The file for the field `{control.label}` cannot be read",
            expected="a readable file on the controller",
            found=error.strerror or type(error).__name__,
            action="correct `file` in the mapping",
        ) from error


_SENDING = re.compile(
    r"verzend|verstu|bevestig|indien|aanvra|volgende|verder|submit|send|confirm|next|continue", re.IGNORECASE
)


def _button(form: Form, wanted: str | None) -> tuple[tuple[str, str], ...]:
    """What the button that a person would press adds to the form."""
    buttons = [button for button in form.buttons if wanted is None or normal(wanted) == normal(button.text)]
    if wanted is not None and not buttons:
        raise ZorgidError(
            "form_changed",
            "The form has no button with the text that the mapping names",
            expected=wanted,
            found=_list(button.text for button in form.buttons) or "no button",
            action="correct `button` in the mapping",
        )
    pressed = next((button for button in buttons if _SENDING.search(button.text)), buttons[0] if buttons else None)
    return pressed.fields if pressed else ()


def only_confirms(page: Page) -> Form | None:
    """A page "check what you filled in": a form without fields of its own and with a button that sends."""
    for form in page.forms:
        if (
            not form.fields
            and form.hidden
            and form.method == "POST"
            and any(_SENDING.search(b.text) for b in form.buttons)
        ):
            return form
    return None


def confirming(form: Form, before: Filled) -> Filled:
    fields = (*form.hidden, *_button(form, None))
    return Filled(form, before.table, before.page_number, fields, (), {})


def same_form(page: Page, filled: Filled) -> Form | None:
    """The form that was just posted, shown again."""
    names = set(filled.variables)
    for form in page.forms:
        if names and len(names & {control.name for control in form.fields}) * 2 >= len(names):
            return form
    return None


def rejection(page: Page, form: Form | None, filled: Filled) -> ZorgidError:
    """What the page says is wrong, by label and our variable; the values stay out of it."""
    told = []
    for control in form.fields if form else ():
        if control.error:
            label, variable = filled.variables.get(control.name, (control.label, "not in the mapping"))
            told.append(f"{label} ({variable}): {_without(control.error, filled)}")
    if not told:
        told = [_without(text, filled) for text in page.errors]
    return ZorgidError(
        "form_rejected",
        "The form was not accepted",
        expected="a confirmation page",
        found="; ".join(told)[:1000] or "the form again, without a reason that we can read",
        action="correct the named variables and run again",
    )


def _without(text: str, filled: Filled) -> str:
    for _name, value in filled.fields:
        if len(value) > 2:
            text = text.replace(value, "…")
    return text


def _list(texts: Iterable[str]) -> str:
    return ", ".join(f"`{text.strip()[:60]}`" for text in texts)


def _unfit(control: Field, rule: Rule, expected: str, found: str) -> ZorgidError:
    return ZorgidError(
        "form_value_unfit",
        f"The form's field `{control.label}` does not take the value of {rule.variable}",
        expected=expected,
        found=found,
        action=f"correct {rule.variable} or the mapping",
    )


def _person(
    code: str, page: Page, table: MappingTable, values: Mapping[str, Any], message: str, found: str
) -> FormNeedsPersonError:
    error = FormNeedsPersonError(
        code,
        message,
        expected=f"a form as mapping version `{table.version}` describes it",
        found=found,
        action="submit it by hand with the work item and tell the dossier, or give a mapping for this form",
    )
    error.items = items_of(table, values)
    error.url = page.url
    return error
