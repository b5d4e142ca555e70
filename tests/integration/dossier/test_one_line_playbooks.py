# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gbz.zorgid.done, hold and leave, typed into a shell over a real dossier: what is recorded, and each wrong input."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier import said
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Dossier
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore

LINDE, ANKER = "90000101", "90000202"
#: A name with an accent, and one of 60 characters.
NAMES = {"delinde": "Praktijk De Lindé", "anker": "Huisartsenpraktijk en apotheek Het Anker aan de Oude Haven te Urk"}


@dataclass(frozen=True)
class Desk:
    """A folder with an inventory, and a person who types."""

    folder: Path

    def types(self, command: str, code: int = 0) -> str:
        """``done -l delinde …``, by a shell; what is shown, without Ansible's own error in front."""
        environment = {
            **os.environ,
            "ANSIBLE_INVENTORY": str(self.folder / "inventory.yml"),
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_NOCOLOR": "1",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONIOENCODING": "utf-8",
        }
        done = subprocess.run(
            ["bash", "-ec", f"ansible-playbook gbz.zorgid.{command}"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout + done.stderr

    def refused(self, command: str) -> dict[str, Any]:
        """The result of a command that is an error, and records nothing."""
        before = self.bytes()
        shown = self.types(command, 2)
        assert self.bytes() == before
        reported: dict[str, Any] = json.loads(re.search(r"FAILED! => (\{.*\})", shown)[1])  # type: ignore[index]  # it is there
        return reported

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder}/work-dossier/dossier.sqlite3"

    def bytes(self) -> bytes:
        path = self.folder / "work-dossier" / "dossier.sqlite3"
        return path.read_bytes() if path.exists() else b""

    def dossier(self, ura: str = LINDE) -> Dossier:
        with DossierStore.open(self.url, read_only=True) as store:
            return store.read(ura)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    hosts: dict[str, Any] = {
        host: {"zorgid_onboarding_organisation": {"ura": ura, "name": NAMES[host]}, "step": "of the inventory's own"}
        for host, ura in (("delinde", LINDE), ("anker", ANKER))
    }
    # What a word does not need may be broken.
    hosts["delinde"]["zorgid_onboarding_certificate"] = "{{ no_such_variable }}"
    inventory = {
        "care_organisations": {"vars": {"zorgid_onboarding_work_dir": str(tmp_path / "work")}, "hosts": hosts},
        # Whoever reaches for it over the network would wait.
        "certificate_hosts": {"hosts": {"cert02": {"ansible_connection": "winrm", "ansible_host": "192.0.2.1"}}},
    }
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump(inventory, sort_keys=False), encoding="utf-8")
    return Desk(tmp_path)


def prepared(desk: Desk) -> None:
    """As a run leaves it that waits for the portal administrator, the first steps proven."""
    with DossierStore.open(desk.url, environment="production") as store:
        for step in list(store.read(LINDE).milestones)[:8]:
            store.set_milestone(LINDE, step, "done", evidence={"proof": "run"})
        store.set_milestone(LINDE, "identity_activated", "waiting", who="portal_administrator", what="Scan the code")


@pytest.fixture
def waiting(desk: Desk) -> Desk:
    (desk.folder / "work-dossier").mkdir(mode=0o700)
    prepared(desk)
    return desk


def test_a_step_in_one_line_by_its_dutch_name_and_taken_back_by_the_same_line(waiting: Desk) -> None:
    line = "done -l delinde -e step='Geactiveerd' -e how='by telephone, with the admin'"
    before = waiting.bytes()
    assert "identity_activated recorded" in waiting.types(f"{line} --check")
    assert "check mode: nothing was recorded" in waiting.types(f"{line} --check")
    assert waiting.bytes() == before

    shown = waiting.types(line)
    assert re.search(r"✓ .*Praktijk De Lindé \(90000101\): identity_activated recorded \(.*by telephone, with", shown)
    assert "  next: administrators_registered (Beheerders)" in shown
    assert "\n! " not in shown
    step = waiting.dossier().milestones["identity_activated"]
    assert step.state == "done"
    assert step.attested is not None
    assert (step.attested.by, step.attested.how) == ("technical_administrator", "by telephone, with the admin")

    again = waiting.types("done -l delinde -e step=identity_activated -e how='another way'")
    assert "nothing to do, that was recorded already (technical_administrator" in " ".join(again.split())
    assert "changed=0" in again
    assert len(waiting.dossier().words) == 1

    undone = waiting.types(f"{line} -e undo=true")
    assert "identity_activated taken back" in undone
    assert waiting.dossier().milestones["identity_activated"].state == "open"
    assert "is not recorded as done" in " ".join(waiting.types(f"{line} -e undo=true").split())
    # It is so again: the same line once more is a word of its own.
    assert "changed=1" in waiting.types(line)
    assert waiting.dossier().milestones["identity_activated"].state == "done"


