# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of an organisation by its dossier alone. Pure."""

from __future__ import annotations

from . import links
from .deciding import stopped
from .known import Known, moment
from .observed import Trouble
from .plan import Plan, Planned, State
from .steps import TABLE


def recorded(known: Known, name: str = "") -> Plan:
    """A plan without effects. ``name``: inventory name of an organisation that the dossier does not know yet."""
    note = known.unusable or stopped(known)
    steps = () if note else tuple(_step(known, step.name) for step in TABLE)
    return Plan(known.ura, known.name or name, steps, remind=False, note=note)


def _step(known: Known, name: str) -> Planned:
    one = known.step(name)
    since = moment(one.since)
    if one.state == "done":
        warnings = tuple(filter(None, [links.continued(known)])) if name == "prepared" else ()
        return Planned(name, State.DONE, since=since, warnings=warnings)
    if one.state == "waiting":
        return Planned(name, State.WAIT, who=one.who or "", what=one.what or "", since=since)
    if one.state == "failed":
        trouble = Trouble(one.error_code or "", one.message or "")
        return Planned(name, State.STOP, trouble.message, trouble=trouble, since=since)
    return Planned(name, State.LATER, "it has not started")
