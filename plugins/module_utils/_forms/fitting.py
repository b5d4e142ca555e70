# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which form of a page and which mapping belong together: fields are found by their labels. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .fields import Form
from .html_form import Page
from .labels import normal
from .mapping import MappingTable, Rule


class Fit(NamedTuple):
    """The form and the mapping that fit each other best: rules by the number of their field; ``absent``: labels that
    are not there (or there twice)."""

    table: MappingTable
    form: Form
    matched: dict[int, Rule]
    absent: list[str]


def best_fit(page: Page, tables: Sequence[MappingTable], page_number: int = 1) -> Fit | None:
    """None where no form has any field of any mapping."""
    found = [Fit(table, form, *_match(form, table, page_number)) for table in tables for form in page.forms]
    best = max(found, key=lambda one: len(one.matched) - len(one.absent), default=None)
    return best if best is not None and best.matched else None


def _match(form: Form, table: MappingTable, page_number: int) -> tuple[dict[int, Rule], list[str]]:
    """Rules by the number of their field, and the labels that are not there (or there twice)."""
    by_label: dict[str, list[int]] = {}
    for number, control in enumerate(form.fields):
        for label in control.labels:
            by_label.setdefault(label, []).append(number)
    matched: dict[int, Rule] = {}
    absent: list[str] = []
    for rule in table.rules:
        if rule.page != page_number:
            continue
        found: list[int] = []
        for wanted in (rule.label, *rule.also):
            found = by_label.get(normal(wanted), [])
            if found:
                break
        if len(found) > 1:
            # Of two fields with the same label, a person does not fill in the one that the page hides.
            found = [number for number in found if form.fields[number].visible] or found
        # A label may also be another control's name or placeholder; the visible label decides.
        if len(found) > 1:
            found = [number for number in found if normal(form.fields[number].label) == normal(rule.label)] or found
        if len(found) == 1 and found[0] not in matched:
            matched[found[0]] = rule
        elif len(found) > 1:
            absent.append(f"{rule.label} (there are {len(found)})")
        elif not rule.optional:
            absent.append(rule.label)
    return matched, absent
