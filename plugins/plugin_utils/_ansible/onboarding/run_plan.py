# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides the plan of a run from the observations of all organisations' processes. It reads only their results."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ....module_utils._common.moments import now
from ....module_utils._common.text import printable
from ....module_utils._common.ura import is_ura
from ....module_utils._dossier.model import Observation
from ....module_utils._onboarding.known import Known, moment
from ....module_utils._onboarding.observed import Trouble, looked_at
from ....module_utils._onboarding.policy import Policy
from ....module_utils._onboarding.recording import is_anothers
from ....module_utils._onboarding.runs import Host, RunBounds, RunPlan, twins
from ....module_utils._onboarding.runs import decide as decided
from ....module_utils._onboarding.standing import recorded
from ....module_utils._onboarding.steps import Effect
from ....module_utils._onboarding.wire import pack, unpack
from ..action import Result, ZorgidAction
from .beginning import BEGUN, folder_of, job_of
from .mailbox_look import of_nobody
from .shared import OncePerRun
from .variables import BOUNDS, ORGANISATION

#: Variable of a play that only shows the dossiers' state (playbook status).
STATUS = "zorgid_status"
OBSERVED = "__zorgid_onboarding_observed"
DECIDED = "__zorgid_onboarding_decided"
WORK = "__zorgid_onboarding_work"
CARRIED = "__zorgid_onboarding_carried"
KEPT = "__zorgid_onboarding_kept"
MAILS = frozenset({Effect.SEND_NOTICES, Effect.INVITE})
#: Work items: record the mail of a mailbox, and record an organisation's state after its effects.
MAIL, RECORD = "record_mail", "record"
#: Work item: write missing files again from the dossier.
PUT_BACK = "put_back"


@dataclass(frozen=True)
class Found:
    """One organisation's result. ``channel``: of its mailbox; ``news``: there is mail that the dossier does not have.
    ``records``: the plan has states that the dossier does not have yet. ``dossier`` identifies its dossier,
    ``report_dir`` is the folder of the board; further: the numbers sent today, the number of organisations in the
    dossier, of those that are ``going`` (not withdrawn), and whether this one is ``new`` in it. ``handed_dir``: folder
    of what its people get. ``lost``: files have to be written again. ``facts``: if a plan is kept or carried out by its
    digest, what it covers (``plan_facts``)."""

    host: Host
    channel: str = ""
    news: bool = False
    records: bool = False
    dossier: str = ""
    report_dir: str = ""
    handed_dir: str = ""
    documents_today: int = 0
    notices_today: int = 0
    organisations: int = 0
    going: int = 0
    new: bool = False
    lost: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)


def decide(action: ZorgidAction) -> Result:
    """Result: ``plan``: of all, as ``wire`` writes it; ``work``: for each host with effects, their order; ``boards``:
    for each dossier, a host whose variables have the board's folder; localhost if there is none; ``board_of``: for
    each host the one of its dossier, if there are several."""
    variables = action.task_vars
    name = str(variables[BEGUN]["run"])
    found = {host: found_of(variables["hostvars"].raw_get(host), host, name) for host in _taking_part(variables, name)}
    uras = [one.host.known.ura for one in found.values() if one.host.known.ura]
    shared = OncePerRun(folder_of(name))
    nobodys = {channel: of_nobody(shared, [channel], uras) for channel in {one.channel for one in found.values()}}
    attention = _attention(found, nobodys)
    environments = sorted({one.host.policy.environment for one in found.values() if not one.host.trouble})
    for host, trouble in in_one_place(found).items():
        # Treated as not observed, so that nothing is carried out.
        found[host] = Found(dataclasses.replace(found[host].host, trouble=trouble))
    status = bool(variables.get(STATUS))
    run = (
        _recorded(found, elsewhere(variables, found))
        if status
        else plan_of(
            found,
            bounds_of(action),
            attention,
            now(),
            nobodys=nobodys,
            elsewhere=elsewhere(variables, found),
            whole=_is_whole(variables, found),
        )
    )
    places = boards(found)
    return {
        "plan": json.dumps(pack(run)),
        "environment": ", ".join(environments) or "no organisation could be observed",
        "uras": uras,
        "limits": {one: pack(its) for one, its in bounds_today(found, bounds_of(action)).items()},
        "check_mode": action.check_mode,
        "title": "status" if status else "plan" if action.check_mode else "onboard",
        "work": [] if status else work_of(found, run, name),
        # In check mode no board is written.
        "boards": list(places.values())[: 1 if action.check_mode else None] or ["localhost"],
        "board_of": {host: places[one.dossier] for host, one in found.items() if not one.host.trouble}
        if len(places) > 1
        else {},
    }


