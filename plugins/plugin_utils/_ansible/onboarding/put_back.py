# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that somebody took away, and of which the dossier keeps what was in them: the working folder is a cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ....module_utils._dossier.store import DossierStore
from ....module_utils._onboarding.known import Known
from ....module_utils._onboarding.plan import Plan, State
from ..intake import FORMS, put_back_page
from ..intake_qr import FILES, KEPT_AS
from ..kept import DOCUMENT, Kept


def put_back(store: DossierStore, given: Mapping[str, Any], *, check_mode: bool) -> bool:
    """The document, and the pages that came back from the forms: whether one was missing."""
    ura = str(given["organisation"]["ura"])
    found = Kept(store, ura, DOCUMENT).put_back(Path(given["document_path"]), check_mode=check_mode)
    for form in FORMS:
        options = {"directory": given["handed_dir"], "form": form}
        found |= bool(put_back_page(store, options, ura, check_mode=check_mode))
    return found


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
