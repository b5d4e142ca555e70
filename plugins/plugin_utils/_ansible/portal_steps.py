# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the portal's steps are by what it shows; an action with a dossier records it, by the plan's own rules."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...module_utils._common.ura import Ura
from ...module_utils._onboarding import portal_steps
from ...module_utils._onboarding.known import Known, moment
from ...module_utils._onboarding.observed import Accounts, Portal
from ...module_utils._onboarding.plan import State
from ...module_utils._portal.comparison import compare
from ...module_utils._portal.model import Account, Actual
from ...module_utils._portal.planner import Rules
from ...module_utils._portal.removals import can_log_in
from .action import Options
from .portal_seen import also_of, note_links, of_when

if TYPE_CHECKING:
    from ...module_utils._dossier.store import DossierStore

#: the moment of the last change that was made in the portal
CHANGE = "portal_change"


def record_kept(
    store: DossierStore, options: Options, wanted: list[Account], members: list[Actual], rules: Rules, *, changed: bool
) -> None:
    """After a list was kept. members: as the portal showed them last."""
    kind = "employees" if "employee" in rules.roles else "administrators"
    others = also_of(store, options)
    linked = [item["id"] for item in members if item["external_id"] in rules.linked]
    note_links(store, rules.ura, linked)
    at = datetime.datetime.now(datetime.UTC)
    lists = {kind: compare(wanted, members, rules)}
    record_shown(store, options, shown_by(options, members, others[0] if others else None, at, lists), changed=changed)


def shown_by(
    options: Options, members: list[Actual], also_of: str | None, at: datetime.datetime, lists: dict[str, Accounts]
) -> Portal:
    """``at``: when a portal was read; an export is of when its file was written."""
    by_click = options["driver"] == "worklist"
    written = of_when(Path(options["export_path"])) if by_click else None
    return Portal(
        datetime.datetime.fromisoformat(written) if written else at,
        by_click=by_click,
        owner=None if by_click else Ura.of(options["ura"]).digits,
        also_of=also_of,
        administrator_active=any(item["role"] == "administrator" and can_log_in(item) for item in members),
        members=len(members),
        administrators=lists.get("administrators"),
        employees=lists.get("employees"),
    )


def record_shown(store: DossierStore, options: Options, portal: Portal, *, changed: bool) -> None:
    """How far the steps of the list that was kept are, and when the portal was changed."""
    ura, now = str(options["ura"]), datetime.datetime.now(datetime.UTC)
    if changed and not portal.by_click:
        # A click list is no change: a person makes it, and the next export shows it.
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
                continue  # nothing new, whatever else stands there
            store.set_milestone(ura, one.step, "done", evidence=dict(one.evidence))
        elif one.state in (State.WAIT, State.LOOK):
            store.set_milestone(ura, one.step, "waiting", who=one.who, what=one.what)
        elif one.state is State.DO or (before.state == "done" and before.attested is None):
            what = f"The portal does not show it yet: {one.because}" if one.effects else one.because
            store.set_milestone(ura, one.step, "waiting", who="portal_operator", what=what)
