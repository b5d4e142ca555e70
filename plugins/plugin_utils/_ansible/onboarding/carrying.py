# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out one effect of the plan: decide again, run its public action, report.

A failure is a result and not a failed task, so that it is shown once, in the table; effects that do not depend on this
one continue.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.files import write_atomic
from ....module_utils._common.moments import now
from ....module_utils._common.organisation import check_organisation
from ....module_utils._common.ura import Ura
from ....module_utils._dossier.limits import DayLimit
from ....module_utils._dossier.model import REASON, Dossier
from ....module_utils._dossier.store import DossierStore
from ....module_utils._onboarding import digest, recording, remembered
from ....module_utils._onboarding.carried import failed
from ....module_utils._onboarding.deciding import plan
from ....module_utils._onboarding.known import Known
from ....module_utils._onboarding.observed import Observed, Trouble
from ....module_utils._onboarding.plan import Plan, State
from ....module_utils._onboarding.recording import Record
from ....module_utils._onboarding.runs import Host, RunBounds, stopped, twin
from ....module_utils._onboarding.steps import Effect
from ....module_utils._onboarding.style import safe_line as words
from ....module_utils._onboarding.wire import pack, unpack
from ....module_utils._use_cases import link_dossiers
from ....module_utils._use_cases.read_mailbox import ReadMailbox
from ....module_utils._uzi.store import StorePlace
from .. import mailbox
from ..action import Result, ZorgidAction
from ..opening import place_of
from . import arguments, day_limits, form_look, mail_fetched, mailbox_look, plan_facts, portal_look, variables
from .beginning import BEGUN, folder_of
from .channel import trouble_of
from .observing import Observer, newest_of
from .options import Done, options_of, run, users_defaults
from .put_back import letter_lost, put_back, put_back_invitations, with_letter
from .remembering import remembered_of, write_down
from .run_plan import DECIDED, MAIL, PUT_BACK, RECORD, WORK, Found, found_of
from .shared import OncePerRun
from .signing_together import SharedStore
from .templates import compiled_once

LINK_FOR = "link_for"
#: Effects that a limit stops together.
_HELD = (Effect.SIGN_DOCUMENT, Effect.MAIL_DOCUMENT)
STEPS = (PUT_BACK, MAIL, *(effect.value for effect in Effect), RECORD)


def carry_out(action: ZorgidAction, step: str) -> Result:
    """``status``: done, failed, dropped (not wanted any more, or another run does it), or would_do in check mode; with
    ``trouble``."""
    name = str(action.task_vars[BEGUN]["run"])
    if action.check_mode:
        return {"changed": True, "run": name, "effect": step, "status": "would_do"}
    carrying = Carrying(action)
    try:
        result = carrying.do(step)
    except (ZorgidError, OSError) as error:
        result = {"status": "failed", "trouble": pack(trouble_of(error))}
    if step not in (PUT_BACK, MAIL, RECORD):
        carrying.remember(step, result)
    return {"run": name, "effect": step, **result}


