# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: portal_administrators
short_description: Keep the administrators and operators of an organisation equal to a list
version_added: 0.1.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - Appoints, changes and removes portal administrators and operators (in the portal, administrators and
    "beheerders").
  - A member who is an employee gets the new role. Somebody who is removed is unlinked; M(gbz.zorgid.employee_accounts)
    links them again as an employee if its list contains them.
  - A plan that would leave the organisation without an administrator is refused as a whole.
  - An administrator is removed only after the phone of another administrator is active. The owner of the token is never
    removed (V(account_of_the_token)), if the portal says who that is.
  - With O(dossier_url) the step C(administrators_registered) is recorded there, as the portal or its export shows it.
    Check mode records nothing.
  - If a person becomes an operator, their ZORG-ID Smartcard is blocked, because nobody can have both the smartcard and
    the app. The message of every appointment says so.
  - The credentials must be an administrator's. This is a part of step 7 of VZVZ's step plan; use cases HA-002, HA-003,
    HA-006 and HA-007.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.portal
  - gbz.zorgid.portal.browser
  - gbz.zorgid.portal.noting
  - gbz.zorgid.dossier.opening
  - gbz.zorgid.portal.keeping
  - gbz.zorgid.portal.lists
attributes:
  check_mode:
    support: full
    details: Reads and plans; the results say what would change for each account. With the worklist driver
      nothing is written.
  diff_mode:
    support: full
    details: One before and after for each account that changes, with personal data masked.
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  administrators:
    description:
      - The administrators and operators, with the fields of O(gbz.zorgid.employee_accounts#module:accounts) and
        C(role), which is
        V(administrator) or V(operator).
      - Exactly one of O(administrators) and O(administrators_path) is given.
    type: list
    elements: dict
  administrators_path:
    description: File on the controller with the administrators and operators, as
      O(gbz.zorgid.employee_accounts#module:accounts_path) describes it.
    type: path
seealso:
  - module: gbz.zorgid.employee_accounts
  - module: gbz.zorgid.portal_accounts_info
"""

EXAMPLES = r"""
- name: One administrator and one operator
  gbz.zorgid.portal_administrators:
    portal_url: https://portal.example/scim/v2
    token: "{{ zorgid_portal_token }}"
    ura: "90000101"
    administrators:
      - external_id: HR-10001
        first_name: Sanne
        prefix: van der
        last_name: Berg
        date_of_birth: "1988-04-12"
        email: s.vanderberg@delinde.example
        role: administrator
      - external_id: HR-10002
        first_name: Ali
        last_name: Demir
        date_of_birth: "1979-11-02"
        email: a.demir@delinde.example
        role: operator
        identification:
          document_type: passport
          document_expires: "2031-05-01"
          checked_by: HR-10001
          checked_at: "2026-11-20"
"""

RETURN = r"""
results:
  description: The result of each account, in the order of the list, then the memberships that O(purge) removed, and
    last the members that it would remove but that stay, with the reason.
  returned: when the portal could be read
  type: list
  elements: dict
  sample:
    - external_id: HR-10001
      status: created
      message: ""
  contains:
    external_id:
      description: The account's external id; the portal's id for a purged member that has none.
      type: str
      returned: always
    status:
      description: What was done, or would be done in check mode. V(accepted) means that the portal accepted the change
        but does not show it yet; it is not sent again, and the next run checks it. V(todo) means that a
        person still has to do it, on a worklist. V(unproven), of the driver that works the portal's pages, means that
        the change was sent once and that the portal does not show it; nothing is sent for this account again until the
        portal shows it or a person has looked.
      type: str
      returned: always
      choices: [created, updated, linked, unlinked, blocked, unblocked, revoked, unchanged, accepted, failed, todo,
        unproven]
    message:
      description: Why it failed, or other information about it.
      type: str
      returned: always
    error_code:
      description: Stable name of the error.
      type: str
      returned: when the account failed or is unproven
    account:
      description: The account as the list has it.
      type: dict
      returned: with O(full=true)
summary:
  description: How many results have each status.
  returned: when the portal could be read
  type: dict
  sample: {created: 15, unchanged: 10}
read:
  description: What was read from the file; every row with a value is an account, or the task fails.
  returned: with O(administrators_path)
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
worklists:
  description: The worklists, one for each operator who did WID checks and one for everything else; empty if nothing is
    left to do.
  returned: with the worklist driver, and if another driver leaves actions to a person
  type: list
  elements: dict
  sample:
    - operator: null
      tasks: 3
      html: /srv/zorgid/worklists/90000101-administrators.html
      csv: /srv/zorgid/worklists/90000101-administrators.csv
  contains:
    operator:
      description: External id of the operator who has to do it; null if anybody with the right role may do it.
      type: str
      returned: always
    tasks:
      description: How many accounts are in the worklist.
      type: int
      returned: always
    html:
      description: The list to tick off on a screen or on paper.
      type: str
      returned: always
    csv:
      description: The same for a spreadsheet.
      type: str
      returned: always
error_code:
  description:
    - Stable name of the error; V(accounts_failed) if single accounts failed.
    - Among others V(accounts_invalid), V(administrator_last), V(portal_without_roles), V(portal_role_insufficient),
      V(portal_unreachable), V(portal_token_refused).
  returned: failure
  type: str
  sample: max_removals_exceeded
"""
