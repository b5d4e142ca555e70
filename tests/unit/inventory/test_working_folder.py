# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a working folder gets, run after run: new rows, changed rows, what a person changed, an interruption."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._inventory.folder_state import ORGANISATIONS, STATE, Seen
from ansible_collections.gbz.zorgid.plugins.module_utils._inventory.placeholders import refuse_unfilled
from ansible_collections.gbz.zorgid.plugins.module_utils._inventory.working_folder import Decision, decide
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.style import Style
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases import make_folder as use_case
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.folder_screen import screen
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.make_folder import (
    FolderMade,
    MakeFolder,
    make_folder,
)
from ansible_collections.gbz.zorgid.tests.support.customers import customer, table

SKELETON = Path(__file__).resolve().parents[3] / "playbooks" / "files" / "new"
LINDE = {"Naam": "De Linde", "Certificaat_plaats": "windows", "Certificaat_server": "cert02.gbz.example"}
ANKER = {"Naam": "Het Anker", "Certificaat_plaats": "bestand", "Certificaat_bestand": "certs/anker.pem"}


class Desk:
    """A provider with a table and a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.table = folder / "zorgid", folder / "klanten.csv"

    def new(self, *rows: dict[str, str], check: bool = False) -> FolderMade:
        command = MakeFolder(self.folder, table(self.table, *rows), SKELETON)
        return make_folder(command, check_mode=check)

    def files(self) -> dict[str, bytes]:
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in found}

    def host(self, name: str) -> Path:
        return self.folder / "inventory" / "host_vars" / name / "main.yml"

    def edit(self, path: Path, before: str, after: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def shown(made: FolderMade) -> str:
    text = screen(made, style=Style())
    # Commands and paths are to be copied, and not wrapped.
    assert max(len(line) for line in text.split("\n") if "ansible-" not in line and str(made.folder) not in line) <= 100
    assert not re.search("Lindeman|Kanarie|example|31600001001", text.replace("cert02.gbz.example", ""))
    return text


def test_a_new_folder_and_the_same_again(desk: Desk) -> None:
    made = desk.new(customer(1, **LINDE), customer(2, **ANKER), check=True)
    assert (made.changed, desk.folder.exists()) == (True, False)
    assert "→ would make" in shown(made)
    made = desk.new(customer(1, **LINDE), customer(2, **ANKER))
    assert made.decision.added == ["de_linde", "het_anker"]
    text = shown(made)
    assert "inventory/ (2 organisations)" in text
    assert "the login of certificate_hosts goes to cert02.gbz.example" in text
    assert made.decision.to_fill_in["inventory/host_vars/het_anker/vault.yml"] == 1
    assert {path.stat().st_mode & 0o077 for path in desk.folder.rglob("*")} == {0}
    before = desk.files()
    again = desk.new(customer(2, **ANKER), customer(1, **LINDE))
    assert (again.changed, desk.files()) == (False, before)
    assert shown(again).startswith("✓ 2 unchanged\n")
    assert b"Lindeman" not in before[STATE]


def test_every_path_of_the_folder_is_absolute(desk: Desk) -> None:
    desk.new(customer(1, **ANKER))
    shared = yaml.safe_load((desk.folder / "inventory/group_vars/care_organisations/main.yml").read_text())
    assert shared["zorgid_onboarding_work_dir"] == f"{desk.folder}/work"
    assert shared["zorgid_onboarding_list_roots"] == [f"{desk.folder}/hr"]
    own = yaml.safe_load(desk.host("het_anker").read_text())
    assert own["zorgid_onboarding_certificate"]["certificate_path"] == f"{desk.folder}/certs/anker.pem"


def test_the_forty_first_is_one_more_row(desk: Desk) -> None:
    rows = [customer(number) for number in range(1, 41)]
    desk.new(*rows)
    before = desk.files()
    made = desk.new(*rows, customer(41, Zorggroep="Zorggroep Noord"))
    assert shown(made).startswith("✓ added praktijk_41; 40 unchanged; wrote inventory/organisations.yml\n")
    after = desk.files()
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {STATE, ORGANISATIONS, "inventory/host_vars/praktijk_41/main.yml"}
    members = yaml.safe_load(after[ORGANISATIONS])["care_organisations"]
    assert len(members["hosts"]) == 41
    assert list(members["children"]["zorggroep_noord"]["hosts"]) == ["praktijk_41"]


def test_a_changed_row_changes_its_file_and_a_renamed_organisation_keeps_its_host(desk: Desk) -> None:
    desk.new(customer(1, **LINDE), customer(2))
    made = desk.new(customer(1, **{**LINDE, "Naam": "De Eik", "Straat": "Kade"}), customer(2))
    assert made.decision.changed == {"de_linde": ["Naam", "Straat"]}
    assert "✓ changed de_linde: Naam, Straat; 1 unchanged" in shown(made)
    organisation = yaml.safe_load(desk.host("de_linde").read_text())["zorgid_onboarding_organisation"]
    assert (organisation["name"], organisation["address"]["street"]) == ("De Eik", "Kade")


def test_what_a_person_changed_is_kept_and_every_difference_is_told(desk: Desk) -> None:
    desk.new(customer(1, **LINDE), customer(2))
    desk.edit(desk.host("de_linde"), "Lindelaan", "Kade")
    desk.edit(desk.host("de_linde"), "+31600001001", "+31600009999")
    kept = desk.host("de_linde").read_text() + "zorgid_onboarding_purge: true\n"
    desk.host("de_linde").write_text(kept)
    for _again in range(2):
        text = shown(desk.new(customer(1, **LINDE, Plaats="Urk"), customer(2)))
        assert "1 unchanged; 1 changed by hand, kept" in text
        assert "! de_linde: Straat differs (table Lindelaan, changed by hand to Kade): kept" in text
        assert "! de_linde: Plaats differs (table Urk, changed by hand to Utrecht): kept" in text
        assert "! de_linde: Portaal admin telefoon differs from the table (changed by hand): kept" in text
        assert "purge" not in text
        assert desk.host("de_linde").read_text() == kept


def test_files_that_nobody_knows_who_made_are_a_persons(desk: Desk) -> None:
    desk.new(customer(1))
    (desk.folder / STATE).unlink()
    (desk.folder / "ansible.cfg").write_text("[defaults]\n")
    made = desk.new(customer(1, Straat="Kade"))
    assert made.decision.by_hand == ["praktijk_1"]
    assert (desk.folder / "ansible.cfg").read_text() == "[defaults]\n"
    # What is as the table says is taken for ours again.
    assert desk.new(customer(1)).decision.unchanged == ["praktijk_1"]
    assert desk.new(customer(1, Straat="Kade")).decision.changed == {"praktijk_1": ["Straat"]}


def test_an_organisation_made_by_hand_and_an_encrypted_one_keep_their_hosts(desk: Desk) -> None:
    desk.new(customer(1), customer(2))
    own = desk.folder / "inventory" / "host_vars" / "zuid.yml"
    own.write_text("zorgid_onboarding_organisation: {ura: 90000003, name: !vault x}\n")
    desk.host("praktijk_2").write_text("$ANSIBLE_VAULT;1.1;AES256\n6162\n")
    made = desk.new(customer(1), customer(2, Naam="Anders"), customer(3))
    assert made.decision.added == []
    assert made.decision.by_hand == ["praktijk_2", "zuid"]
    assert "praktijk_2: inventory/host_vars/praktijk_2/main.yml is encrypted" in " ".join(made.decision.look)


def test_a_row_that_is_gone_is_told_and_nothing_is_deleted(desk: Desk) -> None:
    desk.new(customer(1, Zorggroep="Noord", **LINDE), customer(2))
    made = desk.new(customer(2))
    assert "! de_linde: no row of the table has its URA number; it stays" in shown(made)
    assert made.changed is False
    # A row with a mistake in it is not gone.
    assert desk.new(customer(1, Straat="", **LINDE), customer(2)).decision.gone == []


def test_members_that_a_person_changed_are_kept_and_the_new_host_is_named(desk: Desk) -> None:
    desk.new(customer(1))
    desk.edit(desk.folder / ORGANISATIONS, "praktijk_1: {}", "praktijk_1: {note: mine}")
    made = desk.new(customer(1), customer(2))
    assert "is kept: add praktijk_2 to it" in " ".join(shown(made).split())
    assert "praktijk_2" not in (desk.folder / ORGANISATIONS).read_text()


def test_secrets_of_an_organisation_are_never_written_twice(desk: Desk) -> None:
    desk.new(customer(1))
    made = desk.new(customer(1, **ANKER))
    vault = desk.host("praktijk_1").with_name("vault.yml")
    assert yaml.safe_load(vault.read_text()) == {"vault_key_passphrase": "FILL_IN"}
    assert f" {vault.relative_to(desk.folder)}\n" in shown(made)
    vault.write_text("$ANSIBLE_VAULT;1.1;AES256\n6162\n")
    token = {**ANKER, "Certificaat_plaats": "token", "Certificaat_bestand": "", "Certificaat_token": "t"}
    assert "look whether" in " ".join(shown(desk.new(customer(1, **token))).split())
    assert vault.read_text().startswith("$ANSIBLE_VAULT")


def test_after_an_interruption_the_same_command_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real, left = use_case.write_atomic, 0

    def stops(path: Path, data: bytes) -> None:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        real(path, data)

    rows = (customer(1, **LINDE), customer(2, **ANKER))
    desk.new(*rows)
    whole = desk.files()
    for count in range(0, len(whole), 3):
        for path in sorted(desk.folder.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        left = count
        monkeypatch.setattr(use_case, "write_atomic", stops)
        with pytest.raises(KeyboardInterrupt):
            desk.new(*rows)
        monkeypatch.setattr(use_case, "write_atomic", real)
        assert all(data == whole[path] for path, data in desk.files().items())
        desk.new(*rows)
        assert desk.files() == whole


def test_values_of_a_table_are_data(desk: Desk) -> None:
    hostile = "{{ lookup('pipe', 'id') }}"
    names = {"Naam": hostile, "Straat": "{% raw %}", "Plaats": "!unsafe x", "Zorggroep": "a: {b}", "Huisnummer": "&a"}
    desk.new(customer(1, **names))
    (path,) = (desk.folder / "inventory" / "host_vars").glob("*/main.yml")
    text = path.read_text(encoding="utf-8")
    assert f'name: !unsafe "{hostile}"' in text
    assert 'street: !unsafe "{% raw %}"' in text

    class Loader(yaml.SafeLoader):
        """What Ansible does with the tag."""

    Loader.add_constructor("!unsafe", lambda loader, node: ("data", loader.construct_scalar(node)))
    data: dict[str, Any] = yaml.load(text, Loader=Loader)  # noqa: S506 - safe
    organisation = data["zorgid_onboarding_organisation"]
    assert organisation["name"] == ("data", hostile)
    assert organisation["address"]["city"] == "!unsafe x"
    # Templates are only those that the collection itself wrote.
    assert set(re.findall(r"(?<!unsafe )\"(\{\{.*?\}\})\"", text)) == {
        "{{ gbz_care_application }}",
        "{{ gbz_provider }}",
        "{{ gbz_technical_administrator }}",
    }


@pytest.mark.parametrize("state", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "files": [], "hosts": {}}'])
def test_a_state_that_somebody_else_wrote_is_an_error(state: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        decide((), Seen({STATE: state}), {})
    assert caught.value.code == "folder_state_unreadable"


def test_a_folder_whose_name_means_something_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ZorgidError) as caught:
        make_folder(MakeFolder(tmp_path / "{{ x }}", None, SKELETON))
    assert caught.value.code == "folder_unfit"


def test_without_a_table_there_is_one_to_fill_in(tmp_path: Path) -> None:
    made = make_folder(MakeFolder(tmp_path / "zorgid", None, SKELETON))
    assert (made.folder / "klanten.xlsx").read_bytes()[:2] == b"PK"
    assert f"-e zorgid_table={made.folder}/klanten.xlsx" in shown(made)
    assert isinstance(made.decision, Decision)
    assert json.loads((made.folder / STATE).read_text())["hosts"] == {}


def test_what_an_earlier_command_left_to_do_is_told_again(desk: Desk) -> None:
    """The first command of the README makes the shared files, the second one those of the organisations."""
    make_folder(MakeFolder(desk.folder, None, SKELETON))
    made = desk.new(customer(1, **LINDE), customer(2, **ANKER))
    found = subprocess.run(["grep", "-rn", "FILL_IN", "inventory"], cwd=desk.folder, capture_output=True, text=True)
    places = [line for line in found.stdout.splitlines() if "FILL_IN" in line.split(":", 2)[2].partition("#")[0]]
    assert sum(made.decision.to_fill_in.values()) == len(places) > 10
    text = shown(made)
    assert "ansible-vault encrypt inventory/group_vars/all/vault.yml inventory/host_vars/" in text
    shared = desk.folder / "inventory/group_vars/all/vault.yml"
    shared.write_text("$ANSIBLE_VAULT;1.1;AES256\n00\n")
    text = shown(desk.new(customer(1, **LINDE), customer(2, **ANKER), customer(3)))
    assert "encrypt inventory/host_vars/" in text
    assert "*" not in text


def test_what_is_still_to_be_filled_in_is_told_by_name() -> None:
    written = {
        "zorgid_onboarding_smtp": {"host": "FILL_IN", "password": "{{ vault_mail_password }}"},
        "vault_mail_password": "FILL_IN",
        "vault_of_nobody": "FILL_IN",
    }
    used = {"zorgid_onboarding_smtp": {"host": "FILL_IN", "password": "FILL_IN", "port": 587}}
    with pytest.raises(ZorgidError) as caught:
        refuse_unfilled(used, written)
    assert caught.value.code == "placeholder_unfilled"
    assert caught.value.found == "FILL_IN in vault_mail_password, zorgid_onboarding_smtp (host)"
    refuse_unfilled({"zorgid_onboarding_smtp": {"host": "smtp.gbz.example"}}, written)


def test_no_organisation_and_no_group_is_called_as_a_server(desk: Desk) -> None:
    """Ansible would give the organisation the server's login."""
    linde = customer(1, Naam="Linde", Certificaat_plaats="windows", Certificaat_server="Linde")
    made = desk.new(linde, customer(2, Naam="Anker", Zorggroep="Linde"), customer(3, Naam="B", Inventarisnaam="LINDE"))
    assert made.decision.added == ["linde_90000001", "anker"]
    assert [(one.row, one.problem.what) for one in made.decision.refused] == [(4, "another host has it")]
    listed = yaml.safe_load(made.decision.writes[ORGANISATIONS])
    assert listed["care_organisations"]["children"] == {"group_linde": {"hosts": {"anker": {}}}}
    later = desk.new(customer(1, Naam="Linde", Certificaat_plaats="windows", Certificaat_server="anker"))
    assert [one.problem.what for one in later.decision.refused] == [
        "an organisation has the name anker in the inventory"
    ]


def test_a_table_without_a_row_is_told_and_one_that_is_gone_may_have_a_new_number(desk: Desk) -> None:
    desk.new(customer(1))
    text = shown(desk.new())
    assert "nothing to do" not in text
    assert "! klanten.csv has no row with an organisation" in text
    assert "continues" not in text
    assert "not where it has a new number: then name the old one in continues" in shown(desk.new(customer(2)))
