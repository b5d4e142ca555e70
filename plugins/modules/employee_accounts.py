# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: employee_accounts
short_description: Keep all employee accounts of an organisation equal to a list
version_added: 0.1.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - Reads the organisation's members once, plans, and makes all changes of thousands of accounts in one task.
  - An account is recognised by its external id, then by its UZI number, then by name and date of birth.
    If that is ambiguous the account fails with the reason, and nothing is changed.
  - No account is given to another person. If the name and the date of birth of an external id both differ from the
    portal's (a personnel number that is used again), the account fails with V(account_of_another). If it only resembles
    a member with another external id, it fails with V(account_near_match).
  - An employee who was offboarded is not linked again if a list still contains them (V(account_offboarded)), until the
    statement V(rehired) of M(gbz.zorgid.dossier) or a new external id. That needs O(dossier_url) and O(dossier_key).
  - With O(dossier_url) the steps C(employees_registered) and C(employees_active) are recorded there, as the portal or
    its export shows them. Check mode records nothing.
  - A list that a system wrote is read with O(list_mapping). A member with a former number of the same person gets the
    new number, and is not linked again or unlinked. If most members would get another number, purge stops and a person
    decides (V(accounts_renumbered)).
  - Lists with duplicates or contradictions are refused as a whole, with both positions.
  - Every account has a result, also if some fail. A second run changes nothing.
  - Administrators and operators of the portal keep their role; M(gbz.zorgid.portal_administrators) manages those.
  - This is a part of step 7 of VZVZ's step plan; use cases HA-008 to HA-013.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.portal
  - gbz.zorgid.portal.browser
  - gbz.zorgid.portal.noting
  - gbz.zorgid.dossier.opening
  - gbz.zorgid.portal.keeping
  - gbz.zorgid.portal.accounts
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
  invitations_dir:
    description:
      - Folder on the controller for letters in Dutch (HTML, with the QR codes of the app stores) that invite employees
        who register themselves.
      - Each of them has a letter until the phone is active; then the letter is removed.
    type: path
seealso:
  - module: gbz.zorgid.employee_invitations
  - module: gbz.zorgid.portal_administrators
  - module: gbz.zorgid.portal_accounts_info
"""

EXAMPLES = r"""
- name: Keep all employees equal to the personnel system's export
  gbz.zorgid.employee_accounts:
    portal_url: https://portal.example/scim/v2
    token: "{{ zorgid_portal_token }}"
    ura: "90000101"
    accounts_path: /srv/hr/90000101.json
    purge: true

- name: The same from an export of AFAS as it is, of one employer
  gbz.zorgid.employee_accounts:
    portal_url: https://portal.example/scim/v2
    token: "{{ zorgid_portal_token }}"
    ura: "90000101"
    accounts_path: "{{ inventory_dir }}/medewerkers.csv"
    list_mapping:
      preset: afas
      where: {Werkgever: Huisartsenpraktijk De Linde}

- name: A lost phone
  gbz.zorgid.employee_accounts:
    portal_url: https://portal.example/scim/v2
    token: "{{ zorgid_portal_token }}"
    ura: "90000101"
    accounts:
      - external_id: HR-10001
        first_name: Sanne
        prefix: van der
        last_name: Berg
        state: blocked

- name: A worklist for the real portal
  gbz.zorgid.employee_accounts:
    driver: worklist
    ura: "90000101"
    export_path: /srv/zorgid/gebruikers-90000101.csv
    worklist_dir: /srv/zorgid/worklists
    accounts_path: /srv/hr/90000101.json
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
invitations:
  description: The letters of employees who have not registered themselves yet.
  returned: with O(invitations_dir)
  type: list
  elements: str
  sample: [/srv/zorgid/letters/90000101-HR-10001.html]
worklists:
  description: The worklists, one for each operator who did WID checks and one for everything else; empty if nothing is
    left to do.
  returned: with the worklist driver, and if another driver leaves actions to a person
  type: list
  elements: dict
  sample:
    - operator: null
      tasks: 3
      html: /srv/zorgid/worklists/90000101-employees.html
      csv: /srv/zorgid/worklists/90000101-employees.csv
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
    - Among others V(accounts_invalid), V(accounts_unreadable), V(accounts_empty),
      V(accounts_contradict), V(max_removals_exceeded), V(portal_unreachable),
      V(portal_token_refused), V(portal_wrong_organisation).
  returned: failure
  type: str
  sample: max_removals_exceeded
"""
