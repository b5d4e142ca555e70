# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a line of preflight gets, without Ansible around it; the role's variables as ``variables.read`` gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._common.moments import now
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight.finding import Finding
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.channel import trouble_of
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.shared import OncePerRun
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.preflight.looking import Looking
from ansible_collections.gbz.zorgid.tests.support.intake_support import ORGANISATION

RECIPIENT = "zorg-id@vzvz.example"


def variables(folder: Path, **more: Any) -> dict[str, Any]:
    return {
        "organisation": ORGANISATION,
        "environment": "acceptance",
        "dossier_url": f"sqlite:///{folder}/dossier.sqlite3",
        "document_path": str(folder / "document.xml"),
        "document_recipient": RECIPIENT,
        "allowed_senders": [RECIPIENT],
        "allowed_link_hosts": ["127.0.0.1"],
        "authentication": "none",
        "handed_dir": str(folder / "handed"),
        "administrators": [],
        **more,
    }


def found(
    line: Callable[[Looking], Iterable[Finding]],
    given: dict[str, Any],
    shared: OncePerRun,
    *,
    store: Any = None,
    test_mail: str = "",
    check: bool = False,
) -> list[Finding]:
    """As ``looking`` has it: what a line raises is its stop."""
    action: Any = SimpleNamespace(_task=SimpleNamespace(module_defaults=[]), check_mode=check, task_vars={})
    findings: list[Finding] = []
    try:
        findings += line(Looking(action, shared, given, store, now(), test_mail))
    except (ZorgidError, OSError) as error:
        findings.append(Finding.stop("raised", trouble_of(error)))
    return findings
