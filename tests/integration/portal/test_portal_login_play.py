# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook portal_login as a user types it, as far as no browser is needed: what is missing is named for each
organisation, and one that fails does not stop the next."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY

ANSIBLE = Path(sys.executable).parent / "ansible-playbook"


def test_what_is_missing_is_named_and_the_next_organisation_goes_on(tmp_path: Path) -> None:
    common = {
        "ansible_connection": "local",
        "zorgid_onboarding_environment": "test",
        "zorgid_onboarding_dossier_url": f"sqlite:///{tmp_path}/dossier.sqlite3",
        "zorgid_onboarding_dossier_key": KEY,
        "zorgid_onboarding_work_dir": f"{tmp_path}/work",
        "zorgid_onboarding_administrators": [{"external_id": "HR-1"}],
    }
    hosts = {
        "delinde": {
            "zorgid_onboarding_organisation": {"ura": "90000101", "name": "De Linde"},
            "zorgid_onboarding_portal": {
                "driver": "browser",
                "map_path": f"{tmp_path}/portal.yml",
                "person": "HR-1",
                "people": {"HR-1": "S. van der Berg"},
            },
        },
        "anker": {
            "zorgid_onboarding_organisation": {"ura": "90000102", "name": "Anker"},
            "zorgid_onboarding_portal": {"driver": "worklist", "export_path": f"{tmp_path}/export.csv"},
        },
        "third": {"zorgid_onboarding_organisation": {"ura": "90000103", "name": "Third"}},
    }
    inventory = {"care_organisations": {"hosts": hosts, "vars": common}}
    (tmp_path / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")
    done = subprocess.run(
        [ANSIBLE, "-i", tmp_path / "inventory.json", "gbz.zorgid.portal_login", "-l", "delinde,anker"],
        env={**os.environ, "ANSIBLE_HOME": str(tmp_path / "home"), "NO_COLOR": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    reported = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 2, reported
    assert "fatal: [delinde]" in reported
    assert "missing: permission_path, permission_key_path" in reported
    assert "fatal: [anker]" in reported
    assert "Found: driver: worklist" in reported
    assert "[third]" not in reported
    assert reported.count('"error_code": "portal_not_configured"') == 2
    assert "van der Berg" not in reported
