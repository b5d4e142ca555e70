# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: onboarding_keep
short_description: Record the digest of a plan that waits for an approval
version_added: 0.2.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Records in each dossier of the run the digest of the plan that M(gbz.zorgid.onboarding_decide) made, who asked for
    it and when; nothing else. Without anything to do it records nothing.
  - The playbook gbz.zorgid.onboard with C(zorgid_plan_digest) then carries out exactly that plan, once and within four
    hours, or stops.
  - Needs a key of the dossier.
  - A part of the role P(gbz.zorgid.zorgid_onboarding#role), whose variables it reads by name.
extends_documentation_fragment:
  - gbz.zorgid.attributes
attributes:
  check_mode:
    support: full
    details: Records nothing, and returns no digest.
  diff_mode:
    support: none
  idempotent:
    support: none
    details: Each time it records the plan with the present moment.
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options: {}
"""

EXAMPLES = r"""
- name: Record the plan
  gbz.zorgid.onboarding_keep:
  check_mode: "{{ ansible_check_mode }}"
  register: __zorgid_onboarding_kept
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
run:
  description: Identifies the run.
  returned: success
  type: str
kept:
  description: Whether a plan was recorded.
  returned: success
  type: bool
work:
  description: Whether there is something to do.
  returned: success
  type: bool
digest:
  description: The digest of the plan, 32 hexadecimal digits; empty if none was recorded.
  returned: success
  type: str
until:
  description: The last moment at which the plan may be carried out, in UTC; empty if none was recorded.
  returned: success
  type: str
"""
