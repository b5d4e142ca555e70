# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: preflight_look
short_description: Check everything that onboarding one organisation may need
version_added: 0.2.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Reads and connects; sends and writes nothing, except for the one mail of C(-e test_mail=ADDRESS). Checks everything
    that the inventory sets up, also what a plan does not need today. What several organisations share is checked once
    per run.
  - With C(-e test_mail=ADDRESS) on the command line, each mail server that is set up gets one mail for that address,
    from each sender. A variable of this name in the inventory sends nothing. An address of VZVZ, or the one that
    documents go to, is refused.
  - M(gbz.zorgid.preflight_show) shows what is wrong; an error does not fail the task.
  - A part of the role P(gbz.zorgid.zorgid_onboarding#role), whose variables it reads by name; the playbook
    C(gbz.zorgid.preflight) uses it.
extends_documentation_fragment:
  - gbz.zorgid.attributes
attributes:
  check_mode:
    support: full
    details: The same. The mail of C(-e test_mail=ADDRESS) is not sent.
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
- name: Look
  gbz.zorgid.preflight_look:
  register: __zorgid_preflight_looked
"""

RETURN = r"""
looked:
  description:
    - What was found, for M(gbz.zorgid.preflight_show). It contains codes, dates, counts and public names; no names of
      people, addresses, links, codes or secrets.
  returned: success
  type: str
"""
