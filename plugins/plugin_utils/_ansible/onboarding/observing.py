# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Observes one organisation: everything that decides its plan. Reads only.

It uses the organisation's own variables and credentials, in its own process or in that of another organisation
(``ahead``). Shared things are read once, by the first process. Errors that a person can correct are not raised; they
become troubles in the plan.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import gc
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.moments import now
from ....module_utils._common.organisation import Organisation, check_organisation
from ....module_utils._dossier import said
from ....module_utils._dossier.store import DossierStore
from ....module_utils._onboarding import recording, remembered
from ....module_utils._onboarding.answers import in_order
from ....module_utils._onboarding.deciding import plan
from ....module_utils._onboarding.document import REJECTED
from ....module_utils._onboarding.known import Known
from ....module_utils._onboarding.observed import ABSENT, NOT_ASKED, Look, Observed, Portal, Seen, Trouble
from ....module_utils._onboarding.plan import Plan
from ....module_utils._onboarding.policy import Policy
from ....module_utils._onboarding.runs import Host
from ....module_utils._onboarding.steps import Effect, Need
from ....module_utils._onboarding.wire import pack
from ....module_utils._use_cases import link_dossiers
from .. import mailbox, make_document
from ..action import Options, Result, ZorgidAction
from ..opening import place_of
from . import (
    ahead,
    arguments,
    form_look,
    mail_fetched,
    mailbox_look,
    plan_facts,
    portal_look,
    remembering,
    smtp_look,
    uzi_look,
    variables,
    warm,
)
from .beginning import BEGUN, folder_of, job_of
from .channel import bad, channel, trouble_of
from .mailbox_look import MailboxLook
from .options import options_of, users_defaults
from .put_back import letter_lost, put_back, with_letter
from .remembering import person_of
from .run_plan import STATUS, Found
from .shared import OncePerRun
from .templates import compiled_once

#: An observation may show that another one is needed. After this many rounds, the requested ones cannot be made.
_ROUNDS = 3

warm.up()


def observe(action: ZorgidAction) -> Result:
    """The action ``onboarding_observe``."""
    # This process ends with its task; the cycle collector would take a tenth of its time.
    gc.disable()
    name = str(action.task_vars[BEGUN]["run"])
    folder = folder_of(name)

    def look(one: ZorgidAction) -> str:
        return json.dumps(pack(Observer(one, folder, now()).observe()))

    return {"run": name, "observed": ahead.observed(action, OncePerRun(folder), look)}


class Observer:
    def __init__(self, action: ZorgidAction, folder: Path, at: datetime.datetime) -> None:
        self._action, self._now = action, at
        self._folder, self._shared = folder, OncePerRun(folder)

    def observe(self) -> Found:
        """All observations of this organisation, or the trouble that prevents them."""
        action = self._action
        name = str(action.task_vars["inventory_hostname"])
        try:
            with compiled_once(action._templar, self._folder):
                given = variables.read(action.task_vars, action._templar.template)
        except ZorgidError as error:
            return Found(Host(Policy(name), Known(""), trouble=Trouble.of(error)))
        policy = policy_of(given, name, action.task_vars)
        try:
            with place_of(arguments.opening(given)).open(read_only=True, held=True) as store:
                return Looking(action, self._shared, store, given, policy, self._now).look()
        except (ZorgidError, OSError) as error:
            # An error of the dossier itself; all other errors have a place in the plan.
            organisation = given["organisation"]
            known = Known(str(organisation.get("ura") or ""), str(organisation.get("name") or ""))
            return Found(Host(policy, known, trouble=trouble_of(error)))


def policy_of(given: dict[str, Any], host: str, task_vars: dict[str, Any]) -> Policy:
    return Policy(
        host,
        given["environment"],
        proof_needed=given["environment"] == "production",
        run_tags=frozenset(map(str, task_vars.get("ansible_run_tags") or ["all"])),
        skip_tags=frozenset(map(str, task_vars.get("ansible_skip_tags") or [])),
        notices=bool(given["notices"]),
    )


@dataclass(frozen=True)
class Whole:
    """Facts about a dossier as a whole. ``name`` identifies it, even if it is reached in different ways; ``trouble``:
    why nothing is done with it."""

    name: str
    trouble: Trouble | None
    documents_today: int
    notices_today: int
    organisations: int
    going: int


T = TypeVar("T")


def looked(look: Callable[[], Seen[T]]) -> Seen[T]:
    try:
        return look()
    except (ZorgidError, OSError) as error:
        return bad(error)


