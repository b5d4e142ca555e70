# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: onboarding_notices
short_description: Mail the people of an organisation when it is their turn
version_added: 0.1.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Looks into the organisation's dossier and mails what is due, in Dutch, each message exactly once.
  - Who has to act is asked when a step begins to wait, and reminded every O(reminder_days). VZVZ is not asked, only
    reminded. Messages for operators and employees go to the portal administrator, who passes them on.
  - After O(escalation_days) the representative is told once that the organisation's onboarding stands still. Then the
    mails about this wait stop; the board goes on showing it.
  - The representative is told of each milestone that VZVZ's step plan promises to report, which are the application,
    the document, VZVZ's confirmation, the activation and the end. Of several new ones only the furthest is mailed.
  - The dossier is told before and after each mail. When a run dies in between, the next run repeats the mail with the
    same Message-ID.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.https
  - gbz.zorgid.smtp
  - gbz.zorgid.dossier.opening
attributes:
  check_mode:
    support: full
    details: Says what would be mailed; connects to nothing.
  diff_mode:
    support: full
    details: Shows role and subject of each mail, no addresses.
  idempotent:
    support: full
    details: As time goes by, further messages become due.
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  dossier_url:
    description: SQLAlchemy URL of the dossier. It may hold a password, so it is never shown.
    type: str
    required: true
  organisation:
    description: The organisation and its people, as O(gbz.zorgid.organisation_document#module:organisation) describes.
    type: dict
    required: true
  environment:
    description: The environment of the onboarding. With V(own) nothing is ever mailed to VZVZ.
    type: str
    choices: [production, acceptance, test, own]
    default: production
  reminder_days:
    description: After how many days of waiting a reminder is mailed, and again after as many.
    type: int
    default: 7
  escalation_days:
    description: After how many days of waiting the representative is told, instead of further reminders.
    type: int
    default: 21
  vzvz_address:
    description: Address of VZVZ's desk, for questions about an answer that does not come.
    type: str
    default: zorg-id@vzvz.nl
seealso:
  - module: gbz.zorgid.dossier
  - module: gbz.zorgid.onboarding_report
  - module: gbz.zorgid.employee_invitations
"""

EXAMPLES = r"""
- name: Tell people whose turn it is
  gbz.zorgid.onboarding_notices:
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
    organisation: "{{ zorgid_onboarding_organisation }}"
    smtp:
      host: smtp.gbz.example
      username: zorgid@gbz.example
      access_token: "{{ vault_mail_token }}"
      sender: zorgid@gbz.example
"""

RETURN = r"""
ura:
  description: URA number of the organisation.
  returned: success
  type: str
  sample: "90000101"
notices:
  description: The messages that were due; after a failure those that were tried.
  returned: when the dossier could be read
  type: list
  elements: dict
  contains:
    step:
      description: The step that waits, or the milestone that was reached.
      type: str
    kind:
      description: V(request), V(reminder), V(escalation) or V(status).
      type: str
    role:
      description: The role that the message went to.
      type: str
    subject:
      description: Subject of the message.
      type: str
    status:
      description: >-
        V(sent), V(would_send) in check mode, V(elsewhere) when another run took care of it, or V(failed): the others
        are sent when it was one person's address.
      type: str
    error_code:
      description: Stable name of the error.
      type: str
      returned: when it failed
silent:
  description: Why nobody is mailed, when the organisation is withdrawn or a person holds it.
  returned: when nobody is mailed for that reason
  type: str
error_code:
  description:
    - Stable name of the error.
    - Among others V(smtp_unreachable), V(smtp_login_refused), V(recipient_refused), V(address_invalid),
      V(dossier_unreachable).
  returned: failure
  type: str
  sample: smtp_unreachable
"""
