# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: onboarding_by_hand
short_description: Do what a person typed in one line
version_added: 0.1.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - What the playbooks C(gbz.zorgid.done), C(gbz.zorgid.hold) and C(gbz.zorgid.leave) do. What is to be done is read
    from the extra variables of the command line, by name; where the dossier is, from the role's variables.
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
    description: Whose variables count.
    type: str
    choices: [done, hold, leave]
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
  description: What does not fit around what was recorded, as sentences.
  returned: success
  type: list
  elements: str
"""
