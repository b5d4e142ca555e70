# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: organisation_document
short_description: Make, check and sign the organisation document
version_added: 0.1.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - Makes the XML of step 3 of VZVZ's step plan (register organisation, BA-004) from the organisation's data. Checks it
    against an XML Schema, signs it with the key of the UZI server certificate, verifies the result as the receiver
    would, and writes it.
  - The document is signed again only if its content, the certificate, the kind of signature or the requested validity
    changed, or if the present file does not verify; the result says which. The old version stays beside it, with its
    SHA-256 digest after its name.
  - VZVZ publishes no schema. Without O(template) and O(form) the collection's own profile is written, see
    C(docs/organisation_document.md). To send the form that VZVZ wants, give the file from VZVZ as O(form), or your own
    O(template).
  - A document that this action reports as done or unchanged has been verified. An unchanged document that has expired
    fails (C(document_invalid)).
  - With O(dossier_url) and O(dossier_key) the dossier stores each version, encrypted. If the file is lost, it is
    restored from there and not signed again. An existing file is used, also if somebody else signed it, and is stored
    too.
  - With O(dossier_url) the step C(document_signed) is recorded as done together with the file. If another run has
    signed or mailed a document of this organisation meanwhile, the new one is discarded (C(plan_stale)).
  - The data are text, never instructions. They are escaped, and a control character is refused with the name of its
    field.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.signing_key
  - gbz.zorgid.dossier.opening
  - gbz.zorgid.trust
attributes:
  check_mode:
    support: full
    details: Shows whether and why the document would be signed; signs and writes nothing.
  diff_mode:
    support: full
    details: Personal data are masked.
  idempotent:
    support: full
  platform:
    platforms: posix, windows
    support: full
    details: Runs on the controller; signs with a Windows store over its host's connection (C(winrm), C(psrp), C(ssh)).
options:
  organisation:
    description:
      - The organisation and its people. All values are strings, so that numbers keep their leading zeros.
      - C(ura) (1 to 8 digits), C(name), C(kvk_number) (8 digits), C(agb_code) (8 digits, optional).
      - C(continues) (optional), the URA number that this organisation had before. It is not in the document; the role
        links the two dossiers.
      - C(address) with C(street), C(house_number), C(postal_code), C(city).
      - C(care_application) with C(vendor), C(name), C(version).
      - C(provider), who runs the GBZ, with C(name), C(email), C(phone).
      - C(people) with C(technical_administrator) (C(first_name), C(last_name), C(email), C(phone)),
        C(portal_administrator) (the same and C(date_of_birth) as YYYY-MM-DD) and C(representative) (C(first_name),
        C(last_name), C(email)).
      - Unknown and missing fields and missing roles are refused by name (C(organisation_invalid)). An invalid C(ura),
        such as a number without quotes, is C(ura_invalid).
    type: dict
    required: true
  path:
    description:
      - The signed document on the controller (mode 0600).
    type: path
    required: true
  dossier_url:
    description: SQLAlchemy URL of the dossier that stores the document and its step.
    type: str
  template:
    description:
      - Jinja2 template on the controller, instead of the own profile. Its variables are C(organisation),
        C(environment), C(omgeving) (the same in Dutch), C(certificate) (C(thumbprint), C(serial_number), C(issuer),
        C(not_after)) and C(valid_until) only.
    type: path
  form:
    description:
      - XML file on the controller that O(mapping) fills in. All other bytes stay unchanged.
    type: path
  mapping:
    description:
      - A dictionary from the XPath 1.0 of an element or attribute of O(form) to the name of a value, such as
        C(address.city) or C(certificate.thumbprint).
      - Prefixes are those of the form; its default namespace has the prefix C(default).
    type: dict
  schema:
    description:
      - XML Schema 1.0 file on the controller. Without it the own profile is checked against its own schema, and
        O(template) and O(form) against none. The schema may require the signature. Files that it refers to are not
        fetched.
    type: path
  signature_algorithm:
    description:
      - RSASSA-PKCS1-v1_5 or RSASSA-PSS (RFC 9231), with this SHA-2 for signature and digests. SHA-1 is refused.
      - Receivers on .NET cannot verify RSASSA-PSS, which their SignedXml does not know; keys of CAPI providers cannot
        make such signatures.
    type: str
    choices: [rsa-sha256, rsa-sha384, rsa-sha512, rsa-pss-sha256, rsa-pss-sha384, rsa-pss-sha512]
    default: rsa-sha256
  signature_place:
    description: XPath of the element whose last child the signature becomes. Without it the root element.
    type: str
  xades:
    description:
      - Make a XAdES-B-B signature (ETSI EN 319 132-1), which also has the signing time and the certificate's digest.
    type: bool
    default: false
  include_chain:
    description: Put the CA certificates after the signer's in the signature.
    type: bool
    default: false
  valid_until:
    description:
      - Last day of the document's validity as YYYY-MM-DD, not later than the certificate's. Written by the own
        profile as C(geldigTot).
    type: str
