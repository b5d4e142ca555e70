# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line windows: each host is tried once per run, so that a wrong password is used only once."""

from __future__ import annotations

from collections.abc import Iterator

from ....module_utils._preflight.finding import Finding
from . import signing
from .looking import Looking


def look(looking: Looking) -> Iterator[Finding]:
    signer = signing.wanted(looking)
    if signer.source.source != "windows":
        return
    host = str(looking.given["certificate_host"])
    there = signing.store_of(looking, signer)
    yield Finding.ok("windows", f"{host} {there.store}", host=host, certificates=len(there.listed))
