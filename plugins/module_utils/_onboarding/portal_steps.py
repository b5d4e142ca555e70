# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps 5 to 7: what the portal shows. A broken certificate, mailbox or form never blocks these steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from .context import Context
from .known import Known
from .observed import Accounts, Look, Moment, Observed, Portal, Seen, Trouble, by_word
from .plan import Planned, State
from .policy import Policy
from .steps import TABLE, Effect, Need


def identity_activated(context: Context) -> Planned:
    name, known = "identity_activated", context.known
    portal, proven = context.observed.portal.value, _shows_active(context)
    # An organisation that was registered before has an administrator, unless the portal shows that nobody can log in.
    before = context.registered_before and (portal is None or _is_evidence(context, portal) is not None)
    if proven or known.step(name).state == "done" or before:
        because = "an administrator of this organisation can log in to the portal" if proven else ""
        planned = context.done(name, because, {"proof": "portal"} if proven else {})
        if known.code_kept and context.policy.allows(Effect.DESTROY_CODE):
            return Planned(name, State.DO, "the code was used", (Effect.DESTROY_CODE,), evidence=planned.evidence)
        return planned
    if missing := context.missing(name):
        return context.later(name, f"{missing} comes first")
    if Effect.MAKE_LETTER in context.before("activation_qr_received").effects:
        return context.wait(name, "portal_administrator", _ACTIVATE, "the letter is created in this run")
    return context.wait(name, "portal_administrator", _ACTIVATE)


def _shows_active(context: Context) -> bool:
    portal = context.observed.portal.value
    return portal is not None and _is_evidence(context, portal) is None and portal.administrator_active


def activated(context: Context) -> bool:
    """Whether somebody of this organisation has used a code, by the dossier or by the portal."""
    return context.known.step("identity_activated").state == "done" or _shows_active(context)


_ACTIVATE = "install the app, scan the code, and log in to the portal"


def administrators_registered(context: Context) -> Planned:
    name = "administrators_registered"
    return _kept(context, name, Effect.KEEP_ADMINISTRATORS, "administrators", "portal_administrator")


def employees_registered(context: Context) -> Planned:
    return _kept(context, "employees_registered", Effect.KEEP_EMPLOYEES, "employees", "portal_operator")


def _kept(context: Context, name: str, effect: Effect, which: str, who: str) -> Planned:
    seen = context.observed.portal
    attested = context.known.step(name).attested is not None
    if waits := _login(context, name, who):
        return waits
    if seen.look is Look.BAD and seen.trouble:
        # Shown once, at the first of the two steps.
        if name == "administrators_registered":
            return context.stop(name, seen.trouble)
        return context.later(name, "the problem with the portal must be solved first")
    accounts: Accounts | None = getattr(seen.value, which) if seen.value else None
    if seen.value is None or accounts is None:
        if attested:
            return context.done(name, "a person's word")
        if not context.before("identity_activated").satisfied:
            return context.later(name, "identity_activated comes first")
        return context.wait(
            name, who, f"register the {which} in the portal, then record it", "no list or no driver is configured"
        )
    if accounts.stop:
        return context.stop(name, accounts.stop, warnings=accounts.strays)
    if doubt := _is_evidence(context, seen.value):
        if name == "employees_registered" and context.before("administrators_registered").trouble == doubt:
            return context.later(name, "the portal must show this organisation first")
        return context.look(name, doubt, who)
    warnings = _warnings(accounts)
    if accounts.operations:
        because = ", ".join(f"{kind} {count}" for kind, count in sorted(accounts.operations.items()))
        because += f"; {accounts.coming}" if accounts.coming else ""
        # People who left are removed at once, even if other steps are not done.
        return context.warned(_planned(context, name, effect, because, seen.value, who, accounts.operations), *warnings)
    if accounts.wanted == 0:
        return context.look(name, _EMPTY, who, warnings=warnings)
    if accounts.registered < accounts.wanted:
        missing = accounts.wanted - accounts.registered
        return context.wait(name, who, f"register {missing} of {accounts.wanted} {which}", warnings=warnings)
    return context.warned(context.done(name, accounts.coming, {"accounts": accounts.wanted}), *warnings)


#: ``Planned.because`` of a step that waits until somebody logs in; a step that was done before stays recorded as done
NOBODY_IN = "nobody is logged in to the portal, so it was not read"


def _login(context: Context, name: str, who: str) -> Planned | None:
    """If the portal can only be read in the session of a person: whose login is needed, and the command."""
    trouble = context.observed.portal.trouble
    if trouble is None or trouble.code != "portal_login_needed":
        return None
    if not context.before("identity_activated").satisfied:
        return context.later(name, "identity_activated comes first")
    return context.wait(name, who, trouble.action, NOBODY_IN)


