# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: onboarding_decide
short_description: Decide what a run does, once for all its organisations
version_added: 0.2.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Decides from the results of M(gbz.zorgid.onboarding_observe) alone; reads and changes nothing else.
  - With the variable C(zorgid_plan_digest) it fails unless it decided exactly the plan that
    M(gbz.zorgid.onboarding_keep) recorded, and records in the dossier that this plan is carried out now.
  - A part of the role P(gbz.zorgid.zorgid_onboarding#role), whose variables it reads by name.
extends_documentation_fragment:
  - gbz.zorgid.attributes
attributes:
  check_mode:
    support: full
    details: The same decision; nothing is recorded.
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options: {}
"""

EXAMPLES = r"""
- name: Decide
  gbz.zorgid.onboarding_decide:
  register: __zorgid_onboarding_decided
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
plan:
  description: The plan of all organisations, for M(gbz.zorgid.onboarding_settle), as JSON.
  returned: success
  type: str
environment:
  description: The environment of the run, or its environments if it has several.
  returned: success
  type: str
uras:
  description: The URA numbers of the run, as the inventory writes them.
  returned: success
  type: list
  elements: str
check_mode:
  description: Whether the run only shows what it would do.
  returned: success
  type: bool
title:
  description: The kind of run.
  returned: success
  type: str
  sample: plan, onboard, status
boards:
  description: For each dossier one host whose variables can be read; localhost if there is none. In check mode only one
    host.
  returned: success
  type: list
  elements: str
approved:
  description: The plan that was approved, with C(digest), C(requester) and C(approver), and whether these are the
    C(same). Names of people are masked.
  returned: with C(zorgid_plan_digest)
  type: dict
work:
  description: For each host with something to do, its effects in order.
  returned: success
  type: list
  elements: dict
"""
