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
      - C(sqlite:////srv/zorgid/dossier.sqlite3) for one controller. The file is made when it is not there (mode 0600,
        its folder 0700). It must lie on a local disk.
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
      - The environment that the dossier has to belong to. It is written into a new dossier at its first use, and looked
        at whenever it is opened; one of another environment is refused (C(dossier_environment_differs)).
      - Without it, it is not looked at.
    type: str
    choices: [production, acceptance, test, own]
  dossier_tenant:
    description:
      - The customer or care group that the dossier has to belong to, for a provider with several of them. It is written
        into a new dossier at its first use. A dossier with a tenant is opened by nobody who does not name that tenant
        (C(dossier_tenant_differs)).
    type: str
  dossier_key:
    description:
      - The key of the dossier, from your vault. At least 32 random bytes as text, as C(openssl rand -base64 32) makes
        them.
      - With it, what a later run needs and what is personal or secret (the signed document, the form's answer, the
        activation code) is kept sealed in the dossier, and each row of the journal is proven, so that nobody who can
        write the database can write it anew unseen.
      - Once a dossier was opened with a key, nothing is recorded without it (C(dossier_key_missing)).
    type: str
  dossier_head_path:
    description:
      - A small file on the controller, outside the folder of the dossier, that remembers how far the journal was. Each
        run writes it and the next one compares, so that a dossier that was cut off, replaced, written anew or put back
        from a copy is named (C(dossier_cut_off), C(dossier_replaced), C(dossier_rewritten)) before anything is done.
      - Take the file away once you know why, and the next run begins anew.
    type: path
"""
