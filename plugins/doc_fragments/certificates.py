# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  path:
    description:
      - PEM, DER, PKCS#7 or PKCS#12 files on the controller. CA certificates in them help to build the path.
      - Without it, and without O(pkcs11_module), the task reads the certificate store of the Windows host that it runs
        on or is delegated to, in one round trip.
    type: list
    elements: path
  passphrase:
    description: Passphrase of encrypted keys and PKCS#12 files.
    type: str
  pkcs11_module:
    description: Driver of an HSM or token (a shared library on the controller), to read that instead.
    type: path
  pkcs11_token:
    description: Label of the token. Required with O(pkcs11_module).
    type: str
  pkcs11_pin:
    description: PIN of the token's user.
    type: str
  pkcs11_label:
    description: Label of the certificate on the token.
    type: str
  store_name:
    description: Name of the Windows store.
    type: str
    default: My
  store_location:
    description: Location of the Windows store.
    type: str
    choices: [LocalMachine, CurrentUser]
    default: LocalMachine
  ura:
    description: Only certificates with this URA number, a text of 1 to 8 digits; C(202) and C(00000202) are the same.
    type: str
  thumbprint:
    description: Only the certificate with this SHA-1 or SHA-256 thumbprint.
    type: str
  subject:
    description: Only certificates whose distinguished name or a DNS name contains this text; case makes no difference.
    type: str
  all:
    description: Return every certificate that fits, usable or not, and choose none. It is no failure then if none
      fits.
    type: bool
    default: false
"""
