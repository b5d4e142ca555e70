# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: dossier_info
short_description: Read dossiers, and verify their journal
version_added: 0.1.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - Returns what the dossier contains about one organisation or all, and whether every row of the journal is unchanged.
  - A dossier that does not exist yet is empty.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.dossier
  - gbz.zorgid.dossier.opening
attributes:
  check_mode:
    support: full
    details: It only reads.
  diff_mode:
    support: none
    details: It changes nothing.
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  full:
    description:
      - Return everything, as an export; also names of people who attested a step, and the rows of the journal.
        Use C(no_log) on such a task. Secrets are never returned.
    type: bool
    default: false
  verify:
    description:
      - Verify the whole journal and compare all tables with it. The rows of O(ura) are verified in any case.
      - If many tasks read one organisation each, once per run is enough.
    type: bool
    default: true
  journal_only:
    description:
      - Verify the journal of all organisations and return nothing else.
      - Fails with V(dossier_journal_broken) if no organisation can continue. Damage to single organisations does not
        fail the task; it is in RV(journal.damaged).
    type: bool
    default: false
seealso:
  - module: gbz.zorgid.dossier
  - module: gbz.zorgid.onboarding_report
"""

EXAMPLES = r"""
- name: Read the dossiers
  gbz.zorgid.dossier_info:
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
  register: dossiers

- name: Stop if somebody changed the journal
  ansible.builtin.assert:
    that: dossiers.journal.valid
    fail_msg: "{{ dossiers.journal.message }}"

- name: Read everything about one organisation
  gbz.zorgid.dossier_info:
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
    ura: "90000101"
    full: true
  register: export
  no_log: true

- name: Store it as JSON
  ansible.builtin.copy:
    content: "{{ export | to_nice_json }}"
    dest: /srv/zorgid/export/90000101.json
    mode: "0600"
  no_log: true
"""

RETURN = r"""
organisations:
  description: The dossiers, by URA number. With O(ura) exactly one.
  returned: success
  type: list
  elements: dict
  contains:
    ura:
      description: URA number.
      type: str
      sample: "90000101"
    name:
      description: Name of the organisation, empty until it was recorded.
      type: str
      sample: Huisartsenpraktijk De Linde
    damaged:
      description:
        - What is wrong with this dossier; empty if nothing is. If somebody changed the dossier or it cannot be read,
          its content is not trusted and the lists are empty. With O(ura) or O(full=true) the task fails instead.
      type: str
    steps:
      description: Every step in order, with the fields that RV(gbz.zorgid.dossier#module:milestone) has.
      type: list
      elements: dict
    submissions:
      description: What was sent, or is about to be; oldest first.
      type: list
      elements: dict
      contains:
        id:
          description: Number of the submission.
          type: int
          sample: 1
        ura:
          description: URA number.
          type: str
          sample: "90000101"
        kind:
          description: What was submitted.
          type: str
          sample: organisation_document
        digest:
          description: Digest of what was submitted.
          type: str
          sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
        message_id:
          description: Message-ID, which stays the same however often a mail is repeated.
          type: str
          sample: <7d0c1d1b-5e4c-4f0e-8f57-1f6b6d9f3c55@gbz.example>
        state:
          description:
            - V(intended) before anything was sent, V(sending) if it may have been sent, V(done) if it was accepted.
          type: str
          sample: done
        evidence:
          description: What proves that it was accepted.
          type: dict
          sample: {reference: ZS-2026-000123}
        since:
          description: Since when it is in that state, in UTC.
          type: str
          sample: "2026-11-24T10:15:00+00:00"
    observations:
      description:
        - Mails that are this organisation's, by C(kind), C(message_id), C(uidvalidity), C(uid), C(reference),
          C(problem), C(received_at) (the mail server's time), C(seen_at), C(mailbox) (a digest) and, of reports
          that a mail of ours did not arrive (C(kind) is C(undelivered)), C(about), that mail's Message-ID.
        - Of two mails with the same Message-ID, the second one's C(message_id) ends in a blank and the number 2.
      type: list
      elements: dict
    to_look_at:
      description: The mails among them that a person has to check, with the fields of RV(to_look_at).
      returned: with O(full=false)
      type: list
      elements: dict
    words:
      description: The statements of people about it and about all organisations; oldest first.
      type: list
      elements: dict
      contains:
        word:
          description: The statement, as in O(gbz.zorgid.dossier#module:word).
          type: str
          sample: withdrawn
        subject:
          description: What it is about; for an external id a keyed digest.
          type: str
          sample: ""
        by:
          description: Who recorded it; a name is masked.
          type: str
          sample: service_desk
        at:
          description: When it happened, in UTC.
          type: str
          sample: "2026-11-24T10:15:00+00:00"
        how:
          description: How that is known, or the reason.
          type: str
          sample: told by telephone, ticket 4711
        of_all:
          description: Whether it is about all organisations.
          type: bool
    withdrawn:
      description: Whether it no longer wants a connection, by the newest statement.
      returned: without O(full=true)
      type: bool
    held:
      description: Whether this organisation, or all of them, are on hold.
      returned: without O(full=true)
      type: bool
    secrets:
      description: Names of the secrets that are stored (C(name), C(kept_at)).
      returned: with O(full=true)
      type: list
      elements: dict
    sealed:
      description: Which encrypted contents are stored (C(kind), C(version), C(kept_at)), without the contents.
      returned: with O(full=true)
      type: list
      elements: dict
to_look_at:
  description: Mail that belongs to no organisation and that a person has to check, oldest first. It is removed after 90
    days.
  returned: success
  type: list
  elements: dict
  contains:
    received_at:
      description: When the mail server received it, in UTC; empty if that cannot be read.
      type: str
    message_id:
      description: Message-ID of the mail.
      type: str
    code:
      description: The number by which a person refers to it, with V(looked_at) of O(gbz.zorgid.dossier#module:word).
      type: str
    problem:
      description: Why it is not acted upon, as M(gbz.zorgid.mailbox_info) says it.
      type: str
      sample: ura_missing
    action:
      description: What a person does about it.
      type: str
journal:
  description: The journal of all organisations.
  returned: with O(verify=true), O(full=true) or O(journal_only=true)
  type: dict
  contains:
    valid:
      description: Whether every row is unchanged.
      type: bool
    rows:
      description: Number of rows.
      type: int
      sample: 214
    first_broken:
      description:
        - Number of the first row that was changed, moved, removed or written without the dossier's key, or else of the
          row that a table contradicts.
        - Null if a table contains something that no row of the journal has.
      type: int
      sample: 17
    message:
      description: The same as a sentence.
      type: str
      sample: Row 17 was changed.
    head:
      description: Hash of the last row. Recorded elsewhere, it also shows whether the whole journal was replaced.
      type: str
      sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    whole:
      description:
        - Whether every row is there, in order, and the rows about all organisations are unchanged. If not, no
          organisation can continue.
      type: bool
    proven:
      description: Whether everything is valid and every row was verified with the key of the dossier.
      type: bool
    damaged:
      description: What is wrong with single organisations, by URA number. Only these organisations stop.
      type: dict
    entries:
      description: The rows; only those of O(ura) if that is given.
      returned: with O(full=true)
      type: list
      elements: dict
error_code:
  description:
    - Stable name of the error.
    - Among others V(dossier_unreachable), V(dossier_busy), V(dossier_too_new), V(dossier_changed),
      V(dossier_journal_broken).
  returned: failure
  type: str
  sample: dossier_unreachable
"""
