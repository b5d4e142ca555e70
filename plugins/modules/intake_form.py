# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: intake_form
short_description: Submit VZVZ's application form or follow-up form, once
version_added: 0.1.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - Fetches an HTML form, finds its fields by label (name and C(aria-label) serve too), fills them in from the
    organisation's data, posts it page after page as a browser does, and reads the confirmation.
  - The dossier records the submission before and after. A form that was submitted, by this module or by hand, is not
    submitted again, even if the organisation's data have changed.
  - The step C(application_submitted) or C(follow_up_submitted) is recorded as done in the same transaction. If an
    earlier run submitted the form and could not record the step, it is recorded now.
  - If the data have changed, a warning says so; a person decides whether to tell VZVZ.
  - If a run is interrupted between sending and the confirmation, the next run stops with C(submission_uncertain) until
    M(gbz.zorgid.dossier) records whether the form arrived.
  - Nothing is sent if the page has a captcha, a script takes part in the form, it is unclear which button sends it, it
    requires an unknown field, or it is not the form of the mapping. Then a work item with the link and all values to
    type is written into O(directory).
  - The answer to the posted form is a confirmation, a rejection, or else C(submission_uncertain), with the answer in
    O(directory).
  - These are the application form of step 2 and the follow-up form of step 4 of VZVZ's step plan. VZVZ publishes no
    description of its forms; the built-in mapping is modelled on that plan.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.https
  - gbz.zorgid.dossier.opening
attributes:
  check_mode:
    support: full
    details: Fetches the form and checks it against the mapping (drift check), and posts nothing.
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  form:
    description: The form to submit.
    type: str
    required: true
    choices: [application, follow_up]
  url:
    description: HTTPS address of the form. For V(follow_up), the link in the answer that M(gbz.zorgid.mailbox_info)
      found.
    type: str
    required: true
  organisation:
    description: The organisation and its people, as O(gbz.zorgid.organisation_document#module:organisation) describes
      them.
    type: dict
    required: true
  environment:
    description: The environment that is applied for. With V(own) no host of VZVZ is ever contacted.
    type: str
    choices: [production, acceptance, test, own]
    default: production
  allowed_hosts:
    description:
      - Places that may be visited, also by redirects and as the address that a form is posted to; each C(host),
        C(host:port) or C(host/path/prefix/).
      - Without it, only the host of O(url); on a service where everyone can have a form (C(formdesk.com)), only the
        first part of its path. In this list, such a host needs the part of the path that says whose form it is.
    type: list
    elements: str
  mapping_path:
    description:
      - YAML file with a mapping of labels to variables, or a folder with one file per version of the form. The first
        that fits is used.
      - Without it the built-in mapping is used. See the collection's C(docs/intake.md) for the format.
    type: path
  directory:
    description:
      - Folder on the controller for the copy of the confirmation page and for work items (mode 0600). They contain
        personal data.
      - Without it, neither is written. With O(dossier_key) the dossier stores the confirmation page, encrypted, and a
        lost copy is restored from it.
    type: path
  care_applications_path:
    description:
      - File on the controller (YAML or CSV) with the care applications and versions that work with ZORG-ID Smart,
        maintained by you.
      - If it is given, an application whose C(care_application) is not in it is not submitted (step 1 of VZVZ's
        step plan). See the collection's C(docs/intake.md) for the format. Only used with O(form=application).
    type: path
  dossier_url:
    description: SQLAlchemy URL of the dossier.
    type: str
    required: true
seealso:
  - module: gbz.zorgid.mailbox_info
  - module: gbz.zorgid.document_delivery
  - module: gbz.zorgid.dossier
"""

EXAMPLES = r"""
- name: Submit the application form
  gbz.zorgid.intake_form:
    form: application
    url: https://fd2.formdesk.com/vzvz/Aanvraagformulier_ZORG-ID_Smart_technisch_beheerder
    organisation: "{{ zorgid_onboarding_organisation }}"
    environment: acceptance
    directory: /srv/zorgid/handed/90000101
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
  register: application

- name: Submit the follow-up form that VZVZ sent a link to
  gbz.zorgid.intake_form:
    form: follow_up
    url: "{{ (mailbox.answers | selectattr('kind', 'equalto', 'follow_up_link') | last).link }}"
    allowed_hosts: [fd2.formdesk.com/vzvz/]
    organisation: "{{ zorgid_onboarding_organisation }}"
    environment: acceptance
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
"""

RETURN = r"""
status:
  description: What is known now. V(by_hand) if a person has recorded that it was submitted.
  returned: success
  type: str
  sample: submitted
  choices: [submitted, would_submit, by_hand]
reference:
  description: The receiver's reference, if the confirmation contains one.
  returned: success
  type: str
  sample: ZS-2026-00042
ura:
  description: URA number of the organisation.
  returned: success
  type: str
  sample: "90000101"
submitted_at:
  description: When the form was submitted, in UTC; null if a person recorded that it had arrived.
  returned: when status is submitted
  type: str
  sample: "2026-11-24T10:15:00+00:00"
mapping_version:
  description: Version of the mapping that fitted.
  returned: when the form was fetched
  type: str
  sample: built-in
confirmation_path:
  description: Copy of the confirmation page.
  returned: when O(directory) is given and the form was submitted in this run
  type: str
  sample: /srv/zorgid/handed/90000101/90000101-application-confirmation.html
work_item_path:
  description: The work item for a person, with values to copy; a browser prints it.
  returned: failure, when a person has to submit the form and O(directory) is given
  type: str
  sample: /srv/zorgid/handed/90000101/90000101-application-work_item.html
answer_path:
  description: Copy of an answer that is neither a confirmation nor a rejection, also if it is empty.
  returned: failure, when it is not known whether the form arrived and O(directory) is given
  type: str
  sample: /srv/zorgid/handed/90000101/90000101-application-answer.html
sending_since:
  description: When the interrupted run was sending, in UTC.
  returned: failure, if an earlier run was interrupted while sending
  type: str
  sample: "2026-11-24T10:15:00+00:00"
error_code:
  description:
    - Stable name of the error.
    - Among others V(form_changed), V(form_captcha), V(form_script_only), V(form_unknown_field),
      V(form_button_unclear), V(form_by_get), V(form_rejected), V(form_value_unfit), V(form_unreachable),
      V(form_too_large), V(host_not_allowed), V(allowed_hosts_invalid), V(mapping_invalid),
      V(care_application_unknown), V(care_application_version), V(submission_uncertain), V(submission_elsewhere).
  returned: failure
  type: str
  sample: form_changed
"""
