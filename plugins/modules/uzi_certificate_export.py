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
  - Copies a certificate with its chain from the certificate store of a Windows host, or from files on the controller,
    to a file on the controller; with O(all=true) every UZI certificate of the store.
  - A PKCS#12 file contains the private key too. That is possible only if the key is exportable. It is better to leave
    the key where it is; M(gbz.zorgid.organisation_document) can sign with it there.
  - A file that already contains the certificate and its chain is not changed. A file with other content is not
    overwritten without O(force).
  - Files are replaced atomically, with mode 0600; their owner stays the same.
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
    details: Shows which certificates change; never shows a key.
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
    description: The format of the file. V(der) cannot contain a chain.
    type: str
    choices: [pem, der, pkcs7, pkcs12]
    default: pem
  include_chain:
    description: Whether to add the CA certificates of the checked path after the certificate, the issuer first.
    type: bool
    default: true
  export_passphrase:
    description:
      - Encrypts the PKCS#12 file (PBES2, AES-256). Required with O(format=pkcs12).
      - Between the Windows host and the controller the key is encrypted with a random password that is not shown; only
        C(ANSIBLE_DEBUG=1) prints it.
    type: str
  force:
    description: Overwrite a file with other content.
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

- name: Certificate and key, if the key may leave its host
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
  description: Number of CA certificates after the certificate.
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
