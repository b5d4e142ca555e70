# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong inputs through the playbooks: each is told once, with its code, where it belongs; the others go on."""

from __future__ import annotations

import base64
import json
import re
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.tests.support.onboard_world import World
from zorgid_sandbox.state import received

Change = Callable[[dict[str, Any]], Any]
PREFIX = "zorgid_onboarding_"
APPLIES = {"submit_application", "sign_document", "mail_document", "send_notices"}


class Troubled(World):
    """A world of which each organisation has a trouble of its own."""

    def __init__(self, folder: Path, count: int) -> None:
        super().__init__(folder, count)
        (text,) = (self.state / "inventory" / "group_vars" / "all").glob("*.yml")
        self.sandbox = yaml.safe_load(text.read_text(encoding="utf-8"))["sandbox"]
        with closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))
            self.closed_port = taken.getsockname()[1]

    def give(self, changes: Mapping[int, Change]) -> None:
        for number, change in changes.items():
            self.edit(f"org{self.uras[number]}", change)

    def run(self, *words: str, status: int = 2) -> str:
        """A playbook to its end; what it printed."""
        inventories = ["-i", str(self.inventory), "-i", str(self.state / "inventory")]
        done = subprocess.run(
            ["ansible-playbook", *inventories, "--vault-password-file", str(self.vault), *words],
            env={**self.environment, "ANSIBLE_FORKS": "8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        reported = done.stdout + done.stderr
        assert done.returncode == status, reported
        for defect in ("Traceback", "task_failed", "effect_failed"):
            assert defect not in reported, reported
        return reported

    def planned(self, *words: str, status: int = 2) -> tuple[dict[str, Any], str]:
        """Every organisation of plan.json by its host's name, and what the run printed."""
        folder = self.folder / "plan"
        reported = self.run(*words, "-e", f"zorgid_plan_path={folder}", status=status)
        plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        return {one["host"]: one for one in plan["organisations"]}, reported


def table_of(reported: str) -> str:
    found = re.search(r"^ZORG-ID .*?(?=^(?:ok|changed): |\Z)", reported, re.MULTILINE | re.DOTALL)
    assert found, reported
    return found[0]


def troubles(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(each["trouble"]["code"], each["step"]) for each in one["attention"]]


def effects(one: Mapping[str, Any]) -> set[str]:
    return {effect for step in one["steps"] for effect in step["effects"]}


def given(name: str, value: Any) -> Change:
    return lambda variables: variables.update({f"{PREFIX}{name}": value})


def dropped(name: str) -> Change:
    return lambda variables: variables.pop(f"{PREFIX}{name}")


def within(name: str, value: Any) -> Change:
    return lambda variables: variables[f"{PREFIX}organisation"].update({name: value})


def wrong_inputs(world: Troubled) -> list[tuple[str, str, Change]]:
    """Code, step, and what makes it."""
    nowhere, folder, smtp, imap = str(world.folder / "nowhere"), str(world.state), *_mail(world)
    keys = world.state / "pki" / "files"
    place = {"source": "file", "certificate_path": str(keys / f"org{world.uras[9]}.p12"), "passphrase": "wrong"}
    alone = {"source": "file", "certificate_path": str(keys / f"org{world.uras[10]}.pem")}
    trust = {"trust_anchors": f"{nowhere}-anchors", "revocation": "require"}
    portal = world.sandbox["portal"]["url"]
    down = {"driver": "scim", "url": f"https://127.0.0.1:{world.closed_port}/scim/v2", "token": "a"}
    database = f"postgresql+psycopg://zorgid:canary@127.0.0.1:{world.closed_port}/zorgid"
    return [
        ("variable_broken", "prepared", given("smtp", "{{ nowhere.host }}")),
        ("variables_invalid", "prepared", dropped("organisation")),
        ("variables_invalid", "prepared", given("organisation", "a text")),
        ("variables_invalid", "prepared", given("handed_dri", "x")),
        ("variables_invalid", "prepared", given("environment", "productie")),
        ("organisation_invalid", "prepared", lambda one: one[f"{PREFIX}organisation"].pop("people")),
        ("ura_invalid", "prepared", within("ura", 91000007)),
        ("document_unreadable", "document_signed", given("document_path", folder)),
        ("file_unreadable", "certificate_checked", given("certificate", {**alone, "certificate_path": nowhere})),
        ("passphrase_wrong", "certificate_checked", given("certificate", place)),
        ("key_absent", "certificate_checked", given("certificate", alone)),
        ("file_unreadable", "certificate_checked", given("trust", trust)),
        ("windows_host_unknown", "certificate_checked", given("certificate_host", "unknown")),
        ("imap_unreachable", "application_submitted", given("imap", {**imap, "port": world.closed_port})),
        ("imap_login_refused", "application_submitted", given("imap", {**imap, "access_token": "wrong"})),
        ("smtp_unreachable", "application_submitted", given("smtp", {**smtp, "port": world.closed_port})),
        ("smtp_login_refused", "application_submitted", given("smtp", {**smtp, "access_token": "wrong"})),
        ("portal_unreachable", "administrators_registered", given("portal", down)),
        ("portal_token_refused", "administrators_registered", given("portal", {**down, "url": portal})),
        ("form_unreachable", "application_submitted", lambda one: one.update(_lost_form(world))),
        ("dossier_unreachable", "prepared", given("dossier_url", database)),
        ("not_observed", "prepared", lambda one: one.update(ansible_connection="{{ nowhere.connection }}")),
    ]


def _mail(world: Troubled) -> tuple[dict[str, Any], dict[str, Any]]:
    names = ("host", "port", "security", "username", "access_token")
    smtp, imap = ({name: world.sandbox[server][name] for name in names} for server in ("smtp", "imap"))
    return {**smtp, "sender": "zorgid@gbz.example"}, imap


def _lost_form(world: Troubled) -> dict[str, str]:
    return {f"{PREFIX}application_form_url": f"{world.sandbox['intake']['application_form_url']}x"}


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    made = Troubled(tmp_path_factory.mktemp("troubled"), 23)
    wrong = wrong_inputs(made)
    assert len(wrong) == len(made.uras) - 1
    made.give({number: change for number, (_code, _step, change) in enumerate(wrong)})
    yield made
    made.stop()


@pytest.mark.slow
def test_each_wrong_input_is_told_once_and_the_others_go_on(troubled: Troubled) -> None:
    wrong = wrong_inputs(troubled)
    hosts, reported = troubled.planned("gbz.zorgid.plan")
    for number, (code, step, _change) in enumerate(wrong):
        one = hosts[f"org{troubled.uras[number]}"]
        assert troubles(one) == [(code, step)], one
        # What does not need it goes on; what needs it is not planned.
        assert effects(one) == (APPLIES if code.startswith("portal_") else set()), one
    assert effects(hosts[f"org{troubled.uras[-1]}"]) >= {"submit_application", "sign_document", "mail_document"}
    table = table_of(reported)
    assert max(map(len, table.splitlines())) <= 100
    assert "()" not in table
    assert sorted(_once(table)) == sorted(code for code, _step, _change in wrong)
    assert "canary" not in reported
    assert not received(troubled.state, "intake")


def _once(table: str) -> list[str]:
    """The details of the table by their codes."""
    return re.findall(r"^    \[(\w+)\]$", table, re.MULTILINE)


@pytest.mark.slow
def test_preflight_finds_each_of_them_and_writes_nothing(troubled: Troubled) -> None:
    """Also what the plan of that organisation would not need today."""
    before = _files(troubled)
    table = table_of(troubled.run("gbz.zorgid.preflight"))
    # Of a document that stands in the way, and of a host that cannot be asked, the plan and Ansible tell.
    elsewhere = {"document_unreadable", "not_observed"}
    expected = {code for code, _step, _change in wrong_inputs(troubled)} - elsewhere
    assert expected | {"trust_bundle_missing", "preflight_failed"} <= set(_once(table)), table
    assert max(map(len, table.splitlines())) <= 100
    assert "canary" not in table
    assert not received(troubled.state, "intake")
    assert _files(troubled) == before


def _files(world: Troubled) -> set[Path]:
    """Not those of the sandbox; Ansible itself makes folders for its temporary files."""
    return {path for path in world.folder.rglob("*") if path.is_file() and world.state not in path.parents}


@pytest.mark.slow
def test_onboard_does_what_needs_nothing_of_it(troubled: Troubled) -> None:
    wrong = wrong_inputs(troubled)
    hosts, reported = troubled.planned("gbz.zorgid.onboard")
    for number, (code, step, _change) in enumerate(wrong):
        one = hosts[f"org{troubled.uras[number]}"]
        assert troubles(one) == [(code, step)], one
        assert [each["status"] for each in one["carried"]] == (["done"] * 4 if code.startswith("portal_") else [])
    assert sorted(_once(table_of(reported))) == sorted(code for code, _step, _change in wrong)
    applied = troubled.outcome()["organisations"]
    assert sum(one["applications"] for one in applied.values()) == 3


BETWEEN = """
- hosts: care_organisations
  gather_facts: false
  tasks:
    - import_role: {name: gbz.zorgid.zorgid_onboarding, tasks_from: observe}
    - import_role: {name: gbz.zorgid.zorgid_onboarding, tasks_from: decide}
    - name: Meanwhile
      gbz.zorgid.dossier:
        dossier_url: "{{ zorgid_onboarding_work_dir | gbz.zorgid.dossier_url }}"
        environment: own
        ura: "{{ zorgid_onboarding_organisation.ura }}"
        word: "{{ meanwhile.word | default(omit) }}"
        step: "{{ meanwhile.step | default(omit) }}"
        attested_by: technical_administrator
        attested_how: for a test
      when: meanwhile is defined
    - fail: {msg: it is gone}
      when: vanishes is defined
- hosts: zorgid_work
  gather_facts: false
  tasks:
    - import_role: {name: gbz.zorgid.zorgid_onboarding, tasks_from: carry_out}
- hosts: care_organisations
  gather_facts: false
  tasks:
    - import_role: {name: gbz.zorgid.zorgid_onboarding, tasks_from: settle}
"""


@pytest.fixture
def few(tmp_path: Path) -> Iterator[Troubled]:
    made = Troubled(tmp_path, 5)
    yield made
    made.stop()


@pytest.mark.slow
def test_what_was_recorded_meanwhile_is_dropped_and_a_host_that_falls_out_is_told(few: Troubled) -> None:
    said = ({"word": "hold"}, {"word": "withdrawn"}, {"step": "application_submitted"})
    few.give({number: lambda one, word=word: one.update(meanwhile=word) for number, word in enumerate(said)})
    few.give({3: lambda one: one.update(vanishes=True)})
    (few.folder / "between.yml").write_text(BETWEEN, encoding="utf-8")
    hosts, reported = few.planned(str(few.folder / "between.yml"))
    became = [
        {each["effect"]: each["status"] for each in hosts[f"org{ura}"]["carried"] if each["effect"] != "send_notices"}
        for ura in few.uras
    ]
    both = ("submit_application", "sign_document", "mail_document")
    assert became[0] == became[1] == dict.fromkeys(both, "dropped")
    assert became[2] == {**dict.fromkeys(both, "done"), "submit_application": "dropped"}
    assert became[3] == {}
    assert became[4] == dict.fromkeys(both, "done")
    assert [troubles(hosts[f"org{ura}"]) for ura in few.uras] == [[], [], [], [("not_carried_out", "")], []]
    applied = few.outcome()["organisations"]
    assert [applied[ura]["applications"] for ura in few.uras] == [0, 0, 0, 0, 1]
    table = table_of(reported)
    assert "\u2192" not in table, "what was not done is shown as to be done"
    # The same again, twice in one process: the first pass does what is left, the second does not act on its hosts.
    twice = few.folder / "twice.yml"
    again = "- ansible.builtin.import_playbook: gbz.zorgid.onboard\n"
    twice.write_text(again + again, encoding="utf-8")
    passes = few.run(str(twice), status=0).split("PLAY [Observe and decide]")
    assert len(passes) == 3
    assert "(item=submit_application)" in passes[1]
    assert "(item=" not in passes[2].partition("PLAY [Settle]")[0]
    applied = few.outcome()
    assert [applied["organisations"][ura]["applications"] for ura in few.uras] == [0, 0, 0, 1, 1]
    assert applied["received_twice"] == []


@pytest.mark.slow
def test_two_runs_at_once_do_nothing_twice_and_say_so(few: Troubled) -> None:
    both = [few.start(log="one.log"), few.start(log="other.log")]
    assert all(process.wait(300) in (0, 2) for process in both)
    reported = [few.output("one.log"), few.output("other.log")]
    assert not any("Traceback" in one or "task_failed" in one for one in reported)
    reached = few.outcome()
    assert reached["received_twice"] == []
    assert [reached["organisations"][ura]["applications"] for ura in few.uras] == [1] * 5
    # What one run did is done in one table only.
    done = [
        sum(map(int, re.findall(r"(\d+) applications? submitted", re.sub(r"(?s)Dropped.*", "", one))))
        for one in reported
    ]
    assert sum(done) == 5, done
    assert not any(failed for _changed, failed in few.play().values()), few.output()


DOSSIERS: dict[str, tuple[str, str]] = {
    "dossier_tenant_differs": ("dossier_tenant", "another"),
    "dossier_environment_differs": ("environment", "production"),
    "dossier_key_missing": ("dossier_key", ""),
    "dossier_key_wrong": ("dossier_key", base64.b64encode(bytes(range(90, 122))).decode()),
    "dossier_key_invalid": ("dossier_key", "short"),
}
FILES = ("dossier_cut_off", "dossier_replaced", "dossier_damaged", "dossier_changed")


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Troubled]:
    made = Troubled(tmp_path, len(DOSSIERS) + len(FILES) + 1)
    yield made
    made.stop()


@pytest.mark.slow
def test_each_trouble_of_a_dossier_stops_its_own_organisations(many: Troubled) -> None:
    where = {ura: many.folder / "dossiers" / ura / "dossier.sqlite3" for ura in many.uras}
    for ura, path in where.items():
        own = {"dossier_url": f"sqlite:///{path}", "dossier_head_path": str(many.folder / "heads" / ura)}
        own |= {"report_dir": str(many.folder / "reports" / ura)}
        own |= {"dossier_key": base64.b64encode(bytes(range(7, 39))).decode(), "dossier_tenant": "group"}
        many.edit(
            f"org{ura}", lambda one, own=own: one.update({f"{PREFIX}{name}": value for name, value in own.items()})
        )
    many.run("gbz.zorgid.onboard", "--tags", "prepare", status=0)
    shutil.copytree(many.folder / "dossiers", many.folder / "copies")
    many.run("gbz.zorgid.onboard", status=0)
    before = len(received(many.state, "intake"))
    many.give({number: given(*change) for number, change in enumerate(DOSSIERS.values())})
    cut, gone, text, changed, fine = many.uras[len(DOSSIERS) :]
    for one in where[cut].parent.iterdir():
        one.unlink()
    shutil.copy(many.folder / "copies" / cut / "dossier.sqlite3", where[cut])
    shutil.rmtree(where[gone].parent)
    where[text].write_bytes(b"no database" * 1000)
    with closing(sqlite3.connect(where[changed])) as connection:
        connection.execute("UPDATE milestone SET state = 'done' WHERE step = 'application_confirmed'")
        connection.commit()
    many.people_act()
    for playbook in ("gbz.zorgid.plan", "gbz.zorgid.onboard"):
        hosts, _reported = many.planned(playbook)
        for ura, code in zip(many.uras, [*DOSSIERS, *FILES], strict=False):
            one = hosts[f"org{ura}"]
            assert [found for found, _step in troubles(one)] == [code], one
            assert not effects(one)
            assert not one["carried"]
        assert troubles(hosts[f"org{fine}"]) == []
    assert len(received(many.state, "intake")) == before + 1
