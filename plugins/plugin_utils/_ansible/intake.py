# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Submit a form exactly once: the dossier is asked before, told right before anything leaves, and told the outcome."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.files import write_atomic
from ...module_utils._common.masking import mask, mask_email
from ...module_utils._common.trouble import in_words
from ...module_utils._document.content import CareApplication, check_organisation
from ...module_utils._dossier import said
from ...module_utils._dossier.model import Dossier, Milestone, Submission
from ...module_utils._dossier.store import DossierStore
from ...module_utils._intake import work_item
from ...module_utils._intake.care_applications import check_accepted, load_accepted
from ...module_utils._intake.filling import Filled, FormNeedsPersonError
from ...module_utils._intake.forms import Confirmation, FormUncertainError, digest_of, open_form, submit
from ...module_utils._intake.hosts import check_environment
from ...module_utils._intake.mapping import load_mappings
from ...module_utils._intake.web import Browser
from .action import Options, Result
from .kept import Kept
from .once import elsewhere
from .opening import open_dossier

# The dossier's name for the submission, and the step it belongs to.
FORMS = {
    "application": ("application_form", "application_submitted"),
    "follow_up": ("follow_up_form", "follow_up_submitted"),
}
# The organisation's own data, which the diff shows as they are; all other values can be about a person.
_PUBLIC = ("name", "ura", "kvk_number", "agb_code", "address.", "care_application.", "environment")
_CHANGED = (
    "The organisation's data have changed since this form was submitted. It is not submitted again (that would be a "
    "second application): tell VZVZ when the change matters to them."
)


def submit_form(
    options: Options,
    *,
    check_mode: bool,
    diff_mode: bool,
    still: Callable[[Dossier], str | None] | None = None,
) -> Result:
    """The action ``intake_form``. ``still``: asked under the claim why the form is not wanted any more."""
    check_environment(options["environment"], [options["url"]])
    given = options
    if check_mode:
        # Nothing is written, so nothing is kept.
        options = {**options, "directory": None}
    organisation = check_organisation(options["organisation"])
    ura = organisation.ura
    kind, step = FORMS[options["form"]]
    values = {**asdict(organisation), "environment": options["environment"]}
    digest = digest_of(options["form"], values)
    tables = load_mappings(options["form"], options["mapping_path"])
    with open_dossier(options, read_only=check_mode) as store:
        back = put_back_page(store, given, ura, check_mode=check_mode)
        known = _known(store, ura, kind, step, digest)
        if known:
            return {"ura": ura, **known, **back}
        store.words.demand_going(ura)
        _check_care_application(options, organisation.care_application)
        with _browser(options) as browser:
            if check_mode:
                before = store.submission(ura, kind)
                if before:
                    _may_go_on(before, options)
                return _result(_opened(browser, options, tables, values, ura), ura, "would_submit", diff_mode)
            wanted = said.any_of(lambda dossier: said.no_longer(dossier, step), still)
            claimed = store.claim(ura, kind, digest, per_digest=False, still=wanted)
            if claimed.state == "done":
                return {"ura": ura, **_submitted(store, claimed, step, digest)}
            _may_go_on(claimed, options)
            try:
                filled = _opened(browser, options, tables, values, ura)
                told = _result(filled, ura, "submitted", diff_mode)
                confirmation = _post(store, browser, filled, values, options, claimed)
            except FormUncertainError:
                raise
            except ZorgidError:
                # The receiver said no, or nothing left the house: the next run may try again.
                store.release(claimed)
                raise
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        # The copy first: should this process die here, a person can look at it.
        kept = _keep(store, options, ura, "confirmation", confirmation.page)
        store.mark_done(claimed, _evidence(confirmation, at), milestone=_step_done(step, confirmation.reference))
        return {**told, "reference": confirmation.reference, "submitted_at": at, **kept}


def fill_only(options: Options) -> Filled:
    """Fetch the form and fill it in, without a dossier and without sending anything. Errors: as ``submit_form``; where
    a person is needed, what has to be typed is written to ``directory``."""
    check_environment(options["environment"], [options["url"]])
    organisation = check_organisation(options["organisation"])
    values = {**asdict(organisation), "environment": options["environment"]}
    tables = load_mappings(options["form"], options["mapping_path"])
    _check_care_application(options, organisation.care_application)
    with _browser(options) as browser:
        return _opened(browser, options, tables, values, organisation.ura)


def work_item_path(options: Options) -> Path | None:
    """Where the page lies on which a person finds what to type, where the form needs a person."""
    return _place(options, check_organisation(options["organisation"]).ura, "work_item")


def _browser(options: Options) -> Browser:
    return Browser(
        ca_path=options["ca_path"],
        timeout=options["timeout"],
        allowed_hosts=options["allowed_hosts"],
        environment=options["environment"],
    )


def _known(store: DossierStore, ura: str, kind: str, step: str, digest: str) -> Result | None:
    """What the dossier says when there is nothing to do any more."""
    submission = store.submission(ura, kind)
    if submission and submission.state == "done":
        return _submitted(store, submission, step, digest)
    milestone = store.read(ura).milestones[step]
    if milestone.state == "done":
        return {"status": "by_hand", "reference": milestone.evidence.get("reference")}
    return None


def _step_done(step: str, reference: str | None) -> Milestone:
    return Milestone(step, "done", evidence={"reference": reference})