def test_out_of_order_and_beside_evidence_is_said(waiting: Desk) -> None:
    shown = waiting.types("done -l delinde -e step=employees_active -e how=seen -e at=2026-11-02 -e by=service_desk")
    reported = " ".join(shown.split())
    assert re.search("! employees_active of 90000101 [a-z ]+: identity_activated, administrators_registered", reported)
    attested = waiting.dossier().milestones["employees_active"].attested
    assert attested is not None
    assert (attested.by, attested.at) == ("service_desk", "2026-11-02T00:00:00+00:00")
    shown = waiting.types("done -l delinde -e step=document-sent -e how='by hand'")
    assert "! document_sent was done already, by evidence since" in shown
    assert waiting.dossier().milestones["document_sent"].attested is not None


def test_without_a_step_it_lists_what_can_be_recorded_each_with_a_command_that_does_it(waiting: Desk) -> None:
    waiting.types("done -l delinde -e step=administrators_registered -e how='in the portal'")
    shown = waiting.types("done -l delinde")
    listed = shown.partition("By hand] ")[2].partition("\n")[2].partition("ok: [")[0]
    assert max(map(len, listed.splitlines())) <= 100
    assert "  identity_activated        Geactiveerd       waits for the portal administrator since" in listed
    assert "  employees_active          Kunnen inloggen   comes after employees_registered" in listed
    assert "  withdrawn                 Ingetrokken       the organisation stops" in listed
    assert "recorded by a person: administrators_registered (" in listed
    assert '"in the portal"' in listed
    assert "Done by evidence: prepared, certificate_checked," in " ".join(listed.split())
    commands = [
        one.replace("\\\n", " ")
        for one in re.findall(r"^ +ansible-playbook gbz\.zorgid\.(done(?:.*\\\n)*.*)$", listed, re.M)
    ]
    assert len(commands) == 5
    waiting.types(next(one for one in commands if "step=employees_registered" in one))
    attested = waiting.dossier().milestones["employees_registered"].attested
    assert attested is not None
    assert attested.how == "HOW YOU KNOW"


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        ("done -e step=prepared -e how=x", "organisation_not_one", "delinde, anker"),
        ("done -l 'delinde,anker' -e step=prepared -e how=x", "organisation_not_one", "Found: delinde, anker"),
        ("done -l cert02 -e step=prepared -e how=x", "organisation_not_one", "They are delinde, anker"),
        ("done -l delinde -e step=activated -e how=x", "step_unknown", "for example identity_activated (Geactiveerd)"),
        ("done -l delinde -e step=Medewerker -e how=x", "step_unknown", "employees_registered (Medewerkers)"),
        ("done -l delinde -e step=prepared", "attestation_incomplete", "-e step=prepared -e how='HOW YOU KNOW'"),
        ("done -l delinde -e how='by telephone'", "options_invalid", "how without step"),
        ("done -l delinde -e stpe=prepared -e how=x", "variables_invalid", "for example step"),
        ("done -l delinde -e zorgid_host=x", "variables_invalid", "for example zorgid_hosts"),
        (
            "done -l delinde -e step=prepared -e how=x -e undo=perhaps",
            "options_invalid",
            "undo is neither true nor false",
        ),
        ("done -l delinde -e step=prepared -e how=x -e at=yesterday", "time_invalid", "2026-11-24"),
        ("done -l delinde -e step=prepared -e how=x -e at=2199-01-01", "time_in_future", "future"),
        ("done -l delinde -e step=prepared -e lost=phone -e how=x", "options_invalid", "two things"),
        ("done -l delinde -e lost=keys -e how=x", "word_invalid", "activation_code"),
        ("done -l delinde -e rehired=HR-1042 -e how=x", "dossier_key_missing", "dossier_key"),
        ("done -l delinde -e resolve=application_form", "options_invalid", "resolve without arrived"),
        ("done -l delinde -e resolve=application_form -e arrived=no", "submission_unknown", "application_form"),
        ("hold -l delinde", "attestation_incomplete", "-e go_on=true"),
        ("hold -e why=x", "organisation_not_one", "delinde, anker"),
        ("hold -l delinde -e all=true -e why=x", "organisation_not_one", "leave out one of the two"),
        ("leave", "organisation_not_one", "delinde, anker"),
        ("offboard -l 'delinde,anker' -e id=HR-1", "organisation_not_one", "Found: delinde, anker"),
        ("leave -l delinde -e confrim=true", "variables_invalid", "for example confirm"),
    ],
)
def test_a_wrong_command_says_what_is_right_and_records_nothing(
    waiting: Desk, command: str, code: str, says: str
) -> None:
    reported = waiting.refused(command)
    assert reported["error_code"] == code
    assert says in reported["msg"]


