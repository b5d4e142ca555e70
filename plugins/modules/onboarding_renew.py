# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: onboarding_renew
short_description: Renew the UZI server certificates of a play
version_added: 0.2.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Does the work of the playbook C(gbz.zorgid.renew_certificate). For each organisation it reads the certificate, the
    request and the certificate that CIBG issued, decides what is due, does that, and shows all organisations in one
    table.
  - Keys may be in Windows stores, in files and on tokens; the role's variables say where each key is. The
    variables C(zorgid_renew_dir), C(zorgid_renew_days), C(zorgid_renew_g1), C(zorgid_renew_key_bits) and
    C(zorgid_renew_exportable) may be given for each host.
  - An organisation that fails does not stop the others; the caller fails those in RV(refused).
  - A part of the role P(gbz.zorgid.zorgid_onboarding#role).
extends_documentation_fragment:
  - gbz.zorgid.attributes
attributes:
  check_mode:
    support: full
    details: Shows the same table; writes nothing.
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller, and on the Windows hosts with certificates.
options:
  organisations:
    description: The inventory names of the care organisations.
    type: list
    elements: str
    required: true
seealso:
  - module: gbz.zorgid.uzi_certificate_info
"""

EXAMPLES = r"""
- name: Renew certificates
  gbz.zorgid.onboarding_renew:
    organisations: "{{ ansible_play_batch }}"
  run_once: true
"""

RETURN = r"""
organisations:
  description:
    - One for each, with C(host), C(ura), C(step) (V(keep), V(request), V(wait), V(install), V(finish) or V(point)),
      C(reason), C(days_left), C(thumbprint_sha1) and C(error_code).
    - V(wait) means that CIBG has to act. V(finish) removes the remaining files of a renewal. V(point) means that there
      is a newer certificate, but the inventory selects another one by its thumbprint.
  returned: success
  type: list
  elements: dict
renewed:
  description: The hosts with a new certificate for which an organisation document was sent before.
  returned: success
  type: list
  elements: str
refused:
  description: Why an organisation failed, by host.
  returned: success
  type: dict
"""
