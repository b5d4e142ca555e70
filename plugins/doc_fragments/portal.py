# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  driver:
    description:
      - How the portal is reached.
      - V(scim) talks SCIM 2.0 (RFC 7643, RFC 7644) as the project's portal contract describes it.
      - V(worklist) is for VZVZ's portal, which has no interface, and compares the list with a file exported from it.
        The actions that change accounts write an exact click list for a person; the next export proves what was done.
    type: str
    choices: [scim, worklist]
    default: scim
  ura:
    description: URA number of the organisation, a text of one to eight digits. Put quotes around it, because YAML reads
      V(00000212) as another number.
    type: raw
    required: true
  portal_url:
    description:
      - Base address of the SCIM service, such as V(https://portal.example/scim/v2). Required with V(scim).
      - The environment variables E(HTTPS_PROXY), E(ALL_PROXY) and E(NO_PROXY) of the controller are honoured.
    type: str
  token:
    description:
      - Bearer token of an administrator or operator of this organisation.
      - O(token) or O(token_path) is required with O(driver=scim).
    type: str
  token_path:
    description:
      - File on the controller that holds the token and that something else keeps fresh.
      - It is read again when the portal refuses the token in the middle of a run.
    type: path
  ca_path:
    description: PEM file on the controller with the certification authorities to trust, instead of the system's.
    type: path
  client_cert:
    description: PEM file on the controller with the TLS client certificate.
    type: path
  client_key:
    description: PEM file on the controller with its unencrypted private key, when O(client_cert) does not hold it.
    type: path
  validate_certs:
    description: Whether the portal's TLS certificate is verified. Switch it off only in a laboratory.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait for a connection and again for each answer.
      - An answer that has not ended after four times as long is given up, and so is a portal that has answered
        nothing usable for ten times as long (lost connections, status 429 or 503).
    type: int
    default: 30
  export_path:
    description: List of users exported from the portal (CSV or XLSX) on the controller. Required with
      O(driver=worklist).
    type: path
"""

    NOTING = r"""
options:
  dossier_url:
    description:
      - SQLAlchemy URL of the dossier. With it and O(dossier_key), the dossier notes what the members, the list and the
        export were, as a digest under the key, with its date. It keeps no name and no date of birth.
      - An export that is another organisation's too is told in a warning.
      - Without O(dossier_key) nothing of it is kept, nobody knows who was offboarded, and a warning says so.
    type: str
"""

    KEEPING = r"""
options:
  purge:
    description: Unlink the members that the list does not name. Only members with the roles this action keeps
      are concerned. With a list that names nobody who is to be a member the run stops (V(accounts_empty)).
    type: bool
    default: false
  max_removals:
    description:
      - Most memberships that one run may remove, by O(purge) and V(state=absent) together. With more the run
        stops before the first change.
      - A number such as V(25), or a percentage of the members with these roles such as V(10%), rounded up and
        at least one.
    type: str
    default: 10%
  reactivate:
    description:
      - Unblock people who are blocked in the portal and present in the list, and invite again those who were revoked.
      - Without it a block stays, because a block counts for all organisations and another one may have set it.
    type: bool
    default: false
  full:
    description:
      - Show personal data in the diff instead of masking them, and give each result the listed account.
      - Use C(no_log) on such a task unless somebody watches it.
    type: bool
    default: false
  worklist_dir:
    description: Folder on the controller for the click lists. Required with O(driver=worklist).
    type: path
"""

    ACCOUNTS = r"""
options:
  accounts:
    description:
      - The accounts, for short lists. Exactly one of O(accounts), O(accounts_path) and O(accounts_variable) is given.
      - Fields of each are C(external_id), C(first_name), C(prefix), C(last_name), C(date_of_birth)
        (YYYY-MM-DD), C(email),
        C(uzi_number), C(role_code), C(agb_code), C(state), C(registration) and C(identification).
        Only C(external_id), C(first_name) and C(last_name) are required; a field that is left out is not kept.
      - C(state) is V(present) (default), V(absent) (unlink from this organisation; the identity stays),
        V(blocked) (lost phone,
        counts for all organisations) or V(revoked) (a new enrolment is needed).
      - C(registration) is V(operator) or V(self). V(operator), the default when C(identification) is given,
        needs the record of the
        WID check in C(identification), with C(document_type), C(document_expires), C(checked_by) and
          C(checked_at); never the
        document's number. An expired document, and somebody who checked their own, is refused.
    type: list
    elements: dict
  accounts_path:
    description:
      - File on the controller with the accounts. JSON (a list), CSV or XLSX, with a header row that names the fields
        among the first twenty rows; parts of C(identification) are columns of their own.
      - CSV is UTF-8, UTF-16 with its mark, or Windows-1252 (with a warning); its delimiter is a semicolon, comma, tab
        or bar. Of a workbook the first visible sheet that has the header is read; the result names it.
      - Days may be written as V(1988-04-12) or as Dutch systems do, V(12-4-1988). What can be read in two ways is
        refused, every mistake at once, by row and column.
      - A file that names nobody is an error, V(accounts_empty).
      - This is the fastest way for long lists.
    type: path
  accounts_variable:
    description: Name of a variable that holds the accounts. It is read without templating the whole, which
      would cost seconds.
    type: str
"""
