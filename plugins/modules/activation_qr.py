# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: activation_qr
short_description: Give VZVZ's activation QR code to the portal administrator, and destroy it after use
version_added: 0.1.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - Reads the QR code from VZVZ's mail (inline or attached image) or from an image, and writes it for the
    portal administrator (mode 0600) as an image and as a Dutch letter that says what to do.
  - With O(dossier_url) and O(dossier_key) the dossier stores the code, encrypted, until O(state=absent). Files that are
    lost are written again from there, without the mailbox.
  - With O(dossier_url) and O(message_id) the step C(activation_qr_received) is recorded, done, unless O(state=absent);
    with O(dossier_key) also, as a keyed digest, the portal administrator that the code is for.
  - With O(state=kept) the code is stored in the dossier, encrypted, and no file is written.
  - O(secret_key) is the older way. With it, the code is removed from the dossier as soon as the files are written.
  - PDF, SVG, archives and images on web servers are not read; the error says which of these it is. Save the image with
    the code and give it as O(image_path).
  - A code must be for the ZORG-ID app (a scheme named after it, or no scheme), or be an https page of VZVZ or of
    O(allowed_link_hosts). Other QR codes are ignored, so the mail may also contain a link to an app store.
  - The code is a secret for one use. It is never in the result or in a log, and O(state=absent) destroys every copy
    made here.
  - This is a part of steps 4 to 6 of VZVZ's step plan.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.https
  - gbz.zorgid.imap
  - gbz.zorgid.dossier.opening
attributes:
  check_mode:
    support: full
    details: Reads the mail or the image; writes nothing.
  diff_mode:
    support: full
    details: Shows which files are written and removed, without their content.
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  state:
    description:
      - Where the code has to be. V(present) writes the files, V(kept) stores it encrypted in the dossier only, and
        V(absent) overwrites and removes the files and destroys the copy in the dossier.
    type: str
    choices: [present, kept, absent]
    default: present
  organisation:
    description: The organisation and its people, as O(gbz.zorgid.organisation_document#module:organisation) describes
      them.
    type: dict
    required: true
  directory:
    description: Folder on the controller, made with mode 0700 if it does not exist. Required with O(state=present).
    type: path
  message_id:
    description: Message-ID of the mail with the code, as M(gbz.zorgid.mailbox_info) returns it. Needs O(imap).
    type: str
  image_path:
    description: Image (PNG, JPEG, GIF, BMP, TIFF, WebP) on the controller that contains the code.
    type: path
  formats:
    description:
      - What to write besides C(activation-qr.png). V(letter) is C(activation-letter.html), V(svg) is
        C(activation-qr.svg).
    type: list
    elements: str
    choices: [letter, svg]
    default: [letter]
  dossier_url:
    description: SQLAlchemy URL of the dossier; needed to store the code there, to destroy it there and to record the
      step.
    type: str
  secret_key:
    description:
      - Key that encrypts the code in the dossier, from your vault, instead of O(dossier_key).
      - With O(state=present) and O(message_id) or O(image_path) the code is stored in the dossier besides the files.
    type: str
seealso:
  - module: gbz.zorgid.mailbox_info
  - module: gbz.zorgid.dossier
  - module: gbz.zorgid.onboarding_notices
"""

EXAMPLES = r"""
- name: Write the letter for the portal administrator
  gbz.zorgid.activation_qr:
    organisation: "{{ zorgid_onboarding_organisation }}"
    message_id: "{{ (mailbox.answers | selectattr('kind', 'equalto', 'activation_qr') | last).message_id }}"
    directory: /srv/zorgid/handed/90000101
    imap:
      host: imap.gbz.example
      username: zorgid@gbz.example
      access_token: "{{ vault_mail_token }}"

- name: Store the code in the dossier until the portal administrator comes
  gbz.zorgid.activation_qr:
    state: kept
    organisation: "{{ zorgid_onboarding_organisation }}"
    image_path: /srv/zorgid/received/90000101.png
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
    dossier_key: "{{ vault_dossier_key }}"

- name: Destroy the code after use
  gbz.zorgid.activation_qr:
    organisation: "{{ zorgid_onboarding_organisation }}"
    directory: /srv/zorgid/handed/90000101
    state: absent
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
    dossier_key: "{{ vault_dossier_key }}"
"""

RETURN = r"""
ura:
  description: URA number of the organisation.
  returned: success
  type: str
  sample: "90000101"
files:
  description: The files that exist now.
  returned: success
  type: list
  elements: str
  sample: [/srv/zorgid/handed/90000101/activation-qr.png]
error_code:
  description:
    - Stable name of the error.
    - Among others V(qr_missing), V(qr_ambiguous), V(qr_image_unreadable), V(qr_pdf), V(qr_packed), V(qr_svg),
      V(qr_remote_image), V(qr_payload_refused), V(qr_host_not_allowed), V(message_not_found), V(message_of_another),
      V(imap_unreachable),
      V(directory_unwritable), V(secret_key_wrong).
  returned: failure
  type: str
  sample: qr_missing
"""
