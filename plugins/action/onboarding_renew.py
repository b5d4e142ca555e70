# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renew the certificates of all organisations of a play, wherever each key is."""

from __future__ import annotations

from typing import Any

from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.action import Spec, ZorgidAction
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.onboarding.renewing import renew


class ActionModule(ZorgidAction):
    SPEC = Spec(options={"organisations": {"type": "list", "elements": "str", "required": True}})
    _requires_connection = False

    def act(self, options: dict[str, Any]) -> dict[str, Any]:
        return renew(self, options["organisations"])
