# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: onboarding_carry_out
short_description: Carry out one effect of the plan for one organisation
version_added: 0.2.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Plans again with the present dossier, and drops an effect that is no longer needed. Otherwise calls the public
    module of the effect, which reserves it in the dossier, makes it and records it.
  - A failure does not fail the task; the table of M(gbz.zorgid.onboarding_settle) shows it once.
  - A part of the role P(gbz.zorgid.zorgid_onboarding#role), whose variables it reads by name.
extends_documentation_fragment:
  - gbz.zorgid.attributes
attributes:
  check_mode:
    support: full
    details: Shows what would be done, and does nothing.
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
  description: The name of the run.
  returned: success
  type: str
effect:
  description: The effect.
  returned: success
  type: str
status:
  description: The outcome of the effect.
  returned: success
  type: str
  sample: done, failed, dropped, would_do
trouble:
  description: Why the effect failed or was dropped, with the error code.
  returned: if it failed or was dropped
  type: dict
"""
