# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks whether VZVZ's form can be filled in: it is fetched and filled in, and nothing is sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from ....module_utils._common.errors import ZorgidError
from ....module_utils._forms.form_filler import FormNeedsPersonError
from ....module_utils._forms.manual_form import REASONS
from ....module_utils._onboarding.observed import ABSENT, GOOD, Look, Seen, Trouble, by_word
from ....module_utils._onboarding.plan import Plan, State
from ....module_utils._use_cases.form_pages import FormKind, FormPages
from ....module_utils._use_cases.submit_form import STEP_OF, SubmitForm, fill_only
from ..action import Options
from ..form import command_of
from .channel import bad

#: Step -> its form.
FORM_OF: dict[str, FormKind] = {step: form for form, step in STEP_OF.items()}


def application(options: Options) -> Seen[bool]:
    """``options``: those of ``intake_form``. A trouble says why it cannot be filled in; ``work_item`` writes the page
    that a person needs then."""
    return _look(options, None)


def follow_up(options: Options, link: Callable[[], str]) -> Seen[bool]:
    """``link`` fetches the link again (``mail_fetched.follow_up_link``)."""
    return _look(options, link)


def _look(options: Options, link: Callable[[], str] | None) -> Seen[bool]:
    try:
        command = _command(options, link)
    except (ZorgidError, OSError) as error:
        return bad(error)
    if not command.url:
        return ABSENT
    try:
        fill_only(command, write_work_item=False)
    except FormNeedsPersonError as error:
        return Seen(Look.BAD, trouble=_by_hand(error, command))
    except (ZorgidError, OSError) as error:
        return bad(error)
    return GOOD


def _command(options: Options, link: Callable[[], str] | None) -> SubmitForm:
    """``link``: fetches the link of the follow-up form; None: the application form."""
    command = command_of(options)
    if link is None:
        return dataclasses.replace(command, form="application")
    return dataclasses.replace(command, form="follow_up", url=link())


def _by_hand(error: FormNeedsPersonError, command: SubmitForm) -> Trouble:
    """The text has the page's path and is the same for all organisations, so that a changed form is one trouble."""
    ura, path = command.organisation.ura, command.pages.path("work_item")
    page = f"with the work item that a run writes, {str(path).replace(ura, 'URA')}," if path else "yourself"
    return dataclasses.replace(
        Trouble.of(error),
        action=f"fill in the form {page} and record that; or give a mapping for it (zorgid_onboarding_form_mappings)",
        record=by_word(f"step={STEP_OF[command.form]}"),
    )


def by_hand(made: Plan) -> FormKind | None:
    """The form of a plan that a person has to fill in."""
    found = (step for step in made.steps if step.step in FORM_OF and step.trouble and step.trouble.code in REASONS)
    return next((FORM_OF[step.step] for step in found), None)


def lacks_work_item(options: Options, form: FormKind) -> bool:
    page = dataclasses.replace(command_of(options), form=form).pages.path("work_item")
    return page is not None and not page.is_file()


def left_over(directory: str, ura: str, made: Plan) -> list[Path]:
    """Work items of forms that nobody has to fill in any more. They are deleted, because they contain personal data and
    a link."""
    done = {FORM_OF[one.step] for one in made.steps if one.step in FORM_OF and one.state is State.DONE}
    pages = [FormPages(Path(directory), ura, form).path("work_item") for form in sorted(done)]
    return [page for page in pages if page and page.is_file()]


def work_item(options: Options, link: Callable[[], str] | None = None) -> bool:
    """Write everything that a person has to type as a page in ``directory``, if the form needs a person; returns
    whether the page changed. Observing must not write, so call this only when effects are carried out. ``link``: of the
    follow-up form."""
    command = _command(options, link)
    page = command.pages.path("work_item")
    before = _content(page)
    try:
        fill_only(command, write_work_item=True)
    except FormNeedsPersonError:
        return _content(page) != before
    return False


def _content(path: Path | None) -> bytes | None:
    return path.read_bytes() if path and path.is_file() else None
