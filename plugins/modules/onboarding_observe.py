# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: onboarding_observe
short_description: Read everything that decides what a run does for one organisation
version_added: 0.2.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Reads the dossier, the certificate, the document, the mailbox, the portal and the list, and tries the key, the mail
    server and the form if an effect would need them. What several organisations share is read once, by the first of
    them.
  - Changes nothing, with and without check mode. What cannot be read is shown in the plan; no task fails because of it.
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
- name: Observe
  gbz.zorgid.onboarding_observe:
  register: __zorgid_onboarding_observed
"""

RETURN = r"""
observed:
  description:
    - What was seen, for M(gbz.zorgid.onboarding_decide). It contains codes, ids, dates and keyed digests; no names of
      people, addresses, links, codes or secrets.
  returned: success
  type: str
"""
