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
  - The dossier is told before and after. A form that was submitted, by this module or by hand, is not submitted
    again, also not when the organisation's data have changed since.
  - The step C(application_submitted) or C(follow_up_submitted) is recorded with it, done, in the same transaction. One
    that an earlier run could not record any more is recorded now.
  - When the data have changed since, the result says so with a warning; telling VZVZ is a person's decision.
  - When a run dies between sending and the confirmation, the next run stops with C(submission_uncertain) until
    M(gbz.zorgid.dossier) is told whether the form arrived.
  - When the page has a captcha, a script takes part in the form, it is not clear which button sends it, it requires an
    unknown field or is not the form that the mapping knows, nothing is sent, and a work item with the link and all
    values to type is written into O(directory).
  - Whatever comes back after the form was posted is a confirmation, a rejection, or C(submission_uncertain) with the
    answer in O(directory).
  - It is the application form of step 2 and the follow-up form of step 4 of VZVZ's step plan. VZVZ publishes no
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
    description: Which form.
    type: str
    required: true
    choices: [application, follow_up]
  url:
    description: HTTPS address of the form. For V(follow_up) the link of the answer that M(gbz.zorgid.mailbox_info)
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
      - Places that may be visited, redirects and the addresses that forms are posted to included; each C(host),
        C(host:port) or C(host/path/prefix/).
      - Without it only the host of O(url), at a service where everyone can have a form (C(formdesk.com)) only its part
        of the path. Such a host is refused here without the part of the path that says whose form it is.
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
      - Folder on the controller for the copy of the confirmation page and for work items (mode 0600). They hold
        personal data.
      - Without it neither is kept there. With O(dossier_key) the dossier keeps the page that came back, sealed, and a
        copy that is lost is put back from it.
    type: path
  care_applications_path:
    description:
      - File on the controller (YAML or CSV) with the care applications and versions that work with ZORG-ID Smart,
        kept by you.
      - When it is given, an application whose C(care_application) is not in it is not submitted (step 1 of VZVZ's
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
  description: What is known now. V(by_hand) when a person has told the dossier that it was submitted.
  returned: success
  type: str
  sample: submitted
  choices: [submitted, would_submit, by_hand]
reference:
  description: The receiver's reference, when the confirmation names one.
  returned: success
  type: str
  sample: ZS-2026-00042
ura:
  description: URA number of the organisation.
  returned: success
  type: str
  sample: "90000101"
submitted_at:
  description: When the form was submitted, in UTC; null when a person told the dossier that it had arrived.
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
  description: Copy of what came back and is neither a confirmation nor a rejection, also when it is empty.
  returned: failure, when it is not known whether the form arrived and O(directory) is given
  type: str
  sample: /srv/zorgid/handed/90000101/90000101-application-answer.html
sending_since:
  description: When the run that died was sending, in UTC.
  returned: failure, when an earlier run died while sending
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
