# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options: where the dossiers are, their environment and customer, and the organisation."""

from __future__ import annotations

from typing import Any

from ....module_utils._dossier.model import ENVIRONMENTS

#: Besides dossier_url, in every action that opens a dossier. An action's own option environment is used for it too.
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