def test_a_limit_that_fits_nothing_and_an_empty_inventory_are_errors(desk: Desk) -> None:
    assert "leaves us with no hosts to target" in desk.types("done -l dellinde -e step=prepared -e how=x", 1)
    (desk.folder / "inventory.yml").write_text("care_organisations: {hosts: {}}\n", encoding="utf-8")
    for command, code in (("done -l delinde -e step=prepared -e how=x", 4), ("hold -e all=true -e why=x", 2)):
        assert "inventory_empty" in desk.types(command, code)
    (desk.folder / "inventory.yml").write_text("others: {hosts: {cert02: {}}}\n", encoding="utf-8")
    assert desk.refused("hold -e all=true -e why=x")["error_code"] == "inventory_empty"


def test_words_about_the_whole_organisation_and_about_other_things(waiting: Desk) -> None:
    assert "withdrawn recorded" in waiting.types("done -l delinde -e step=ingetrokken -e how='told by telephone'")
    assert said.withdrawn(waiting.dossier().words) is not None
    assert "recorded already" in waiting.types("done -l delinde -e step=withdrawn -e how='told by mail'")
    assert "withdrawn taken back" in waiting.types("done -l delinde -e step=withdrawn -e undo=true")
    assert said.withdrawn(waiting.dossier().words) is None
    waiting.types("done -l delinde -e lost=activation_letter -e how='not in the post'")
    assert said.newest(waiting.dossier().words, "lost", "activation_letter") is not None
    waiting.types("done -l delinde -e moved=delinde -e how='a new name'")
    assert said.newest(waiting.dossier().words, "moved", "delinde") is not None


def test_hold_one_and_go_on(waiting: Desk) -> None:
    shown = waiting.types("hold -l delinde -e why='the mail server is moved'")
    assert "held, nothing is sent or submitted (the mail server is moved)" in shown
    assert "  go on: ansible-playbook gbz.zorgid.hold -l delinde -e go_on=true" in shown
    assert said.held(waiting.dossier().words) is not None
    assert said.held(waiting.dossier(ANKER).words) is None
    assert "changed=0" in waiting.types("hold -l delinde -e why='still'")
    assert "goes on" in waiting.types("hold -l delinde -e go_on=true")
    assert said.held(waiting.dossier().words) is None
    assert "nothing to do, nothing is held" in waiting.types("hold -l delinde -e go_on=true")
    assert "changed=1" in waiting.types("hold -l delinde -e why='the mail server is moved'")


def test_hold_all_is_one_word_for_each_dossier(waiting: Desk) -> None:
    shown = waiting.types("hold -e all=true -e why='a wrong mail was sent'")
    assert "2 organisations of the dossier of delinde: held" in shown
    assert "  go on: ansible-playbook gbz.zorgid.hold -e all=true -e go_on=true" in shown
    (word,) = waiting.dossier(ANKER).words
    assert (word.word, word.ura, word.how) == ("hold", "", "a wrong mail was sent")
    one = " ".join(waiting.types("hold -l delinde -e go_on=true").split())
    assert "not held alone but with all: ansible-playbook gbz.zorgid.hold -e all=true -e go_on=true" in one
    waiting.types("hold -e all=true -e go_on=true")
    assert said.held(waiting.dossier(ANKER).words) is None


