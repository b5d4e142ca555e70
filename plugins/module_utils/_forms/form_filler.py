# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills a form with our values, or gives the reason why a person has to do it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._common.charsets import python_codec
from .._common.errors import ZorgidError
from .._common.text import printable
from .buttons import button_of, sends
from .entries import FormEntry
from .fields import (
    Button,
    Field,
    Form,
    Slot,
)
from .fitting import best_fit
from .html_form import Page
from .labels import normal
from .mapping import MappingTable, Rule, value_of
from .typed import (
    Sent,
    is_empty,
    sent_by,
    unfit,
)


@dataclass(frozen=True)
class FormItem:
    """What a person would type: the label on the page, the value, our variable."""

    label: str
    value: str
    variable: str


class FormNeedsPersonError(ZorgidError):
    """This program cannot submit the form; nothing was sent. ``items`` is what a person has to type."""

    items: tuple[FormItem, ...] = ()
    url: str = ""


@dataclass(frozen=True)
class Filled:
    """A form, ready to post: the entries in order, and the button that is pressed, which has the address."""

    form: Form
    table: MappingTable
    page_number: int
    entries: tuple[FormEntry, ...]
    button: Button
    variables: Mapping[str, tuple[str, str]]
    """Name of the control: the label shown, our variable."""


def items_of(table: MappingTable, values: Mapping[str, Any]) -> tuple[FormItem, ...]:
    """Everything a person would type, on all pages of the form."""
    found = []
    for rule in table.rules:
        value = rule.file.name if rule.file else value_of(rule, values)
        if value is not None:
            typed = ("aanvinken" if value else "niet aanvinken") if isinstance(value, bool) else value
            found.append(FormItem(rule.label, typed, rule.variable))
    return tuple(found)


def fill(page: Page, tables: Sequence[MappingTable], values: Mapping[str, Any], page_number: int = 1) -> Filled:
    """Fill the form on ``page`` by the first mapping that fits it.

    Raises FormNeedsPersonError (``form_captcha, form_script_only, form_changed, form_unknown_field, form_by_get,
    form_button_unclear``) or ZorgidError ``form_value_unfit`` naming label and variable; nothing has been sent then.
    """
    if page.captcha:
        raise _person(
            "form_captcha",
            page,
            tables[0],
            values,
            "The form has a CAPTCHA",
            "a captcha",
        )
    fit = best_fit(page, tables, page_number)
    if fit is None:
        code, found = (
            ("form_script_only", "a page that scripts build") if page.scripted else ("form_changed", "no such form")
        )
        raise _person(code, page, tables[0], values, "The page has no form that can be filled in", found)
    table, form, matched, absent = fit
    if absent:
        raise _person(
            "form_changed",
            page,
            table,
            values,
            "The form differs from the form in the mapping",
            f"no field {_list(absent)}",
        )
    return _fill(page, form, table, matched, values, page_number)


def _button(page: Page, form: Form, table: MappingTable, values: Mapping[str, Any], *, more_pages: bool) -> Button:
    """The button that a person would press, if that press alone sends the form."""
    button = button_of(form, table.button, more_pages=more_pages)
    if button is None:
        if table.button is not None and all(normal(one.text) != normal(table.button) for one in form.buttons):
            raise ZorgidError(
                "form_changed",
                "The form has no button with the text in the mapping",
                expected=table.button,
                found=_list(one.text for one in form.buttons) or "no button",
                action="correct `button` in the mapping",
            )
        raise _person(
            "form_button_unclear",
            page,
            table,
            values,
            "It is not clear which button submits the form",
            _list(one.text for one in form.buttons),
        )
    scripted = form.scripted or button.scripted or ("a dialog of the page" if button.method == "DIALOG" else None)
    if scripted:
        raise _person("form_script_only", page, table, values, "A script takes part in this form", scripted)
    if button.method != "POST":
        raise _person(
            "form_by_get", page, table, values, "The form would put its values into a URL", f"method {button.method}"
        )
    if python_codec(form.charset) is None:
        raise _person("form_changed", page, table, values, "The form requires an unusual character set", form.charset)
    return button


