# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line controller: the libraries that this organisation needs. Checks for all organisations are in
``whole_run``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from ansible.errors import AnsibleError

from ....module_utils._preflight.controller import libraries
from ....module_utils._preflight.finding import Finding
from . import installed
from .looking import Looking

_CONNECTIONS = {"winrm": "pywinrm", "psrp": "pypsrp"}


def look(looking: Looking) -> Iterator[Finding]:
    yield libraries(installed.known(looking.shared), _used(looking), sys.executable)


def _used(looking: Looking) -> set[str]:
    """The names of ``controller.FEATURES``."""
    used = set()
    source = (looking.given.get("certificate") or {}).get("source") or "windows"
    if source == "pkcs11":
        used.add("python-pkcs11")
    if source == "windows" and (library := _CONNECTIONS.get(_connection(looking))):
        used.add(library)
    if str(looking.given["dossier_url"]).startswith("postgresql"):
        used.add("psycopg")
    return used


def _connection(looking: Looking) -> str:
    """The connection plugin of the host with the certificates; empty if that needs the host's own variables."""
    host, hostvars = looking.given["certificate_host"], looking.action.task_vars["hostvars"]
    if host not in hostvars:
        return ""
    given = hostvars.raw_get(host).get("ansible_connection", "")
    try:
        name = str(looking.action._templar.template(given))
    except AnsibleError:
        return ""
    return name.rpartition(".")[2]
