# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: onboarding_report
short_description: Write the status board of all organisations as HTML, CSV and JSON
version_added: 0.1.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Reads the dossiers of all organisations and writes C(onboarding.html), C(onboarding.csv) and C(onboarding.json) on
    the controller. It connects to nothing else and changes no dossier.
  - The board shows for each organisation which steps are done, who has to act and since when, what they have to do
    (with a mail in Dutch that is ready to send), what failed and what to do about it, and which certificate needs
    attention. Organisations that need attention come first.
  - The HTML file is in Dutch and needs only a browser. See C(docs/board.md) for the fields of the JSON file.
  - None of the files contains personal data, only roles, counts, references and dates.
  - A file is written only if its content changes. A new file can be read by its owner only (mode 0600); the mode of an
    existing file does not change.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.dossier.opening
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows the CSV file.
  idempotent:
    support: full
    details: A certificate that expires soon also changes the board.
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  dossier_url:
    description: SQLAlchemy URL of the dossier. It may contain a password, so it is never shown.
    type: str
    required: true
  path:
    description: Folder on the controller for the three files. It is made if it does not exist.
    type: path
    required: true
  expiry_warning_days:
    description: Days before its expiry from which a certificate needs attention.
    type: int
    default: 60
seealso:
  - module: gbz.zorgid.dossier
  - module: gbz.zorgid.dossier_info
  - module: gbz.zorgid.onboarding_notices
"""

EXAMPLES = r"""
- name: Write the board, once for all organisations
  gbz.zorgid.onboarding_report:
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
    path: /srv/zorgid/report
  run_once: true
"""

RETURN = r"""
summary:
  description: How many organisations there are and how many are in each state; C(waiting_for) counts them by role.
  returned: success
  type: dict
  sample:
    organisations: 3
    attention: 0
    waiting: 2
    open: 0
    done: 1
    withdrawn: 0
    failed: 0
    certificates: 0
    waiting_for: {VZVZ: 2}
organisations:
  description: One entry for each organisation, those that need attention first, with the step that is next.
  returned: success
  type: list
  elements: dict
  contains:
    ura:
      description: URA number.
      type: str
    name:
      description: Name of the organisation.
      type: str
    status:
      description: V(attention), V(waiting), V(open) (the next run can continue), V(done) or V(withdrawn).
      type: str
    step:
      description: The step that failed, waits or is next; empty when all are done.
      type: str
    label:
      description: The name of the step, in Dutch.
      type: str
    state:
      description: State of that step.
      type: str
    since:
      description: Since when, in UTC.
      type: str
    who:
      description: The role that has to act.
      type: str
    who_label:
      description: The name of the role, in Dutch.
      type: str
    what:
      description: What has to be done, in Dutch.
      type: str
html_path:
  description: The board for a browser.
  returned: success
  type: str
csv_path:
  description: The board for a spreadsheet (UTF-8, semicolons).
  returned: success
  type: str
json_path:
  description: The board for programs.
  returned: success
  type: str
error_code:
  description: Stable name of the error, V(board_not_written) or one of the dossier's.
  returned: failure
  type: str
  sample: board_not_written
"""
