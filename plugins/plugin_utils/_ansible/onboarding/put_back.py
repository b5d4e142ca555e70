# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that somebody took away, and of which the dossier keeps what was in them: the working folder is a cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ....module_utils._activation.handed import FILES, KEPT_AS
from ....module_utils._common.libraries import demand
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
    """The document, and the pages that came back from the forms: whether one was missing."""
    ura = str(given["organisation"]["ura"])
    found = KeptContent(store, ura, DOCUMENT).put_back(Path(given["document_path"]), check_mode=check_mode)
    for form in FORMS:
        found |= bool(FormPages(Path(given["handed_dir"]), ura, form).put_back(store, check_mode=check_mode))
    return found


def put_back_invitations(options: Options, given: Mapping[str, Any], employees: Listed | None) -> bool:
    """The letters of employees who are not active yet, as the portal shows them; nothing is changed there. ``options``:
    those of portal_accounts_info. Whether one was missing, or one too many."""
    from ....module_utils._portal import invitations  # what few runs use is imported by those

    demand()
    ura, wanted = Ura.of(given["organisation"]["ura"]).digits, employees.read().accounts if employees else []
    folder = str(invitations_dir(given))
    return invitations.keep_letters(folder, ura, wanted, members_of(access_of(options)))[0]


def with_letter(known: Known, given: Mapping[str, Any]) -> Known:
    """A letter holds its code also where the dossier has no key to keep one: it is destroyed once it was used."""
    folder = Path(given["handed_dir"])
    return replace(known, code_kept=known.code_kept or any((folder / name).exists() for name in FILES.values()))


def letter_lost(store: DossierStore, given: Mapping[str, Any], made: Plan) -> bool:
    """Whether the letter is missing, and its code is neither used, nor void, nor made for somebody else."""
    if not made.steps or made.step("activation_qr_received").state is not State.DONE:
        return False
    letter = Path(given["handed_dir"]) / FILES["letter"]
    return not letter.exists() and store.sealed.newest(str(given["organisation"]["ura"]), KEPT_AS) is not None
