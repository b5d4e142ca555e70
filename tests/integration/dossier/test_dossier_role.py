# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role on a dossier that somebody put back, cut or changed: what stops, who goes on, what is said.

There is no certificate here, which is every host's only other error, and holds no mail to people back.
"""

# ruff: noqa: S608 - SQL made of this file's own words
from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.intake_support import ORGANISATION, make_pki
from ansible_collections.gbz.zorgid.tests.support.mail_servers import PASSWORD, USER, serve_smtp

LINDE, EIK = "90000101", "90000102"


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def smtp(pki):
    with serve_smtp(pki) as host:
        yield host


class Controller:
    def __init__(self, folder, pki, smtp):
        self.folder, self.pki, self.smtp = folder, pki, smtp
        self.path = folder / "dossiers" / "dossier.sqlite3"
        self.url = f"sqlite:///{self.path}"

    def play(self, *uras, arguments=()):
        """The role's notices for each, then the board. Its exit code, and what it printed."""
        smtp = {"host": "127.0.0.1", "port": self.smtp.port, "username": USER, "password": PASSWORD, "sender": USER}
        variables = {
            "environment": "acceptance",
            "work_dir": str(self.folder / "work"),
            "dossier_url": self.url,
            "smtp": smtp,
            "notices": True,
            "ca_path": str(self.pki.ca_path),
        }
        hosts = {f"o{ura}": {"zorgid_onboarding_organisation": {**ORGANISATION, "ura": ura}} for ura in uras}
        inventory, book = self.folder / "hosts.yml", self.folder / "book.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
        plays = [
            {
                "hosts": "all",
                "connection": "local",
                "gather_facts": False,
                "roles": [{"role": "gbz.zorgid.zorgid_onboarding"}],
                "vars": {f"zorgid_onboarding_{name}": value for name, value in variables.items()},
            }
        ]
        book.write_text(yaml.safe_dump(plays), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", "-i", inventory, "--tags", "notices", *arguments, book],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
        )
        shown = done.stdout + done.stderr
        assert "Traceback" not in shown
        return done.returncode, " ".join(shown.split())

    def board(self):
        """The board, as its action writes it."""
        options = {"dossier_url": self.url, "path": str(self.folder / "board")}
        subprocess.run(
            [sys.executable, "-m", "ansible", "adhoc", "localhost", "-m", "gbz.zorgid.onboarding_report",
             "-a", json.dumps(options)],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip
        return json.loads((self.folder / "board" / "onboarding.json").read_text())

    def edit(self, statement):
        with sqlite3.connect(self.path) as database:
            assert database.execute(statement).rowcount == 1
        database.close()


@pytest.fixture
def controller(tmp_path, pki, smtp):
    made = Controller(tmp_path, pki, smtp)
    with DossierStore.open(made.url, environment="acceptance") as store:
        for ura in (LINDE, EIK):
            store.register(ura, f"Praktijk {ura}")
            for step in ("application_submitted", "document_signed"):
                store.set_milestone(ura, step, "done")
            store.set_milestone(ura, "document_sent", "done", evidence={"sent_at": "2026-11-24T10:15:00+00:00"})
            for step in ("application_confirmed", "follow_up_submitted", "activation_qr_received"):
                store.set_milestone(ura, step, "done")
            store.set_milestone(ura, "identity_activated", "waiting", who="portal_administrator", what="Scan the code")
    return made


def errors_of(shown: str) -> list[str]:
    """The codes of the table's details, each of which is told once."""
    return re.findall(r"\[([a-z]+(?:_[a-z]+)+)\]", shown)


def test_a_copy_of_before_is_seen_before_anything_is_sent(controller, smtp):
    code, shown = controller.play(LINDE)
    assert errors_of(shown) == ["windows_host_needed"]
    sent = len(smtp.received)
    assert sent > 0
    # An evening later: what stood there before the mail is put back. It does not know of it.
    copy = controller.folder / "copy.sqlite3"
    with DossierStore.open(controller.url) as store:
        rows = store.export()["journal"]
    kept = [row for row in rows if not row["event"].startswith("submission_")]
    shutil.copy(controller.path, copy)
    last = kept[-1]
    controller.edit(f"UPDATE journal_head SET seq = {last['seq']}, hash = '{last['hash']}'")
    with sqlite3.connect(controller.path) as database:
        database.execute("DELETE FROM journal WHERE seq > ?", [last["seq"]])
        database.execute("DELETE FROM submission")
    database.close()
    with DossierStore.open(controller.url, read_only=True) as store:
        assert store.verify_journal().valid
    for arguments in (["--check"], []):
        code, shown = controller.play(LINDE, EIK, arguments=arguments)
        assert code != 0
        assert "dossier_cut_off" in shown
        # Wherever the table's lines end.
        assert "gbz.zorgid.hold-eall=true-erestored=true" in "".join(shown.split())
    assert len(smtp.received) == sent
    # The right one put back goes on, and nothing is sent twice.
    shutil.copy(copy, controller.path)
    code, shown = controller.play(LINDE)
    assert errors_of(shown) == ["windows_host_needed"]
    assert len(smtp.received) == sent


def test_a_changed_dossier_stops_its_organisation_only(controller, smtp):
    controller.edit(f"UPDATE milestone SET what = 'Pay' WHERE ura = '{LINDE}' AND who IS NOT NULL")
    code, shown = controller.play(LINDE, EIK)
    assert code == 2
    assert "dossier_changed" in shown
    assert f"The table milestone ({LINDE}, identity_activated) differs from row" in shown
    assert f"o{EIK} : ok=" in shown
    assert "failed=1" in shown
    assert len(smtp.received) > 0
    board = {one["ura"]: one for one in controller.board()["organisations"]}
    assert board[LINDE]["steps"][0]["error_code"] == "dossier_changed"
    assert {step["error_code"] for step in board[EIK]["steps"]} - {None, ""} == {"windows_host_needed"}
    assert [step["step"] for step in board[EIK]["steps"] if step["state"] == "waiting"] == ["identity_activated"]


def test_a_missing_row_stops_everybody(controller, smtp):
    controller.edit("DELETE FROM journal WHERE seq = 2")
    code, shown = controller.play(LINDE, EIK)
    assert code == 2
    assert shown.count("dossier_journal_broken") >= 1
    assert "Row 2 is missing" in shown
    assert smtp.received == []
    board = controller.board()
    assert "Row 2 is missing" in board["journal"]["message"]
