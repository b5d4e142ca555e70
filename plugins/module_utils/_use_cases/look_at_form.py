# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares one of VZVZ's present forms with its mapping and an organisation's values; nothing is posted."""

from __future__ import annotations

from .._common.errors import ZorgidError
from .._common.text import printable
from .._forms.browser import FetchedPage
from .._forms.fitting import best_fit
from .._forms.form_filler import fill
from .._forms.mapping import load_mappings
from .._forms.submission import fetch_form, page_of
from .._net.url_policy import allowed_entry_of, check_environment, check_url
from .._preflight.form_pages import FieldsFound
from .submit_form import SubmitForm, check_care_application

_MOST_LABELS = 20


def fetched(command: SubmitForm) -> FetchedPage:
    """Errors: ``environment_mismatch``, ``form_unreachable`` and those of the connection."""
    check_environment(command.environment, [command.url])
    with command.browser() as browser:
        return fetch_form(browser, command.url)


def against(command: SubmitForm, answer: FetchedPage) -> tuple[FieldsFound | None, ZorgidError | None]:
    """The fields of the mapping on the page, and why it could not be filled in. Errors: ``mapping_invalid``."""
    tables = load_mappings(command.form, command.mapping_path)
    fields = None
    try:
        page = page_of(answer)
        fit = best_fit(page, tables)
        if fit is not None:
            wanted = [rule for rule in fit.table.rules if rule.page == 1]
            there = {id(rule) for rule in fit.matched.values()}
            optional = [rule.label for rule in wanted if rule.optional and id(rule) not in there]
            gone = tuple(printable(one, 60) for one in fit.absent[:_MOST_LABELS])
            left = tuple(printable(one, 60) for one in optional if one not in fit.absent)
            fields = FieldsFound(len(wanted), gone, left, fit.table.pages)
        check_care_application(command)
        action = fill(page, tables, command.values).button.action
        check_url(action, command.allowed_hosts or [allowed_entry_of(command.url)])
        check_environment(command.environment, [action])
    except ZorgidError as error:
        return fields, error
    return fields, None
