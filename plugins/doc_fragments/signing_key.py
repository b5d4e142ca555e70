# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  source:
    description:
      - Where the UZI server certificate and its private key are.
      - V(windows) is the certificate store of the host that the task runs on or is delegated to. The key stays on that
        host and signs there.
      - V(file) means files on the controller, V(pkcs11) an HSM or token that is connected to the controller.
    type: str
    choices: [windows, file, pkcs11]
    default: windows
  thumbprint:
    description:
      - Thumbprint (SHA-1 or SHA-256) of the certificate to use. Without it, the task uses the usable certificate with
        the organisation's URA number that is valid longest.
    type: str
  certificate_path:
    description: PEM, DER, PKCS#7 or PKCS#12 file on the controller. Required with O(source=file).
    type: path
  key_path:
    description: File on the controller with the private key, if O(certificate_path) does not contain it.
    type: path
  passphrase:
    description: Passphrase of an encrypted key or PKCS#12 file.
    type: str
  pkcs11_module:
    description: Driver of the token, a shared library on the controller. Required with O(source=pkcs11).
    type: path
  pkcs11_token:
    description: Label of the token. Required with O(source=pkcs11).
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
"""
