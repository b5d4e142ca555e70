# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Submits a form exactly once: it checks the dossier first, records right before the sending, and records the
outcome."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from .._common.errors import ZorgidError
from .._common.letterhead import contact_of
from .._common.masking import mask, mask_email
from .._common.organisation import Organisation
from .._dossier import said
from .._dossier.limits import DayLimit
from .._dossier.model import Dossier, Environment, Milestone, StepName, Submission
from .._dossier.place import DossierPlace
from .._dossier.store import DossierStore
from .._forms import manual_form
from .._forms.browser import Browser
from .._forms.care_applications import check_accepted, load_accepted
from .._forms.form_filler import Filled, FormNeedsPersonError
from .._forms.mapping import MappingTable, load_mappings
from .._forms.submission import Confirmation, FormUncertainError, open_form, submit, values_digest
from .._net.url_policy import check_environment
from .delivery import elsewhere
from .form_pages import FormKind, FormPages, PageName

#: Form -> the dossier's name for its submission.
SUBMISSION_OF: dict[FormKind, str] = {"application": "application_form", "follow_up": "follow_up_form"}
STEP_OF: dict[FormKind, StepName] = {"application": "application_submitted", "follow_up": "follow_up_submitted"}
# The organisation's own data, which the diff shows unmasked; all other values may be about a person.
_PUBLIC = ("name", "ura", "kvk_number", "agb_code", "address.", "care_application.", "provider.name", "environment")
_CHANGED = (
    "The organisation's data have changed since this form was submitted. The form is not "
    "submitted again (that would be a second application): inform VZVZ if the change is "
    "relevant to them."
)


@dataclass(frozen=True)
class SubmitForm:
    """Fill in VZVZ's application form or follow-up form for an organisation (VZVZ's step plan, steps 1 and 4).

    ``url``: of the form; that of the follow-up form is secret. ``mapping_path``: a YAML file, or a folder of such
    files, that map values to fields; None: those of the collection. ``directory``: folder for pages for a person; None:
    no pages. ``care_applications_path``: the list of care applications that VZVZ accepts; None: not checked.
    ``ca_path``: CA certificates (PEM); None: those of the system. ``timeout``: seconds for each connection and answer.
    ``allowed_hosts``: hosts that may be visited; None: the host of ``url`` only.
    """

    organisation: Organisation
    form: FormKind
    url: str = field(repr=False)
    environment: Environment
    dossier: DossierPlace
    mapping_path: str | None = None
    directory: Path | None = None
    care_applications_path: str | None = None
    ca_path: str | None = None
    timeout: int = 30
    allowed_hosts: tuple[str, ...] | None = None

    @property
    def pages(self) -> FormPages:
        return FormPages(self.directory, self.organisation.ura, self.form)

    @property
    def values(self) -> dict[str, Any]:
        """The values of the variables in a mapping."""
        return {**asdict(self.organisation), "environment": self.environment}

    def browser(self) -> Browser:
        return Browser(
            ca_path=self.ca_path,
            timeout=self.timeout,
            allowed_hosts=self.allowed_hosts,
            environment=self.environment,
        )


@dataclass(frozen=True)
class FormOutcome:
    """``status``: would_submit in check mode; by_hand if a person recorded the step. ``submitted_at``: ISO 8601, UTC.
    ``typed``: the values that were or would be typed, masked; None if none. ``pages``: the written files."""

    ura: str
    status: Literal["submitted", "would_submit", "by_hand"]
    changed: bool
    reference: str | None = None
    submitted_at: str | None = None
    mapping_version: str | None = None
    typed: str | None = None
    pages: Mapping[PageName, Path] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def submit_form(
    command: SubmitForm,
    *,
    check_mode: bool,
    still: Callable[[Dossier], str | None] | None = None,
    day: DayLimit | None = None,
) -> FormOutcome:
    """``still``: called under the claim; a sentence if the form is not wanted any more. ``day``: as for
    ``DossierStore.claim``.

    Errors: ``submission_uncertain`` if the form may have arrived, ``submission_elsewhere``, ``plan_stale``, those of
    ``fill_only``, ``form_rejected``, and those of the dossier.
    """
    check_environment(command.environment, [command.url])
    ura, kind, step = command.organisation.ura, SUBMISSION_OF[command.form], STEP_OF[command.form]
    digest = values_digest(command.form, command.values)
    tables = load_mappings(command.form, command.mapping_path)
    # Check mode writes no pages, so the outcome must not list any.
    pages = replace(command.pages, directory=None) if check_mode else command.pages
    with command.dossier.open(read_only=check_mode) as store:
        back = command.pages.put_back(store, check_mode=check_mode)
        known = _known(store, command, digest)
        if known:
            return replace(known, changed=known.changed or bool(back), pages=back)
        store.words.demand_going(ura)
        check_care_application(command)
        with command.browser() as browser:
            if check_mode:
                before = store.submission(ura, kind)
                if before:
                    _may_go_on(before, pages)
                return _filled_in(_opened(browser, command, tables, pages), ura, "would_submit")
            wanted = said.any_of(lambda dossier: said.no_longer(dossier, step), still)
            claimed = store.claim(ura, kind, digest, per_digest=False, still=wanted, day=day)
            if claimed.state == "done":
                return _submitted(store, claimed, step, digest)
            _may_go_on(claimed, pages)
            try:
                filled = _opened(browser, command, tables, pages)
                outcome = _filled_in(filled, ura, "submitted")
                confirmation = _post(store, browser, filled, command, claimed)
            except FormUncertainError:
                raise
            except ZorgidError:
                # The form was refused or not sent: the next run may try again.
                store.release(claimed)
                raise
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        # The copy is written first, so that a person can read it if this process dies here.
        page = pages.write("confirmation", confirmation.page, store)
        store.mark_done(claimed, _evidence(confirmation, at), milestone=_step_done(step, confirmation.reference))
        return replace(
            outcome,
            reference=confirmation.reference,
            submitted_at=at,
            pages={page.name: page.path} if page.path else {},
            warnings=page.warnings,
        )