def test_a_restored_backup_is_held_until_a_person_looked(waiting: Desk) -> None:
    (file,) = waiting.folder.glob("**/dossier.sqlite3")
    backup = file.read_bytes()
    waiting.types("hold -l delinde -e why='after the backup'")
    for part in file.parent.glob("dossier.sqlite3*"):
        part.unlink()
    file.write_bytes(backup)
    reported = waiting.refused("done -l delinde -e step=withdrawn -e how=x")
    assert (reported["error_code"], "-e restored=true" in reported["msg"]) == ("dossier_cut_off", True)
    shown = waiting.types("hold -e all=true -e restored=true -e why='the disk failed'")
    assert re.search(r"! \d+ rows of the journal of \d+ are missing", shown)
    assert "ansible-playbook gbz.zorgid.hold -l HOST -e go_on=true" in " ".join(shown.split())
    assert all(len(line) <= 100 for line in shown.splitlines() if line.startswith(("  ", "!", "✓")))
    words = waiting.dossier().words
    assert {(one.ura, one.word) for one in words} == {("", "hold"), (LINDE, "hold")}
    assert "the disk failed" in str(words[0].how)


def test_leave_shows_asks_for_a_confirmation_and_destroys_only_what_is_its_own(waiting: Desk) -> None:
    work = waiting.folder / "work"
    renewal = waiting.folder / "work-renew"
    mine = [
        *(work / "documents" / f"{LINDE}.xml", work / "handed" / LINDE / "letter.html"),
        *(renewal / f"{LINDE}.csr.pem", renewal / f"{LINDE}.20261126.cer"),
        # A key that waits for CIBG, beside the old one.
        waiting.folder / "keys" / "zorgid-renewal" / f"{LINDE}.key.pem",
    ]
    place = {"source": "file", "certificate_path": str(waiting.folder / "keys" / "linde.pem")}
    certificate = json.dumps({"zorgid_onboarding_certificate": place})
    others = [work / "documents" / f"{ANKER}.xml", work / "handed" / ANKER / "letter.html", renewal / f"{ANKER}.cer"]
    for path in (*mine, *others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
    with DossierStore.open(waiting.url, environment="production") as store:
        store.set_milestone(ANKER, "prepared", "done")

    reported = waiting.refused("leave -l delinde")
    assert reported["error_code"] == "not_confirmed"
    assert "ansible-playbook gbz.zorgid.leave -l delinde -e confirm=true" in reported["msg"]
    checked = waiting.types(f"leave -l delinde -e confirm=true -e '{certificate}' --check")
    assert "this would be destroyed:" in checked
    assert "9 milestone" in checked
    assert all(path.exists() for path in mine)

    shown = waiting.types(f"leave -l delinde -e confirm=true -e '{certificate}'")
    assert "left; this is gone:" in shown
    assert not any(path.exists() for path in mine)
    assert all(path.exists() for path in others)
    (export,) = (waiting.folder / "work-left").iterdir()
    assert export.stat().st_mode & 0o777 == 0o600
    assert [one["ura"] for one in json.loads(export.read_text("ascii"))["organisations"]] == [LINDE]
    assert waiting.dossier().milestones["document_sent"].state == "open"
    assert waiting.dossier(ANKER).milestones["prepared"].state == "done"
    with DossierStore.open(waiting.url, read_only=True) as store:
        assert store.verify_journal().whole
    # Nothing is said to be gone that was not there, and there is nothing to confirm.
    again = waiting.types("leave -l delinde")
    assert "nothing to do, neither the dossier nor the files here hold anything of it" in " ".join(again.split())
    assert "gone" not in again
    assert "changed=0" in again


def test_leave_keeps_a_folder_that_may_be_shared_and_a_file_that_is_there(waiting: Desk) -> None:
    shared = waiting.folder / "letters"
    shared.mkdir()
    (shared / "of-another.html").write_text("x", encoding="utf-8")
    reported = json.dumps({"zorgid_onboarding_handed_dir": str(shared)})
    export = waiting.folder / "mine.json"
    shown = waiting.types(f"leave -l delinde -e confirm=true -e export='{export}' -e '{reported}'")
    assert "not deleted, because its name is not the URA number alone" in " ".join(shown.split())
    assert (shared / "of-another.html").exists()
    prepared(waiting)
    before = export.read_bytes()
    assert waiting.refused(f"leave -l delinde -e confirm=true -e export='{export}'")["error_code"] == (
        "export_would_overwrite"
    )
    assert export.read_bytes() == before