seealso:
  - module: gbz.zorgid.organisation_document_info
  - module: gbz.zorgid.document_delivery
  - module: gbz.zorgid.uzi_certificate_info
"""

EXAMPLES = r"""
- name: Sign with a key in the Windows certificate store; the key stays there
  gbz.zorgid.organisation_document:
    organisation: "{{ zorgid_onboarding_organisation }}"
    path: /srv/zorgid/90000101/organisation.xml
    environment: acceptance
    source: windows
  delegate_to: certificates.gbz.example

- name: Fill in the form that VZVZ handed out, and sign it with a key from file
  gbz.zorgid.organisation_document:
    organisation: "{{ zorgid_onboarding_organisation }}"
    path: /srv/zorgid/90000101/organisation.xml
    form: /srv/zorgid/vzvz-form.xml
    mapping:
      /Registratie/Organisatie/URA: ura
      /Registratie/Organisatie/@naam: name
      /Registratie/Contact/Email: people.representative.email
    source: file
    certificate_path: /srv/zorgid/90000101/certificate.pem
    key_path: /srv/zorgid/90000101/key.pem
"""

RETURN = r"""
path:
  description: The document.
  returned: success
  type: str
  sample: /srv/zorgid/90000101/organisation.xml
reason:
  description:
    - Why the document was (or, in check mode, would be) signed. V(put_back) if only the file was lost and nothing had
      to be signed.
  returned: success
  type: str
  sample: certificate
  choices: [unchanged, put_back, new, invalid, certificate, algorithm, validity, content]
digest:
  description: SHA-256 of the file at RV(path); null in check mode if it would be signed.
  returned: success
  type: str
  sample: 3f0c6e0d9d1f6d2f6a6d8a1a3c8b2f5f8d0e9a7b6c5d4e3f2a1b0c9d8e7f6a5b
content:
  description: >-
    Digest of what would be signed now: it changes if the document would have other content or another kind of
    signature. Keyed if the dossier has a key.
  returned: success
  type: str
  sample: 9c1185a5c5e9fc54612808977ee8f548b2258d31a6c1a2b3c4d5e6f708192a3b
previous_path:
  description: The previous version, with its SHA-256 digest after its name.
  returned: when there was one and it changed
  type: str
  sample: /srv/zorgid/90000101/organisation.xml.9b1c…
certificate:
  description: The certificate that signs.
  returned: success
  type: dict
  contains:
    thumbprint:
      description: SHA-256 of the certificate.
      type: str
      returned: always
    serial_number:
      description: Serial number, hexadecimal.
      type: str
      returned: always
    not_after:
      description: End of its validity, UTC.
      type: str
      returned: always
    ura:
      description: URA number.
      type: str
      returned: always
key:
  description: The state of the key.
  returned: success
  type: str
  sample: not_exportable
warnings:
  description: Warnings about the certificate, such as that it expires soon.
  returned: success
  type: list
  elements: str
checks:
  description:
    - The checks of M(gbz.zorgid.organisation_document_info) on the document; empty in check mode if the document would
      change.
  returned: success
  type: list
  elements: dict
report:
  description: The checks as text for people, in English (C(en)) and Dutch (C(nl)).
  returned: if it was checked
  type: dict
error_code:
  description:
    - Stable name of the error.
    - Among others V(organisation_invalid), V(ura_invalid), V(document_schema_invalid), V(form_place_missing),
      V(template_invalid), V(certificate_not_found), V(certificate_ura_mismatch), V(certificate_expired),
      V(key_inaccessible), V(windows_unreachable), V(document_invalid), V(document_not_written).
  returned: failure
  type: str
  sample: certificate_ura_mismatch
"""
