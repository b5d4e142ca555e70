# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does once in Ansible's main process, which forks the others, what every organisation's process would repeat.

Only common things stay in memory: plugins and their modules, SQL texts, and objects that libraries build at first use.
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
from ....module_utils._dossier.rows import prepare, prepare_for_postgresql
from ....module_utils._dossier.store import DossierStore
from ....module_utils._lists.given_mapping import mapping_of
from ....module_utils._use_cases.document_state import ours
from .options import spec_of
from .rehearsal import rehearse
from .remembering import remembered_of

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa

#: The actions whose options are checked during observation.
_ACTIONS = ("organisation_document", "mailbox_info", "portal_accounts_info", "document_delivery", "intake_form")
_FILTERS = ("ansible.builtin.default", "gbz.zorgid.dossier_url", "gbz.zorgid.beside")
_NOBODY = "00000000"
_DOSSIER = DossierStore.__module__.rpartition(".")[0]
_NOWHERE = "sqlite:////nonexistent/dossier.sqlite3"


def up() -> None:
    try:
        demand()
    except ZorgidError:
        # The action itself reports a missing library.
        return
    for name in _ACTIONS:
        spec_of(name)
    for name in _FILTERS:
        filter_loader.get(name)
    lookup_loader.get("ansible.builtin.env")
    # Its modules are imported by the first list with a mapping, otherwise in each organisation's process.
    mapping_of(None)
    # Jinja's lexer and compiler.
    Templar(loader=DataLoader(), variables={}).template(trust_as_template("{{ none_such | default('') }}"))
    # First use of the library's keys and ciphers; the vaulted text is no secret.
    secret = VaultSecret(b"none")
    VaultAES256.decrypt(VaultAES256.encrypt(b"none", secret), secret)
    _sql()
    # Errors are reported later by the code that needs it.
    with contextlib.suppress(ZorgidError, OSError):
        rehearse()
    ours()
    gc.collect()
    # Existing objects are excluded from garbage collection, which would make each fork copy their memory pages.
    gc.freeze()


def _sql() -> None:
    """Build the SQL statements: a read of an empty dossier builds the queries of each table; prepared queries of
    modules are compiled directly."""
    with DossierStore.open(_NOWHERE, read_only=True, held=True) as store:
        remembered_of(store, _NOBODY)
        store.observations.known(Mailbox("", ""), _NOBODY)
    for name, module in list(sys.modules.items()):
        if name.startswith(_DOSSIER):
            for query in vars(module).values():
                if isinstance(query, sa.Select):
                    prepare(query)
    # Without the driver no dossier is in PostgreSQL.
    with contextlib.suppress(ImportError):
        import psycopg  # noqa: F401

        prepare_for_postgresql()
