# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  driver:
    description:
      - How the task connects to the portal.
      - V(scim) uses SCIM 2.0 (RFC 7643, RFC 7644) as described in the project's portal contract.
      - V(worklist) is for VZVZ's portal, which has no interface, and compares the list with a file exported from it.
        The actions that change accounts write an exact worklist for a person; the next export proves what was done.
      - V(browser) works the pages of VZVZ's portal in a browser, in the session of a person who has logged in
        (docs/browser.md). Where something that it needs is not given, it acts as V(worklist), and a warning says so.
    type: str
    choices: [scim, worklist, browser]
    default: scim
  ura:
    description: URA number of the organisation, a text of one to eight digits. Put quotes around it, because YAML reads
      V(00000212) as another number.
    type: raw
    required: true
  portal_url:
    description:
      - Base address of the SCIM service, such as V(https://portal.example/scim/v2). Required with V(scim).
      - The environment variables E(HTTPS_PROXY), E(ALL_PROXY) and E(NO_PROXY) of the controller are used.
    type: str
  token:
    description:
      - Bearer token of an administrator or operator of this organisation.
      - O(token) or O(token_path) is required with O(driver=scim).
    type: str
  token_path:
    description:
      - File on the controller that contains the token and that another program renews.
      - It is read again if the portal refuses the token in the middle of a run.
    type: path
  ca_path:
    description: PEM file on the controller with the CA certificates to trust, instead of the system's.
    type: path
  client_cert:
    description: PEM file on the controller with the TLS client certificate.
    type: path
  client_key:
    description: PEM file on the controller with the unencrypted private key of that certificate, if O(client_cert)
      does not contain it.
    type: path
  validate_certs:
    description: Whether the portal's TLS certificate is verified. Switch it off only in a laboratory.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait for a connection and again for each answer.
      - If an answer has not ended after four times as long, the task stops waiting for it. The same applies to a
        portal that has given no usable answer for ten times as long (lost connections, status 429 or 503).
    type: int
    default: 30
  export_path:
    description: List of users exported from the portal (CSV or XLSX) on the controller. Required with
      O(driver=worklist).
    type: path
"""

    BROWSER = r"""
options:
  map_path:
    description: Page map (YAML) on the controller, which says what the portal's pages are called. Required with
      O(driver=browser), as are O(permission_path), O(permission_key_path), O(portal_person), O(portal_people),
      O(dossier_url) and O(dossier_key).
    type: path
    version_added: 0.1.0
  permission_path:
    description:
      - File (YAML) on the controller with what was agreed with VZVZ. It names the page map by its digest, the
        organisations, the person, the kinds of changes and the last day.
      - Its signature is beside it, in a file with C(.sig) added to its name.
    type: path
    version_added: 0.1.0
  permission_key_path:
    description: PEM file on the controller with the public Ed25519 key that has to have signed O(permission_path).
    type: path
    version_added: 0.1.0
  portal_person:
    description: External id of the person who logs in, and in whose name the changes are made.
    type: str
    version_added: 0.1.0
  portal_people:
    description: External id of each person who may log in, and the name that the portal shows for that person.
    type: dict
    default: {}
    version_added: 0.1.0
  browser_path:
    description: Program of the browser on the controller. Without it, C(chromium-headless-shell), Chromium, Chrome or
      Edge is used, whichever of them is found first.
    type: path
    version_added: 0.1.0
  max_changes:
    description: The maximum of changes that one run makes with O(driver=browser), 1 to 1000. The rest is made by the
      next run.
    type: int
    default: 50
    version_added: 0.1.0
  login_timeout:
    description: Seconds to wait until the person has logged in, 10 to 3600.
    type: int
    default: 300
    version_added: 0.1.0
  keep_session:
    description:
      - Minutes for which a session is kept after a login, 0 to 60. With 0 it ends with the run that it was made in.
      - It is encrypted with O(dossier_key) in a file of the controller, and never in the dossier.
    type: int
    default: 0
    version_added: 0.1.0
  diagnose:
    description:
      - Whether a page of the portal at which something goes wrong is drawn, with O(driver=browser), to repair the page
        map. The image (PNG, 0600) is in a folder beside O(map_path), with C(.images) added to its name; the error and
        a warning say where. Also in check mode.
      - Only words of the page map and names that were remembered can be read in it; every other text is
        five dots. A role or a state that is such a word can be read. Nothing is drawn on a login page.
      - A run without an error makes no image.
    type: bool
    default: false
    version_added: 0.2.0
"""

    NOTING = r"""
options:
  dossier_url:
    description:
      - SQLAlchemy URL of the dossier. With it and O(dossier_key), the dossier records the members, the list and the
        export as a digest under the key, with its date. It stores no name and no date of birth.
      - A warning tells you if another organisation has the same export.
      - Without O(dossier_key) none of this is stored, nobody knows who was offboarded, and a warning says so.
    type: str
"""

    KEEPING = r"""
options:
  purge:
    description: Unlink the members that are not in the list. This is only about members with the roles that this
      action manages. If the list contains nobody who has to be a member, the run stops (V(accounts_empty)).
    type: bool
    default: false
  max_removals:
    description:
      - The maximum of memberships that one run may remove, by O(purge) and V(state=absent) together. If there are
        more, the run stops before the first change.
      - A number such as V(25), or a percentage of the members with these roles such as V(10%), rounded up and
        at least one.
    type: str
    default: 10%
  reactivate:
    description:
      - Unblock people who are blocked in the portal and present in the list, and invite people again who were revoked.
      - Without it a block stays, because a block applies to all organisations and another organisation may have set
        it.
    type: bool
    default: false
  full:
    description:
      - Show personal data in the diff instead of masking them, and add the listed account to each result.
      - Use C(no_log) on such a task unless a person watches it.
    type: bool
    default: false
  worklist_dir:
    description: Folder on the controller for the worklists. Required with O(driver=worklist).
    type: path
  organisation_name:
    description: Name of the organisation, for what people get. Worklists and invitations show it.
    type: str
    version_added: 0.1.0
  contact:
    description: Whom to call with questions, in one line; worklists show it.
    type: str
    version_added: 0.1.0
"""

    LISTS = r"""
options:
  list_mapping:
    description:
      - How to read a list as another system exported it. Without this option the columns of the file have the names of
        the fields of an account.
      - The name of a preset (V(ad), V(adp), V(afas), V(beaufort), V(entra), V(exact_synergy), V(nmbrs), V(ons),
        V(puur), V(raet_core), V(sdb), V(visma_net)); or a mapping with C(columns), C(key), C(where), C(sheet),
        C(header_row), C(date_format), C(person), C(system), C(enabled) and C(optional); or a mapping with C(preset)
        and the differences from it; or the path of a YAML file with one of these, relative to the folder of the
        inventory.
      - See docs/lists.md for each system. M(gbz.zorgid.list_info) shows what it reads in a list, and proposes a
        mapping too.
    type: raw
    version_added: 0.1.0
  list_roots:
    description:
      - Folders on the controller. The list has to be in one of them and may not be a link. Without this option, a list
        with O(list_mapping) has to be in the folder of the inventory (if there is none, in the folder of the
        playbook).
    type: list
    elements: path
    version_added: 0.1.0
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
      - C(state) is V(present) (default), V(absent) (unlink from this organisation; the identity stays), V(blocked)
        (lost phone, applies to all organisations) or V(revoked) (a new enrolment is needed).
      - C(registration) is V(operator) or V(self). V(operator), the default if C(identification) is given, needs the
        record of the WID check in C(identification), with C(document_type), C(document_expires), C(checked_by) and
        C(checked_at), but never the document's number. An expired document is refused, and so is a check that a person
        did on their own document.
    type: list
    elements: dict
  accounts_path:
    description:
      - File on the controller with the accounts. JSON (a list), CSV or XLSX, with a header row that names the fields
        among the first twenty rows; parts of C(identification) are columns of their own.
      - CSV is UTF-8, UTF-16 with its byte order mark, or Windows-1252 (with a warning); its delimiter is a semicolon,
        comma, tab or vertical bar. In a workbook the first visible sheet with the header is read; the result names it.
      - Dates may be written as V(1988-04-12) or as Dutch systems do, V(12-4-1988). A date that can be read in two ways
        is refused; all mistakes are reported together, by row and column.
      - A file without any person is an error, V(accounts_empty).
      - This is the fastest way for long lists.
    type: path
  accounts_variable:
    description: Name of a variable that contains the accounts. It is read without templating the whole variable, which
      would take seconds.
    type: str
"""
