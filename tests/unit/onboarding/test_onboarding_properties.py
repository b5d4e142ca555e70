# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every plan, whatever the dossier holds and whatever a run sees."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding import telling
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import (
    DocumentSeen,
    Look,
    Observed,
    Seen,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import Plan, State
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.policy import Policy
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import NEEDS, STEPS, Effect
from ansible_collections.gbz.zorgid.plugins.module_utils._report.notices import due
from ansible_collections.gbz.zorgid.tests.support.onboarding_strategies import BAD, NAMES, situations
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import (
    CONTENT,
    NOW,
    POLICY,
    THUMBPRINT,
    days,
    done,
    known_until,
    seen,
    submission,
    with_step,
    with_words,
    word,
)

PORTAL = {Effect.KEEP_ADMINISTRATORS, Effect.KEEP_EMPLOYEES}
MAIL = {Effect.SEND_NOTICES, Effect.INVITE}


@pytest.mark.heavy
@situations
def test_an_effect_has_all_that_it_needs(known: Known, seen: Observed, policy: Policy) -> None:
    found = plan(known, seen, policy, NOW)
    for effect in found.effects:
        for need in NEEDS[effect]:
            assert getattr(seen, need.value).look in (Look.GOOD, Look.ABSENT), (effect, need)
        if effect in MAIL:
            assert policy.notices
            assert seen.smtp.look is Look.GOOD
        assert policy.allows(effect)
    for step in found.parts:
        if step.effects:
            assert step.state in (State.DO, State.WAIT)
        assert step.state is not State.STOP or step.trouble is not None


@pytest.mark.heavy
@situations
def test_employees_are_active_only_when_the_portal_shows_each_of_them(
    known: Known, seen: Observed, policy: Policy
) -> None:
    found = plan(known, seen, policy, NOW)
    step = next((one for one in found.steps if one.step == "employees_active"), None)
    if step is None or step.state is not State.DONE:
        return
    shown = seen.portal.value
    if shown is None or shown.employees is None:
        assert known.step("employees_active").attested
        return
    mine = shown.employees
    assert mine.wanted > 0
    assert mine.registered >= mine.wanted
    assert mine.active >= mine.wanted
    assert mine.stop is None
    assert shown.also_of is None
    assert not (shown.by_click and known.portal_changed_at and shown.as_of < known.portal_changed_at)


@pytest.mark.heavy
@situations
def test_nothing_of_the_application_holds_back_the_portal(known: Known, seen: Observed, policy: Policy) -> None:
    broken = dataclasses.replace(
        seen, certificate=BAD, key=BAD, smtp=BAD, mailbox=BAD, application_form=BAD, document=BAD, organisation=BAD
    )
    whole, other = plan(known, seen, policy, NOW), plan(known, broken, policy, NOW)
    assert [one for one in whole.effects if one in PORTAL] == [one for one in other.effects if one in PORTAL]


@pytest.mark.heavy
@situations
def test_a_document_that_vzvz_has_is_replaced_for_three_reasons_only(
    known: Known, seen: Observed, policy: Policy
) -> None:
    found = plan(known, seen, policy, NOW)
    if Effect.SIGN_DOCUMENT not in found.effects or known.step("document_sent").state != "done":
        return
    if known.step("document_signed").state != "done":
        return
    certificate, document = seen.certificate.value, seen.document.value
    renewed = certificate is not None and certificate.thumbprint != THUMBPRINT
    rejected = any(one.kind == "document_rejected" for one in seen.answers)
    corrected = document is not None and document.content != CONTENT
    assert renewed or (rejected and corrected) or known.word("undone", "document_sent")


@pytest.mark.heavy
@situations
def test_who_is_withdrawn_held_or_damaged_is_left_alone(known: Known, seen: Observed, policy: Policy) -> None:
    found = plan(known, seen, policy, NOW)
    stopped = known.unusable or known.stands("hold", "go_on") or known.stands("withdrawn", "undone")
    if stopped:
        assert set(found.effects) <= {Effect.DESTROY_CODE}
        assert not found.remind
        assert found.note is not None
    else:
        assert [one.step for one in found.steps] == NAMES


@pytest.mark.heavy
@situations
def test_nobody_is_reminded_while_an_answer_is_not_understood(known: Known, seen: Observed, policy: Policy) -> None:
    spoken = any(one.word in ("done", "undone") for one in known.words) or any(
        one.attested for one in known.steps.values()
    )
    problems = [one for one in seen.answers if one.problem]
    # Read since: a person spoke of a step, or VZVZ wrote later what was understood.
    later = any(one.received_at and not one.problem for one in seen.answers)
    if (problems and not spoken and not later) or seen.mailbox.look is Look.BAD:
        assert not plan(known, seen, policy, NOW).remind
    if not problems and seen.mailbox.look is not Look.BAD:
        assert plan(known, seen, policy, NOW).remind or known.unusable or known.words


@pytest.mark.heavy
@situations
def test_what_is_announced_is_what_is_due_afterwards_and_is_sure(known: Known, seen: Observed, policy: Policy) -> None:
    found = plan(known, seen, policy, NOW)
    named = {(one.step, one.kind, one.role) for one in found.mails if one.effect is Effect.SEND_NOTICES}
    after = telling.expected(telling.dossier_of(known), found, NOW)
    assert {one.named for one in due(after, NOW, planned=named)} == named
    for name, kind, role in named:
        step = found.step(name)
        if kind == "status":
            assert step.state is State.DONE or step.effects
        elif role == "provider":
            assert step.trouble
            assert step.trouble.code == "sender_not_proven"
        else:
            assert step.state is State.WAIT
    if not found.remind:
        assert not [name for name, kind, _role in named if kind in ("reminder", "escalation") and STEPS[name].event]
    assert set(found.effects) & MAIL == {one.effect for one in found.mails}


@pytest.mark.heavy
@situations
def test_planned_again_after_being_carried_out_it_is_empty(known: Known, seen: Observed, policy: Policy) -> None:
    found = plan(known, seen, policy, NOW)
    after_known, after_seen = carried_out(known, seen, found)
    again = plan(after_known, after_seen, policy, NOW)
    if seen.answers and Effect.MAIL_DOCUMENT in found.effects:
        return  # an answer that came before its document went out counts once it has
    assert again.effects == (), (found.effects, again.effects)
    assert again.mails == (), (found.mails, again.mails)


@pytest.mark.heavy
@situations
def test_after_each_effect_the_rest_is_planned_still(known: Known, seen: Observed, policy: Policy) -> None:
    """The run plans again before each effect, by the dossier as it is then and what it saw at first: nothing that was
    planned is dropped because of what the run itself did."""
    effects = [one for one in plan(known, seen, policy, NOW).effects if one not in MAIL]
    for place, effect in enumerate(effects):
        known = dossier_after(known, seen, effect)
        again = plan(known, seen, policy, NOW).effects
        rest = set(effects[place + 1 :])
        if effect is Effect.SIGN_DOCUMENT and known.step("document_sent").attested:
            # A person recorded that it was mailed, which counts again once there is a signed document.
            rest -= {Effect.MAIL_DOCUMENT}
        assert rest <= set(again), (effects, effect, again)


SIGNED = "e" * 64


def dossier_after(known: Known, seen: Observed, effect: Effect) -> Known:
    """What the dossier says after this effect; its action records no other step."""
    document, certificate = seen.document.value, seen.certificate.value
    signer = certificate.thumbprint if certificate else THUMBPRINT
    submissions = dict(known.submissions)
    if effect is Effect.SUBMIT_APPLICATION:
        submissions["application_form"] = submission("application_form", ago=0)
        known = with_step(known, done("application_submitted", 0))
    elif effect is Effect.SIGN_DOCUMENT:
        content = document.content if document else CONTENT
        known = with_step(known, done("document_signed", 0, sha256=SIGNED, certificate=signer, content=content))
    elif effect is Effect.MAIL_DOCUMENT:
        digest = known.step("document_signed").evidence.get("sha256")
        before = 1 if "organisation_document" in submissions else 0
        mailed = submission("organisation_document", ago=0, documents_before=before)
        submissions["organisation_document"] = dataclasses.replace(mailed, digest=digest or mailed.digest)
        known = with_step(known, done("document_sent", 0, sha256=digest, sent_at=NOW.isoformat()))
    elif effect is Effect.SUBMIT_FOLLOW_UP:
        submissions["follow_up_form"] = submission("follow_up_form", ago=0)
        known = with_step(known, done("follow_up_submitted", 0))
    elif effect is Effect.MAKE_LETTER:
        known = with_step(known, done("activation_qr_received", 0))
        known = dataclasses.replace(known, code_kept=True, code_for=seen.person)
    elif effect is Effect.DESTROY_CODE:
        known = dataclasses.replace(known, code_kept=False)
    elif effect in PORTAL and seen.portal.value is not None and not seen.portal.value.by_click:
        known = dataclasses.replace(known, portal_changed_at=NOW)
    return dataclasses.replace(known, submissions=submissions)


def carried_out(known: Known, seen: Observed, found: Plan) -> tuple[Known, Observed]:
    """What the dossier knows and a run sees after each effect of the plan went well."""
    start = known
    for effect in found.effects:
        known = dossier_after(known, seen, effect)
        submissions = dict(known.submissions)
        if effect is Effect.SIGN_DOCUMENT:
            reported = known.step("document_signed").evidence
            made = DocumentSeen(SIGNED, reported["certificate"], "unchanged", reported["content"])
            seen = dataclasses.replace(seen, document=Seen.good(made))
        elif effect is Effect.SEND_NOTICES:
            named = {(one.step, one.kind, one.role) for one in found.mails}
            after = telling.expected(telling.dossier_of(start), found, NOW)
            for notice in due(after, NOW, planned=named):
                sent = submission(notice.submission, ago=0, role=notice.role)
                submissions[notice.submission] = dataclasses.replace(sent, digest=notice.digest)
        elif effect is Effect.INVITE and seen.portal.value:
            seen = dataclasses.replace(seen, portal=Seen.good(dataclasses.replace(seen.portal.value, invitations={})))
        elif effect in PORTAL and seen.portal.value is not None:
            which = "administrators" if effect is Effect.KEEP_ADMINISTRATORS else "employees"
            listed = getattr(seen.portal.value, which)
            registered = listed.registered if seen.portal.value.by_click else listed.wanted
            kept = dataclasses.replace(listed, operations={}, registered=registered)
            seen = dataclasses.replace(seen, portal=Seen.good(dataclasses.replace(seen.portal.value, **{which: kept})))
        known = dataclasses.replace(known, submissions=submissions)
    recorded = telling.expected(telling.dossier_of(start), found, NOW).milestones
    for name, milestone in recorded.items():
        if known.step(name) == start.step(name):
            known = with_step(known, milestone)
    # What was answered before is seen before what was sent now.
    reported = tuple(dataclasses.replace(one, seen_at=days(0.0001)) for one in seen.answers)
    return known, dataclasses.replace(seen, answers=reported)


def test_of_an_organisation_registered_before_what_was_signed_anew_is_mailed() -> None:
    """Rejected, corrected and signed, also where the run was interrupted before it mailed the new document."""
    known = with_words(known_until("document_sent"), word("registered_before"))
    assert Effect.MAIL_DOCUMENT not in plan(known, seen(), POLICY, NOW).effects
    known = with_step(known, done("document_signed", 0, sha256=SIGNED, certificate=THUMBPRINT, content=CONTENT))
    assert Effect.MAIL_DOCUMENT in plan(known, seen(), POLICY, NOW).effects
