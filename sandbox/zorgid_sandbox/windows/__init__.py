# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Windows host as a GBZ meets it: WinRM over HTTPS with NTLM, PowerShell remoting, and a certificate store.

What Ansible's connections send is answered by one of two engines. The emulator (`engine.py`, the default) needs no
other program and knows one module, `gbz.zorgid.uzi_store`. The engine `pwsh` (`powershell.py`) runs Ansible's payload
in PowerShell.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import NoReturn

from .. import scenario as scenarios
from ..state import SandboxError, State, new_password
from .faults import clear_faults, put_fault
from .store import prepare

__all__ = ["clear_faults", "put_fault", "serve"]


def engine_of(state: Path) -> str:
    """The engine to use: that of `--engine`, else of the scenario."""
    chosen = State(state).root / "windows" / "engine"
    return chosen.read_text(encoding="utf-8").strip() if chosen.exists() else scenarios.load(state).windows.engine


def serve(state: Path) -> None:
    """Serve until the process is ended."""
    try:
        _serve(state)
    except SandboxError as error:
        raise SystemExit(str(error)) from None


def _serve(state: Path) -> None:
    from .web import listen  # pyspnego and psrpcore are needed by the service alone

    prepare(state)
    if engine_of(state) == "emulator":
        from .engine import Emulator

        listen(state, Emulator(state))
        return
    from .powershell import PowerShell

    new_password(state, "windows")
    host = PowerShell(state)
    signal.signal(signal.SIGTERM, _ended)
    try:
        host.fill()
        listen(state, host, home=str(host.home))
    finally:
        host.close()


def _ended(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(0)
