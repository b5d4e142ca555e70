# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every organisation's process would do again, done once in Ansible's own, which forks them.

Nothing is remembered but what is the same for all: plugins and their modules, and the text of SQL.
"""

from __future__ import annotations

import gc

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import filter_loader, lookup_loader
from ansible.template import Templar, trust_as_template

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.libraries import demand
from ....module_utils._dossier.observations import Mailbox
from ....module_utils._dossier.store import DossierStore
from .options import spec_of

#: Whose options are checked while looking.
_ACTIONS = ("organisation_document", "mailbox_info", "portal_accounts_info", "document_delivery", "intake_form")
_FILTERS = ("ansible.builtin.default", "gbz.zorgid.dossier_url", "gbz.zorgid.beside")
_NOWHERE = "sqlite:////nonexistent/dossier.sqlite3"


def up() -> None:
    try:
        demand()
    except ZorgidError:
        # The action itself says which library is missing; nothing can be warmed without.
        return
    for name in _ACTIONS:
        spec_of(name)
    for name in _FILTERS:
        filter_loader.get(name)
    lookup_loader.get("ansible.builtin.env")
    # Jinja's lexer and compiler.
    Templar(loader=DataLoader(), variables={}).template(trust_as_template("{{ none_such | default('') }}"))
    _sql()
    gc.collect()
    # What is here by now stays: no fork has to look through it, which would copy it.
    gc.freeze()


def _sql() -> None:
    """A dossier that is not there is empty; the statements that read it are made by reading it."""
    with DossierStore.open(_NOWHERE, read_only=True) as store:
        store.read("00000000")
        store.observations.noted("00000000")
        store.observations.known(Mailbox("", ""), "00000000")
