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
