# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A care group whose dossier is in a real PostgreSQL, and its inventory cut as AWX does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.gbz.zorgid.tests.support.onboard_world import World
from ansible_collections.gbz.zorgid.tests.support.slices import Inventory, Job, sliced, whole_of

#: 0, 1, 2, … 31
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


class Group:
    """``twin``: the URA number that two hosts have. A few certificates are in a Windows store, which each organisation
    reaches over a connection of its own, as every slice needs it; the others are files."""

    windows = 8

    def __init__(self, folder: Path, count: int, url: str, *, twin: bool = False) -> None:
        (folder / "world").mkdir()
        self.world, self.url, self.folder = World(folder / "world", count), url, folder
        self.twins = (f"org{self.world.uras[0]}", "zz_copy") if twin else ()
        self.whole: Inventory = whole_of(
            self.world.inventory, self.world.state / "inventory", environment=self.world.environment
        )
        shared = self.whole["care_organisations"].setdefault("vars", {})
        shared |= {"zorgid_onboarding_dossier_url": url, "zorgid_onboarding_dossier_key": KEY}
        hostvars = self.whole["_meta"]["hostvars"]
        for ura in self.world.uras[: -self.windows]:
            _file(hostvars[f"org{ura}"], f"org{ura}")
        for ura in self.world.uras[-self.windows :]:
            _windows(hostvars[f"org{ura}"])
        if twin:
            hostvars["zz_copy"] = dict(hostvars[self.twins[0]])
            self.whole["care_organisations"]["hosts"].append("zz_copy")

    def jobs(self, name: str, count: int, **extra: Any) -> list[Job]:
        """The jobs of one start of a template in this many slices."""
        reported = {"zorgid_allow_empty": True, "awx_workflow_job_id": name, "tower_workflow_job_id": name, **extra}
        made = []
        for number in range(1, count + 1):
            folder = self.folder / name / f"slice{number}"
            made.append(
                Job(
                    folder,
                    sliced(self.whole, number, count),
                    extra=reported if count > 1 else {"zorgid_allow_empty": True, **extra},
                    environment={"ZORGID_DEMO_DIR": str(folder / "demo"), "PYTHONPATH": ""},
                    files={"hr_exports": self.world.folder / "hr_exports"},
                )
            )
        return made

    def stop(self) -> None:
        self.world.stop()


def _file(host: dict[str, Any], name: str) -> None:
    # The copied host has the same files, as it would be in an inventory: whichever is first can go on with them.
    where = f"{{{{ sandbox.pki.files }}}}/{name}"
    host["zorgid_onboarding_certificate"] = {
        "source": "file",
        "certificate_path": f"{where}.pem",
        "key_path": f"{where}.key.pem",
    }


def _windows(host: dict[str, Any]) -> None:
    host |= {
        "zorgid_onboarding_certificate_host": "{{ inventory_hostname }}",
        "ansible_connection": "winrm",
        "ansible_host": "{{ sandbox.windows.host }}",
        "ansible_port": "{{ sandbox.windows.port }}",
        "ansible_user": "{{ sandbox.windows.user }}",
        "ansible_password": "{{ sandbox.windows.password }}",
        "ansible_winrm_scheme": "https",
        "ansible_winrm_transport": "ntlm",
        "ansible_winrm_ca_trust_path": "{{ sandbox.ca_path }}",
    }