class Looking:
    """One organisation whose dossier is open."""

    def __init__(
        self,
        action: ZorgidAction,
        shared: OncePerRun,
        store: DossierStore,
        given: dict[str, Any],
        policy: Policy,
        at: datetime.datetime,
    ) -> None:
        self._action, self._shared, self._store = action, shared, store
        self._given, self._policy, self._now = given, policy, at
        self._ura = str(given["organisation"]["ura"])

    def look(self) -> Found:
        whole = self._whole()
        known, self._dossier = remembering.read(self._store, self._ura)
        known = with_letter(known, self._given)
        known = dataclasses.replace(known, unusable=whole.trouble or known.unusable)
        if self._action.task_vars.get(STATUS):
            shown = Observed(organisation=self._organisation()[0])
            found = Host(self._policy, remembered.for_results(known), shown)
            return Found(found, dossier=whole.name, report_dir=self._report_dir(), handed_dir=self._handed_dir())
        mail = MailboxLook(ABSENT)
        observed = Observed()
        if plan(known, observed, self._policy, self._now).steps:
            # Otherwise it is on hold, withdrawn or unusable, and nothing more is observed.
            observed, mail = self._first(known)
        made = plan(known, observed, self._policy, self._now)
        for _round in range(_ROUNDS):
            more = self._more(observed, mail, made)
            if more == observed:
                break
            observed = more
            made = plan(known, observed, self._policy, self._now)
        self._why_rejected(made, mail)
        if Effect.SIGN_DOCUMENT in made.effects and not self._action.check_mode:
            # The effect reports the error.
            with contextlib.suppress(ZorgidError, OSError):
                uzi_look.ask_ahead(self._document(), self._store, self._certificate)
        with self._store.at_once():
            lost = put_back(self._store, self._given, check_mode=True) or letter_lost(self._store, self._given, made)
        lost |= bool(observed.portal.value and observed.portal.value.letters_lost)
        host = Host(
            self._policy, remembered.for_results(known), observed, list_file=portal_look.shared_list(self._given)
        )
        facts = {}
        if plan_facts.are_needed(self._action.task_vars):
            defaults = users_defaults(self._action)
            facts = plan_facts.of_organisation(self._given, self._action.task_vars, host, self._store, defaults)
        return Found(
            host,
            channel=mail.channel,
            news=mail.news,
            records=bool(recording.records(known, made))
            or self._lacks_work_item(made)
            or self._lacks_link(made, observed),
            dossier=whole.name,
            report_dir=self._report_dir(),
            handed_dir=self._handed_dir(),
            documents_today=whole.documents_today,
            notices_today=whole.notices_today,
            organisations=whole.organisations,
            going=whole.going,
            new=not known.name,
            lost=lost,
            facts=facts,
        )

    def _handed_dir(self) -> str:
        return str(self._given["handed_dir"])

    def _report_dir(self) -> str:
        """Resolved, because the same folder may be written in several ways."""
        return os.path.realpath(str(self._given["report_dir"]))

    def _why_rejected(self, made: Plan, mail: MailboxLook) -> None:
        """Write VZVZ's reason to the run's folder, for the table (decision 0163)."""
        rejected = next((one.trouble for one in made.steps if one.trouble and one.trouble.code == REJECTED), None)
        if rejected is None:
            return
        # If the mail cannot be fetched, its date and Message-ID show where to find the reason.
        with contextlib.suppress(ZorgidError, OSError):
            mail_fetched.rejection_reason(
                self._reading,
                mail.row(rejected.mail),
                store=self._store,
                shared=self._shared,
                people=self._given["organisation"].get("people") or {},
            )

    def _lacks_link(self, made: Plan, observed: Observed) -> bool:
        if not made.steps or recording.is_anothers(made):
            return False  # As ``carrying`` writes none then.
        return link_dossiers.lacks(self._store, self._ura, observed.continues)

    def _lacks_work_item(self, made: Plan) -> bool:
        """Whether a form that waits for a person lacks its work item, or a work item is left over."""
        form = form_look.by_hand(made)
        if form is None:
            return bool(form_look.left_over(self._given["handed_dir"], self._ura, made))
        return form_look.lacks_work_item(self._options("intake_form", arguments.application_form(self._given)), form)

    def _whole(self) -> Whole:
        """Once per run for each dossier: check the whole journal, and count what was sent today."""
        store, at = self._store, self._now

        def read() -> dict[str, Any]:
            check = store.verify_journal()
            dossiers = store.read_all()
            return {
                "identity": store.whose.identity,
                "message": "" if check.whole else check.message,
                "documents": remembered.documents_today(dossiers, at),
                "notices": remembered.notices_today(dossiers, at),
                "organisations": len(dossiers),
                "going": sum(said.withdrawn(one.words) is None for one in dossiers),
            }

        name = channel(self._shared, "dossier", self._given["dossier_url"])
        journal = self._shared.get({"dossier": name}, read)
        trouble = None
        if journal["message"]:
            trouble = Trouble(
                "dossier_journal_broken",
                f"Nothing is done on this dossier: {journal['message']}",
                expected="a journal with every row as it was written",
                action="look at it with gbz.zorgid.dossier_info, and put back a sound copy",
            )
        # A dossier that two database users open is the same one. A dossier that does not exist yet has no identity,
        # only its URL.
        numbers = [journal[name] for name in ("documents", "notices", "organisations", "going")]
        return Whole(journal["identity"] or name, trouble, *numbers)

    def _first(self, known: Known) -> tuple[Observed, MailboxLook]:
        """The observations of every run."""
        given, store = self._given, self._store
        signed = known.step("document_signed")
        certificate, document = self._uzi(signed.evidence, by_hand=signed.attested is not None)
        mail = self._mail()
        name, who = self._organisation()
        observed = Observed(
            organisation=name,
            certificate=certificate.certificate,
            key=certificate.key,
            document=document,
            mailbox=mail.mailbox,
            smtp=NOT_ASKED if given.get("smtp") else ABSENT,
            portal=looked(partial(self._portal, known)),
            answers=mail.answers,
            continues=link_dossiers.look(store, self._ura, given["organisation"].get("continues")),
            person=person_of(store, self._ura, who.people.portal_administrator) if who else None,
        )
        return observed, mail

    def _organisation(self) -> tuple[Seen[str], Organisation | None]:
        found = looked(lambda: Seen.good(check_organisation(self._given["organisation"])))
        return Seen(found.look, found.value.name if found.value else None, found.trouble), found.value

    def _uzi(self, evidence: Mapping[str, Any], *, by_hand: bool) -> tuple[uzi_look.CertificateLook, Seen[Any]]:
        try:
            options = self._options("organisation_document", arguments.organisation_document(self._given))
            signer = make_document.signer_of(options)
        except ZorgidError as error:
            return uzi_look.CertificateLook(bad(error)), Seen(Look.NOT_ASKED)
        # Certificate and key can be observed even if the organisation's data are not valid.
        self._key, self._document = signer.source, partial(make_document.command_of, options)
        seen = uzi_look.certificate(self._action, signer, host=self._given["certificate_host"], shared=self._shared)
        self._certificate = seen
        if by_hand:
            verification = partial(make_document.verification_of, options)
            return seen, uzi_look.document_by_hand(verification, store=self._store, judge=seen.judge)
        return seen, uzi_look.document(self._document, known_evidence=evidence, store=self._store, certificate=seen)

    def _mail(self) -> MailboxLook:
        if not self._given.get("imap"):
            return MailboxLook(ABSENT)
        try:
            self._reading = mailbox.command_of(self._options("mailbox_info", arguments.mailbox_info(self._given)))
        except ZorgidError as error:
            return MailboxLook(bad(error))
        return mailbox_look.look(
            self._reading,
            ura=self._ura,
            store=self._store,
            shared=self._shared,
            dossier=self._dossier,
            # Check mode writes nothing, not even for the other slices.
            job="" if self._action.check_mode else job_of(self._action.task_vars),
        )

    def _portal(self, known: Known) -> Seen[Portal]:
        given = self._given
        if not (given.get("portal") or {}).get("driver"):
            return Seen(Look.ABSENT)
        return portal_look.look(
            self._options("portal_accounts_info", arguments.portal(given)),
            shared=self._shared,
            administrators_list=given["administrators"] or None,
            employees=portal_look.employees_of(given, self._action.task_vars),
            purge=given["purge"],
            store=self._store,
            submissions=self._dossier.submissions if self._dossier else (),
            letters_dir=arguments.invitations_dir(given),
            can_log_in=known.can_log_in,
            host=str(self._action.task_vars.get("inventory_hostname") or ""),
        )

    def _more(self, observed: Observed, mail: MailboxLook, made: Plan) -> Observed:
        """The further observations that the plan requests, because an effect needs them."""
        found: dict[str, Any] = {}
        asks = made.looks
        if Need.KEY in asks and observed.certificate.look is Look.GOOD:
            found["key"] = uzi_look.key(self._key, self._certificate)
        if Need.SMTP in asks and observed.smtp.look is Look.NOT_ASKED:
            found["smtp"] = looked(self._smtp)
        if Need.APPLICATION_FORM in asks:
            found["application_form"] = looked(self._application_form)
        if Need.FOLLOW_UP_FORM in asks:
            found["follow_up_form"] = looked(partial(self._follow_up_form, observed, mail))
        return dataclasses.replace(observed, **found)

    def _smtp(self) -> Seen[bool]:
        mailed = self._options("document_delivery", arguments.document_delivery(self._given))
        return smtp_look.look(mailed, shared=self._shared)

    def _application_form(self) -> Seen[bool]:
        return form_look.application(self._options("intake_form", arguments.application_form(self._given)))

    def _follow_up_form(self, observed: Observed, mail: MailboxLook) -> Seen[bool]:
        # The link itself is in no variable and no result, because anyone who has it can fill in the form.
        options = self._options("intake_form", arguments.follow_up_form(self._given, "fetched when it is used"))
        row = mail.row(newest_of(observed, "follow_up_link"))
        return form_look.follow_up(options, partial(mail_fetched.follow_up_link, self._reading, row, store=self._store))

    def _options(self, name: str, made: arguments.Arguments) -> Options:
        return options_of(self._action, name, made)


def newest_of(observed: Observed, kind: str) -> str:
    """The Message-ID of VZVZ's newest mail of this kind, which applies by the plan."""
    mine = [one for one in observed.answers if one.kind == kind and not one.problem]
    return in_order(mine)[-1].message_id
