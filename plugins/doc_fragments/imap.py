# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  imap:
    description:
      - The mailbox that receives VZVZ's answers (IMAP4rev1, RFC 3501).
      - It is opened read-only (EXAMINE) and mail is read with BODY.PEEK, so nothing in it changes. It makes no
        difference whether a colleague has read a mail.
    type: dict
    suboptions:
      host:
        description: Host name; the server's certificate must contain it.
        type: str
        required: true
      port:
        description: TCP port. Without it 993 for V(tls) and 143 for V(starttls).
        type: int
      security:
        description: TLS from the first byte, or by STARTTLS.
        type: str
        choices: [tls, starttls]
        default: tls
      username:
        description: Account name, with O(imap.password) or O(imap.access_token).
        type: str
        required: true
      password:
        description: Password of the account. Microsoft 365 refuses passwords; give O(imap.access_token) there.
        type: str
      access_token:
        description: OAuth 2.0 access token of the account, used with SASL XOAUTH2.
        type: str
      folder:
        description:
          - Folder to read, as your mail program shows it, such as V(INBOX/ZORG-ID/Ingekomen), with V(/) or the
            server's own delimiter between folders.
        type: str
        default: INBOX
  allowed_senders:
    description: Addresses whose mail is read, at least one. Other mail is ignored and not shown.
    type: list
    elements: str
    default: [zorg-id@vzvz.nl]
  allowed_link_hosts:
    description:
      - Places that a link in a mail may point to, each C(host), C(host:port) or C(host/path/prefix/). A follow-up mail
        with another link is shown as V(unknown).
      - Name places of forms only; otherwise a link to VZVZ's website in a footer would be a second link.
      - A host at which everyone can have a form (C(formdesk.com)) is refused without the part of the path that
        identifies the owner of the form.
      - C(https://) in front of an entry and a slash at its end make no difference.
      - If the list is empty, no link is allowed, and M(gbz.zorgid.mailbox_info) warns of it.
      - If a mail gateway has rewritten a link (Safe Links, URL Defense and others), the original link is restored
        first; that link has to lead to one of these places.
    type: list
    elements: str
    default: [fd2.formdesk.com/vzvz/]
  authentication:
    description:
      - How the sender is proven beyond the From address.
      - V(authentication_results) needs a C(dmarc=pass) or an aligned C(dkim=pass) in the topmost header
        C(Authentication-Results) (RFC 8601), written by O(authentication_server), and no C(dmarc=fail).
      - V(dkim) verifies the DKIM signatures (RFC 6376) itself, which needs DNS. One of them has to cover From, subject
        and the whole text.
      - With V(none) nothing is proven, and in production no mail changes a step until a person has confirmed it.
    type: str
    choices: [none, authentication_results, dkim]
    default: none
  authentication_server:
    description:
      - Name (authserv-id) with which your own mail server begins its C(Authentication-Results). It is required with
        O(authentication=authentication_results), because anybody can write such a header under another name, and
        refused without that method.
      - V(microsoft365) for a mailbox there, because that server writes no name. Do not use it for any other mailbox.
    type: str
  texts:
    description:
      - Replaces texts by which mail is recognised.
      - The keys C(application_confirmed), C(document_confirmed), C(document_rejected), C(follow_up_link) and
        C(activation_qr) contain the start of the subject.
      - In these texts, case, kinds of blanks and hyphens, and the words Smart or Mobiel make no difference; neither do
        C([EXTERN]), C(FW:) and the like in front.
      - The keys C(ura), C(reference), C(reason) and C(link) contain regular expressions for the body, with one group.
        They are trusted, as a playbook is. One that has to try very many ways, such as C((a+)+b), can hang on a long
        mail.
      - Each value is a text that is not empty.
    type: dict
    default: {}
"""
