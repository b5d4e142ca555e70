# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: onboarding_in_session
short_description: Work in the portal's pages while a person is logged in
version_added: 0.2.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Does the work of the playbooks C(gbz.zorgid.portal_login) and C(gbz.zorgid.portal_map) for one organisation, in one
    process. It shows the code of the login on the terminal. It reads what to do from the extra variables of the
    command line, and everything else from the role's variables.
  - A part of the role P(gbz.zorgid.zorgid_onboarding#role). In tasks of your own use M(gbz.zorgid.portal_map).
extends_documentation_fragment:
  - gbz.zorgid.attributes
attributes:
  check_mode:
    support: full
    details: The person logs in, and what would be changed is shown; nothing is changed in the portal or written.
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller, as an ordinary user. A browser is not started as root.
options:
  playbook:
    description: The playbook whose extra variables are read.
    type: str
    choices: [portal_login, portal_map]
    required: true
  organisations:
    description: The inventory names of all care organisations, whatever C(--limit) says.
    type: list
    elements: str
    required: true
seealso:
  - module: gbz.zorgid.portal_map
"""

EXAMPLES = r"""
- name: A person logs in
  gbz.zorgid.onboarding_in_session:
    playbook: portal_login
    organisations: "{{ groups['care_organisations'] }}"
  throttle: 1
"""

RETURN = r"""
changes:
  description: What would be changed or was changed, without names. Of C(portal_login).
  returned: when the portal could be read
  type: list
  elements: dict
  sample:
    - external_id: HR-10001
      changes: [register]
      status: created
  contains:
    external_id:
      description: The account's external id.
      type: str
      returned: always
    changes:
      description: The kinds of changes, by the names of a page map.
      type: list
      elements: str
      returned: always
    by_hand:
      description: Why a person makes the change.
      type: str
      returned: when a person makes it
    status:
      description: What became of it, as in M(gbz.zorgid.employee_accounts).
      type: str
      returned: after the change
    error_code:
      description: Stable name of the error.
      type: str
      returned: when it failed
page:
  description: The list of what was done, for the person in whose name it was. It contains names (0600).
  returned: after changes
  type: str
  sample: /srv/zorgid/work/handed/90000101-portal-session.html
mail:
  description:
    - What became of the mail with that list to the person. V(would_send) in check mode; V(not_sent) if nothing was
      changed or the screen says what is missing; V(uncertain) if it is not known whether it arrived.
  returned: after changes, or in check mode, if there is a list
  type: str
  sample: sent
worklists:
  description: What is left for people, as in M(gbz.zorgid.employee_accounts).
  returned: when the portal could be read
  type: list
  elements: dict
notes:
  description: What a person has to know about the session.
  returned: when the portal could be read
  type: list
  elements: str
pages:
  description: What M(gbz.zorgid.portal_map) returns, of C(portal_map).
  returned: with C(playbook=portal_map)
  type: list
  elements: dict
error_code:
  description:
    - Stable name of the error.
    - Among others V(not_confirmed), V(session_list_changed), V(portal_not_configured), V(permission_invalid),
      V(portal_pages_differ), V(portal_login_timeout), V(portal_person_differs).
  returned: failure
  type: str
  sample: not_confirmed
"""
