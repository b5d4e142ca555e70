# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of ``options/dossier.py`` as the place of a dossier."""

from __future__ import annotations

from ...module_utils._dossier.place import DossierPlace
from .action import Options


def place_of(options: Options) -> DossierPlace:
    """An empty text counts as not given."""
    return DossierPlace(
        options["dossier_url"] or "",
        options.get("environment"),
        options.get("dossier_tenant"),
        options.get("dossier_key"),
        options.get("dossier_head_path"),
    )