def _fill(
    page: Page, form: Form, table: MappingTable, matched: dict[int, Rule], values: Mapping[str, Any], page_number: int
) -> Filled:
    button = _button(page, form, table, values, more_pages=page_number < table.pages)
    sent: list[Sent] = []
    unknown: list[str] = []
    for number, control in enumerate(form.fields):
        rule = matched.get(number)
        if rule is not None and not control.visible:
            found = f"`{printable(control.label, 60)}` is not shown"
            raise _person("form_script_only", page, table, values, "A script shows or hides parts of this form", found)
        one = sent_by(control, rule, values)
        if control.required and is_empty(control, one):
            if rule is not None:
                raise unfit(control, rule, "a value, because the form requires it", "none")
            unknown.append(control.label)
        sent.append(one)
    if unknown:
        raise _person(
            "form_unknown_field",
            page,
            table,
            values,
            "The form has a required field that is not in the mapping",
            _list(unknown),
        )
    return Filled(
        form=form,
        table=table,
        page_number=page_number,
        entries=tuple(_entries(form, sent, button)),
        button=button,
        variables={
            form.fields[number].name: (form.fields[number].label, rule.variable) for number, rule in matched.items()
        },
    )


def _entries(form: Form, sent: Sequence[Sent], button: Button) -> Iterator[FormEntry]:
    """The entry list, in the order of the page (HTML, "Constructing the entry list")."""
    for slot in form.slots:
        if slot.button is not None:
            yield from button.entries if slot.button == button.number else ()
        elif slot.field is None:
            yield slot.name, slot.value
        else:
            yield from _of_field(slot, form.fields[slot.field], sent[slot.field])


def _of_field(slot: Slot, control: Field, sent: Sent) -> Iterator[FormEntry]:
    if not isinstance(sent, list):
        yield slot.name, sent
        if slot.direction:
            yield slot.direction
    elif slot.choice is None:
        yield from ((slot.name, control.choices[number].value) for number in sorted(sent))
    elif slot.choice in sent:
        yield slot.name, control.choices[slot.choice].value


def only_confirms(page: Page) -> tuple[Form, Button] | None:
    """A page "check what you filled in": a form without fields of its own and with a button that sends."""
    for form in page.forms:
        button = button_of(form, None, more_pages=False)
        if (
            not form.fields
            and any(slot.button is None for slot in form.slots)
            and form.scripted is None
            and button is not None
            and button.scripted is None
            and button.method == "POST"
            and sends(button)
        ):
            return form, button
    return None


def confirming(form: Form, button: Button, before: Filled) -> Filled:
    return Filled(form, before.table, before.page_number, tuple(_entries(form, (), button)), button, {})


def same_form(page: Page, filled: Filled) -> Form | None:
    """The form that was just posted, shown again."""
    names = set(filled.variables)
    for form in page.forms:
        if names and len(names & {control.name for control in form.fields}) * 2 >= len(names):
            return form
    return None


def rejection(page: Page, form: Form | None, filled: Filled) -> ZorgidError:
    """The errors that the page shows, by label and our variable; without the values."""
    complaints = []
    for control in form.fields if form else ():
        if control.error:
            label, variable = filled.variables.get(control.name, (control.label, "not in the mapping"))
            complaints.append(f"{printable(label, 60)} ({variable}): {_without(control.error, filled)}")
    if not complaints:
        complaints = [_without(text, filled) for text in page.errors]
    return ZorgidError(
        "form_rejected",
        "The form was not accepted",
        expected="a confirmation page",
        found="; ".join(complaints)[:1000] or "the form again, without a readable reason",
        action="correct these variables and run again",
    )


def _without(text: str, filled: Filled) -> str:
    for _name, value in filled.entries:
        if isinstance(value, str) and len(value) > 2:
            text = text.replace(value, "…")
    return printable(text)


def _list(texts: Iterable[str]) -> str:
    return ", ".join(f"`{printable(text.strip(), 60)}`" for text in list(texts)[:20])


def _person(
    code: str, page: Page, table: MappingTable, values: Mapping[str, Any], message: str, found: str
) -> FormNeedsPersonError:
    error = FormNeedsPersonError(
        code,
        message,
        expected=f"a form as mapping version `{table.version}` describes it",
        found=found,
        action=(
            "submit it by hand with the work item and record that in the dossier, or provide a mapping for this form"
        ),
    )
    error.items = items_of(table, values)
    error.url = page.url
    return error
