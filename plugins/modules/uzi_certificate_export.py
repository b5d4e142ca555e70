# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: uzi_certificate_export
short_description: Export UZI server certificates with their chain
version_added: 0.1.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Brings a certificate with its chain from the certificate store of a Windows host, or from files on the controller,
    to a file on the controller; with O(all=true) every UZI certificate of the store.
  - A PKCS#12 file holds the private key too. That is possible only when the key was made exportable. Prefer to leave it
    where it is; M(gbz.zorgid.organisation_document) signs with it there.
  - A file that already holds the certificate and its chain is left as it is. One that holds something else is not
    overwritten without O(force).
  - Files are written in one step, with mode 0600, and keep their owner.
extends_documentation_fragment:
  - gbz.zorgid.certificates
  - gbz.zorgid.trust
  - gbz.zorgid.attributes
attributes:
  check_mode:
    support: full
    details: Neither exports a key nor writes a file.
  diff_mode:
    support: full
    details: Names certificates; never shows a key.
  idempotent:
    support: full
  platform:
    platforms: posix, windows
    support: full
    details: Runs on the controller; with a Windows store over its host's connection (C(winrm), C(psrp), C(ssh)).
options:
  dest:
    description: The file on the controller, or the folder with O(all=true).
    type: path
    required: true
  format:
    description: What to write. V(der) has no place for a chain.
    type: str
    choices: [pem, der, pkcs7, pkcs12]
    default: pem
  include_chain:
    description: Whether the authorities of the judged path go with the certificate, the issuer first.
    type: bool
    default: true
  export_passphrase:
    description:
      - Encrypts the PKCS#12 file (PBES2, AES-256). Required with O(format=pkcs12).
      - On the way from the Windows host the key is encrypted with a random password that nobody sees; only
        C(ANSIBLE_DEBUG=1) prints it.
    type: str
  force:
    description: Overwrite a file that holds something else.
    type: bool
    default: false
seealso:
  - module: gbz.zorgid.uzi_certificate_info
  - module: gbz.zorgid.organisation_document
"""

EXAMPLES = r"""
- name: The certificate and its chain, for a web server
  gbz.zorgid.uzi_certificate_export:
    ura: "90000101"
    intermediates: trust/production.pem
    dest: /srv/zorgid/90000101/certificate.pem
  delegate_to: certificaathost.gbz.example

- name: All UZI certificates of the store
  gbz.zorgid.uzi_certificate_export:
    all: true
    intermediates: trust/production.pem
    dest: /srv/zorgid/certificates
  delegate_to: certificaathost.gbz.example

- name: Certificate and key, where the key may leave its host
  gbz.zorgid.uzi_certificate_export:
    ura: "90000101"
    intermediates: trust/production.pem
    format: pkcs12
    export_passphrase: "{{ vault_export_passphrase }}"
    dest: /srv/zorgid/90000101/certificate.p12
  delegate_to: certificaathost.gbz.example
"""

RETURN = r"""
path:
  description: The file.
  returned: success, without O(all)
  type: str
thumbprint:
  description: SHA-256 of the certificate.
  returned: success, without O(all)
  type: str
ura:
  description: URA number of the certificate.
  returned: success, without O(all)
  type: str
chain_length:
  description: Number of authorities behind the certificate.
  returned: success, without O(all)
  type: int
results:
  description: The same for each certificate, or its RV(ignore:error_code) and RV(ignore:msg).
  returned: with O(all=true)
  type: list
  elements: dict
error_code:
  description:
    - Stable name of the error. Beside those of M(gbz.zorgid.uzi_certificate_info) it is V(export_would_overwrite),
      V(export_incomplete), V(key_not_exportable) or V(file_unwritable).
  returned: failure
  type: str
  sample: export_would_overwrite
"""
