# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: onboarding_carry_out
short_description: Carry out one effect of the plan for one organisation
version_added: 0.1.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Plans again from what the dossier says by now, and drops an effect that is not wanted any more. Then does it
    through its public module, which claims, acts and records.
  - A failure is a result, told once in the table of M(gbz.zorgid.onboarding_settle).
  - A part of the role P(gbz.zorgid.zorgid_onboarding#role), whose variables it reads by name.
extends_documentation_fragment:
  - gbz.zorgid.attributes
attributes:
  check_mode:
    support: full
    details: Says what would be done, and does nothing.
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  effect:
    description: The effect, as the plan names it.
    type: str
    required: true
    choices:
      - put_back
      - record_mail
      - submit_application
      - sign_document
      - mail_document
      - submit_follow_up
      - make_letter
      - destroy_code
      - keep_administrators
      - keep_employees
      - send_notices
      - invite
      - record
"""

EXAMPLES = r"""
- name: Carry out
  gbz.zorgid.onboarding_carry_out:
    effect: "{{ item }}"
  loop: "{{ __zorgid_onboarding_work.effects }}"
"""

RETURN = r"""
run:
  description: The run that this was a part of.
  returned: success
  type: str
effect:
  description: The effect.
  returned: success
  type: str
status:
  description: What became of it.
  returned: success
  type: str
  sample: done, failed, dropped, would_do
trouble:
  description: Why it failed or was dropped, with its code.
  returned: when there is one
  type: dict
"""