def fill_only(command: SubmitForm, *, write_work_item: bool) -> Filled:
    """Fetch the form and fill it in, without a dossier and without sending. ``write_work_item``: if a person has to
    fill in the form, write the values to ``directory``.

    Errors: ``environment_mismatch``, ``mapping_invalid``, ``care_application_unknown``, ``care_application_version``,
    ``form_unreachable``, those of ``manual_form.REASONS`` (FormNeedsPersonError), and those of the connection.
    """
    check_environment(command.environment, [command.url])
    tables = load_mappings(command.form, command.mapping_path)
    check_care_application(command)
    pages = command.pages if write_work_item else replace(command.pages, directory=None)
    with command.browser() as browser:
        return _opened(browser, command, tables, pages)


def _known(store: DossierStore, command: SubmitForm, digest: str) -> FormOutcome | None:
    """The outcome from the dossier if there is nothing left to do; otherwise None."""
    ura, step = command.organisation.ura, STEP_OF[command.form]
    submission = store.submission(ura, SUBMISSION_OF[command.form])
    if submission and submission.state == "done":
        return _submitted(store, submission, step, digest)
    milestone = store.read(ura).milestones[step]
    if milestone.state == "done":
        return FormOutcome(ura, "by_hand", changed=False, reference=milestone.evidence.get("reference"))
    return None


def _step_done(step: StepName, reference: str | None) -> Milestone:
    return Milestone(step, "done", evidence={"reference": reference})


def _submitted(store: DossierStore, submission: Submission, step: StepName, digest: str) -> FormOutcome:
    """The outcome of an earlier submission; also records its step, if the earlier run was interrupted before that."""
    reference = submission.evidence.get("reference")
    recorded = store.prove(submission.ura, _step_done(step, reference))
    return FormOutcome(
        submission.ura,
        "submitted",
        changed=recorded.changed,
        reference=reference,
        submitted_at=submission.evidence.get("submitted_at"),
        warnings=(_CHANGED,) if submission.digest != digest else (),
    )


def check_care_application(command: SubmitForm) -> None:
    if command.form == "application" and command.care_applications_path:
        accepted = load_accepted(command.care_applications_path)
        check_accepted(accepted, **asdict(command.organisation.care_application))


def _may_go_on(submission: Submission, pages: FormPages) -> None:
    if submission.state == "elsewhere":
        raise elsewhere(submission)
    if submission.state == "sending":
        raise _uncertain(submission, pages)


def _uncertain(submission: Submission, pages: FormPages) -> ZorgidError:
    copies = {"confirmation_path": pages.path("confirmation"), "answer_path": pages.path("answer")}
    return ZorgidError(
        "submission_uncertain",
        f"An earlier run sent this form and stopped before the answer was known ({submission.since})",
        expected="a submission with a known outcome",
        found="sending",
        action="ask VZVZ, then record the answer: ansible-playbook gbz.zorgid.done -l HOST "
        f"-e resolve={submission.kind} -e arrived=true (or false); until then it is not sent again",
        details={
            "ura": submission.ura,
            "sending_since": submission.since,
            **{name: str(path) for name, path in copies.items() if path and path.exists()},
        },
    )


def _opened(browser: Browser, command: SubmitForm, tables: Sequence[MappingTable], pages: FormPages) -> Filled:
    try:
        return open_form(browser, command.url, tables, command.values)
    except FormNeedsPersonError as error:
        raise _with_work_item(error, command, pages) from error


def _post(
    store: DossierStore, browser: Browser, filled: Filled, command: SubmitForm, claimed: Submission
) -> Confirmation:
    try:
        return submit(browser, filled, command.values, referer=command.url, sending=lambda: store.mark_sending(claimed))
    except FormUncertainError as error:
        if error.page is not None:
            page = command.pages.write("answer", error.page, store)
            error.details.update(page.as_details())
            if page.path:
                error.action = f"read the answer in {page.path}; {error.action}"
        raise
    except FormNeedsPersonError as error:
        raise _with_work_item(error, command, command.pages) from error


def _filled_in(filled: Filled, ura: str, status: Literal["submitted", "would_submit"]) -> FormOutcome:
    return FormOutcome(ura, status, changed=True, mapping_version=filled.table.version, typed=_typed(filled))


def _evidence(confirmation: Confirmation, at: str) -> dict[str, Any]:
    return {
        "reference": confirmation.reference,
        "submitted_at": at,
        "mapping_version": confirmation.mapping_version,
        "page_sha256": hashlib.sha256(confirmation.page).hexdigest(),
    }


def _with_work_item(error: FormNeedsPersonError, command: SubmitForm, pages: FormPages) -> ZorgidError:
    organisation = command.organisation
    page = manual_form.render(
        command.form,
        error.url,
        error.items,
        error.code,
        organisation=organisation.name,
        ura=organisation.ura,
        contact=contact_of(organisation.provider),
    )
    error.details.update(pages.write("work_item", page).as_details())
    return error


def _typed(filled: Filled) -> str:
    """Labels and values; values that may be about a person are masked."""
    lines = []
    for name, value in filled.entries:
        if name in filled.variables and isinstance(value, str):
            label, variable = filled.variables[name]
            if not variable.startswith(_PUBLIC):
                value = mask_email(value) if "@" in value else mask(value)
            lines.append(f"{label}: {value}\n")
    return "".join(lines)
