# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: employee_invitations
short_description: Mail employees an invitation to register themselves, and remind them
version_added: 0.1.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - Mails everybody in the list who registers themselves (C(registration=self)) and whose phone is not active yet. The
    mail is in Dutch, with plain steps and the addresses of the app stores, and a page with their QR codes is attached.
  - The dossier records what was sent, so every mail is sent once. If a run is interrupted in between, the next run
    repeats the mail with the same Message-ID.
  - A person whose identity was revoked and who has to enrol again is invited again.
  - A person whose phone is active gets no more mails. A person who is not active after all reminders is V(overdue);
    then an operator has to act.
  - The folder of letters that M(gbz.zorgid.employee_accounts) maintains is for people without a mail address.
  - If two people of a list read with O(list_mapping) share a mailbox, nothing is mailed to it; give them the letter on
    paper.
  - This is a part of step 7 of VZVZ's step plan.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.portal
  - gbz.zorgid.portal.accounts
  - gbz.zorgid.portal.lists
  - gbz.zorgid.smtp
  - gbz.zorgid.dossier
  - gbz.zorgid.dossier.opening
attributes:
  check_mode:
    support: full
    details: Shows who would get a mail; sends and records nothing.
  diff_mode:
    support: none
    details: The results contain everything.
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  organisation_name:
    description: Name of the organisation, for the mails and letters to employees.
    type: str
    version_added: 0.1.0
  reminders:
    description: How many reminders follow the invitation.
    type: int
    default: 2
  remind_after_days:
    description: Days after the previous mail before a reminder is sent.
    type: int
    default: 7
seealso:
  - module: gbz.zorgid.employee_accounts
  - module: gbz.zorgid.portal_accounts_info
  - module: gbz.zorgid.dossier
"""

EXAMPLES = r"""
- name: Invite employees, and remind those who have not registered
  gbz.zorgid.employee_invitations:
    portal_url: https://portal.example/scim/v2
    token: "{{ zorgid_portal_token }}"
    ura: "90000101"
    accounts_path: /srv/hr/90000101.json
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
    smtp:
      host: smtp.gbz.example
      username: zorgid@gbz.example
      password: "{{ vault_smtp_password }}"
      sender: zorgid@gbz.example
"""

RETURN = r"""
results:
  description: One for each employee who registers themselves and is not active yet.
  returned: when the portal could be read
  type: list
  elements: dict
  sample:
    - external_id: HR-10001
      status: invited
      message: ""
  contains:
    external_id:
      description: The account's external id.
      type: str
      returned: always
    status:
      description: What was done, or would be done in check mode. V(waiting) means that no mail is due yet. V(skipped)
        means that another person of the list has the same mail address; this is also a warning.
      type: str
      returned: always
      choices: [invited, reminded, waiting, overdue, skipped, failed]
    message:
      description: Why it failed.
      type: str
      returned: always
    error_code:
      description: Stable name of the error.
      type: str
      returned: when the mail failed
summary:
  description: How many results have each status.
  returned: when the portal could be read
  type: dict
  sample: {invited: 12, waiting: 3}
read:
  description: What was read from the file; every row with a value is an account, or the task fails.
  returned: with O(accounts_path)
  type: dict
  sample:
    file: 90000101.csv
    format: csv
    encoding: utf-8
    delimiter: ";"
    header_row: 1
    rows: 120
    accounts: 120
    skipped: {blank: 2}
  contains:
    file:
      description: The file's name.
      type: str
      returned: always
    format:
      description: What the file's content is.
      type: str
      returned: always
      choices: [json, yaml, csv, xlsx]
    encoding:
      description: V(utf-8), V(utf-16-le), V(utf-16-be), or else V(windows-1252), with a warning.
      type: str
      returned: for CSV
    delimiter:
      description: The delimiter between the cells.
      type: str
      returned: for CSV
    sheet:
      description: The sheet that was read. The others are listed in a warning.
      type: str
      returned: for XLSX
    hidden_rows:
      description: How many of the rows are hidden, for example by a filter. They are read like the others, with a
        warning.
      type: int
      returned: for XLSX
    header_row:
      description: The row with the names of the columns.
      type: int
      returned: for CSV and XLSX
    starts_on:
      description: Rows of people whose first contract has not begun, so that they have no account yet.
      type: list
      elements: dict
      returned: with O(list_mapping), when there are any
      sample:
        - row: 12
          starts_on: "2027-02-01"
    rows:
      description: How many rows have a value.
      type: int
      returned: always
    accounts:
      description: How many accounts these rows are.
      type: int
      returned: always
    skipped:
      description: What was left out, and how often; C(blank) counts rows without any value. With O(list_mapping) also
        C(title), C(total), C(header), C(guest), C(no_number), C(where), C(hidden_sheet) and C(other_sheet).
      type: dict
      returned: for CSV and XLSX
error_code:
  description:
    - Stable name of the error; V(invitations_failed) if single mails failed.
    - Among others V(accounts_invalid), V(accounts_unreadable), V(accounts_empty),
      V(portal_unreachable), V(portal_token_refused), V(smtp_unreachable),
      V(smtp_login_refused).
  returned: failure
  type: str
  sample: smtp_unreachable
"""