def _taking_part(variables: Mapping[str, Any], name: str) -> list[str]:
    """The organisations that were observed, and those that failed before that. Without those that the user's ``when``
    skipped, even if an earlier run in the same Ansible process observed them."""
    there = set(variables["ansible_play_batch"])

    def takes_part(host: str) -> bool:
        found = variables["hostvars"].raw_get(host).get(OBSERVED)
        observed = found if isinstance(found, Mapping) else {}
        # A host that failed and stays in the play by a `rescue` of the user.
        return observed.get("run") == name or bool(observed.get("failed")) or host not in there

    return [host for host in map(str, variables[BEGUN]["hosts"]) if takes_part(host)]


def found_of(raw: Mapping[str, Any], host: str, run: str) -> Found:
    """The result of this host's process in this run. A host without a result failed earlier: it is reported, and
    nothing is done for it."""
    found = raw.get(OBSERVED)
    text = found.get("observed") if isinstance(found, Mapping) and found.get("run") == run else None
    if not text:
        return Found(Host(Policy(host), Known(""), trouble=_FELL_OUT))
    unpacked: Found = unpack(Found, json.loads(str(text)))
    return unpacked


_FELL_OUT = Trouble(
    "not_observed",
    "It could not be observed",
    expected="a host whose variables and connection can be read",
    found="a task that failed: see its own message above",
    action="correct what that names",
)


def elsewhere(variables: Mapping[str, Any], found: Mapping[str, Found]) -> dict[str, str]:
    """The URA numbers of the inventory's hosts outside this run (``--limit``, another batch of ``serial``), if they are
    plain text: twins are also searched among them. No template is rendered for it.

    To read a host's variables takes 10 ms. If the dossier knows the host of a number, only that host is read; all are
    read only for a new number.
    """
    known = {one.host.known.host for one in found.values() if not one.host.trouble}
    others = [str(other) for other in variables["groups"].get("all", ()) if other not in found]
    uras = {}
    for other in others if None in known else [other for other in others if other in known]:
        organisation = variables["hostvars"].raw_get(other).get(ORGANISATION)
        if isinstance(organisation, Mapping) and is_ura(organisation.get("ura")):
            uras[other] = str(organisation["ura"])
    return uras


def plan_of(
    found: Mapping[str, Found],
    bounds: RunBounds,
    attention: Iterable[Trouble],
    at: datetime.datetime,
    *,
    nobodys: Mapping[str, Iterable[Observation]] | None = None,
    elsewhere: Mapping[str, str] | None = None,
    whole: bool = True,
) -> RunPlan:
    """The limits hold for each dossier separately. ``nobodys``: mail without an organisation, by channel; organisations
    with that mailbox get no reminders that such a mail may answer."""
    today = bounds_today(found, bounds)
    came = {channel: tuple(moment(row.received_at) for row in rows) for channel, rows in (nobodys or {}).items()}
    hosts = [
        dataclasses.replace(
            one.host,
            dossier=one.dossier,
            observed=dataclasses.replace(one.host.observed, nobodys=came.get(one.channel, ())),
        )
        for one in found.values()
    ]
    return decided(hosts, at, bounds=today, attention=attention, elsewhere=elsewhere, whole=whole)


def bounds_today(found: Mapping[str, Found], bounds: RunBounds) -> dict[str, RunBounds]:
    """By dossier."""
    today: dict[str, RunBounds] = {}
    new = Counter(one.dossier for one in found.values() if one.new)
    for one in found.values():
        today[one.dossier] = dataclasses.replace(
            bounds,
            today=one.documents_today,
            notices_today=one.notices_today,
            organisations=one.organisations + new[one.dossier],
        )
    return today


def _is_whole(variables: Mapping[str, Any], found: Mapping[str, Found]) -> bool:
    """Whether this run has all organisations of the inventory; only needed if some may share a list. In a slice the
    others are missing, and nothing in its inventory says so."""
    files = [one.host.list_file for one in found.values() if one.host.list_file]
    if len(files) == len(set(files)) or job_of(variables) or _knows_others(found):
        return False
    others = (str(other) for other in variables["groups"].get("all", ()) if other not in found)
    return not any(variables["hostvars"].raw_get(other).get(ORGANISATION) for other in others)


def _knows_others(found: Mapping[str, Found]) -> bool:
    """Whether a dossier has organisations that are not in this run. They may be in another slice of the inventory."""
    mine = Counter(one.dossier for one in found.values() if not one.new and not one.host.known.word("withdrawn"))
    return any(one.going > mine[one.dossier] for one in found.values())


