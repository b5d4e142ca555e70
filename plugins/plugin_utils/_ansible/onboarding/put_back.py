# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes missing files again from the dossier: the working folder is only a cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ....module_utils._activation.handed import FILES, KEPT_AS
from ....module_utils._common.libraries import demand
from ....module_utils._common.text import printable
from ....module_utils._common.ura import Ura
from ....module_utils._dossier.kept import DOCUMENT, KeptContent
from ....module_utils._dossier.store import DossierStore
from ....module_utils._onboarding.known import Known
from ....module_utils._onboarding.plan import Plan, State
from ....module_utils._portal.desired import Listed
from ....module_utils._use_cases.form_pages import FORMS, FormPages
from ....module_utils._use_cases.read_accounts import members_of
from ..action import Options
from ..portal import access_of
from .arguments import invitations_dir


def put_back(store: DossierStore, given: Mapping[str, Any], *, check_mode: bool) -> bool:
    """Write the document and the pages with VZVZ's answers; returns whether one was missing."""
    ura = str(given["organisation"]["ura"])
    found = KeptContent(store, ura, DOCUMENT).put_back(Path(given["document_path"]), check_mode=check_mode)
    for form in FORMS:
        found |= bool(FormPages(Path(given["handed_dir"]), ura, form).put_back(store, check_mode=check_mode))
    return found


def put_back_invitations(options: Options, given: Mapping[str, Any], employees: Listed | None) -> bool:
    """Write the letters of employees who are not active yet, from the portal, which is not changed. ``options``: those
    of portal_accounts_info. Returns whether a letter was missing or not needed any more."""
    from ....module_utils._portal import invitations  # imported here, because few runs use it

    demand()
    ura, wanted = Ura.of(given["organisation"]["ura"]).digits, employees.read().accounts if employees else []
    folder = str(invitations_dir(given))
    name = printable(given["organisation"]["name"])
    return invitations.keep_letters(folder, ura, wanted, members_of(access_of(options)), organisation=name)[0]


def with_letter(known: Known, given: Mapping[str, Any]) -> Known:
    """``known`` with ``code_kept`` also if only a letter has the code: without a key, the dossier has none. A used code
    is destroyed in both places."""
    folder = Path(given["handed_dir"])
    return replace(known, code_kept=known.code_kept or any((folder / name).exists() for name in FILES.values()))


def letter_lost(store: DossierStore, given: Mapping[str, Any], made: Plan) -> bool:
    """Whether the letter is missing while its code is unused, not void and made for the present person."""
    if not made.steps or made.step("activation_qr_received").state is not State.DONE:
        return False
    letter = Path(given["handed_dir"]) / FILES["letter"]
    return not letter.exists() and store.sealed.newest(str(given["organisation"]["ura"]), KEPT_AS) is not None
