# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line inventory: the organisation's data are valid, and the files in its variables exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ....module_utils._common.organisation import check_organisation
from ....module_utils._preflight.finding import Finding
from ....module_utils._preflight.inventory import file_missing, folder_unwritable
from ..onboarding.misspelled import refuse_misspelled
from ..onboarding.options import spec_of
from ..onboarding.variables import PREFIX
from .looking import Looking

#: Files that no other line checks. Keys, certificates, CA certificates, lists and exports have their own lines.
_FILES = (
    ("document", "template"),
    ("document", "form"),
    ("document", "schema"),
    ("form_mappings",),
    ("care_applications_path",),
    ("ca_path",),
)
#: Folders that a run writes to after it has sent something; the dossier's has a line of its own.
_FOLDERS = ("handed_dir", "report_dir")
#: Server variable -> the action that has its options.
_SERVERS = {"smtp": "document_delivery", "imap": "mailbox_info"}


def look(looking: Looking) -> Iterator[Finding]:
    check_organisation(looking.given["organisation"])
    for name, action in _SERVERS.items():
        # The role passes these options unchanged, so the action's spec has the valid names.
        if given := looking.given.get(name):
            refuse_misspelled({PREFIX + name: given}, {PREFIX + name: spec_of(action).options[name]})
    lacking = [one for name, path in _named(looking.given) if (one := file_missing("inventory", name, path))]
    lacking += [one for name, path in _folders(looking.given) if (one := folder_unwritable(name, path))]
    yield from lacking
    if not lacking:
        yield Finding.ok("inventory")


def _folders(given: dict[str, Any]) -> Iterator[tuple[str, Path]]:
    for name in _FOLDERS:
        yield PREFIX + name, Path(str(given[name])).expanduser().absolute()
    yield f"{PREFIX}document_path", Path(str(given["document_path"])).expanduser().absolute().parent


def _named(given: dict[str, Any]) -> Iterator[tuple[str, Path]]:
    """Each variable with a file, and the absolute path that is used."""
    for names in _FILES:
        value: Any = given
        for name in names:
            value = (value or {}).get(name)
        if value:
            yield PREFIX + ".".join(names), Path(str(value)).expanduser().absolute()