def _recorded(found: Mapping[str, Found], elsewhere: Mapping[str, str]) -> RunPlan:
    """The state of all organisations by their dossiers. For two hosts with one URA number, the dossier does not show
    which host owns it."""
    same = twins([one.host for one in found.values()], elsewhere)
    plans = {}
    for host, one in found.items():
        if trouble := one.host.trouble or same.get(host):
            plans[host] = decided([dataclasses.replace(one.host, trouble=trouble)], now()).plans[host]
        else:
            plans[host] = recorded(one.host.known, one.host.observed.organisation.value or "")
    return RunPlan(dict(sorted(plans.items())))


def boards(found: Mapping[str, Found]) -> dict[str, str]:
    """Dossier -> the first host whose variables can be read."""
    first_hosts: dict[str, str] = {}
    for host, one in found.items():
        if not one.host.trouble:
            first_hosts.setdefault(one.dossier, host)
    return first_hosts


def in_one_place(found: Mapping[str, Found]) -> dict[str, Trouble]:
    """Troubles of organisations whose dossiers would overwrite each other's board, in this run or a later one."""
    # From all hosts, because another run (--limit) may use the variables of another host.
    places: dict[str, dict[str, str]] = {}
    for host, one in found.items():
        if not one.host.trouble:
            places.setdefault(one.report_dir, {}).setdefault(one.dossier, host)
    troubles: dict[str, Trouble] = {}
    for place, dossiers in places.items():
        hosts = list(dossiers.values())
        if len(hosts) > 1:
            trouble = Trouble(
                "board_of_two_dossiers",
                f"Different dossiers would have their board in one folder, {printable(place, 200)}",
                expected="a folder for each dossier",
                found=f"{len(hosts)} of them, for example of {' and '.join(printable(host, 60) for host in hosts[:2])}",
                action="give each dossier's organisations a zorgid_onboarding_report_dir of their own; where it is one "
                "dossier, give all of them the same zorgid_onboarding_dossier_url",
            )
            theirs = [host for host, one in found.items() if not one.host.trouble and one.dossier in dossiers]
            troubles |= dict.fromkeys(theirs, trouble)
    return troubles


def bounds_of(action: ZorgidAction) -> RunBounds:
    """``zorgid_max_documents`` and ``zorgid_max_notices``: from the play or ``-e``, the same for all."""
    limits: dict[str, Any] = {}
    for name, variable in BOUNDS.items():
        value = action.task_vars.get(variable)
        if value is not None:
            limits[name] = str(action._templar.template(value))
    return RunBounds(**limits)


def work_of(found: Mapping[str, Found], run: RunPlan, name: str) -> list[dict[str, Any]]:
    """The work in order: missing files, new mail (by the first host of its channel), effects, the record of the state,
    and mail to people, which depends on that state."""
    written: set[str] = set()
    work = []
    for host, one in run.plans.items():
        mine = found[host]
        steps = [str(effect.value) for effect in one.effects if effect not in MAILS]
        mails = [str(effect.value) for effect in one.effects if effect in MAILS]
        if mine.news and mine.channel not in written:
            written.add(mine.channel)
            steps.insert(0, MAIL)
        if mine.lost and not one.note and not is_anothers(one):
            steps.insert(0, PUT_BACK)
        # If two hosts have one URA number, the other one owns the dossier.
        last = [] if is_anothers(one) else [RECORD]
        if steps or mails or (last and mine.records and not one.note):
            planned_mails = [[mail.effect.value, mail.step, mail.kind, mail.role, mail.count] for mail in one.mails]
            work.append({"host": host, "run": name, "effects": [*steps, *last, *mails], "mails": planned_mails})
    return work


def _attention(found: Mapping[str, Found], nobodys: Mapping[str, Iterable[Observation]]) -> list[Trouble]:
    """Mail without an organisation: once for each dossier, with the name of one of its organisations."""
    troubles: dict[tuple[str, str], Trouble] = {}
    for host, one in found.items():
        for mail in nobodys.get(one.channel, ()):
            troubles.setdefault((one.dossier, mail.code), _nobodys(mail, host))
    return list(troubles.values())


def _nobodys(one: Observation, host: str) -> Trouble:
    return Trouble(
        str(one.problem),
        "A mail that may be VZVZ's belongs to no organisation of this run",
        found=f"a mail of {one.received_at[:10] or 'an unknown day'}",
        action="read it in the mailbox, and record for whom it is what it says",
        mail=one.message_id,
        dismiss=looked_at(one.code),
        host=host,
    )
