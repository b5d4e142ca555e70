# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about VZVZ's present forms. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from .._onboarding.observed import Trouble
from .finding import Finding, Standing

#: Reasons for which a person has to fill in the form, with any mapping. That is not an error.
BY_HAND = {
    "form_captcha": "it has a CAPTCHA",
    "form_script_only": "it needs a browser",
    "form_by_get": "it sends values in a URL",
}
#: The other reasons of ``_forms.manual_form.REASONS``: a new mapping may help; until then a person fills in the form.
MAPPING_HELPS = ("form_changed", "form_unknown_field", "form_button_unclear")


@dataclass(frozen=True)
class FieldsFound:
    """The fields of a mapping on the page that was fetched. ``gone``: required labels that are missing. ``left_out``:
    optional labels that are missing. ``pages``: number of pages of the form; only the first is visible without
    sending."""

    of: int
    gone: Sequence[str] = ()
    left_out: Sequence[str] = ()
    pages: int = 1

    def words(self) -> str:
        there = self.of - len(self.gone) - len(self.left_out)
        text = f"{there} field{'' if self.of == 1 else 's'} of {self.of}"
        if self.left_out:
            text += f" (not there, and optional: {', '.join(self.left_out)})"
        return text + (f", page 1 of {self.pages}" if self.pages > 1 else "")


def form(name: str, fields: FieldsFound | None, trouble: Trouble | None = None) -> Finding:
    """``name``: for messages. ``fields``: None if no field was found or the page was not reached. ``trouble``: why it
    cannot be filled in."""
    if trouble is None:
        return Finding.ok("forms", f"{name} form {fields.words()}" if fields else f"{name} form")
    if trouble.code in BY_HAND:
        return Finding.waits("forms", f"{name} form: by hand, because {BY_HAND[trouble.code]}")
    found = trouble.found
    if fields and fields.gone:
        found = f"{fields.words()}; not on the page: {', '.join(fields.gone)}"
    form_trouble = dataclasses.replace(trouble, message=f"The {name} form: {_small(trouble.message)}", found=found)
    if trouble.code in MAPPING_HELPS:
        return dataclasses.replace(Finding.look("forms", form_trouble), says=_says(name, fields, form_trouble))
    return Finding("forms", Standing.STOP, f"{name} form: {_small(trouble.message)} ({trouble.found})", form_trouble)


def _says(name: str, fields: FieldsFound | None, trouble: Trouble) -> str:
    if fields and fields.gone:
        return f"{name} form {fields.words()}; not on the page: {', '.join(fields.gone)}"
    return f"{trouble.message}: {trouble.found}"


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
