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
    code) in a mailbox and finds which organisation they are for. Nothing in the mailbox changes.
  - Mail of an allowed sender that is not recognised is shown with its date, its Message-ID and what a person can do,
    and is not used. So every mail of an allowed sender is in RV(answers), in RV(unknown), or is an answer to another
    organisation of the dossier, which is shown with that O(ura).
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.https
  - gbz.zorgid.imap
  - gbz.zorgid.dossier.opening
attributes:
  check_mode:
    support: full
    details: Reads, and records nothing in the dossier.
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
    description:
      - Only answers for this organisation, and mail that is not recognised. Without it, all answers.
      - Leading zeros in the mail make no difference. Mail with a URA number that is neither this
        one nor, with O(dossier_url), one of the dossier, is shown in RV(unknown).
    type: str
  environment:
    description:
      - The environment that the answers are about. In V(production) an answer applies in RV(standing) only if its
        sender is proven (O(authentication)); the others are in RV(to_confirm).
    type: str
    choices: [production, acceptance, test, own]
    default: production
  since:
    description:
      - When the present document was sent (ISO 8601 with time zone), as M(gbz.zorgid.document_delivery)
        returns it in C(sent_at). Older confirmations and rejections are about another document and do not apply in
        RV(standing).
    type: str
  dossier_url:
    description:
      - SQLAlchemy URL of the dossier. With it, every mail that was read is recorded there, recognised or not
        (Message-ID, UIDVALIDITY, UID, time, kind, URA number, reference and problem; never its subject, sender, text or
        link), and a reference of an earlier answer shows which organisation a mail without a URA number is for.
      - The dossier also contains what was mailed. So a mail server's report that such a mail did not arrive is shown in
        RV(unknown) of the organisation that the mail was about, from any sender.
      - Mail that belongs to no organisation is removed from the dossier after 90 days.
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
    authentication: authentication_results
    authentication_server: microsoft365
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
      description: The kind of answer.
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
      description: When the mail server received it, in UTC; empty if that cannot be read.
      type: str
    proven:
      description: Whether the sender is proven by O(authentication); never with V(none).
      type: bool
    ura:
      description: URA number of the organisation that it is for, as O(ura) or the dossier writes it.
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
  description: The newest answer of each kind, for the organisation O(ura).
  returned: when O(ura) is given
  type: dict
  contains:
    application_confirmed_at:
      description: When VZVZ confirmed the application; null if it has not.
      type: str
    document:
      description: The newest answer about the document; null if there is none.
      type: str
      choices: [confirmed, rejected]
    document_at:
      description: When that answer came.
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
      description: When that mail came.
      type: str
    reference:
      description: The newest reference that VZVZ gave.
      type: str
to_confirm:
  description:
    - The newest answers for the organisation O(ura) that do not apply in RV(standing) until a person has checked
      them.
  returned: when O(ura) is given
  type: list
  elements: dict
  contains:
    kind:
      description: The kind of answer, as in RV(answers).
      type: str
    message_id:
      description: Message-ID of the mail.
      type: str
    received_at:
      description: When the mail server received it, in UTC.
      type: str
    step:
      description: The step of the dossier that waits for it; null if none does.
      type: str
    why:
      description: Why it does not apply.
      type: str
      choices: [sender_not_proven, date_unreadable]
    action:
      description: What a person does about it.
      type: str
unknown:
  description:
    - Mail of allowed senders that is not recognised, and reports that a mail of ours did not arrive, oldest first. A
      person should check it.
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
    ura:
      description: URA number, for V(ura_of_nobody) and V(not_delivered); null otherwise.
      type: str
    problem:
      description: Why it is not used.
      type: str
      choices:
        - auto_reply
        - delivery_report
        - encrypted
        - forwarded
        - link_not_allowed
        - link_rewritten
        - message_id_missing
        - not_delivered
        - not_fetched
        - not_recognised
        - reference_of_another
        - reference_of_several
        - remote_image
        - sender_not_proven
        - several_links
        - several_uras
        - smime_opaque
        - svg_image
        - too_large
        - too_nested
        - unreadable
        - ura_missing
        - ura_of_nobody
        - winmail_dat
    action:
      description: What a person does about it. For V(link_rewritten) it contains the name of the mail gateway.
      type: str
error_code:
  description:
    - Stable name of the error.
    - Among others V(imap_unreachable), V(imap_login_refused), V(imap_folder_missing), V(imap_refused),
      V(tls_untrusted).
  returned: failure
  type: str
  sample: imap_unreachable
"""
