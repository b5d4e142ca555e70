# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: portal_map
short_description: Check a page map of the portal, propose one, or remember the pages
version_added: 0.2.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - A page map says what the pages of the portal are called, for the driver V(browser) of
    M(gbz.zorgid.employee_accounts). This module opens the pages in a browser, in the session of a person who is there
    and scans a QR code, and compares them with the map. It changes nothing in the portal, and presses no button
    that would.
  - The code is shown on the terminal. Without one it is a file that only the user who runs Ansible can read, and its
    path is shown. It is in no result and no log.
  - The playbook C(gbz.zorgid.portal_map) does only this, with the variables of the role.
extends_documentation_fragment:
  - gbz.zorgid.attributes
attributes:
  check_mode:
    support: full
    details: It logs in and opens the pages, and writes no file.
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller, as an ordinary user. A browser is not started as root.
options:
  state:
    description:
      - V(check) opens each page on the ways of the map and says for each thing that the map names whether it is there
        once. Of pages of people it opens one for each state of a phone. It fails with V(page_map_unfit) if something is
        missing, or is there more than once.
      - V(propose) writes the names on the first page and on each page of its menu into a draft. It contains no value of
        a person. The map needs only C(map), C(portal), C(words), C(login) and C(here) for it.
      - V(remember) is V(check) after a self-test of this browser. If both are good, it writes the names of fields,
        choices, buttons and columns into a file beside the map, with C(.seen.json) added to its name. A run of the
        driver V(browser) compares the pages with it before its first change.
    type: str
    choices: [check, propose, remember]
    default: check
  map_path:
    description: Page map (YAML) on the controller.
    type: path
    required: true
  draft_path:
    description: File on the controller for the draft of O(state=propose). Without it, beside the map, with
      C(.draft.yml) added to its name.
    type: path
  ura:
    description: URA number of the organisation, a text of one to eight digits. Put quotes around it, because YAML reads
      V(00000212) as another number.
    type: raw
    required: true
  organisation_name:
    description: Name of the organisation, for a map that needs it to change to that organisation. It is left out of
      what is written.
    type: str
  portal_person:
    description: External id of the person who logs in.
    type: str
    required: true
  portal_people:
    description: External id of each person who may log in, and the name that the portal shows for that person.
    type: dict
    required: true
  browser_path:
    description: Program of the browser on the controller. Without it, C(chromium-headless-shell), Chromium, Chrome or
      Edge is used, whichever of them is found first.
    type: path
  login_timeout:
    description: Seconds to wait until the person has logged in, 10 to 3600.
    type: int
    default: 300
  diagnose:
    description:
      - Whether a page that does not fit, or that cannot be opened, is drawn, to repair the page map. The image (PNG,
        0600) is in a folder beside O(map_path), with C(.images) added to its name; the result says where. Also in
        check mode.
      - Only words of the page map and names that were remembered can be read in it; every other text is
        five dots. A role or a state that is such a word can be read. Nothing is drawn on a login page.
    type: bool
    default: false
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
    description: Seconds to wait for a page.
    type: int
    default: 30
  show:
    description: Also show the result in the terminal, as readable text.
    type: bool
    default: false
seealso:
  - module: gbz.zorgid.employee_accounts
  - module: gbz.zorgid.portal_administrators
"""

EXAMPLES = r"""
- name: Compare the map with the portal's pages
  gbz.zorgid.portal_map:
    map_path: /srv/zorgid/portal.yml
    ura: "90000101"
    portal_person: HR-10001
    portal_people:
      HR-10001: S. van der Berg
"""

RETURN = r"""
role:
  description: The role of the person who logged in.
  returned: success
  type: str
  sample: administrator
pages:
  description: The pages on the ways of the map.
  returned: with O(state=check) and O(state=remember)
  type: list
  elements: dict
  sample:
    - page: register
      good: false
      found: 12
      missing: [field Geboortedatum]
  contains:
    page:
      description: V(list), V(export), V(one) for the page of a person, or the change that begins there.
      type: str
      returned: always
    good:
      description: Whether all that the map names is there once.
      type: bool
      returned: always
    found:
      description: How many things of the map are there once.
      type: int
      returned: always
    missing:
      description: What is not there.
      type: list
      elements: str
      returned: when there is any
    several:
      description: What is there more than once, so that the map has to say in which part of the page.
      type: list
      elements: str
      returned: when there is any
    nobody:
      description: What was not looked for, because nobody has a phone in such a state.
      type: list
      elements: str
      returned: when there is any
    error_code:
      description: Why the page was not opened.
      type: str
      returned: when it was not
    image:
      description: Where the page is drawn without its values, or why it is not.
      type: str
      returned: with O(diagnose=true), for a page that is not good
versions:
  description: The versions of Playwright and of the browser.
  returned: success
  type: dict
  sample: {playwright: 1.65.2, browser: 156.0.7700.10}
differences:
  description: What differs from the pages that were remembered before.
  returned: when something does
  type: list
  elements: str
  sample: ["register: new field 'Afdeling'"]
draft_path:
  description: The file with the draft.
  returned: with O(state=propose)
  type: str
  sample: /srv/zorgid/portal.yml.draft.yml
remembered:
  description: The file with the remembered pages.
  returned: with O(state=remember), if the check was good
  type: str
  sample: /srv/zorgid/portal.yml.seen.json
error_code:
  description:
    - Stable name of the error.
    - Among others V(page_map_unfit), V(page_map_invalid), V(portal_person_differs), V(portal_login_timeout),
      V(browser_root_refused).
  returned: failure
  type: str
  sample: page_map_unfit
"""
