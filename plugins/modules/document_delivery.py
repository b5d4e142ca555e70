# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: document_delivery
short_description: Mail the signed organisation document to VZVZ, once
version_added: 0.1.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - Mails one signed document as an attachment over a submission server with TLS.
  - A document is recognised by its digest, and one that was delivered is not mailed again. A document that is signed
    again is another document.
  - The dossier records the mail before and after it is sent. If a run is interrupted in between, the next run repeats
    the mail with the same Message-ID and the same bytes, so that the receiver can tell that it is the same mail.
  - The step C(document_sent) is recorded as done in the same transaction. If an earlier run sent the mail and could not
    record the step, it is recorded now.
  - If the dossier has another document as the last signed one, nothing is mailed (C(plan_stale)). So if two controllers
    each signed a document, only one mails it. This is not checked for a step that a person recorded, because that has
    no document.
  - With O(dossier_key) the dossier stores what was mailed, encrypted. If the file is lost, it is restored from there;
    if the file exists, the file is used.
  - This is a part of step 3 of VZVZ's step plan.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.https
  - gbz.zorgid.smtp
  - gbz.zorgid.dossier.opening
attributes:
  check_mode:
    support: full
    details: Makes and checks the mail; connects to nothing.
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  path:
    description: The signed document on the controller.
    type: path
    required: true
  organisation:
    description: The organisation and its people, as O(gbz.zorgid.organisation_document#module:organisation) describes
      them.
    type: dict
    required: true
  recipient:
    description: Address that the document is mailed to.
    type: str
    default: zorg-id@vzvz.nl
  environment:
    description: The environment that the document was signed for. With V(own) nothing is ever mailed to VZVZ.
    type: str
    choices: [production, acceptance, test, own]
    default: production
  language:
    description: Language of the built-in subject and text.
    type: str
    choices: [nl, en]
    default: nl
  subject:
    description: Subject of the mail instead of the built-in one.
    type: str
  text:
    description: Text of the mail instead of the built-in one.
    type: str
  max_bytes:
    description: Largest mail to send, in bytes as sent to the server. The server's own limit applies too.
    type: int
    default: 10000000
  dossier_url:
    description: SQLAlchemy URL of the dossier.
    type: str
    required: true
seealso:
  - module: gbz.zorgid.organisation_document
  - module: gbz.zorgid.mailbox_info
  - module: gbz.zorgid.dossier
"""

EXAMPLES = r"""
- name: Mail the signed document
  gbz.zorgid.document_delivery:
    path: /srv/zorgid/documents/90000101.xml
    organisation: "{{ zorgid_onboarding_organisation }}"
    environment: acceptance
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
    smtp:
      host: smtp.gbz.example
      username: zorgid@gbz.example
      access_token: "{{ vault_mail_token }}"
      sender: zorgid@gbz.example
"""

RETURN = r"""
status:
  description: What is known now. V(by_hand) if a person has recorded that the document was sent.
  returned: success
  type: str
  sample: sent
  choices: [sent, would_send, by_hand]
ura:
  description: URA number of the organisation.
  returned: success
  type: str
  sample: "90000101"
document_sha256:
  description: SHA-256 digest (hex) of the document.
  returned: when status is sent or would_send
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
message_id:
  description: Message-ID of the mail.
  returned: when status is sent
  type: str
  sample: <0c1d1b5e@gbz.example>
sent_at:
  description: When the mail was first sent, in UTC; a repeated mail keeps this time.
  returned: when status is sent
  type: str
  sample: "2026-11-24T10:15:00+00:00"
repeated:
  description: Whether the mail repeated one of an interrupted run, with the same Message-ID.
  returned: success
  type: bool
error_code:
  description:
    - Stable name of the error.
    - Among others V(document_unreadable), V(environment_mismatch), V(smtp_unreachable), V(smtp_login_refused),
      V(smtp_refused), V(recipient_refused), V(tls_untrusted), V(submission_elsewhere).
  returned: failure
  type: str
  sample: smtp_unreachable
"""
