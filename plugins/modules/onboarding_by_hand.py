# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: onboarding_by_hand
short_description: Record or do what a person asks for on the command line
version_added: 0.2.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Does the work of the playbooks C(gbz.zorgid.done), C(gbz.zorgid.hold), C(gbz.zorgid.leave), C(gbz.zorgid.offboard)
    and C(gbz.zorgid.device_lost). It reads what to do from the extra variables of the command line, and the places of
    the dossier, the portal and the lists from the role's variables.
  - A part of the role P(gbz.zorgid.zorgid_onboarding#role). In tasks of your own use M(gbz.zorgid.dossier).
extends_documentation_fragment:
  - gbz.zorgid.attributes
attributes:
  check_mode:
    support: full
    details: Shows what would be recorded or destroyed; changes nothing.
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  playbook:
    description: The playbook whose extra variables are read.
    type: str
    choices: [done, hold, leave, offboard, device_lost]
    required: true
  organisations:
    description: The inventory names of all care organisations, whatever C(--limit) says.
    type: list
    elements: str
    required: true
seealso:
  - module: gbz.zorgid.dossier
"""

EXAMPLES = r"""
- name: Record what a person did
  gbz.zorgid.onboarding_by_hand:
    playbook: done
    organisations: "{{ groups['care_organisations'] }}"
  run_once: true
"""

RETURN = r"""
told:
  description: What the terminal shows, line by line.
  returned: success
  type: list
  elements: str
notes:
  description: Sentences about records that do not fit the new one, such as earlier steps that are open.
  returned: success, with done and hold
  type: list
  elements: str
worklists:
  description: With C(offboard) and C(device_lost), the worklists for a person, as files on the controller.
  returned: success, with offboard and device_lost
  type: list
  elements: dict
"""
