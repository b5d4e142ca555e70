# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every organisation's process would do again, done once in Ansible's own, which forks them.

Nothing is remembered but what is the same for all: plugins and their modules, the text of SQL, and what libraries make
when they are first used.
"""

from __future__ import annotations

import contextlib
import gc
import sys

from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultAES256, VaultSecret
from ansible.plugins.loader import filter_loader, lookup_loader
from ansible.template import Templar, trust_as_template

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.libraries import demand, needs
from ....module_utils._dossier.observations import Mailbox
from ....module_utils._dossier.rows import prepare
from ....module_utils._dossier.store import DossierStore
from ....module_utils._use_cases.document_state import ours
from .options import spec_of
from .rehearsal import rehearse
from .remembering import remembered_of

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

#: Whose options are checked while looking.
_ACTIONS = ("organisation_document", "mailbox_info", "portal_accounts_info", "document_delivery", "intake_form")
_FILTERS = ("ansible.builtin.default", "gbz.zorgid.dossier_url", "gbz.zorgid.beside")
_NOBODY = "00000000"
_DOSSIER = DossierStore.__module__.rpartition(".")[0]
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
    # The library's first key and first cipher; what is vaulted here is no secret.
    secret = VaultSecret(b"none")
    VaultAES256.decrypt(VaultAES256.encrypt(b"none", secret), secret)
    _sql()
    # What it stumbles over is told by whoever needs it.
    with contextlib.suppress(ZorgidError, OSError):
        rehearse()
    ours()
    gc.collect()
    # What is here by now stays: no fork has to look through it, which would copy it.
    gc.freeze()


def _sql() -> None:
    """By reading a dossier that is not there the statements are made that ask for rows of each table. Those that stand
    ready in a module are made without being asked."""
    with DossierStore.open(_NOWHERE, read_only=True) as store, store.held():
        remembered_of(store, _NOBODY)
        store.observations.known(Mailbox("", ""), _NOBODY)
    for name, module in list(sys.modules.items()):
        if name.startswith(_DOSSIER):
            for query in vars(module).values():
                if isinstance(query, sa.Select):
                    prepare(query)
