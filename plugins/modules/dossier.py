# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: dossier
short_description: Record how far an organisation is, or what a person did
version_added: 0.1.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - Records the state of a step of VZVZ's step plan in the dossier of an organisation; with every change the journal
    gets a row, chained to the one before.
  - Records that a person did a step by hand (signed the document, submitted the form), so that it is not done again.
  - Records the outcome of a form or a mail, if it was not known whether it arrived, so that the run can continue.
  - To record the same again changes nothing, and the time since which a step is in its state stays the same.
  - The steps V(application_submitted) to V(identity_activated) happen once. After such a step was done it does not wait
    again, and if a person attested it, it fails only by a mail of VZVZ that is later than that statement
    (O(evidence_at)). O(state=open) undoes it. The other steps are conditions that can end, such as a valid certificate,
    so they change with every new record.
  - Records statements of people (O(word)), each with its time. Nothing is overwritten, and of several statements on one
    subject the newest applies.
  - If a person attested one of these conditions, it does not wait again either.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.dossier
  - gbz.zorgid.dossier.opening
attributes:
  check_mode:
    support: full
    details: Shows what would change; writes nothing and makes no database.
  diff_mode:
    support: full
    details: Names of people are masked.
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  organisation:
    description:
      - The organisation, as O(gbz.zorgid.organisation_document#module:organisation) describes it. All of it is checked,
        and the name is recorded. It replaces O(ura).
    type: dict
  step:
    description: The step, with O(state), or with O(attested_by) and O(attested_how).
    type: str
    choices:
      - prepared
      - certificate_checked
      - application_submitted
      - document_signed
      - document_sent
      - application_confirmed
      - follow_up_submitted
      - activation_qr_received
      - identity_activated
      - administrators_registered
      - employees_registered
      - employees_active
  state:
    description: V(waiting) goes with O(who) and O(what), V(failed) with O(error_code) and O(message).
    type: str
    choices: [open, waiting, done, failed]
  who:
    description: The role that is waited for, such as V(portal_administrator). A role, never a name.
    type: str
  what:
    description: What that role has to do, in one sentence.
    type: str
  error_code:
    description: Stable name of the error.
    type: str
  message:
    description: What went wrong and what to do, without personal data.
    type: str
  evidence:
    description:
      - What proves the step, such as the digest of a document or a confirmation number. C(reference) is used to match
        VZVZ's answers to the organisation.
      - It is stored for years, so it must not contain personal data.
      - Without it the recorded evidence stays, unless the step is opened again.
    type: dict
  evidence_at:
    description:
      - With O(state), when the mail server received the mail of VZVZ that proves the step. If a person stated the
        opposite, the later of the two applies, and a warning says so. If they are less than ten minutes apart, nothing
        is decided, and a warning asks a person to decide.
    type: str
  word:
    description:
      - The statement of a person, with O(attested_by), O(attested_how) and, if it did not happen just now,
        O(attested_at).
      - V(done) says that O(step) was done; it is the same as O(step) with O(attested_how). V(undone) undoes O(step), or
        the statement in O(undoes).
      - V(withdrawn) says that the organisation no longer wants a connection. Nothing is sent for it, nobody gets
        reminders, and a stored activation code is destroyed.
      - V(offboarded) says that an employee left, and V(rehired) that they are back; O(subject) is the external id or
        personnel number. An offboarded employee is not linked again, also if a list still contains them. Both need
        O(dossier_key).
      - V(moved) says that the inventory name in O(subject) is the same organisation under another name.
      - V(continues) and V(continued_by) say that the same organisation has a dossier under the URA number in
        O(subject). The role records both, from C(continues) in the inventory.
      - V(registered_before) says that the organisation was registered in the portal before it had this dossier.
      - V(lost) says that something was lost; O(subject) is V(activation_code), V(activation_letter) or V(phone). Every
        earlier code is void, and a stored one is destroyed.
      - V(hold) says that nothing is sent or submitted until V(go_on) is recorded, for one organisation or, without
        O(ura) and O(organisation), for all. The two are independent; a V(go_on) for all does not end a V(hold) for one.
      - V(looked_at) says that a person checked a mail and nothing has to be done; O(subject) is its C(code), as the
        plan and M(gbz.zorgid.dossier_info) show it. The mail is not shown again. Without O(ura) and O(organisation) it
        is about mail that belongs to no organisation; with one of them about mail of that organisation or of none.
      - A statement about a step while earlier steps are open, or one that undoes a step while later steps are done, is
        recorded with a warning that names those steps.
    type: str
    choices:
      - done
      - undone
      - withdrawn
      - offboarded
      - rehired
      - moved
      - registered_before
      - lost
      - hold
      - go_on
      - looked_at
      - continues
      - continued_by
  undoes:
    description: The statement that V(undone) undoes; with its O(subject) if it has one.
    type: str
    choices: [withdrawn, offboarded, rehired, moved, registered_before, lost, looked_at, continues, continued_by]
  subject:
    description:
      - What the statement is about, if it is not about a step.
      - An external id is stored only as a keyed digest, and never shown.
    type: str
  attested_by:
    description:
      - Who did the step. A role such as V(technical_administrator) is enough in most cases. A name is stored in the
        dossier, masked in results, and can be erased with O(erase).
      - With O(word), O(resolve), O(erase), O(leave) and O(note), who makes the statement.
    type: str
  attested_at:
    description:
      - When it was done, as a day (V(2026-11-24)) or a time with its zone (V(2026-11-24T10:15:00+01:00)).
      - Without it, the time at which it is first recorded.
    type: str
  attested_how:
    description:
      - How it was done, such as V(signed with the Validatietool). With O(word), how that is known, or the reason.
      - It is shown in messages, so it must not contain personal data.
    type: str
  resolve:
    description:
      - Kind of the submission whose outcome a person now knows, such as V(application_form),
        V(follow_up_form) or V(organisation_document). Needs O(arrived).
    type: str
  arrived:
    description: Whether VZVZ has the submission. If not, the next run submits it again.
    type: bool
  erase:
    description:
      - A person's name or address as it was recorded. It is removed from the organisation's dossier. Journal rows that
        contain it lose their content; the journal stays verifiable and shows which rows, when and by whom.
      - It is removed from steps, evidence, statements, observed mail and the journal; also from records about all
        organisations and about none.
      - Encrypted content is not changed, because a part of a signed document cannot be removed. With O(dossier_key),
        content that contains the name is listed in RV(sealed). Content that could not be decrypted is listed in
        RV(unsearched).
      - On PostgreSQL it takes the owner of the tables; the rights of a user who may only record do not suffice.
    type: str
  leave:
    description:
      - The organisation O(ura) leaves, by the statement of one person (O(attested_by)). Everything that the dossier has
        about it is written to this file (JSON, mode 0600), and erased after the file was written and read back. The
        file contains names and, as base64, the decrypted content, so treat it as a secret.
      - The absolute path of a new file on the controller; an existing file is never overwritten
        (C(export_would_overwrite)).
      - Afterwards the organisation can start again, as a new one. If the dossier has nothing about it, nothing is done.
      - Refused while a submission is being sent or it is unknown whether it arrived (C(submission_uncertain)); use
        O(resolve) first.
      - The journal stays verifiable. About the organisation it still contains the URA number, the times and kinds of
        its rows, digests that can be compared only with the file, and who stated that it left (O(erase) removes that).
      - Copies of the database, mail in the mailbox and files in the working folder are not erased.
      - On PostgreSQL it takes the owner of the tables; the rights of a user who may only record do not suffice.
    type: path
  note:
    description:
      - A sentence for the journal about something after the steps, such as that an employee was unlinked. Every run of
        such a task adds a row. It may contain external ids, but no names.
    type: str
  adopt:
    description:
      - The statement of one person (O(attested_by)) that the dossier belongs to O(environment) and O(dossier_tenant).
        Needed for a dossier of an older version of this collection, or one that was used before these were recorded.
        Until then nothing is sent or submitted with it (C(dossier_whose_unknown)).
      - It also gives a customer's name to a dossier that has none.
      - It is about the whole dossier, so it stands alone.
    type: bool
    default: false
  migrate:
    description:
      - Updates the tables to this version of the collection, and does nothing else. Needed only if the database user of
        the runs may not change tables (C(dossier_migration_forbidden)); then give the owner's O(dossier_url).
      - It is about the whole dossier, so it stands alone.
    type: bool
    default: false
  new_dossier_key:
    description:
      - A new key for the whole dossier, instead of O(dossier_key). The random keys of the dossier are encrypted with
        it, in one transaction; the content is not encrypted again. From then on every task needs the new key.
      - If the new key already opens the dossier, nothing is done. After an interrupted run the task can be run again.
    type: str
  key_lost:
    description:
      - The statement of one person (O(attested_by)) that the key is lost. The dossier gets new keys under
        O(new_dossier_key). The encrypted content is destroyed, and the journal and RV(destroyed) list it. Earlier rows
        of the journal are then proven by their chain only.
      - Remove the task afterwards.
    type: bool
    default: false
seealso:
  - module: gbz.zorgid.dossier_info
  - module: gbz.zorgid.onboarding_report
"""

EXAMPLES = r"""
- name: Wait for the portal administrator
  gbz.zorgid.dossier:
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
    ura: "90000101"
    step: identity_activated
    state: waiting
    who: portal_administrator
    what: Scan the activation code with the ZORG-ID app

- name: The form was submitted by hand
  gbz.zorgid.dossier:
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
    ura: "90000101"
    step: application_submitted
    attested_by: technical_administrator
    attested_at: "2026-11-24"
    attested_how: submitted in the browser
    evidence:
      reference: ZS-2026-000123

- name: An organisation no longer wants a connection
  gbz.zorgid.dossier:
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
    ura: "90000101"
    word: withdrawn
    attested_by: service_desk
    attested_how: told by telephone, ticket 4711

- name: Nothing is sent or submitted while the mail server is moved
  gbz.zorgid.dossier:
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
    word: hold
    attested_by: technical_administrator
    attested_how: the mail server is moved

- name: VZVZ says that the application of the interrupted run arrived
  gbz.zorgid.dossier:
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
    ura: "90000101"
    resolve: application_form
    arrived: true
    attested_by: service_desk

- name: The dossier from before the update belongs to this customer
  gbz.zorgid.dossier:
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
    adopt: true
    environment: production
    dossier_tenant: zorggroep-voorbeeld
    attested_by: technical_administrator

- name: Another key for the dossier
  gbz.zorgid.dossier:
    dossier_url: sqlite:////srv/zorgid/dossier.sqlite3
    dossier_key: "{{ vault_dossier_key }}"
    new_dossier_key: "{{ vault_dossier_key_new }}"

- name: The owner of the tables brings them up to date, once after an update of the collection
  gbz.zorgid.dossier:
    dossier_url: "{{ vault_dossier_owner_url }}"
    migrate: true
  run_once: true

- name: Somebody asks to be forgotten
  gbz.zorgid.dossier:
    dossier_url: "{{ vault_dossier_url }}"
    ura: "90000101"
    erase: "{{ person_to_forget }}"
    attested_by: privacy_officer

- name: The organisation takes its dossier along
  gbz.zorgid.dossier:
    dossier_url: "{{ vault_dossier_url }}"
    dossier_key: "{{ vault_dossier_key }}"
    ura: "90000101"
    leave: /srv/zorgid/left/90000101.json
    attested_by: account_manager
"""

RETURN = r"""
ura:
  description: URA number of the organisation.
  returned: success, without O(adopt), O(migrate), O(new_dossier_key) and O(word) about all organisations
  type: str
  sample: "90000101"
milestone:
  description: The step as it is now, or would be.
  returned: when O(step) is given
  type: dict
  contains:
    step:
      description: The step.
      type: str
      sample: application_submitted
    state:
      description: Its state.
      type: str
      sample: done
    since:
      description: Since when, in UTC.
      type: str
      sample: "2026-11-24T10:15:00+00:00"
    who:
      description: The role that is waited for.
      type: str
      sample: portal_administrator
    what:
      description: What that role has to do.
      type: str
      sample: Scan the activation code with the ZORG-ID app
    error_code:
      description: Stable name of the error.
      type: str
      sample: certificate_expired
    message:
      description: What went wrong.
      type: str
      sample: The certificate is no longer valid.
    evidence:
      description: What proves the step.
      type: dict
      sample: {reference: ZS-2026-000123}
    evidence_at:
      description: When the newest mail of VZVZ about it came.
      type: str
      sample: "2026-11-24T10:15:00+00:00"
    attested:
      description: Who did it (C(by), a name is masked), when (C(at)) and C(how), if a person attested it.
      type: dict
      sample: {by: technical_administrator, at: "2026-11-24T00:00:00+00:00", how: submitted in the browser}
sealed:
  description: Encrypted content that contains the name, by C(kind), C(version) and C(kept_at). It is not changed.
  returned: with O(erase)
  type: list
  elements: dict
  sample: [{"kind": "organisation_document", "version": 17, "kept_at": "2026-11-24T10:15:00+00:00"}]
unsearched:
  description:
    - Encrypted content that could not be decrypted, in the same form; without a C(version) it is a secret with its own
      key.
  returned: with O(erase)
  type: list
  elements: dict
  sample: []
rows:
  description: How many rows of each table, and of the journal, were or would be erased.
  returned: with O(leave)
  type: dict
  sample: {"organisation": 1, "milestone": 12, "journal": 40}
export_sha256:
  description: SHA-256 of the file; the journal contains it too.
  returned: with O(leave), if something was erased, and not in check mode
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
destroyed:
  description: Content that was encrypted with the lost key, by organisation (C(ura)) and C(kind).
  returned: with O(key_lost)
  type: list
  elements: dict
  sample: [{"ura": "90000101", "kind": "organisation_document"}]
error_code:
  description:
    - Stable name of the error.
    - Among others V(dossier_unreachable), V(dossier_busy), V(ura_invalid), V(organisation_invalid),
      V(milestone_invalid), V(attestation_incomplete), V(time_in_future), V(submission_not_uncertain),
      V(word_invalid), V(submission_uncertain), V(submission_elsewhere), V(export_would_overwrite),
      V(export_incomplete), V(file_unwritable).
  returned: failure
  type: str
  sample: dossier_unreachable
"""