def _planned(
    context: Context,
    name: str,
    effect: Effect,
    because: str,
    portal: Portal,
    who: str,
    changes: Mapping[str, int],
) -> Planned:
    if not context.policy.allows(effect):
        return context.later(name, f"skipped by the tags of this run: {because}", left_out=True)
    if portal.by_click:
        return Planned(name, State.WAIT, because, (effect,), who=who, what="complete the worklist", changes=changes)
    return Planned(name, State.DO, because, (effect,), changes=changes)


def employees_active(context: Context) -> Planned:
    name, portal = "employees_active", context.observed.portal.value
    accounts = portal.employees if portal else None
    if waits := _login(context, name, "portal_operator"):
        return waits
    if portal is None or accounts is None:
        if context.known.step(name).attested is not None:
            return context.done(name, "a person's word")
        if context.is_absent(Need.PORTAL) and context.before("employees_registered").satisfied:
            return context.wait(
                name, "employees", "activate the app; then somebody records it", "no portal is configured"
            )
        return context.later(name, "employees_registered comes first")
    if _is_evidence(context, portal) or accounts.stop or accounts.wanted == 0:
        return context.later(name, "the portal must show this organisation's employees")
    if accounts.registered >= accounts.wanted and accounts.active >= accounts.wanted and not accounts.operations:
        return context.done(name, evidence={"accounts": accounts.wanted})
    # Nobody can activate an account that a worklist still has to register.
    if accounts.registered == 0 and not context.before("employees_registered").satisfied:
        return context.later(name, "employees_registered comes first")
    missing = accounts.wanted - accounts.active
    if missing <= 0:
        return context.later(name, "employees_registered comes first")
    return context.wait(name, "employees", f"activate the app ({missing} of {accounts.wanted} remaining)")


_PORTAL: dict[str, Callable[[Context], Planned]] = {
    "administrators_registered": administrators_registered,
    "employees_registered": employees_registered,
    "employees_active": employees_active,
}


def shown(known: Known, portal: Portal, now: Moment, names: Iterable[str]) -> tuple[Planned, ...]:
    """The portal's steps by what the portal shows alone; for an action that is used without a plan."""
    context = Context(known, Observed(portal=Seen.good(portal)), Policy(host=""), now)
    for step in TABLE:
        asked = step.name in names
        context.take(_PORTAL[step.name](context) if asked else Planned(step.name, State.DONE))
    return tuple(one for one in context.decided() if one.step in names)


def _is_evidence(context: Context, portal: Portal) -> Trouble | None:
    return proves_nothing(portal, context.known.portal_changed_at)


def proves_nothing(portal: Portal, changed: Moment | None) -> Trouble | None:
    """Why the portal's data prove nothing about this organisation now. ``changed``: the moment of the last change."""
    if portal.by_click and changed and portal.as_of < changed:
        return Trouble(
            "export_too_old",
            "The portal's export is older than the last change",
            expected="an export made after the worklist was completed",
            found=f"an export of {portal.as_of.date().isoformat()}",
            action="make a new export in the portal",
        )
    if portal.also_of:
        return Trouble(
            "export_of_another",
            "The portal's export was also used for another organisation",
            expected="an export of this organisation only",
            found=f"the same file was used for {portal.also_of}",
            action="make an export of this organisation",
        )
    if portal.by_click and not portal.members:
        return Trouble(
            "export_shows_nobody",
            "The portal's export contains no members of this organisation",
            expected="at least its administrator",
            found="no member",
            action="make a new export in the portal of this organisation",
        )
    return None


_EMPTY = Trouble(
    "accounts_empty",
    "The list is empty, so nothing is done and no step is marked as done",
    expected="at least one account that must be present",
    found="none",
    action="correct the list; if the organisation stops, record that it is withdrawn",
    record=by_word("word=withdrawn"),
)


def _warnings(accounts: Accounts) -> tuple[Trouble, ...]:
    found = []
    if accounts.returning:
        found.append(
            Trouble(
                "account_offboarded",
                f"{accounts.returning} persons on the list were offboarded and are not linked again",
                action="remove their rows; for each person who has returned, record that",
                record=by_word("word=rehired subject=EXTERNAL_ID"),
            )
        )
    if accounts.refused:
        found.append(
            Trouble(
                "accounts_refused",
                f"{accounts.refused} accounts on the list cannot be registered with these data",
                found=f"the first: {accounts.first}" if accounts.first else "",
                action="correct those rows; gbz.zorgid.employee_accounts or portal_administrators in check "
                "mode lists each row with the correction",
            )
        )
    return (*found, *accounts.strays)