def _submitted(store: DossierStore, submission: Submission, step: str, digest: str) -> Result:
    """What is known of it; its step is recorded where the run that submitted it could not do so any more."""
    recorded = store.prove(submission.ura, _step_done(step, submission.evidence.get("reference")))
    return {
        **({"changed": True} if recorded.changed else {}),
        "status": "submitted",
        "reference": submission.evidence.get("reference"),
        "submitted_at": submission.evidence.get("submitted_at"),
        **({"warnings": [_CHANGED]} if submission.digest != digest else {}),
    }


def _check_care_application(options: Options, application: CareApplication) -> None:
    if options["form"] == "application" and options["care_applications_path"]:
        accepted = load_accepted(options["care_applications_path"])
        check_accepted(accepted, **asdict(application))


def _may_go_on(submission: Submission, options: Options) -> None:
    if submission.state == "elsewhere":
        raise elsewhere(submission)
    if submission.state == "sending":
        raise _uncertain(submission, options)


def _uncertain(submission: Submission, options: Options) -> ZorgidError:
    copies = {f"{what}_path": _place(options, submission.ura, what) for what in ("confirmation", "answer")}
    return ZorgidError(
        "submission_uncertain",
        f"An earlier run sent this form and died before the answer was known ({submission.since})",
        expected="a submission of which the outcome is known",
        found="sending",
        action=f"ask VZVZ, then tell the dossier: gbz.zorgid.dossier with ura, resolve: {submission.kind} and "
        "arrived: true or false; it is not sent again until then",
        details={
            "ura": submission.ura,
            "sending_since": submission.since,
            **{name: str(path) for name, path in copies.items() if path and path.exists()},
        },
    )


def _opened(browser: Browser, options: Options, tables: Any, values: Mapping[str, Any], ura: str) -> Filled:
    try:
        return open_form(browser, options["url"], tables, values)
    except FormNeedsPersonError as error:
        raise _with_work_item(error, options, ura) from error


def _post(
    store: DossierStore,
    browser: Browser,
    filled: Filled,
    values: Mapping[str, Any],
    options: Options,
    claimed: Submission,
) -> Confirmation:
    try:
        return submit(browser, filled, values, referer=options["url"], sending=lambda: store.mark_sending(claimed))
    except FormUncertainError as error:
        if error.page is not None:
            error.details.update(_keep(store, options, claimed.ura, "answer", error.page))
            if "answer_path" in error.details:
                error.action = f"look at the answer in {error.details['answer_path']}; {error.action}"
        raise
    except FormNeedsPersonError as error:
        raise _with_work_item(error, options, claimed.ura) from error


def _result(filled: Filled, ura: str, status: str, diff_mode: bool) -> Result:
    result: Result = {
        "changed": True,
        "status": status,
        "reference": None,
        "ura": ura,
        "mapping_version": filled.table.version,
    }
    if diff_mode:
        result["diff"] = {"before": "", "after": _shown(filled)}
    return result


def _evidence(confirmation: Confirmation, at: str) -> dict[str, Any]:
    return {
        "reference": confirmation.reference,
        "submitted_at": at,
        "mapping_version": confirmation.mapping_version,
        "page_sha256": hashlib.sha256(confirmation.page).hexdigest(),
    }


def _place(options: Options, ura: str, what: str) -> Path | None:
    """Where a page is kept; named by URA and form only."""
    return Path(options["directory"]) / _name(ura, options["form"], what) if options["directory"] else None


def _name(ura: str, form: str, what: str) -> str:
    return f"{ura}-{form}-{what}.html"


def work_item_name(ura: str, form: str) -> str:
    return _name(ura, form, "work_item")


def _kept(store: DossierStore | None, options: Options, ura: str, what: str) -> Kept:
    return Kept(store, ura, f"{options['form']}_{what}")


def _keep(store: DossierStore | None, options: Options, ura: str, what: str, page: bytes) -> Result:
    """Keep a page for a person, in the dossier too where one is given. A full disk is a warning: it says nothing about
    what became of the form."""
    warnings = []
    try:
        _kept(store, options, ura, what).keep(page)
    except ZorgidError as error:
        warnings.append(f"The page could not be kept in the dossier: {error.message}.")
    path = _place(options, ura, what)
    result: Result = {}
    try:
        if path is not None:
            write_atomic(path, page)
            result = {f"{what}_path": str(path)}
    except OSError as error:
        warnings.append(f"The page {path} could not be kept: {in_words(error)}.")
    return {**result, "warnings": warnings} if warnings else result


def put_back_page(store: DossierStore, options: Options, ura: str, *, check_mode: bool) -> Result:
    """The pages that the dossier keeps and the folder lost."""
    found: Result = {}
    for what in ("confirmation", "answer"):
        path = _place(options, ura, what)
        if path is not None and _kept(store, options, ura, what).put_back(path, check_mode=check_mode):
            found |= {f"{what}_path": str(path), "changed": True}
    return found


def _with_work_item(error: FormNeedsPersonError, options: Options, ura: str) -> ZorgidError:
    name = str(options["organisation"]["name"])
    page = work_item.render(options["form"], error.url, error.items, error.code, organisation=name, ura=ura)
    error.details.update(_keep(None, options, ura, "work_item", page))
    return error


def _shown(filled: Filled) -> str:
    """What would be typed, for the diff: labels, and values; those that can be about a person made unreadable."""
    lines = []
    for name, value in filled.entries:
        if name in filled.variables and isinstance(value, str):
            label, variable = filled.variables[name]
            if not variable.startswith(_PUBLIC):
                value = mask_email(value) if "@" in value else mask(value)
            lines.append(f"{label}: {value}\n")
    return "".join(lines)
