# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether VZVZ's form can be filled in: it is fetched and filled, and nothing is sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from ....module_utils._common.errors import ZorgidError
from ....module_utils._intake.filling import FormNeedsPersonError
from ....module_utils._intake.work_item import REASONS
from ....module_utils._onboarding.observed import ABSENT, GOOD, Look, Seen, Trouble, by_word
from ....module_utils._onboarding.plan import Plan, State
from ..action import Options
from ..intake import FORMS, fill_only, work_item_name, work_item_path
from .channel import bad

#: The step of a form that needs a person -> the form.
FORM_OF = {step: form for form, (_kind, step) in FORMS.items()}


def application(options: Options) -> Seen[bool]:
    """``options``: those of ``intake_form``. Its trouble tells what stands in the way; ``work_item`` writes down what a
    person needs for it."""
    return _look(options, "application", lambda: options["url"]) if options.get("url") else ABSENT


def follow_up(options: Options, link: Callable[[], str]) -> Seen[bool]:
    """``link`` fetches it anew (``mail_fetched.follow_up_link``)."""
    return _look(options, "follow_up", link)


def _look(options: Options, form: str, link: Callable[[], str]) -> Seen[bool]:
    try:
        fill_only({**options, "form": form, "url": link(), "directory": None})
    except FormNeedsPersonError as error:
        return Seen(Look.BAD, trouble=_by_hand(error, {**options, "form": form}))
    except (ZorgidError, OSError) as error:
        return bad(error)
    return GOOD


def _by_hand(error: FormNeedsPersonError, options: Options) -> Trouble:
    """With the page's path, the same text for all: a form that VZVZ changed is one trouble of many organisations."""
    ura, path = str(options["organisation"]["ura"]), work_item_path(options)
    page = f"with the work item that a run writes, {str(path).replace(ura, 'URA')}," if path else "yourself"
    return dataclasses.replace(
        Trouble.of(error),
        action=f"fill in the form {page} and record that; or give a mapping for it (zorgid_onboarding_form_mappings)",
        record=by_word(f"step={FORMS[options['form']][1]}"),
    )


def by_hand(made: Plan) -> str | None:
    """The form of a plan that a person has to fill in."""
    found = (step for step in made.steps if step.step in FORM_OF and step.trouble and step.trouble.code in REASONS)
    return next((FORM_OF[step.step] for step in found), None)


def lacks_work_item(options: Options, form: str) -> bool:
    page = work_item_path({**options, "form": form})
    return page is not None and not page.is_file()


def left_over(directory: str | None, ura: str, made: Plan) -> list[Path]:
    """Work items of forms that nobody has to fill in any more: they hold personal data, and a link."""
    done = {FORM_OF[one.step] for one in made.steps if one.step in FORM_OF and one.state is State.DONE}
    pages = [Path(directory) / work_item_name(ura, form) for form in sorted(done)] if directory else []
    return [page for page in pages if page.is_file()]


def work_item(options: Options, link: Callable[[], str] | None = None) -> bool:
    """Everything that a person has to type, as a page in ``directory``, where the form needs a person; whether it is
    another one than before. Looking writes nothing, so that this is for a run that carries out. ``link``: of the
    follow-up form."""
    form = "follow_up" if link else "application"
    told = {**options, "form": form, **({"url": link()} if link else {})}
    page = work_item_path(told)
    before = _content(page)
    try:
        fill_only(told)
    except FormNeedsPersonError:
        return _content(page) != before
    return False


def _content(path: Path | None) -> bytes | None:
    return path.read_bytes() if path and path.is_file() else None
