# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records the portal's steps by what the portal shows, with the plan's rules; for an action with a dossier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .._common import moments
from .._onboarding import portal_steps
from .._onboarding.known import Known, moment
from .._onboarding.observed import Accounts, Portal
from .._onboarding.plan import State
from .._portal.access import PortalAccess
from .._portal.driver import Reading
from .._portal.model import Account
from .._portal.removals import can_log_in
from .._portal.rules import Rules
from .compare_accounts import compare
from .portal_notes import also_of, note_links

if TYPE_CHECKING:
    from .._dossier.store import DossierStore

#: the moment of the last change that was made in the portal
CHANGE = "portal_change"


def record_kept(
    store: DossierStore, portal: PortalAccess, wanted: list[Account], reading: Reading, rules: Rules, *, changed: bool
) -> None:
    """Call it after the accounts of a list were changed. reading: the portal's newest members. changed: whether the
    portal was changed."""
    kind = "employees" if "employee" in rules.roles else "administrators"
    others = also_of(store, portal)
    linked = [item["id"] for item in reading.members if item["external_id"] in rules.linked]
    note_links(store, rules.ura, linked)
    lists = {kind: compare(wanted, reading.members, rules)}
    _record(store, portal.ura.text, portal_of(portal, reading, others[0] if others else None, lists), changed=changed)


def portal_of(portal: PortalAccess, reading: Reading, also_of: str | None, lists: Mapping[str, Accounts]) -> Portal:
    """The observation for the planner of the onboarding."""
    return Portal(
        reading.as_of or moments.now(),
        by_click=portal.by_hand,
        owner=reading.owner,
        also_of=also_of,
        administrator_active=any(item["role"] == "administrator" and can_log_in(item) for item in reading.members),
        members=len(reading.members),
        administrators=lists.get("administrators"),
        employees=lists.get("employees"),
    )


def _record(store: DossierStore, ura: str, portal: Portal, *, changed: bool) -> None:
    """Record the steps of this list, and when the portal was changed."""
    now = moments.now()
    if changed and not portal.by_click:
        # A worklist changes nothing in the portal: a person makes the changes, and the next export shows them.
        at = now.isoformat()
        store.observations.note(ura, CHANGE, at.encode(), at=at)
    dossier = store.read(ura)
    known = Known(
        ura, dossier.name, dossier.milestones, portal_changed_at=moment(store.observations.noted_at(ura, CHANGE))
    )
    names = ("administrators_registered",) if portal.administrators else ("employees_registered", "employees_active")
    for one in portal_steps.shown(known, portal, now, names):
        before = known.step(one.step)
        if one.state is State.DONE:
            if before.state == "done" and before.evidence.get("accounts") == one.evidence.get("accounts"):
                continue  # the dossier already has it
            store.set_milestone(ura, one.step, "done", evidence=dict(one.evidence))
        elif one.state in (State.WAIT, State.LOOK):
            store.set_milestone(ura, one.step, "waiting", who=one.who, what=one.what)
        elif one.state is State.DO or (before.state == "done" and before.attested is None):
            what = f"The portal does not show it yet: {one.because}" if one.effects else one.because
            store.set_milestone(ura, one.step, "waiting", who="portal_operator", what=what)
