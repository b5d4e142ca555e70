# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  dossier_url:
    description:
      - SQLAlchemy URL of the database with the dossiers, as the controller sees it.
      - C(sqlite:////srv/zorgid/dossier.sqlite3) for one controller. The file is created if it does not exist (mode
        0600, its folder 0700). It must be on a local disk.
      - C(postgresql+psycopg://user:password@host/database?sslmode=verify-full) for several controllers, or AWX.
    type: str
    required: true
  ura:
    description: URA number of the organisation, as a string.
    type: str
"""

    # Beside dossier_url, in every module that opens a dossier.
    OPENING = r"""
options:
  environment:
    description:
      - The environment that the dossier has to belong to. The first use writes it into a new dossier, and it is
        checked each time the dossier is opened. A dossier of another environment is refused
        (C(dossier_environment_differs)).
      - Without it, the environment is not checked.
    type: str
    choices: [production, acceptance, test, own]
  dossier_tenant:
    description:
      - The customer or care group that the dossier has to belong to, for a provider with several of them. The first
        use writes it into a new dossier. A dossier with a tenant opens only if the task names that tenant
        (C(dossier_tenant_differs)).
    type: str
  dossier_key:
    description:
      - The key of the dossier, from your vault. At least 32 random bytes as text, as C(openssl rand -base64 32) makes
        them.
      - With it, the dossier stores, encrypted, what a later run needs and what is personal or secret (the signed
        document, the form's answer, the activation code). Each row of the journal also has a proof, so that nobody who
        can write to the database can write it anew without being noticed.
      - Once a dossier was opened with a key, nothing is recorded without it (C(dossier_key_missing)).
    type: str
  dossier_head_path:
    description:
      - A small file on the controller, outside the folder of the dossier, that contains how far the journal was. Each
        run writes it and the next run compares. If the end of the dossier is missing, or the dossier was replaced,
        written anew or restored from a copy, the run fails before anything is done (C(dossier_cut_off),
        C(dossier_replaced), C(dossier_rewritten)).
      - Remove the file once you know the reason; the next run starts a new one.
    type: path
"""
