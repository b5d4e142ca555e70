# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the dossiers are kept, whose they have to be, and whose is meant."""

from __future__ import annotations

from typing import Any

from ....module_utils._dossier.model import ENVIRONMENTS

#: Beside dossier_url, in every action that opens one. Where an action has an environment of its own, that one serves.
OPENING: dict[str, dict[str, Any]] = {
    "environment": {"type": "str", "choices": list(ENVIRONMENTS)},
    "dossier_tenant": {"type": "str"},
    "dossier_key": {"type": "str", "no_log": True},
    "dossier_head_path": {"type": "path"},
}
OPTIONS: dict[str, dict[str, Any]] = {
    "dossier_url": {"type": "str", "required": True, "no_log": True},
    "ura": {"type": "str"},
    **OPENING,
}
