# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: mailbox_info
short_description: Read VZVZ's answers from the mailbox
version_added: 0.1.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - Recognises VZVZ's answers (confirmation, rejection with its reason, link to the follow-up form, activation QR
    code) in a mailbox and tells which organisation they are for. Nothing in the mailbox changes.
  - Mail of an allowed sender that is not understood is shown with its date and Message-ID, and nothing is done with it.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.https
  - gbz.zorgid.imap
attributes:
  check_mode:
    support: full
    details: Reads, and remembers nothing in the dossier.
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  ura:
    description: Only answers for this organisation, and mail that is not understood. Without it all answers.
    type: str
  since:
    description:
      - When the document that counts now was sent (ISO 8601 with time zone), as M(gbz.zorgid.document_delivery)
        returns it in C(sent_at). Older confirmations and rejections are about another document and do not count in
        RV(standing).
    type: str
  dossier_url:
    description:
      - SQLAlchemy URL of the dossier. With it, answers are remembered there (Message-ID, UIDVALIDITY and UID), and a
        reference that an earlier answer gave tells which organisation a mail without a URA number is for.
    type: str
notes:
  - O(imap) is required.
seealso:
  - module: gbz.zorgid.intake_form
  - module: gbz.zorgid.document_delivery
  - module: gbz.zorgid.activation_qr
"""

EXAMPLES = r"""
- name: Read VZVZ's answers
  gbz.zorgid.mailbox_info:
    imap:
      host: imap.gbz.example
      username: zorgid@gbz.example
      access_token: "{{ vault_mail_token }}"
    ura: "90000101"
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
  register: mailbox
"""

RETURN = r"""
answers:
  description: The answers, oldest first.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: What it is.
      type: str
      choices: [application_confirmed, document_confirmed, document_rejected, follow_up_link, activation_qr]
    message_id:
      description: Message-ID of the mail.
      type: str
    uid:
      description: IMAP UID of the mail.
      type: int
    uidvalidity:
      description: UIDVALIDITY of the folder.
      type: int
    received_at:
      description: When the mail server received it, in UTC.
      type: str
    ura:
      description: URA number of the organisation it is for.
      type: str
    reference:
      description: VZVZ's reference.
      type: str
    link:
      description: Link to the follow-up form, only for V(follow_up_link).
      type: str
    reason:
      description: Why the document was rejected, only for V(document_rejected).
      type: str
standing:
  description: The newest word on each matter, for the organisation O(ura).
  returned: when O(ura) is given
  type: dict
  contains:
    application_confirmed_at:
      description: When VZVZ confirmed the application; null when it has not.
      type: str
    document:
      description: The newest word on the document; null when there is none.
      type: str
      choices: [confirmed, rejected]
    document_at:
      description: When that was.
      type: str
    document_reason:
      description: Why the document was rejected.
      type: str
    follow_up_link:
      description: The newest link to the follow-up form.
      type: str
    activation_message_id:
      description: Message-ID of the newest mail with an activation QR code.
      type: str
    activation_at:
      description: When that came.
      type: str
    reference:
      description: The newest reference that VZVZ gave.
      type: str
unknown:
  description: Mail of allowed senders that is not understood, oldest first. A person should look at it.
  returned: success
  type: list
  elements: dict
  contains:
    message_id:
      description: Message-ID of the mail.
      type: str
    received_at:
      description: When the mail server received it, in UTC.
      type: str
    problem:
      description: Why it is not acted upon.
      type: str
      choices:
        - not_recognised
        - ura_missing
        - link_not_allowed
        - several_links
        - sender_not_proven
        - too_large
        - too_nested
error_code:
  description:
    - Stable name of the error.
    - Among others V(imap_unreachable), V(imap_login_refused), V(imap_folder_missing), V(tls_untrusted).
  returned: failure
  type: str
  sample: imap_unreachable
"""
