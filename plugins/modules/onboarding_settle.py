# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: onboarding_settle
short_description: End a run with a table of the state of all organisations
version_added: 0.2.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Writes the status board of one dossier, but not in check mode; if that fails, the table says why. The last task of a
    loop over all dossiers shows the table.
  - Shows the plan, or what was done and the state of each organisation, as text of at most 100 columns.
  - The board is that of M(gbz.zorgid.onboarding_report), with the variables of the organisation that the task is
    delegated to.
  - With O(plan_path) it writes the same as C(plan.md) and C(plan.json).
  - A part of the role P(gbz.zorgid.zorgid_onboarding#role), whose variables it reads by name.
extends_documentation_fragment:
  - gbz.zorgid.attributes
attributes:
  check_mode:
    support: full
    details: Shows the plan.
  diff_mode:
    support: full
    details: Shows the change of the board.
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  board:
    description: The host whose dossier's board is written, one of RV(gbz.zorgid.onboarding_decide#module:boards).
    type: str
    required: true
  plan_path:
    description: Folder on the controller for C(plan.md) and C(plan.json); made if absent.
    type: path
  fail_on_changes:
    description: Whether it is also an error if there is something to do.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Settle
  gbz.zorgid.onboarding_settle:
    board: "{{ item }}"
  loop: "{{ __zorgid_onboarding_decided.boards }}"
  register: __zorgid_onboarding_settled
  run_once: true
  delegate_to: "{{ item }}"
"""

RETURN = r"""
table:
  description: What was shown.
  returned: with the table, of the last dossier
  type: str
status:
  description: V(errors), V(changes) or V(ok).
  returned: with the table, of the last dossier
  type: str
organisations:
  description: As M(gbz.zorgid.onboarding_report) returns it.
  returned: when the board was written
  type: list
  elements: dict
html_path:
  description: The board.
  returned: when the board was written
  type: str
failed_hosts:
  description: The hosts with an error, and why in half a sentence.
  returned: with the table, of the last dossier
  type: list
  elements: dict
"""
