# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line dossier of an organisation for which a person wants nothing to be done."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.preflight import line_dossier
from ansible_collections.gbz.zorgid.tests.support.preflight_looking import found, variables


def test_an_organisation_on_hold_or_withdrawn_is_no_good_one(tmp_path: Path) -> None:
    given = variables(tmp_path / "made")
    ura = given["organisation"]["ura"]
    with DossierStore.open(given["dossier_url"], environment="acceptance") as store:

        def reported() -> list[str]:
            findings = found(line_dossier.look, given, OncePerRun(tmp_path), store=store)
            return [f"{one.standing.value} {one.says}" for one in findings]

        store.register(ura, "De Linde")
        assert [one.partition(" ")[0] for one in reported()] == ["ok"]
        store.say(ura, "withdrawn", by="desk", how="stops")
        assert reported()[1:] == ["waits withdrawn, recorded by a person; a run does nothing for it"]
        store.say(ura, "hold", by="desk", how="a wrong mail")
        assert "gbz.zorgid.hold -l HOST -e go_on=true" in reported()[1]
        store.say("", "hold", by="desk", how="a wrong mail")
        assert "gbz.zorgid.hold -e all=true -e go_on=true" in reported()[1]
