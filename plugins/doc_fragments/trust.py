# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  environment:
    description:
      - The environment in which the certificate must be valid. The default is V(production), or V(own) if
        O(trust_anchors) is given.
      - In V(production) and V(acceptance) a CA certificate is trusted if its SHA-256 digest is pinned in this
        collection, wherever the certificate comes from. Fetch these certificates with the playbook
        C(gbz.zorgid.trust_anchors), and give them as O(intermediates).
      - In V(test) and V(own) the certificates in O(trust_anchors) are trusted, and no other.
    type: str
    choices: [production, acceptance, test, own]
  trust_anchors:
    description:
      - File on the controller (PEM, DER or PKCS#7) with the CA certificates to trust in an environment of your own.
    type: path
  intermediates:
    description:
      - File on the controller (PEM, DER or PKCS#7) with further CA certificates. They are not trusted; they only help
        to build the path.
    type: path
  crls:
    description:
      - Certificate revocation lists on the controller (DER or PEM), used before those that the certificate names.
    type: list
    elements: path
  revocation:
    description:
      - What to do with a certificate if nobody could say whether it was revoked (CRL, RFC 5280; OCSP, RFC 6960).
      - V(require) refuses it, V(prefer) warns, V(off) does not check revocation. The first two refuse a certificate
        that is known to be revoked.
      - The default is V(require) in production and V(prefer) elsewhere.
    type: str
    choices: [require, prefer, 'off']
  at:
    description: The time for which the certificate is checked, ISO 8601, such as V(2026-11-24T12:00:00Z). The default
      is now.
    type: str
  expiry_warning_days:
    description: Warn about a certificate from this number of days before it expires.
    type: int
    default: 60
"""
