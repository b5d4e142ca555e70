# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: portal_accounts_info
short_description: Read the accounts of an organisation
version_added: 0.1.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - Lists the members of an organisation in the portal, or in a list exported from it.
  - Personal data are returned only with O(full=true).
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.portal
  - gbz.zorgid.portal.browser
  - gbz.zorgid.portal.noting
  - gbz.zorgid.dossier.opening
attributes:
  check_mode:
    support: full
    details: It only reads.
  diff_mode:
    support: none
    details: It changes nothing.
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  external_ids:
    description: Only the accounts with these external ids.
    type: list
    elements: str
  full:
    description: Return names, dates of birth, e-mail addresses and attributes too. Use C(no_log) on such a task.
    type: bool
    default: false
seealso:
  - module: gbz.zorgid.employee_accounts
  - module: gbz.zorgid.portal_administrators
"""

EXAMPLES = r"""
- name: How many phones are active
  gbz.zorgid.portal_accounts_info:
    portal_url: https://portal.example/scim/v2
    token: "{{ zorgid_portal_token }}"
    ura: "90000101"
  register: portal
"""

RETURN = r"""
accounts:
  description: The members.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 2819c223-7f76-453a-919d-413861904646
      external_id: HR-10001
      role: employee
      device: active
      active: true
  contains:
    id:
      description: The portal's id.
      type: str
      returned: always
    external_id:
      description: The employee's number at the employer.
      type: str
      returned: always
    role:
      description: Role in this organisation.
      type: str
      returned: always
      choices: [administrator, operator, employee]
    device:
      description: State of the person's phone.
      type: str
      returned: always
      choices: [none, invited, active, blocked, revoked]
    active:
      description: Whether the identity may be used.
      type: bool
      returned: always
    first_name:
      description: First name.
      type: str
      returned: with O(full=true)
    last_name:
      description: Last name with its prefix.
      type: str
      returned: with O(full=true)
    date_of_birth:
      description: Date of birth, YYYY-MM-DD.
      type: str
      returned: with O(full=true)
    email:
      description: E-mail address.
      type: str
      returned: with O(full=true)
    attributes:
      description: Values of V(uziNumber), V(roleCode) and V(agbCode).
      type: dict
      returned: with O(full=true)
count:
  description: How many accounts are returned.
  returned: success
  type: int
  sample: 25
devices:
  description: How many accounts are in each state of the phone.
  returned: success
  type: dict
  sample: {active: 24, invited: 1}
error_code:
  description:
    - Stable name of the error.
    - Among others V(portal_unreachable), V(portal_token_refused), V(portal_wrong_organisation),
      V(portal_answer_unreadable), V(tls_untrusted).
  returned: failure
  type: str
  sample: portal_unreachable
"""
