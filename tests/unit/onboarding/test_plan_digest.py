# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digest of a plan: every ingredient changes it, no moment and no order does, and a difference names its host."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import hmac
import random
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding import digest
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.approval import Approval
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.deciding import plan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Known
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import (
    Accounts,
    Answer,
    Certificate,
    DocumentSeen,
    Observed,
    Portal,
    Seen,
    Trouble,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.plan import Plan, Planned, PlannedMail, State
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.policy import Policy
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import Effect
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.style import Style
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding import settling
from ansible_collections.gbz.zorgid.tests.support.onboarding_strategies import situations
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import NOW

LATER = NOW + datetime.timedelta(minutes=20)


def keyed_with(key: bytes) -> digest.Keyed:
    return lambda kind, content: hmac.new(key, kind.encode() + b"\0" + content, hashlib.sha256).hexdigest()


KEYED = keyed_with(b"a key of a dossier")
ANSWER = Answer("application_confirmed", NOW, "<one@vzvz.example>", "K-1", seen_at=NOW)
ACCOUNTS = Accounts(2, operations={"link": 1}, acts="acts", digest="list")
SEEN = Observed(
    certificate=Seen.good(Certificate("a" * 64, NOW)),
    document=Seen.good(DocumentSeen(None, None, "absent", "c" * 64)),
    portal=Seen.good(Portal(NOW, administrators=ACCOUNTS, employees=ACCOUNTS)),
    answers=(ANSWER,),
)
STEP = Planned("application_submitted", State.DO, "none was submitted", (Effect.SUBMIT_APPLICATION,), since=NOW)
MAIL = PlannedMail(Effect.SEND_NOTICES, "identity_activated", "request", "portal_administrator")
PLAN = Plan("90000101", "De Linde", (STEP,), mails=(MAIL,))


def portal(**changes: Any) -> Observed:
    employees = dataclasses.replace(ACCOUNTS, **changes)
    return dataclasses.replace(SEEN, portal=Seen.good(Portal(NOW, administrators=ACCOUNTS, employees=employees)))


def answered(**changes: Any) -> Observed:
    return dataclasses.replace(SEEN, answers=(dataclasses.replace(ANSWER, **changes),))


def stepped(**changes: Any) -> Plan:
    return dataclasses.replace(PLAN, steps=(dataclasses.replace(STEP, **changes),))


def document(**changes: Any) -> Observed:
    assert SEEN.document.value
    return dataclasses.replace(SEEN, document=Seen.good(dataclasses.replace(SEEN.document.value, **changes)))


def aspects(one: Plan = PLAN, seen: Observed = SEEN) -> dict[str, str]:
    return digest.digests(KEYED, {**digest.observed(seen), "plan": digest.planned(one)})


@pytest.mark.parametrize(
    ("aspect", "one", "seen"),
    [
        ("plan", dataclasses.replace(PLAN, name="De Berk"), SEEN),
        ("plan", dataclasses.replace(PLAN, ura="90000202"), SEEN),
        ("plan", dataclasses.replace(PLAN, note=Trouble("dossier_held", "on hold")), SEEN),
        ("plan", dataclasses.replace(PLAN, mails=()), SEEN),
        ("plan", dataclasses.replace(PLAN, mails=(dataclasses.replace(MAIL, role="representative"),)), SEEN),
        ("plan", dataclasses.replace(PLAN, mails=(dataclasses.replace(MAIL, count=2),)), SEEN),
        ("plan", stepped(step="document_signed"), SEEN),
        ("plan", stepped(state=State.WAIT), SEEN),
        ("plan", stepped(effects=()), SEEN),
        ("plan", stepped(effects=(Effect.SUBMIT_APPLICATION, Effect.MAIL_DOCUMENT)), SEEN),
        ("plan", stepped(changes={"link": 1}), SEEN),
        ("plan", stepped(trouble=Trouble("documents_bounded", "too many")), SEEN),
        ("plan", stepped(left_out=True), SEEN),
        ("certificate", PLAN, dataclasses.replace(SEEN, certificate=Seen.good(Certificate("b" * 64, NOW)))),
        ("document", PLAN, document(content="d" * 64)),
        ("document", PLAN, document(signed="e" * 64)),
        ("accounts", PLAN, portal(acts="other acts")),
        ("accounts", PLAN, portal(operations={"link": 2})),
        ("list", PLAN, portal(digest="another list")),
        ("mail", PLAN, dataclasses.replace(SEEN, answers=())),
        ("mail", PLAN, answered(message_id="<two@vzvz.example>")),
        ("mail", PLAN, answered(kind="document_confirmed")),
        ("mail", PLAN, answered(proven=False)),
        ("mail", PLAN, answered(reference="K-2")),
        ("mail", PLAN, answered(closed=True)),
    ],
)
def test_each_ingredient_changes_its_own_aspect_only(aspect: str, one: Plan, seen: Observed) -> None:
    before, now = aspects(), aspects(one, seen)
    assert {name for name in before if before[name] != now[name]} == {aspect}


@pytest.mark.parametrize(
    ("one", "seen"),
    [
        (stepped(because="for three days", since=LATER), SEEN),
        (PLAN, answered(received_at=LATER, seen_at=LATER)),
        (PLAN, dataclasses.replace(SEEN, nobodys=(LATER,))),
        (PLAN, dataclasses.replace(SEEN, certificate=Seen.good(Certificate("a" * 64, LATER)))),
        (PLAN, dataclasses.replace(SEEN, portal=Seen.good(Portal(LATER, administrators=ACCOUNTS, employees=ACCOUNTS)))),
    ],
)
def test_no_moment_changes_anything(one: Plan, seen: Observed) -> None:
    assert aspects(one, seen) == aspects()


@pytest.mark.heavy
@situations
def test_a_plan_minutes_later_is_another_one_only_if_something_else_is_done(
    known: Known, seen: Observed, policy: Policy
) -> None:
    first, second = (plan(known, seen, policy, at) for at in (NOW, LATER))
    same = digest.canonical(digest.planned(first)) == digest.canonical(digest.planned(second))
    shown = [[(part.step, part.state, part.effects) for part in one.parts] for one in (first, second)]
    assert same or shown[0] != shown[1] or first.mails != second.mails


def whole(hosts: dict[str, Any], run: Any = "0.2.0", **dossiers: str) -> digest.WholePlan:
    """Hosts with a text as their facts; ``dossiers``: which host belongs to which one."""
    reported = {host: digest.digests(KEYED, {"plan": facts}) for host, facts in hosts.items()}
    of = dossiers or dict.fromkeys(hosts, "one")
    mine = {identity: frozenset(host for host in hosts if of[host] == identity) for identity in set(of.values())}
    return digest.WholePlan({"collection": run}, reported, mine)


def of(plan: digest.WholePlan, key: digest.Keyed = KEYED) -> str:
    return digest.digest(plan, dict.fromkeys(plan.dossiers, key))


def test_the_digest_is_of_all_and_has_no_order() -> None:
    hosts = {f"host{number}": f"facts {number}" for number in range(20)}
    first = of(whole(hosts))
    assert len(first) == digest.LENGTH
    shuffled = list(hosts.items())
    random.Random(7).shuffle(shuffled)  # noqa: S311 - an order
    assert of(whole(dict(shuffled))) == first
    others = [
        whole({**hosts, "host3": "other facts"}),
        whole({**hosts, "more": "facts"}),
        whole(dict(list(hosts.items())[1:])),
        whole(hosts, run="0.2.1"),
        whole({**{host: facts for host, facts in hosts.items() if host != "host0"}, "renamed": "facts 0"}),
    ]
    assert len({first, *map(of, others), of(whole(hosts), keyed_with(b"another key"))}) == 7


def test_with_two_dossiers_the_digest_needs_both_keys() -> None:
    plan = whole({"a": "1", "b": "2"}, a="one", b="two")
    keys = {"one": KEYED, "two": keyed_with(b"2")}
    first = digest.digest(plan, keys)
    assert first != digest.digest(plan, {**keys, "two": keyed_with(b"3")})
    assert first != digest.digest(plan, {**keys, "one": keyed_with(b"3")})
    assert first == digest.digest(plan, dict(reversed(keys.items())))
    # Each records its own organisations only.
    assert [len(digest.kept(plan, first, one, keys[one]).hosts) for one in keys] == [1, 1]


def test_a_difference_names_hosts_and_aspects_and_the_record_names_nobody() -> None:
    facts = {"plan": "p", "mail": "m", "journal": 1}
    hosts = {host: digest.digests(KEYED, facts) for host in ("same", "changed", "gone", "forgotten")}
    before = digest.WholePlan({"collection": "1"}, hosts, {"one": frozenset(hosts)})
    kept = digest.kept(before, of(before), "one", KEYED)
    assert not any(name in str(kept) for name in hosts)
    hosts = {host: hosts[host] for host in ("same", "changed")}
    hosts["changed"] = digest.digests(KEYED, {**facts, "mail": "another", "journal": 2})
    hosts["new"] = hosts["same"]
    now = digest.WholePlan({"collection": "2"}, hosts, {"one": frozenset(hosts)})
    found = digest.difference(kept, digest.kept(now, "", "one", KEYED), [*hosts, "gone"], KEYED)
    assert found == digest.Difference({"changed": ("mail", "journal")}, ("new",), ("gone",), 1, run=True)
    same = digest.difference(kept, kept, ["same", "changed", "gone"], KEYED)
    assert same == digest.Difference({}, (), (), 0, run=False)


def test_every_aspect_has_words_for_a_person() -> None:
    assert set(aspects()) < set(digest.ASPECTS)
    assert len(set(digest.ASPECTS.values())) == len(digest.ASPECTS)


def test_the_command_fits_on_a_line() -> None:
    reported = Approval("a" * digest.LENGTH, until="2026-11-26T13:00:00+00:00")
    assert len(reported.command) <= 96
    assert not Approval("a" * digest.LENGTH, requester="x", approver="y").command


def test_the_command_has_the_options_without_which_the_plan_would_be_another() -> None:
    reported = Approval("a" * digest.LENGTH, until="2026-11-26T13:00:00+00:00", choice="-l delinde")
    assert reported.command == f"ansible-playbook gbz.zorgid.onboard -l delinde -e zorgid_plan_digest={reported.digest}"
    variables = {
        "ansible_limit": "delinde,a'b",
        "ansible_run_tags": ["document", "application"],
        "ansible_skip_tags": [],
        "zorgid_organisation": "delinde",
    }
    assert (
        settling._choice(variables) == """-l 'delinde,a'"'"'b' -t application,document -e zorgid_organisation=delinde"""
    )
    assert settling._choice({"ansible_run_tags": ["all"], "ansible_skip_tags": []}) == ""


def test_with_check_nobody_is_said_to_have_approved() -> None:
    reported = Approval("a" * digest.LENGTH, requester="x", approver="y", checked=True)
    shown = " ".join(reported.lines(Style(), datetime.datetime(2026, 11, 26, tzinfo=datetime.UTC)))
    assert "approved by" not in shown
    assert "asked for by x" in shown
    assert "was not used" in shown
