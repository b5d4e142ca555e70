# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: organisation_document_info
short_description: Verify a signed organisation document as its receiver would
version_added: 0.1.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - Checks a document that M(gbz.zorgid.organisation_document), VZVZ's Validatietool or anyone else signed. It checks
    that there is exactly one signature, that it covers the whole document and nothing else, algorithms, digests, the
    certificate with its path and revocation, that the URA in the document is the URA in the certificate, schema,
    environment and validity.
  - A document that does not verify is a result (RV(valid=false)), not a failure, unless O(require_valid=true).
  - Nothing that the file refers to is ever fetched. Document type declarations, XSLT, XPath and
    external references are refused, and so are signatures around or beside the document.
  - With O(dossier_url), O(dossier_key) and O(ura) the dossier stores a document that verifies, encrypted. If the file
    is lost, the newest version in the dossier is verified instead.
  - A file that is much larger or more complex than an organisation document is refused before it is processed.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.dossier.opening
  - gbz.zorgid.trust
attributes:
  check_mode:
    support: full
    details: Reads only; stores nothing in the dossier.
  diff_mode:
    support: none
    details: Changes no file.
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  path:
    description: The document on the controller.
    type: path
    required: true
  ura:
    description:
      - The URA number that should have signed, as text. Leading zeros may be left out. Needed with O(dossier_url).
    type: raw
  dossier_url:
    description: SQLAlchemy URL of the dossier that stores the document.
    type: str
  certificate_path:
    description:
      - The signer's certificate on the controller (PEM, DER or PKCS#7), for a document that only refers to it
        (C(X509IssuerSerial)), or does not refer to it at all. The file may also contain the CA certificates.
      - It is checked in the same way as a certificate inside the document. If the document contains or refers to a
        certificate, it has to be the same (C(signer_differs)).
    type: path
  schema:
    description:
      - XML Schema 1.0 file on the controller, for the document without its signature (the schema may require one).
        Without it, the own profile is checked against its own schema, other documents against none.
    type: path
  require_valid:
    description: Fail with C(document_invalid) if the document does not verify.
    type: bool
    default: false
seealso:
  - module: gbz.zorgid.organisation_document
  - module: gbz.zorgid.uzi_certificate_info
"""

EXAMPLES = r"""
- name: What is wrong with the document from the Validatietool?
  gbz.zorgid.organisation_document_info:
    path: /srv/zorgid/90000101/signed-by-hand.xml
    ura: "90000101"
    at: "2026-11-24T12:00:00Z"
  register: found

- name: Say it in Dutch
  ansible.builtin.debug:
    msg: "{{ found.report.nl.splitlines() }}"

- name: The Validatietool only named its certificate
  gbz.zorgid.organisation_document_info:
    path: /srv/zorgid/90000101/signed-by-hand.xml
    certificate_path: /srv/zorgid/90000101/certificate.pem
    ura: "90000101"
    environment: acceptance

- name: Is this what De Linde signed?
  gbz.zorgid.organisation_document_info:
    path: /srv/zorgid/90000101/organisation.xml
    ura: "90000101"
    environment: acceptance
    require_valid: true
"""

RETURN = r"""
valid:
  description: Whether every check passed.
  returned: success
  type: bool
path:
  description: The document.
  returned: always
  type: str
digest:
  description: SHA-256 of the file.
  returned: always
  type: str
checks:
  description: Each check, in order. If the structure of the signature is refused, the list ends there.
  returned: always
  type: list
  elements: dict
  contains:
    code:
      description: Stable name of the check.
      type: str
      returned: always
      choices:
        [readable, one_signature, identifiers, references, algorithms, key, signature, content, schema,
        certificate, ura, environment, validity]
    passed:
      description: Whether it passed.
      type: bool
      returned: always
    reason:
      description: Stable name of the reason if it did not pass, else empty.
      type: str
      returned: always
      sample: reference_elsewhere
    message:
      description: The same in English.
      type: str
      returned: always
    message_nl:
      description: The same in Dutch.
      type: str
      returned: always
report:
  description: The checks for people, in English (C(en)) and Dutch (C(nl)).
  returned: always
  type: dict
signer:
  description: The certificate of the signer. It is trusted only if the check C(certificate) passed.
  returned: always
  type: dict
  contains:
    ura:
      description: URA number in the certificate.
      type: str
      returned: always
    thumbprint:
      description: SHA-256 of the certificate.
      type: str
      returned: always
    serial_number:
      description: Serial number, hexadecimal.
      type: str
      returned: always
    subject:
      description: Subject (RFC 4514); null if it is not a server's certificate, because it may contain a person's name.
      type: str
      returned: always
    issuer:
      description: Issuer (RFC 4514).
      type: str
      returned: always
    not_before:
      description: Start of its validity.
      type: str
      returned: always
    not_after:
      description: End of its validity.
      type: str
      returned: always
    algorithm:
      description: Signature algorithm.
      type: str
      returned: always
    xades:
      description: Whether it is a XAdES signature.
      type: bool
      returned: always
    claimed_signing_time:
      description: The time that the signer wrote into a XAdES signature; nobody else has confirmed it.
      type: str
      returned: always
signed_content:
  description:
    - What the signature covers, one line for each value, read from exactly the bytes that were verified.
    - Values that can be about people are masked.
  returned: always
  type: str
signed_digest:
  description: SHA-256 of the canonical bytes that the signature covers.
  returned: always
  type: str
error_code:
  description:
    - Stable name of the error.
    - Among others V(document_unreadable), V(document_invalid), V(certificate_ura_mismatch),
      V(ura_invalid), V(certificate_unreadable), V(trust_anchors_missing), V(schema_unusable).
  returned: failure
  type: str
  sample: document_invalid
"""
