# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that waits for an approval: records its digest, and later lets a run carry out exactly that plan."""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.common.yaml import yaml_load

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.masking import shown_person
from ....module_utils._common.moments import now
from ....module_utils._common.text import printable
from ....module_utils._dossier.plans import By, KeptPlan
from ....module_utils._onboarding import digest
from ....module_utils._onboarding.runs import RunPlan
from ....module_utils._onboarding.wire import unpack
from ..action import Result, ZorgidAction
from ..opening import place_of
from . import arguments, plan_facts, variables
from .ahead import in_place_of
from .beginning import APPROVED, BEGUN, KEEP, folder_of, no_plan_here
from .observing import Observer
from .run_plan import DECIDED, STATUS, boards, found_of

if TYPE_CHECKING:
    from ....module_utils._dossier.store import DossierStore

_MOST_SHOWN = 10
_ROOT = Path(__file__).resolve().parents[4]
_OPENING = ("organisation", "environment", "dossier_url", "dossier_tenant", "dossier_key", "dossier_head_path")


def keep(action: ZorgidAction) -> Result:
    """The action ``onboarding_keep``. ``work``: whether there is something to do. Errors: ``dossier_key_missing``, and
    those of the dossier."""
    run = _Run(action, action.task_vars[DECIDED])
    work = bool(run.plan.work)
    if not work or action.check_mode:
        return {"run": run.name, "kept": False, "work": work, "digest": "", "until": ""}
    with ExitStack() as stack:
        stores = run.opened(stack, read_only=False)
        run.observe_again(stores)
        plan_digest, by = run.digest(stores), _who(action.task_vars, "requester")
        for identity, store in stores.items():
            mine = digest.kept(run.whole(stores), plan_digest, identity, _keyed(store))
            until = store.plans.keep(mine.digest, mine.run, mine.hosts, by).until
    return {"changed": True, "run": run.name, "kept": True, "work": True, "digest": plan_digest, "until": until}


def only_the_approved(action: ZorgidAction, decided: Result) -> Result:
    """Called with what was decided, before anything is carried out. Without ``zorgid_plan_digest``, ``decided`` itself.
    Otherwise ``decided`` if it is exactly that plan, which is then used.

    Errors: ``plan_stale``, ``plan_unknown``, ``plan_used``, ``plan_expired``, ``dossier_key_missing``,
    ``options_invalid``.
    """
    if plan_facts.keeps(action.task_vars) and not action.task_vars.get(plan_facts.KEEPING):
        raise no_plan_here(KEEP)
    if APPROVED not in action.task_vars:
        return decided
    if action.task_vars.get(STATUS):
        raise no_plan_here(APPROVED)
    wanted = str(action._templar.template(action.task_vars[APPROVED]) or "").strip().lower()
    run, by = _Run(action, decided), _who(action.task_vars, "approver")
    with ExitStack() as stack:
        stores = run.opened(stack, read_only=True)
        kept = {identity: store.plans.find(wanted) for identity, store in stores.items()}
        if run.digest(stores) != wanted:
            raise run.stale(stores, kept)
    found = next(iter(kept.values()))
    if not action.check_mode:
        with ExitStack() as stack:
            for store in run.opened(stack, read_only=False).values():
                # Before any effect. Another run may have been quicker; only one of both gets past this.
                found = store.plans.use(wanted, by)
    people = {"digest": wanted, "requester": shown_person(found.by.name), "approver": shown_person(by.name)}
    return {**decided, "approved": {**people, "same": found.by.name == by.name, "checked": action.check_mode}}


