# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a run, from what each organisation's own process saw. Nothing is read here but their results."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
from .beginning import BEGUN, folder_of
from .mailbox_look import of_nobody
from .shared import OncePerRun
from .variables import BOUNDS, ORGANISATION

#: Of a play that only shows what the dossier says (playbook status).
STATUS = "zorgid_status"
OBSERVED = "__zorgid_onboarding_observed"
DECIDED = "__zorgid_onboarding_decided"
WORK = "__zorgid_onboarding_work"
CARRIED = "__zorgid_onboarding_carried"
MAILS = frozenset({Effect.SEND_NOTICES, Effect.INVITE})
#: What writes down a reading of the mailbox, and what an organisation's dossier has to say after its effects.
MAIL, RECORD = "record_mail", "record"
#: Files that are gone, and of which the dossier keeps what was in them.
PUT_BACK = "put_back"


@dataclass(frozen=True)
class Found:
    """One organisation's result. ``channel``: of its mailbox; ``news``: there is mail that the dossier does not know.
    ``records``: the plan says what the dossier does not say yet. ``dossier`` tells dossiers apart, ``report_dir`` is
    where its board is to be; how much left this one today, how many organisations it has, and whether this one is
    ``new`` to it. ``lost``: files are to be put back."""

    host: Host
    channel: str = ""
    news: bool = False
    records: bool = False
    dossier: str = ""
    report_dir: str = ""
    documents_today: int = 0
    notices_today: int = 0
    organisations: int = 0
    new: bool = False
    lost: bool = False


def decide(action: ZorgidAction) -> Result:
    """``plan``: of all, as ``wire`` writes it; ``work``: for each host with something to do, its effects in order;
    ``boards``: for each dossier, a host whose variables say where its board is; localhost where there is none."""
    variables = action.task_vars
    name = str(variables[BEGUN]["run"])
    found = {host: found_of(variables["hostvars"].raw_get(host), host, name) for host in _taking_part(variables, name)}
    uras = [one.host.known.ura for one in found.values() if one.host.known.ura]
    shared = OncePerRun(folder_of(name))
    nobodys = {channel: of_nobody(shared, [channel], uras) for channel in {one.channel for one in found.values()}}
    attention = _attention(found, nobodys)
    environments = sorted({one.host.policy.environment for one in found.values() if not one.host.trouble})
    for host, trouble in in_one_place(found).items():
        # As one that could not be observed: nothing of what was seen is carried out.
        found[host] = Found(dataclasses.replace(found[host].host, trouble=trouble))
    status = bool(variables.get(STATUS))
    run = (
        _recorded(found, elsewhere(variables, found))
        if status
        else plan_of(found, bounds_of(action), attention, now(), nobodys=nobodys, elsewhere=elsewhere(variables, found))
    )
    return {
        "plan": json.dumps(pack(run)),
        "environment": ", ".join(environments) or "no organisation could be observed",
        "uras": uras,
        "check_mode": action.check_mode,
        "title": "status" if status else "plan" if action.check_mode else "onboard",
        "work": [] if status else work_of(found, run, name),
        # In check mode none is written.
        "boards": list(boards(found).values())[: 1 if action.check_mode else None] or ["localhost"],
    }


def _taking_part(variables: Mapping[str, Any], name: str) -> list[str]:
    """Those that were observed, and those that fell out before they were; not those that the user's own ``when`` left
    out, even where an earlier run in the same Ansible process observed them."""
    there = set(variables["ansible_play_batch"])

    def takes_part(host: str) -> bool:
        found = variables["hostvars"].raw_get(host).get(OBSERVED)
        told = found if isinstance(found, Mapping) else {}
        # One that a `rescue` of the user's keeps in the play has failed all the same.
        return told.get("run") == name or bool(told.get("failed")) or host not in there

    return [host for host in map(str, variables[BEGUN]["hosts"]) if takes_part(host)]


def found_of(raw: Mapping[str, Any], host: str, run: str) -> Found:
    """What this host's process gave back in this run. One that gave nothing fell out before: told, and nothing is done
    for it."""
    found = raw.get(OBSERVED)
    text = found.get("observed") if isinstance(found, Mapping) and found.get("run") == run else None
    if not text:
        return Found(Host(Policy(host), Known(""), trouble=_FELL_OUT))
    told: Found = unpack(Found, json.loads(str(text)))
    return told


_FELL_OUT = Trouble(
    "not_observed",
    "It could not be observed",
    expected="a host whose variables and connection can be read",
    found="a task that failed: see its own message above",
    action="correct what that names",
)


def elsewhere(variables: Mapping[str, Any], found: Mapping[str, Found]) -> dict[str, str]:
    """The URA numbers of the inventory's other hosts (``--limit``, another batch of ``serial``), where they stand there
    as plain text: whoever was observed is judged against them too. Nothing is rendered for it.

    To look at a host costs 10 ms. Where the dossier knows the host of a number, that one alone decides; all are looked
    at only for a number that is new.
    """
    known = {one.host.known.host for one in found.values() if not one.host.trouble}
    others = [str(other) for other in variables["groups"].get("all", ()) if other not in found]
    told = {}
    for other in others if None in known else [other for other in others if other in known]:
        organisation = variables["hostvars"].raw_get(other).get(ORGANISATION)
        if isinstance(organisation, Mapping) and is_ura(organisation.get("ura")):
            told[other] = str(organisation["ura"])
    return told


