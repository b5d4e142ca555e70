# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the portal actions note in the dossier: digests with a date and an owner, and no name."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.options import dossier, portal
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.portal import keep_accounts, read_accounts
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY

EXPORT = (
    "Gebruikersnaam;Voornaam;Achternaam;Geboortedatum;Rol;Status;Personeelsnummer\n"
    "u1;Sanne;Zwaluwstaart;09-03-1975;Administrator;Actief;HR-1\n"
)
LIST = [{"external_id": "HR-2", "first_name": "Bo", "last_name": "Kwikstaart", "date_of_birth": "1980-02-01"}]


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(EXPORT, encoding="utf-8")
    os.utime(path, (1_780_000_000, 1_780_000_000))
    return tmp_path


def options(folder, **given):
    specs = {**portal.OPTIONS, **portal.DOSSIER, **portal.KEEPING, **portal.ACCOUNTS, **dossier.OPENING}
    return {
        **{name: spec.get("default") for name, spec in specs.items()},
        "external_ids": None,
        "driver": "worklist",
        "ura": "90000101",
        "export_path": str(folder / "export.csv"),
        "worklist_dir": str(folder / "out"),
        "accounts": LIST,
        "dossier_url": f"sqlite:///{folder}/dossier.sqlite3",
        "dossier_key": KEY,
        **given,
    }


def keep(folder, check_mode=False, **given):
    action = SimpleNamespace(check_mode=check_mode, diff_mode=False, task_vars={}, _templar=None)
    return keep_accounts(action, options(folder, **given), administrators=False)


def noted(folder):
    with DossierStore.open(f"sqlite:///{folder}/dossier.sqlite3", key=KEY) as store:
        assert store.verify_journal().valid
        rows = [row for row in store.export()["journal"] if row["event"] == "seen_noted"]
        return [(row["ura"], row["payload"]["kind"], row["payload"]["at"], row["payload"]["owner"]) for row in rows]


def test_what_was_seen_is_noted_once_and_names_nobody(folder):
    assert keep(folder, check_mode=True)["changed"]
    assert not (folder / "dossier.sqlite3").exists()
    for _ in range(2):
        assert "warnings" not in keep(folder)
        read_accounts(options(folder), check_mode=False)
    kinds = {kind: (at, owner) for _ura, kind, at, owner in noted(folder)}
    assert set(kinds) == {"list:employees", "portal_export", "portal_members"}
    assert len(noted(folder)) == 3
    # The export's date is its file's own.
    assert kinds["portal_export"] == ("2026-05-28T20:26:40+00:00", "90000101")
    held = b"".join(one.read_bytes() for one in folder.glob("dossier.sqlite3*"))
    assert not any(
        word in held for word in (b"Zwaluw", b"Kwikstaart", b"Sanne", b"1975-03", b"03-1975", b"1980-02", b"HR-")
    )
    keep(folder, accounts=[*LIST, {**LIST[0], "external_id": "HR-3", "first_name": "Jo"}])
    assert [kind for _ura, kind, _at, _owner in noted(folder)][3:] == ["list:employees"]


def test_an_export_of_another_organisation_is_told(folder):
    keep(folder)
    (warning,) = keep(folder, ura="90000102")["warnings"]
    assert "90000101" in warning
    assert noted(folder)[-1][::3] == ("90000102", "90000101")
    other = folder / "other.csv"
    other.write_text(EXPORT.replace("u1;", "u2;"), encoding="utf-8")
    assert "warnings" not in keep(folder, ura="90000102", export_path=str(other))
    assert "warnings" not in keep(folder)


def test_what_fails_is_said_for_all_of_a_click_list(folder):
    found = keep(folder, accounts=[*LIST, {**LIST[0], "external_id": "HR-3", "first_name": "Jo", "state": "blocked"}])
    assert (found["failed"], found["error_code"]) == (True, "accounts_failed")
    assert found["msg"] == "1 of 2 accounts failed; see results for the accounts and the reasons."
    assert [item["status"] for item in found["results"]] == ["todo", "failed"]
    assert [item["tasks"] for item in found["worklists"]] == [1]


def test_without_a_key_nothing_is_kept_and_that_is_said(folder):
    (warning,) = keep(folder, dossier_key=None)["warnings"]
    assert "dossier_key" in warning
    assert noted(folder) == []
    # Without a dossier too, and only where it matters: somebody is about to be linked.
    (warning,) = keep(folder, dossier_url=None)["warnings"]
    assert "offboarded" in warning
    assert "warnings" not in keep(folder, dossier_url=None, accounts=[{**LIST[0], "state": "absent"}])
