# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Windows host as a GBZ meets it: WinRM over HTTPS with NTLM, PowerShell remoting, and a certificate store.

It runs no PowerShell: what it can do is what Ansible's connection plugins need, and `gbz.zorgid.uzi_store`, whose
script it knows by its digest.
"""

from __future__ import annotations

from pathlib import Path

from .faults import clear_faults, put_fault
from .store import prepare
from .uzi_store import digest

__all__ = ["clear_faults", "digest", "put_fault", "serve"]


def serve(state: Path) -> None:
    """Serve until the process is ended."""
    from .web import listen  # pyspnego and psrpcore are needed by the service alone

    prepare(state)
    listen(state)