class Carrying:
    """One organisation with effects to carry out."""

    def __init__(self, action: ZorgidAction) -> None:
        self._action = action
        self._host = str(action.task_vars["inventory_hostname"])
        self._folder = folder_of(str(action.task_vars[BEGUN]["run"]))
        self._shared = OncePerRun(self._folder)
        self._found: Found = found_of(action.task_vars, self._host, str(action.task_vars[BEGUN]["run"]))
        with compiled_once(action._templar, self._folder):
            self._given = variables.read(action.task_vars, action._templar.template)
        self._ura = self._found.host.known.ura

    def do(self, step: str) -> Result:
        """Carry out one item of the loop."""
        if self._found.news:
            # The first process writes the mail before any effect, so that each mail's ``seen_at`` is before the moment
            # of what is sent now.
            self._write_mail()
        if step == MAIL:
            return {"changed": True, "status": "done"}
        if step == PUT_BACK:
            return self._put_back()
        if step == RECORD:
            return self._record()
        self._effect = effect = Effect(step)
        host = self._found.host
        with place_of(arguments.opening(self._given)).open(read_only=True) as store:
            self._known = with_letter(remembered_of(store, self._ura), self._given)
        # Decided from the dossier's present state and this run's observations.
        made = plan(self._known, host.observed, host.policy, now())
        if effect not in made.effects:
            return {"status": "dropped", "trouble": pack(_stale(made, effect))}
        if self._action.task_vars[DECIDED].get("approved"):
            self._refuse_changed()
        if trouble := self._take(self._known, made):
            return {"status": "failed", "trouble": pack(trouble)}
        if effect in _HELD and (trouble := self._bounded()):
            # The application is sent with its document, or not at all.
            return {"status": "failed", "trouble": pack(trouble)}
        result, trouble = getattr(self, effect.value)()
        item_result: Result = {"changed": bool(result.get("changed")), "status": _status(trouble)}
        if trouble:
            item_result["trouble"] = pack(trouble)
        if warnings := [words(str(one)) for one in result.get("warnings") or []]:
            # Ansible shows warnings, such as a page that could not be stored; they stop nothing.
            item_result["warnings"] = warnings
        return {**item_result, "changes": dict(result.get("summary") or {})}

    def _refuse_changed(self) -> None:
        """Files are read again by each effect, so those of an approved plan are compared before it. Error:
        ``plan_stale``."""
        with place_of(arguments.opening(self._given)).open(read_only=True) as store:
            changed = plan_facts.changed(
                self._found.facts,
                self._given,
                self._action.task_vars,
                self._found.host,
                store,
                users_defaults(self._action),
            )
        if changed:
            raise ZorgidError(
                "plan_stale",
                "A file was changed after the approved plan was begun, so this was not done",
                expected="the files as they were when the plan was approved",
                found=f"a difference in {', '.join(digest.ASPECTS[one] for one in changed)}",
                action="make a plan again, and let somebody approve that",
            )

    def _take(self, known: Known, made: Plan) -> Trouble | None:
        """Take the organisation for this host of the inventory, before anything is done for it. The trouble if another
        host with the same URA number has it: another run may see only that one."""
        host, before = self._found.host, self._found.host.known.host
        mine = host.policy.host
        if known.host == mine or recording.is_anothers(made):
            return None
        other = known.host if known.host not in (None, before) else None
        if (
            other is None
            and made.steps
            and made.step("prepared").state is State.DONE
            and host.observed.organisation.value
        ):
            with place_of(arguments.opening(self._given)).open(read_only=False) as store:
                other = store.take(self._ura, mine, host.observed.organisation.value, seen=before)
        return twin(self._ura, mine, [other], alone=True) if other else None

    def _bounded(self) -> Trouble | None:
        return next((one for one in self._failures().values() if one.code == "documents_bounded"), None)

    def _write_mail(self) -> None:
        with place_of(arguments.opening(self._given)).open(read_only=False) as store:
            uras = [str(one) for one in self._action.task_vars[DECIDED]["uras"]]
            mailbox_look.record(store, self._shared, [self._found.channel], uras)

    def _put_back(self) -> Result:
        host = self._found.host
        with place_of(arguments.opening(self._given)).open(read_only=True) as store:
            known = remembered_of(store, self._ura)
            changed = put_back(store, self._given, check_mode=False)
            letter = letter_lost(store, self._given, plan(known, host.observed, host.policy, now()))
        if letter:
            code = str(known.step("activation_qr_received").evidence.get("message_id") or "")
            result, trouble = run(self._action, "activation_qr", arguments.activation_qr(self._given, code))
            changed |= bool(result.get("changed"))
            if trouble:
                return {"changed": changed, "status": "failed", "trouble": pack(trouble)}
        if host.observed.portal.value and host.observed.portal.value.letters_lost:
            seen = options_of(self._action, "portal_accounts_info", arguments.portal(self._given))
            employees = portal_look.employees_of(self._given, self._action.task_vars)
            changed |= put_back_invitations(seen, self._given, employees)
        return {"changed": changed, "status": "done"}

    def _record(self) -> Result:
        """Observe again what the effects changed, and record the organisation's present state."""
        host = Observer(self._action, self._folder, now()).observe().host
        if host.trouble is not None:
            return {"status": "failed", "trouble": pack(host.trouble)}
        made = failed(plan(host.known, host.observed, host.policy, now()), self._failures())
        if trouble := self._take(host.known, made):
            return {"changed": False, "status": "done", "plan": json.dumps(pack(stopped(host.known, trouble)))}
        with place_of(arguments.opening(self._given)).open(read_only=False) as store:
            changed = write_down(store, self._ura, self._with_reason(store, host, recording.records(host.known, made)))
            changed |= self._note_person(store, host)
            if made.steps and not recording.is_anothers(made):
                changed |= link_dossiers.write(store, self._ura, host.observed.continues)
        changed |= self._work_item(host, made)
        # Mail to people comes later; its own item reports the outcome.
        shown = dataclasses.replace(made, mailing=(), mails=())
        return {"changed": changed, "status": "done", "plan": json.dumps(pack(shown))}

    def _work_item(self, host: Host, made: Plan) -> bool:
        """Write the page for a form that a person has to fill in, or delete it after the form was submitted."""
        form = form_look.by_hand(made)
        left = form_look.left_over(self._given["handed_dir"], self._ura, made)
        for page in left:
            page.unlink(missing_ok=True)
        if form is None:
            return bool(left)
        if form == "application":
            return form_look.work_item(options_of(self._action, "intake_form", arguments.application_form(self._given)))
        options = options_of(self._action, "intake_form", arguments.follow_up_form(self._given, "fetched"))
        return form_look.work_item(options, partial(self._follow_up_link, host.observed))

    def _with_reason(self, store: DossierStore, host: Host, records: Sequence[Record]) -> list[Record]:
        """Add VZVZ's reason for the board. If the mail cannot be read again, the reason is missing, which stops
        nothing."""
        found = list(records)
        for number, one in enumerate(found):
            if one.error_code != "document_rejected":
                continue
            wanted = newest_of(host.observed, "document_rejected")
            row = next((each for each in store.read(self._ura).observations if each.message_id == wanted), None)
            with suppress(ZorgidError, OSError):
                reading = self._reading()
                people = self._given["organisation"].get("people") or {}
                if row and (
                    why := mail_fetched.rejection_reason(reading, row, store=store, shared=self._shared, people=people)
                ):
                    found[number] = dataclasses.replace(one, message=f"{one.message} {REASON}{why}")
        return found

    def _note_person(self, store: DossierStore, host: Host) -> bool:
        """Record for whom VZVZ's link came: it is used for this person only."""
        if host.known.link_for or not any(one.kind == "follow_up_link" for one in host.observed.answers):
            return False
        person = check_organisation(self._given["organisation"]).people.portal_administrator
        change = store.observations.note(self._ura, LINK_FOR, person.identity)
        return change is not None and change.changed

    def remember(self, step: str, result: Result) -> None:
        """Write the result for this run's record, because items of a loop do not see each other's results."""
        outcomes = {**self._outcomes(), step: {name: result.get(name) for name in ("status", "trouble")}}
        write_atomic(self._outcome_path, json.dumps(outcomes).encode())

    def _failures(self) -> dict[Effect, Trouble]:
        return {
            Effect(step): unpack(Trouble, one["trouble"])
            for step, one in self._outcomes().items()
            if one["status"] == "failed"
        }

    def _outcomes(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._outcome_path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return found

    @property
    def _outcome_path(self) -> Path:
        return self._folder / f"outcome-{hashlib.sha256(self._host.encode()).hexdigest()}.json"

    # One method for each effect; each returns the public action's result, and why it failed.

    def submit_application(self) -> Done:
        day = day_limits.documents(self._bounds())
        return self._run("intake_form", arguments.application_form(self._given), day=day)

    def _bounds(self) -> RunBounds:
        """The limits of this organisation's dossier in this run."""
        limits: RunBounds = unpack(RunBounds, self._action.task_vars[DECIDED]["limits"][self._found.dossier])
        return limits

    def sign_document(self) -> Done:
        return self._run("organisation_document", arguments.organisation_document(self._given), stored=self._stored)

    def _stored(self, place: StorePlace) -> SharedStore:
        """The run's listing of the Windows store, with keys whose signatures are made together with those of other
        organisations."""
        host, work = self._given["certificate_host"], self._action.task_vars[DECIDED]["work"]
        signers = [str(one["host"]) for one in work if Effect.SIGN_DOCUMENT.value in one["effects"]]
        ura = Ura.of(self._given["organisation"]["ura"]).text
        return SharedStore(
            self._action, place, host, self._shared, ura, lambda together: partial(together.sign, signers)
        )

    def mail_document(self) -> Done:
        day = day_limits.documents(self._bounds())
        return self._run("document_delivery", arguments.document_delivery(self._given), day=day)

    def submit_follow_up(self) -> Done:
        link = self._follow_up_link(self._found.host.observed)
        return self._run("intake_form", arguments.follow_up_form(self._given, link))

    def _follow_up_link(self, observed: Observed) -> str:
        reading = self._reading()
        with place_of(arguments.opening(self._given)).open(read_only=True) as store:
            rows = store.read(self._ura).observations
            wanted = newest_of(observed, "follow_up_link")
            row = next(one for one in rows if one.message_id == wanted)
            return mail_fetched.follow_up_link(reading, row, store=store)

    def _reading(self) -> ReadMailbox:
        return mailbox.command_of(options_of(self._action, "mailbox_info", arguments.mailbox_info(self._given)))

    def make_letter(self) -> Done:
        message_id = newest_of(self._found.host.observed, "activation_qr")
        return self._run("activation_qr", arguments.activation_qr(self._given, message_id))

    def destroy_code(self) -> Done:
        return self._run("activation_qr", arguments.activation_qr_absent(self._given))

    def keep_administrators(self) -> Done:
        return self._run("portal_administrators", arguments.portal_administrators(self._given))

    def keep_employees(self) -> Done:
        return self._run("employee_accounts", arguments.employee_accounts(self._given))

    def send_notices(self) -> Done:
        mails = {(step, kind, role) for step, kind, role, _count in self._planned_mails()}
        options, day = arguments.onboarding_notices(self._given), day_limits.notices(self._bounds())
        result, trouble = self._run("onboarding_notices", options, planned=mails, day=day)
        sent = [one for one in result.get("notices") or [] if one.get("status") == "sent"]
        return {**result, "summary": dict(Counter(str(one["kind"]) for one in sent))}, trouble

    def invite(self) -> Done:
        kinds = {"invitation": "invited", "reminder": "reminded"}
        mails = {kinds[kind]: count for _step, kind, _role, count in self._planned_mails()}
        result, trouble = self._run("employee_invitations", arguments.employee_invitations(self._given), planned=mails)
        summary = result.get("summary") or {}
        return {
            **result,
            "summary": {kind: summary[word] for kind, word in kinds.items() if summary.get(word)},
        }, trouble

    def _planned_mails(self) -> list[tuple[str, str, str, int]]:
        """The mails of this effect in the run's plan; one that is not due any more is not sent."""
        mails = self._action.task_vars[WORK]["mails"]
        return [
            (str(a), str(b), str(c), int(count)) for effect, a, b, c, count in mails if effect == self._effect.value
        ]

    def _run(
        self,
        name: str,
        made: arguments.Arguments,
        *,
        day: DayLimit | None = None,
        planned: Any = None,
        stored: Any = None,
    ) -> Done:
        return run(self._action, name, made, still=self._still, day=day, planned=planned, stored=stored)

    def _still(self, dossier: Dossier) -> str | None:
        """Called under the claim: plans again with the dossier's present state."""
        host = self._found.host
        known = remembered.known(dossier)
        fresh = dataclasses.replace(
            self._known, steps=known.steps, submissions=known.submissions, words=known.words, unusable=known.unusable
        )
        made = plan(fresh, host.observed, host.policy, now())
        return None if self._effect in made.effects else _stale(made, self._effect).found


def _status(trouble: Trouble | None) -> str:
    if trouble is None:
        return "done"
    # Under its claim, the action found that another run did it or works on it; that is not an error.
    return "dropped" if trouble.code in ("plan_stale", "submission_elsewhere") else "failed"


def _stale(made: Plan, effect: Effect) -> Trouble:
    """Why a planned effect is not wanted any more."""
    why = (
        made.note.message
        if made.note
        else next((one.because or one.what for one in made.steps if effect.value in str(one.effects)), "")
    )
    return Trouble(
        "plan_stale",
        "What was planned is no longer wanted, so it was not done",
        expected="a dossier that has not changed since this run read it",
        found=why or "it has changed since then, or an earlier step did not succeed",
        action="run again: the next run uses the current dossier",
    )
