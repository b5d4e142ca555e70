# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: preflight_show
short_description: Show what preflight found, once for all organisations
version_added: 0.2.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Combines the results of M(gbz.zorgid.preflight_look) for each organisation with those for the whole run, and shows
    them.
  - An error (C(stop)) does not fail this task; RV(failed_hosts) lists the hosts that the caller has to fail.
  - A part of the role P(gbz.zorgid.zorgid_onboarding#role); the playbook C(gbz.zorgid.preflight) uses it.
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
- name: Show
  gbz.zorgid.preflight_show:
  register: __zorgid_preflight_shown
  run_once: true
"""

RETURN = r"""
table:
  description: What the terminal shows, line by line.
  returned: success
  type: list
  elements: str
format:
  description: Version of this result; it increases if a key is removed or changes its meaning.
  returned: success
  type: int
exit_status:
  description: 2 if there is a stop, otherwise 0.
  returned: success
  type: int
organisations:
  description: Host, name and URA number of each; C(partly) if its variables could not be read.
  returned: success
  type: list
  elements: dict
not_set_up:
  description: The lines that no organisation has set up, so that nothing was checked.
  returned: success
  type: list
  elements: str
lines:
  description:
    - For each line its C(standing) (ok, waits, look, stop), the text about what is C(good), and its C(matters), each
      with C(standing), C(says), C(hosts) and C(trouble) (code, message, expected, found, action).
  returned: success
  type: list
  elements: dict
failed_hosts:
  description: The hosts with a stop, and why.
  returned: success
  type: list
  elements: dict
"""