class _Run:
    def __init__(self, action: ZorgidAction, decided: Mapping[str, Any]) -> None:
        self._action = action
        self.name = str(action.task_vars[BEGUN]["run"])
        self.plan: RunPlan = unpack(RunPlan, json.loads(str(decided["plan"])))
        hostvars = action.task_vars["hostvars"]
        self._found = {host: found_of(hostvars.raw_get(host), host, self.name) for host in self.plan.plans}
        #: identity of each dossier -> the name with which the organisations were observed
        self._observed_as: dict[str, str] = {}

    def opened(self, stack: ExitStack, *, read_only: bool) -> dict[str, DossierStore]:
        """Each dossier of the run by its identity. For writing, a dossier is made at its first use."""
        stores: dict[str, DossierStore] = {}
        for name, host in boards(self._found).items():
            store = stack.enter_context(_place(self._action, host).open(read_only=read_only))
            stores[store.whose.identity] = store
            self._observed_as[store.whose.identity] = name
        return dict(sorted(stores.items()))

    def observe_again(self, stores: Mapping[str, DossierStore]) -> None:
        """The organisations whose dossier had no key when they were observed: its first use made that key, and digests
        need it."""
        folder = folder_of(self.name)
        for identity in stores:
            for host in self._hosts(identity):
                if not self._found[host].facts:
                    again = Observer(in_place_of(self._action, host), folder, now()).observe()
                    self._found[host] = dataclasses.replace(self._found[host], facts=again.facts)

    def _hosts(self, identity: str) -> list[str]:
        name = self._observed_as[identity]
        return [host for host, one in self._found.items() if one.dossier == name and not one.host.trouble]

    def whole(self, stores: Mapping[str, DossierStore]) -> digest.WholePlan:
        hosts = {}
        for identity, store in stores.items():
            for host in self._hosts(identity):
                digests = digest.digests(_keyed(store), {"plan": digest.planned(self.plan.plans[host])})
                hosts[host] = {**self._found[host].facts, **digests}
        for host, one in self.plan.plans.items():
            # Of an organisation that could not be observed, only the error is known.
            hosts.setdefault(host, digest.digests(_keyed(next(iter(stores.values()))), {"plan": digest.planned(one)}))
        return digest.WholePlan(
            {
                "collection": _version(),
                "dossiers": {
                    identity: [store.whose.environment, store.whose.tenant] for identity, store in stores.items()
                },
                "attention": sorted(one.code for one in self.plan.attention),
            },
            hosts,
            {identity: frozenset(self._hosts(identity)) for identity in stores},
        )

    def digest(self, stores: Mapping[str, DossierStore]) -> str:
        if not stores:
            raise _stale("No organisation of this run could be observed", "errors in the table")
        return digest.digest(self.whole(stores), {identity: _keyed(store) for identity, store in stores.items()})

    def stale(self, stores: Mapping[str, DossierStore], kept: Mapping[str, KeptPlan]) -> ZorgidError:
        """Which organisations differ, and in what."""
        whole = self.whole(stores)
        names = {str(host) for host in self._action.task_vars["groups"].get("all", ())} | set(whole.hosts)
        differences: list[str] = []
        for identity, store in stores.items():
            one = kept[identity]
            before = digest.Kept(one.digest, one.run, one.hosts or {})
            mine = digest.kept(whole, "", identity, _keyed(store))
            differences += _sentences(digest.difference(before, mine, names, _keyed(store)))
        some = differences[:_MOST_SHOWN] + (
            [f"{len(differences) - _MOST_SHOWN:,} more"] if len(differences) > _MOST_SHOWN else []
        )
        return _stale("What would be done now is not the plan that was approved", "; ".join(some))


def _sentences(found: digest.Difference) -> Iterator[str]:
    for host, aspects in found.hosts.items():
        yield f"{printable(host, 60)}: {', '.join(digest.ASPECTS[one] for one in aspects)}"
    for host in found.more:
        yield f"{printable(host, 60)}: not in that plan"
    for host in found.gone:
        yield f"{printable(host, 60)}: in that plan, not in this run"
    if found.nameless:
        yield f"{found.nameless:,} of that plan: not in the inventory"
    if found.run:
        yield "the version of this collection, or mail of no organisation"


def _stale(message: str, found: str) -> ZorgidError:
    return ZorgidError(
        "plan_stale",
        f"{message}, so nothing was done",
        expected="the same organisations, steps, recipients, documents, certificates and lists as in that plan",
        found=found or "a difference that belongs to no organisation",
        action="make a plan again, and let somebody approve that",
    )


def _place(action: ZorgidAction, host: str) -> Any:
    other = in_place_of(action, host)
    given = variables.read(other.task_vars, other._templar.template, _OPENING)
    if not given.get("dossier_key"):
        raise _no_key(host)
    return place_of(arguments.opening(given))


def _no_key(host: str) -> ZorgidError:
    return ZorgidError(
        "dossier_key_missing",
        "A plan can only be recorded, or carried out by its digest, with a key of the dossier",
        expected="zorgid_onboarding_dossier_key, from your vault",
        found=f"none for {printable(host, 60)}",
        action="generate a key with: openssl rand -base64 32, and set it for all organisations of the dossier",
    )


def _keyed(store: DossierStore) -> digest.Keyed:
    def keyed(kind: str, content: bytes) -> str:
        return store.observations.keyed_for_all(kind, content) or ""

    return keyed


def _who(task_vars: Mapping[str, Any], role: str) -> By:
    """Who asks or approves: ``-e zorgid_plan_requester`` or ``zorgid_plan_approver``, else who started the job in AWX,
    else the user of this controller."""
    given = str(task_vars.get(f"zorgid_plan_{role}") or "").strip()
    started = next((str(task_vars[name]) for name in ("awx_user_name", "tower_user_name") if task_vars.get(name)), "")
    schedule = str(task_vars.get("awx_schedule_name") or "")
    by = given or started or (f"schedule {schedule}" if schedule else _user())
    jobs = {"workflow job": "awx_workflow_job_id", "job": "awx_job_id"}
    job_ids = [f"{kind} {task_vars[name]}" for kind, name in jobs.items() if task_vars.get(name)]
    return By(printable(by, 200), printable(", ".join(job_ids), 200))


def _user() -> str:
    # In a container, the user may have no name.
    with contextlib.suppress(OSError, KeyError):
        return getpass.getuser()
    return f"uid {os.getuid()}"


@cache
def _version() -> str:
    """Of this collection: installed (MANIFEST.json), or as its source (galaxy.yml)."""
    manifest = _ROOT / "MANIFEST.json"
    if manifest.exists():
        return str(json.loads(manifest.read_text("utf-8"))["collection_info"]["version"])
    return str(yaml_load((_ROOT / "galaxy.yml").read_text("utf-8"))["version"])
