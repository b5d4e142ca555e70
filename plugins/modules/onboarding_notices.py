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
  - Reads the organisation's dossier and sends the mails that are due, in Dutch, each exactly once.
  - The person who has to act gets a request when a step begins to wait, and a reminder every O(reminder_days). VZVZ
    gets no requests, only reminders. Mails for operators and employees go to the portal administrator, who passes them
    on.
  - After O(escalation_days) the representative gets one mail that the onboarding has stopped. Then the mails about this
    step stop; the board still shows it.
  - As VZVZ's step plan promises, the representative gets a mail about the application, the document, VZVZ's
    confirmation, the activation and the end. If several of these are new, only the last one is mailed.
  - The dossier records each mail before and after. If a run is interrupted in between, the next run repeats the mail
    with the same Message-ID.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.https
  - gbz.zorgid.smtp
  - gbz.zorgid.dossier.opening
attributes:
  check_mode:
    support: full
    details: Shows what would be mailed; connects to nothing.
  diff_mode:
    support: full
    details: Shows role and subject of each mail, no addresses.
  idempotent:
    support: full
    details: Further mails become due with time.
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  dossier_url:
    description: SQLAlchemy URL of the dossier. It may contain a password, so it is never shown.
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
    description: Days of waiting before a reminder is mailed, and days between two reminders.
    type: int
    default: 7
  escalation_days:
    description: Days of waiting before the representative gets a mail, instead of further reminders.
    type: int
    default: 21
  vzvz_address:
    description: VZVZ's address for reminders about an answer that does not come.
    type: str
    default: zorg-id@vzvz.nl
seealso:
  - module: gbz.zorgid.dossier
  - module: gbz.zorgid.onboarding_report
  - module: gbz.zorgid.employee_invitations
"""

EXAMPLES = r"""
- name: Mail the people who have to act
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
      description: The step that waits, or the step that is done.
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
  description: Why nobody is mailed, if the organisation is withdrawn or on hold.
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
