# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ZORG-ID portal: SCIM 2.0, web pages and the phone's side (README.md says what is where)."""

from .faults import clear_faults, put_fault
from .outside import members, posts
from .phone import issue_activation
from .seeding import seed_members
from .service import RunningPortal, running, seed, serve

__all__ = [
    "RunningPortal",
    "clear_faults",
    "issue_activation",
    "members",
    "posts",
    "put_fault",
    "running",
    "seed",
    "seed_members",
    "serve",
]
