# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook new as a person runs it, and the folder that it made as Ansible and the other playbooks read it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from ansible_collections.gbz.zorgid.tests.support.customers import customer, table
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY

HOSTILE = "{{ lookup('pipe', 'touch LOOKED') }}"


def ansible(tool: str, *arguments: str, folder: Path, status: int) -> str:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("ANSIBLE_CONFIG", "ANSIBLE_INVENTORY")
    }
    done = subprocess.run(
        [sys.executable, "-m", "ansible", tool, *arguments],
        cwd=folder,
        env={**environment, "ANSIBLE_NOCOLOR": "1", "PYTHONUTF8": "1", "ANSIBLE_HOME": str(folder / ".ansible")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout


def test_a_folder_is_made_that_works_but_for_its_secrets(tmp_path: Path) -> None:
    folder = tmp_path / "zorgid"
    windows = {"Certificaat_plaats": "windows", "Certificaat_server": "cert02.gbz.example"}
    rows = [customer(1, Naam=f"De Linde {HOSTILE}", Inventarisnaam="delinde", **windows), customer(2, KVK="")]
    table(tmp_path / "klanten.csv", *rows)
    typed = ["gbz.zorgid.new", "-e", "zorgid_folder=zorgid", "-e", "zorgid_table=klanten.csv"]
    shown = ansible("playbook", *typed, folder=tmp_path, status=2)
    assert f"✓ made {folder}: ansible.cfg, inventory/ (1 organisation), vault.yml, trust/, hr/" in " ".join(
        shown.split()
    )
    assert "✗ row 3 (Praktijk 2) is not used: KVK: it is empty;" in shown
    assert "see above: row 3. (table_rows_invalid)" in shown

    listed = json.loads(ansible("inventory", "--list", folder=folder, status=0))
    assert listed["care_organisations"]["hosts"] == ["delinde"]
    assert listed["certificate_hosts"]["hosts"] == ["cert02.gbz.example"]

    # Not filled in: told by name. Ansible says no more than that, because the folder's ansible.cfg hides what is well.
    shown = ansible("playbook", "gbz.zorgid.status", folder=folder, status=2)
    assert "FILL_IN in vault_dossier_key, vault_mail_password" in shown
    assert "[placeholder_unfilled]" in shown
    assert "ok: [" not in shown
    assert "skipping: [" not in shown

    for path in (folder / "inventory" / "group_vars").rglob("*.yml"):
        text = path.read_text(encoding="utf-8").replace("email: FILL_IN", "email: zorgid@gbz.example")
        text = text.replace("phone: FILL_IN", "phone: '+31301234567'").replace(
            "dossier_key: FILL_IN", f"dossier_key: {KEY}"
        )
        path.write_text(text.replace("FILL_IN", "filled"), encoding="utf-8")
    shown = ansible("playbook", "gbz.zorgid.status", folder=folder, status=0)
    assert "De Linde" in shown
    assert not list(tmp_path.rglob("LOOKED"))
