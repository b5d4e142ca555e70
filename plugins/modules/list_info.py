# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: list_info
short_description: Check how a list of employees would be read
version_added: 0.2.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - Reads a list as M(gbz.zorgid.employee_accounts) would, and shows the headers that it found, the mapping that it
    used, how many accounts there are, what was left out and why, and all mistakes by row.
  - Without O(list_mapping), if the titles of the columns are not the names of an account's fields, it proposes a
    mapping.
  - Nothing is changed in any portal. No name, date of birth or mail address is shown; columns that are not read are
    listed by their letter.
  - A list with mistakes does not fail this action; V(usable) is then V(false). The playbook C(gbz.zorgid.list_check)
    fails.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.portal.lists
attributes:
  check_mode:
    support: full
    details: The same, but O(details_path) is not written.
  diff_mode:
    support: none
    details: It changes nothing but the file of O(details_path).
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  path:
    description:
      - The list on the controller; CSV, XLSX, JSON or YAML. It may be in any folder, unless O(list_roots) is given.
    type: path
    required: true
  details_path:
    description:
      - File on the controller for what was read of each person (YAML, mode 0600). It contains personal data; remove it
        after you have checked it.
    type: path
  show:
    description: Also show the result in the terminal, as readable text.
    type: bool
    default: false
seealso:
  - module: gbz.zorgid.employee_accounts
"""

EXAMPLES = r"""
- name: How the export of AFAS would be read
  gbz.zorgid.list_info:
    path: hr/medewerkers.csv
    list_mapping: afas
  register: list

- name: Stop if the list cannot be used
  ansible.builtin.assert:
    that: list.usable
"""

RETURN = r"""
usable:
  description: Whether the list has no mistakes and at least one person.
  returned: success
  type: bool
  sample: true
file:
  description: The file's name.
  returned: success
  type: str
  sample: medewerkers.csv
form:
  description: The file's C(format) and, as far as it has them, C(encoding), C(delimiter), C(sheet), C(header_row),
    C(rows) and C(hidden_rows).
  returned: success
  type: dict
  sample: {format: csv, encoding: windows-1252, delimiter: ";", header_row: 1, rows: 3}
headers:
  description: The columns that are read.
  returned: success
  type: list
  elements: dict
  sample:
    - {field: first_name, title: Roepnaam, column: B}
  contains:
    field:
      description: The field of an account, or C(key), C(person), C(enabled) or C(where).
      type: str
      returned: always
    title:
      description: The title in the list.
      type: str
      returned: always
    column:
      description: The letter of the column.
      type: str
      returned: always
columns_not_read:
  description: Letters of the other columns; their headers are not shown, because they may be personal data.
  returned: success
  type: list
  elements: str
  sample: [C, D]
accounts:
  description: How many people are in the list, without those that start later.
  returned: success
  type: int
  sample: 2
present:
  description: How many of them are employed.
  returned: success
  type: int
  sample: 2
absent:
  description: How many of them have left.
  returned: success
  type: int
  sample: 0
not_yet:
  description: People whose first contract has not begun.
  returned: success
  type: list
  elements: dict
  sample:
    - {rows: [4], starts_on: "2027-02-01"}
left_out:
  description: Rows and sheets that are not an account of a person, by reason.
  returned: success
  type: list
  elements: dict
  sample:
    - {reason: blank, what: blank rows, count: 1, rows: [9]}
wrong:
  description: Every mistake; row 0 is the whole list.
  returned: success
  type: list
  elements: dict
  sample:
    - row: 3
      column: Geboortedatum (J)
      what: a year of two digits
      action: write the year with four digits
notes:
  description: Other information about the list.
  returned: success
  type: list
  elements: str
mapping:
  description: The mapping that was used.
  returned: with O(list_mapping)
  type: dict
mapping_used:
  description: Where the mapping came from.
  returned: with O(list_mapping)
  type: str
  sample: preset afas
proposal:
  description: A mapping to start from.
  returned: if no mapping is given and the titles of the columns are unknown
  type: dict
details_path:
  description: The file with what was read of each person.
  returned: with O(details_path)
  type: str
error_code:
  description: Stable name of the error, such as V(accounts_unreadable) or V(list_mapping_invalid).
  returned: failure
  type: str
  sample: accounts_unreadable
"""
