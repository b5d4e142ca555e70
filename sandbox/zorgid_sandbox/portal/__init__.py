# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ZORG-ID portal: SCIM 2.0, web pages and the phone's side (README.md says what is where)."""

from .faults import clear_faults, put_fault
from .phone import issue_activation
from .service import RunningPortal, running, seed, serve
from .store import members

__all__ = ["RunningPortal", "clear_faults", "issue_activation", "members", "put_fault", "running", "seed", "serve"]
