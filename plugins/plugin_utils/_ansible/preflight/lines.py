# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that are checked for each organisation, in this order.

To add one: write ``line_NAME.py`` beside this file with a function ``look(looking: Looking) -> Iterator[Finding]``, and
list it here under a name of ``_preflight.finding.LINES``. It yields nothing if the organisation has no such thing, and
``Finding.ok``, ``waits``, ``look`` or ``stop`` otherwise; it may raise errors. It reads things that several
organisations share through ``looking.shared``, keyed with ``channel``. For one sentence about all good findings
(counts, the shortest, the oldest), put ``values`` into ``Finding.ok`` and a function into ``_preflight.sums.SUMS``. Put
decisions (such as: is 41 days old?) into ``_preflight``, without Ansible. ``line_dossier`` is an example.

Findings about the whole run are in ``whole_run``.
"""

from __future__ import annotations

from . import (
    line_bundle,
    line_certificates,
    line_controller,
    line_dossier,
    line_forms,
    line_imap,
    line_inventory,
    line_lists,
    line_portal,
    line_smtp,
    line_windows,
)
from .looking import Line

LINES_OF_EACH: tuple[tuple[str, Line], ...] = (
    ("controller", line_controller.look),
    ("inventory", line_inventory.look),
    ("trust bundle", line_bundle.look),
    ("windows", line_windows.look),
    ("certificates", line_certificates.look),
    ("smtp", line_smtp.look),
    ("imap", line_imap.look),
    ("forms", line_forms.look),
    ("portal", line_portal.look),
    ("HR lists", line_lists.look),
    ("dossier", line_dossier.look),
)
