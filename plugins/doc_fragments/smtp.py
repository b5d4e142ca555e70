# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  smtp:
    description: The outgoing mail server (submission, RFC 6409).
    type: dict
    required: true
    suboptions:
      host:
        description: Host name; the server's certificate must contain it.
        type: str
        required: true
      port:
        description: TCP port. Without it 587 for V(starttls) and 465 for V(tls).
        type: int
      security:
        description: TLS by STARTTLS (RFC 3207) or from the first byte (RFC 8314). Mail is never sent without
          encryption.
        type: str
        choices: [starttls, tls]
        default: starttls
      username:
        description: Account name, with O(smtp.password) or O(smtp.access_token).
        type: str
      password:
        description: Password of the account. Microsoft 365 refuses passwords; give O(smtp.access_token) there.
        type: str
      access_token:
        description: OAuth 2.0 access token of the account, used with SASL XOAUTH2.
        type: str
      client_certificate_path:
        description: PEM file on the controller with a client certificate for servers that authenticate by TLS.
        type: path
      client_key_path:
        description: PEM file on the controller with the key of that certificate, if O(smtp.client_certificate_path)
          does not contain it.
        type: path
      sender:
        description: Address from which the mail is sent and to which answers go.
        type: str
        required: true
"""
