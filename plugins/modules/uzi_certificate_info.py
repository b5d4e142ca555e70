# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: uzi_certificate_info
short_description: Read and check UZI server certificates
version_added: 0.1.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Reads UZI server certificates of both hierarchies (G1 and G4) from the certificate store of a Windows host, from
    files on the controller or from a PKCS#11 token. Returns the fields of CIBG's profile, the state of each key, and
    whether the certificate can be used.
  - Unless O(all=true), it selects the usable certificate that is valid longest, and fails if there is none.
  - A certificate is usable if it is of a server (card type S), contains exactly one URA number, is not expired, has a
    path to a trusted CA certificate of the O(environment), is not revoked, and, in a Windows store, has a private key
    that can be used.
  - Reads only. The private key stays where it is.
extends_documentation_fragment:
  - gbz.zorgid.certificates
  - gbz.zorgid.trust
  - gbz.zorgid.attributes
attributes:
  check_mode:
    support: full
    details: Reads only.
  diff_mode:
    support: none
    details: Changes nothing.
  idempotent:
    support: full
  platform:
    platforms: posix, windows
    support: full
    details: Runs on the controller; with a Windows store over its host's connection (C(winrm), C(psrp), C(ssh)).
options:
  organisation_name:
    description: Name of the organisation as you know it. If the certificate has another name, that is a warning.
    type: str
seealso:
  - module: gbz.zorgid.uzi_certificate_export
  - module: gbz.zorgid.organisation_document
"""

EXAMPLES = r"""
- name: The certificate to use for this organisation, in the store of a Windows host
  gbz.zorgid.uzi_certificate_info:
    ura: "90000101"
    environment: acceptance
    intermediates: trust/acceptance.pem
  delegate_to: certificaathost.gbz.example
  register: certificate

- name: Everything in the store, with what is wrong with it
  gbz.zorgid.uzi_certificate_info:
    all: true
    intermediates: trust/production.pem
  delegate_to: certificaathost.gbz.example

- name: A PKCS#12 file on the controller
  gbz.zorgid.uzi_certificate_info:
    path: [/srv/zorgid/90000101/certificate.p12]
    passphrase: "{{ vault_certificate_passphrase }}"
    intermediates: trust/production.pem
"""

RETURN = r"""
environment:
  description: The environment that the certificates were checked for.
  returned: success
  type: str
  sample: production
certificates:
  description: Every certificate that fits O(ura), O(thumbprint) and O(subject), usable or not.
  returned: when they could be read
  type: list
  elements: dict
  contains:
    ura:
      description: URA number (subscriber number), a string; null if there is none or the names contradict each other.
      type: str
      returned: always
      sample: "90000101"
    uzi_number:
      description: UZI number, a string.
      type: str
      returned: always
    agb_code:
      description: AGB code, a string.
      type: str
      returned: always
    card_type:
      description: V(S) for a server; others are personal cards.
      type: str
      returned: always
    role:
      description: Role code; V(00.000) for a server.
      type: str
      returned: always
    oid_ca:
      description: Object identifier of the certification authority in the UZI name.
      type: str
      returned: always
    subject:
      description: Distinguished name, as RFC 4514 writes it.
      type: str
      returned: always
    subject_parts:
      description:
        - The subject as a list of types (object identifiers) and values, in the order of the certificate, for
          O(gbz.zorgid.uzi_store#module:subject).
        - A part with several values becomes several parts.
      type: list
      elements: dict
      returned: always
    organisation_name:
      description: Name of the organisation.
      type: str
      returned: always
    dns_names:
      description: DNS names.
      type: list
      elements: str
      returned: always
    issuer:
      description: Distinguished name of the certification authority that issued it.
      type: str
      returned: always
    serial_number:
      description: Serial number, hexadecimal.
      type: str
      returned: always
    thumbprint:
      description: SHA-256, lower case.
      type: str
      returned: always
    thumbprint_sha1:
      description: SHA-1, upper case, as Windows shows it.
      type: str
      returned: always
    not_before:
      description: Beginning of the validity, UTC.
      type: str
      returned: always
    not_after:
      description: End of the validity, UTC.
      type: str
      returned: always
    days_left:
      description: Whole days until it expires; negative if it has expired.
      type: int
      returned: always
    hierarchy:
      description: V(g1), V(g4), V(test_g1), V(acceptance_g4) or V(other), by the issuer's name. The name alone proves
        nothing.
      type: str
      returned: always
    signature_algorithm:
      description: The algorithm that the certificate is signed with, such as V(sha256-rsa) (G1) or V(sha512-rsa-pss)
        (G4).
      type: str
      returned: always
    policies:
      description: Object identifiers of the certificate policies.
      type: list
      elements: str
      returned: always
    key:
      description:
        - The private key. RV(ignore:type) and RV(ignore:bits) of the key, RV(ignore:state) (V(none), V(inaccessible),
          V(not_exportable), V(exportable)), RV(ignore:provider), and the RV(ignore:reason) of the state.
      type: dict
      returned: always
    source:
      description: The file or the store.
      type: str
      returned: always
    friendly_name:
      description: Name that Windows shows.
      type: str
      returned: always
    usable:
      description: Whether the certificate can be used.
      type: bool
      returned: always
    problems:
      description:
        - Errors and warnings about the certificate, errors first. Each has a stable RV(ignore:code), a
          RV(ignore:severity) (V(error) or V(warning)), a RV(ignore:message) and an RV(ignore:action).
        - The codes are V(certificate_expired), V(certificate_not_yet_valid), V(certificate_expires_soon),
          V(certificate_g1_ends), V(certificate_revoked), V(certificate_wrong_environment), V(certificate_untrusted),
          V(certificate_personal_card), V(certificate_ura_missing), V(certificate_ura_conflict), V(certificate_profile),
          V(certificate_weak), V(certificate_name_differs), V(certificate_file_parts),
          V(revocation_unknown), V(key_absent), V(key_inaccessible), V(key_not_rsa).
      type: list
      elements: dict
      returned: always
selected:
  description:
    - The certificate to use; the same fields, and also RV(ignore:pem), the RV(ignore:reason) of the choice and
      RV(ignore:evidence), which a dossier stores about it. Null with O(all=true).
  returned: success
  type: dict
error_code:
  description:
    - Stable name of the error. Beside the codes of problems it is V(certificate_not_found), V(certificate_ambiguous),
      V(certificate_ura_mismatch), V(certificate_unreadable), V(passphrase_wrong), V(store_unavailable),
      V(windows_unreachable) or V(windows_login_refused).
  returned: failure
  type: str
  sample: certificate_expired
"""
