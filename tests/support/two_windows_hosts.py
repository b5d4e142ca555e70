# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Organisations whose keys are on two Windows hosts, and the calls that a run makes there."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.tests.support.onboard_world import World
from zorgid_sandbox.state import received

WINDOWS_HOSTS = ("windows_certificates", "windows_second")


class TwoHosts(World):
    """Every second organisation's key is on the second host. Both have Ansible's own number of forks, five."""

    def __init__(self, folder: Path, count: int, *, engine: str | None = None) -> None:
        super().__init__(folder, count, engine=engine)
        self.environment["ANSIBLE_FORKS"] = "5"
        path = self.inventory / "hosts.yml"
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        children = content["all"]["children"]
        children["certificate_hosts"]["hosts"] = {name: {} for name in WINDOWS_HOSTS}
        hosts = children["care_organisations"]["hosts"]
        for number, ura in enumerate(self.uras):
            hosts[f"org{ura}"]["zorgid_onboarding_certificate_host"] = WINDOWS_HOSTS[number % 2]
            if engine:
                # .NET on Linux lets nobody fill a store of the machine.
                there = {"source": "windows", "store_location": "CurrentUser"}
                hosts[f"org{ura}"]["zorgid_onboarding_certificate"] = there
        path.write_text(yaml.safe_dump(content), encoding="utf-8")

    def timed(self, *words: str) -> tuple[dict[str, tuple[int, int]], float]:
        """A run, and the seconds that it took."""
        began = time.monotonic()
        return self.play(*words), time.monotonic() - began

    def calls(self, kind: str) -> list[str]:
        """Of the emulator ``list`` or ``sign``, with the thumbprints; of PowerShell every command."""
        return [one.summary for one in received(self.state, "windows", kind)]

    def asked_about(self, ura: str) -> bool:
        """Whether a person is asked whether this organisation's application arrived."""
        with DossierStore.open(self.url, read_only=True) as store:
            form = store.submission(ura, "application_form")
        return form is not None and form.state == "sending"

    def documents(self) -> list[Path]:
        return sorted((self.work / "documents").glob("*.xml"))

    def all_done(self, ended: dict[str, Any]) -> bool:
        """Each organisation's document was signed, and went to VZVZ."""
        return not any(failed for _changed, failed in ended.values()) and len(self.documents()) == len(
            received(self.state, "smtp", "document")
        ) == len(self.uras)