def plan_of(
    found: Mapping[str, Found],
    bounds: RunBounds,
    attention: Iterable[Trouble],
    at: datetime.datetime,
    *,
    nobodys: Mapping[str, Iterable[Observation]] | None = None,
    elsewhere: Mapping[str, str] | None = None,
) -> RunPlan:
    """The bounds hold for each dossier by itself. ``nobodys``: mail that names nobody, by the channel of its mailbox;
    whoever reads that mailbox is reminded of nothing that it may answer."""
    today: dict[str, RunBounds] = {}
    new = Counter(one.dossier for one in found.values() if one.new)
    for one in found.values():
        today[one.dossier] = dataclasses.replace(
            bounds,
            today=one.documents_today,
            notices_today=one.notices_today,
            organisations=one.organisations + new[one.dossier],
        )
    came = {channel: tuple(moment(row.received_at) for row in rows) for channel, rows in (nobodys or {}).items()}
    hosts = [
        dataclasses.replace(
            one.host,
            dossier=one.dossier,
            observed=dataclasses.replace(one.host.observed, nobodys=came.get(one.channel, ())),
        )
        for one in found.values()
    ]
    return decided(hosts, at, bounds=today, attention=attention, elsewhere=elsewhere)


def _recorded(found: Mapping[str, Found], elsewhere: Mapping[str, str]) -> RunPlan:
    """Where everybody stands by what the dossier says; whose that is it does not say for two hosts with one number."""
    same = twins([one.host for one in found.values()], elsewhere)
    plans = {}
    for host, one in found.items():
        if trouble := one.host.trouble or same.get(host):
            plans[host] = decided([dataclasses.replace(one.host, trouble=trouble)], now()).plans[host]
        else:
            plans[host] = recorded(one.host.known, one.host.observed.organisation.value or "")
    return RunPlan(dict(sorted(plans.items())))


def boards(found: Mapping[str, Found]) -> dict[str, str]:
    """For each dossier the first host whose variables can be read."""
    told: dict[str, str] = {}
    for host, one in found.items():
        if not one.host.trouble:
            told.setdefault(one.dossier, host)
    return told


def in_one_place(found: Mapping[str, Found]) -> dict[str, Trouble]:
    """Organisations of dossiers whose boards would overwrite each other, in this run or one after the other."""
    # Of all, not only of those whose variables this run takes: another run (--limit) takes another's.
    places: dict[str, dict[str, str]] = {}
    for host, one in found.items():
        if not one.host.trouble:
            places.setdefault(one.report_dir, {}).setdefault(one.dossier, host)
    told: dict[str, Trouble] = {}
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
            told |= dict.fromkeys(theirs, trouble)
    return told


def bounds_of(action: ZorgidAction) -> RunBounds:
    """``zorgid_max_documents`` and ``zorgid_max_notices``: of the play or ``-e``, the same for all."""
    told: dict[str, Any] = {}
    for name, variable in BOUNDS.items():
        value = action.task_vars.get(variable)
        if value is not None:
            told[name] = str(action._templar.template(value))
    return RunBounds(**told)


def work_of(found: Mapping[str, Found], run: RunPlan, name: str) -> list[dict[str, Any]]:
    """In order: files that are gone, mail that the dossier does not know yet (by the first of its channel), effects,
    what the dossier has to say then, and mail to people, which is judged by that."""
    written: set[str] = set()
    work = []
    for host, one in run.plans.items():
        mine = found[host]
        steps = [str(effect.value) for effect in one.effects if effect not in MAILS]
        mails = [str(effect.value) for effect in one.effects if effect in MAILS]
        if mine.news and mine.channel not in written:
            written.add(mine.channel)
            steps.insert(0, MAIL)
        if mine.lost and not one.note:
            steps.insert(0, PUT_BACK)
        # Of two hosts with one URA number the other one has the dossier.
        last = [] if is_anothers(one) else [RECORD]
        if steps or mails or (last and mine.records and not one.note):
            told = [[mail.effect.value, mail.step, mail.kind, mail.role, mail.count] for mail in one.mails]
            work.append({"host": host, "run": name, "effects": [*steps, *last, *mails], "mails": told})
    return work


def _attention(found: Mapping[str, Found], nobodys: Mapping[str, Iterable[Observation]]) -> list[Trouble]:
    """Mail that is nobody's: of each dossier once, with an organisation whose dossier it is."""
    told: dict[tuple[str, str], Trouble] = {}
    for host, one in found.items():
        for mail in nobodys.get(one.channel, ()):
            told.setdefault((one.dossier, mail.code), _nobodys(mail, host))
    return list(told.values())


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
