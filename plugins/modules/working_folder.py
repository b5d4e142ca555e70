# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: working_folder
short_description: Make a working folder for the organisations of a table
version_added: 0.2.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - Makes a folder with everything that a provider needs to run this collection; an inventory with a folder of variables
    for each organisation, C(ansible.cfg), files for secrets, and folders for CA certificates and lists of employees.
    The playbook C(gbz.zorgid.new) does only this.
  - The organisations come from a table with Dutch headers, one organisation in each row. Run it again after you change
    the table. New rows are added; files of organisations whose row changed are written again.
  - A file that was changed by hand is never overwritten, and the result says in which columns the table differs. An
    organisation whose row was removed stays in the folder. Nothing is deleted.
  - A row with a mistake is not used; the others are. Values of the table are never templated.
  - An organisation is recognised by its URA number, so its inventory name stays if it is renamed.
extends_documentation_fragment:
  - gbz.zorgid.attributes
attributes:
  check_mode:
    support: full
    details: The same result, but writes nothing.
  diff_mode:
    support: none
    details: The files contain personal data.
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  path:
    description: The folder on the controller. Made if it does not exist, with permissions for its owner only.
    type: path
    required: true
  table_path:
    description:
      - The table on the controller, CSV or XLSX. Without it, an empty one (C(klanten.xlsx), C(klanten.csv)) is put
        into a new folder.
      - Paths in the table are relative to O(path).
    type: path
  show:
    description: Also show the result in the terminal, as readable text.
    type: bool
    default: false
seealso:
  - plugin: gbz.zorgid.care_group
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Update the inventory from the table
  gbz.zorgid.working_folder:
    path: ~/zorgid
    table_path: klanten.xlsx
  register: folder

- name: Every row has to be usable
  ansible.builtin.assert:
    that: not folder.refused
"""

RETURN = r"""
path:
  description: The folder.
  returned: success
  type: str
  sample: /home/ruben/zorgid
written:
  description: Files that were written, or would be, relative to the folder.
  returned: success
  type: list
  elements: str
  sample: [inventory/host_vars/zonneveld/main.yml, inventory/organisations.yml, .zorgid-new.json]
added:
  description: Hosts that are new.
  returned: success
  type: list
  elements: str
  sample: [zonneveld]
updated:
  description: Hosts whose file was written again.
  returned: success
  type: list
  elements: str
  sample: []
unchanged:
  description: Hosts whose file agrees with the table.
  returned: success
  type: list
  elements: str
  sample: [delinde]
by_hand:
  description: Hosts whose file a person changed.
  returned: success
  type: list
  elements: str
  sample: [anker]
gone:
  description: Hosts that have no row in the table any more.
  returned: success
  type: list
  elements: str
  sample: []
to_fill_in:
  description: For each file of the folder, how many values a person still has to fill in.
  returned: success
  type: dict
  sample: {inventory/group_vars/all/vault.yml: 4}
differences:
  description: Columns in which the table differs from a file that a person changed.
  returned: success
  type: list
  elements: dict
  sample:
    - {host: anker, column: Straat}
refused:
  description: Rows that are not used, and why.
  returned: success
  type: list
  elements: dict
  sample:
    - {row: 17, column: URA, what: it is empty, action: "write a URA number"}
error_code:
  description: Stable name of the error, such as V(table_unreadable).
  returned: failure
  type: str
  sample: table_unreadable
"""
