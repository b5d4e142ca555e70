# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: onboarding_begin
short_description: Begin a run of the role zorgid_onboarding
version_added: 0.2.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Refuses a strategy in which hosts do not run together (such as C(free)), and an extra variable C(zorgid_…) that
    neither the role nor a playbook of this collection knows.
  - Makes a temporary folder for data that the run's organisations share; it is removed when Ansible's process ends.
  - A part of the role P(gbz.zorgid.zorgid_onboarding#role), whose variables it reads by name.
extends_documentation_fragment:
  - gbz.zorgid.attributes
attributes:
  check_mode:
    support: full
    details: The same.
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
- name: Begin
  gbz.zorgid.onboarding_begin:
  register: __zorgid_onboarding_begun
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
run:
  description: The name of this run of the role.
  returned: success
  type: str
hosts:
  description: The hosts of the play, or of its batch.
  returned: success
  type: list
  elements: str
"""
