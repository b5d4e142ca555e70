# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
DOCUMENTATION = r"""
module: dossier
short_description: Record how far an organisation is, or what a person did
version_added: 0.1.0
author: gbz.zorgid contributors (@gbz-zorgid)
description:
  - Records the state of a step of VZVZ's step plan in the dossier of an organisation; with every change its journal
    gets a row, chained to the one before.
  - Records that a person did a step by hand (signed the document, submitted the form), so that it is not done again.
  - Records the outcome of a form or a mail, if it was not known whether it arrived, so that the run can continue.
  - Recording the same once more changes nothing, and a step keeps the moment since which it is in its state.
  - A step that happens once (V(application_submitted) to V(identity_activated)) and was done does not wait again, and
    one that a person attested fails again only by a mail of VZVZ that is later than that word (O(evidence_at)).
    O(state=open) takes it back. The other steps are conditions that can end, such as a valid certificate, so they
    follow what is recorded.
  - Records statements of people (O(word)), each with its time. Nothing is overwritten, and of several statements on one
    subject the newest applies.
  - Also a condition that a person attested does not wait again.
extends_documentation_fragment:
  - gbz.zorgid.attributes
  - gbz.zorgid.dossier
  - gbz.zorgid.dossier.opening
attributes:
  check_mode:
    support: full
    details: Says what would change; writes nothing and makes no database.
  diff_mode:
    support: full
    details: Names of people are made unreadable.
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  organisation:
    description:
      - The organisation, as O(gbz.zorgid.organisation_document#module:organisation) describes it. It is checked whole,
        and its name is recorded. Gives O(ura) too.
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
    description: What that role has to do, in a sentence.
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
      - It is kept for years, so it must hold no personal data.
      - Without it the evidence that is there stays, unless the step is opened again.
    type: dict
  evidence_at:
    description:
      - With O(state), when the mail of VZVZ that proves it came, by the mail server's clock. Where a person said the
        opposite, the later of the two counts, and a warning says so. What is within ten minutes of each other is not
        decided, and a warning asks for it.
    type: str
  word:
    description:
      - The statement of a person, with O(attested_by), O(attested_how) and, if it was not just now, O(attested_at).
      - V(done), that O(step) was done, is the same as O(step) with O(attested_how). V(undone) undoes O(step), or the
        statement in O(undoes).
      - V(withdrawn), that the organisation no longer wants a connection. Nothing is sent for it, nobody gets reminders,
        and a stored activation code is destroyed.
      - V(offboarded), that somebody left, and V(rehired), that they are back; O(subject) is the external id or
        personnel number. Who was offboarded is not linked again while a list still names them. Both need
        O(dossier_key).
      - V(moved), that the name in O(subject) in the inventory is the same organisation under another name.
      - V(registered_before), that the organisation was on the portal before it had this dossier.
      - V(lost), that what O(subject) names was lost (V(activation_code), V(activation_letter) or V(phone)). Every code
        that came before is void, and a kept one is destroyed.
      - V(hold), that nothing is sent or submitted until V(go_on) is said, for one organisation or, without O(ura) and
        O(organisation), for all. The two are independent; a V(go_on) for all does not end a V(hold) for one.
      - V(looked_at), that somebody looked at a mail and it needs nothing; O(subject) is its C(code), as the plan and
        M(gbz.zorgid.dossier_info) show it. It is told no more. Without O(ura) and O(organisation) it is about mail
        that is nobody's; with one of them about that organisation's mail, or nobody's.
      - A statement about a step while earlier steps are open, or one that undoes a step while later steps are done, is
        recorded with a warning that names those steps.
    type: str
    choices: [done, undone, withdrawn, offboarded, rehired, moved, registered_before, lost, hold, go_on, looked_at]
  undoes:
    description: The word that V(undone) takes back; with its O(subject) where it has one.
    type: str
    choices: [withdrawn, offboarded, rehired, moved, registered_before, lost, looked_at]
  subject:
    description:
      - What the statement is about, if it is not about a step.
      - An external id is kept as a keyed digest only and shown nowhere.
    type: str
  attested_by:
    description:
      - Who did the step. A role such as V(technical_administrator) is enough for most; where a name is wanted it is
        kept in the dossier, shown unreadable in results, and can be erased with O(erase).
      - With O(word), O(resolve), O(erase), O(leave) and O(note) who says so.
    type: str
  attested_at:
    description:
      - When it was done, as a day (V(2026-11-24)) or a time with its zone (V(2026-11-24T10:15:00+01:00)).
      - Without it the moment it is recorded for the first time.
    type: str
  attested_how:
    description:
      - How it was done, such as V(signed with the Validatietool). With O(word) how that is known, or why.
      - It is shown in messages, so it must hold no personal data.
    type: str
  resolve:
    description:
      - Kind of the submission of which a person now knows what became of it, such as V(application_form),
        V(follow_up_form) or V(organisation_document). With O(arrived).
    type: str
  arrived:
    description: Whether VZVZ has it. If not, the next run submits it again.
    type: bool
  erase:
    description:
      - A person's name or address as it was recorded. It is taken out of the organisation's dossier. Journal rows that
        hold it lose their content; the journal stays verifiable and says that they did, when and by whom.
      - It reaches steps, evidence, words of people, mail that was observed and the journal; also what the dossier holds
        of all organisations and of nobody.
      - What is sealed stays as it is, because a signed document is a whole. With O(dossier_key) those that name the
        person are in RV(sealed). Those that nobody could look into are in RV(unsearched).
      - On PostgreSQL it takes the owner of the tables; the rights of a user who may only record do not suffice.
    type: str
  leave:
    description:
      - The organisation O(ura) leaves, on one person's word (O(attested_by)). Everything that the dossier holds of it
        is written to this file (JSON, mode 0600), and erased once the file is on the disk and was read back. The file
        holds names and, as base64, what was sealed, so keep it as a secret.
      - The whole path of a new file on the controller; one that is there is never written over
        (C(export_would_overwrite)).
      - The organisation can begin anew afterwards, as one that was never there. Where nothing is there, nothing is
        done.
      - Refused while a submission is on its way or nobody knows whether it arrived (C(submission_uncertain)); use
        O(resolve) first.
      - The journal stays verifiable. Of the organisation it keeps the URA number, the moments and the kinds of its
        rows, digests that nobody can compare with anything without the file, and who said that it left (which
        O(erase) takes out).
      - Copies of the database, mail in the mailbox and files in the working folder are not reached.
      - On PostgreSQL it takes the owner of the tables; the rights of a user who may only record do not suffice.
    type: path
  note:
    description:
      - A sentence for the journal about something after the steps, such as that an employee was unlinked. Every run of
        such a task adds a row. External ids may be in it, names may not.
    type: str
  adopt:
    description:
      - One person's word (O(attested_by)) that a dossier which an older version of this collection made, or which was
        used before anybody said it, belongs to O(environment) and O(dossier_tenant). Until then nothing is sent or
        submitted with it (C(dossier_whose_unknown)).
      - Also the way to give a customer's name to a dossier that has none.
      - It is about the whole dossier, so it stands alone.
    type: bool
    default: false
  migrate:
    description:
      - Brings the tables up to this version of the collection, and does no more. Needed only where the runs use a
        database user that may not (C(dossier_migration_forbidden)); then O(dossier_url) is the one of the owner.
      - It is about the whole dossier, so it stands alone.
    type: bool
    default: false
  new_dossier_key:
    description:
      - Another key for the whole dossier, in place of O(dossier_key). The random keys of the dossier are wrapped anew,
        in one stroke; nothing is sealed again. From then on every task gives the new key.
      - If the new key already opens the dossier, nothing is done. After an interrupted run the task can be run again.
    type: str
  key_lost:
    description:
      - One person's word (O(attested_by)) that the key is lost. The dossier gets new keys under O(new_dossier_key).
        What was sealed is destroyed, each named in the journal and in RV(destroyed). The rows of the journal until
        then are proven by their chain only.
      - Take the task out afterwards.
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
  returned: success, without O(adopt), O(migrate), O(new_dossier_key) and O(word) about all
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
      description: Who did it (C(by), a name is unreadable), when (C(at)) and C(how), when a person says so.
      type: dict
      sample: {by: technical_administrator, at: "2026-11-24T00:00:00+00:00", how: submitted in the browser}
sealed:
  description: Sealed contents that name the person, by C(kind), C(version) and C(kept_at). They stay as they are.
  returned: with O(erase)
  type: list
  elements: dict
  sample: [{"kind": "organisation_document", "version": 17, "kept_at": "2026-11-24T10:15:00+00:00"}]
unsearched:
  description:
    - Sealed contents that nobody could look into, in the same form; without a C(version) it is a secret with a key of
      its own.
  returned: with O(erase)
  type: list
  elements: dict
  sample: []
rows:
  description: How many rows of each table, and of the journal, left or would leave.
  returned: with O(leave)
  type: dict
  sample: {"organisation": 1, "milestone": 12, "journal": 40}
export_sha256:
  description: SHA-256 of the file; it stands in the journal too.
  returned: with O(leave), when something left, and not in check mode
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
destroyed:
  description: What was sealed with the lost key, by organisation (C(ura)) and C(kind).
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
