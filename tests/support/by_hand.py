# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list against the portal's export, as an action tells it."""

from __future__ import annotations

from ansible_collections.gbz.zorgid.plugins.module_utils._portal import reconciler
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.session import connected
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.worklist import WorklistDriver


def kept_by_hand(export, folder, accounts, rules, *, check_mode=False):
    driver = WorklistDriver(str(export), str(folder), check_mode=check_mode)
    with connected(driver, rules.ura, rules.roles):
        kept = reconciler.keep(driver, accounts, rules, check_mode=check_mode)
    return {
        "changed": kept.changed,
        "results": [result.as_dict() for result in kept.results],
        "summary": kept.summary,
        "worklists": kept.written.worklists,
        "warnings": list(kept.notes),
    }
