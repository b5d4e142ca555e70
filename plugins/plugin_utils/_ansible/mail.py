# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Outgoing document mail, exactly once, and VZVZ's answers from the mailbox."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ...module_utils._common.errors import ZorgidError
from ...module_utils._common.masking import mask_email
from ...module_utils._common.trouble import in_words
from ...module_utils._common.ura import Ura, same_ura
from ...module_utils._document.content import Organisation, check_organisation
from ...module_utils._dossier import said
from ...module_utils._dossier.model import Dossier, Milestone, Observation, Submission
from ...module_utils._dossier.observations import base_of
from ...module_utils._dossier.store import DossierStore
from ...module_utils._intake import mailbox, outgoing
from ...module_utils._intake.answers import Answer, Texts
from ...module_utils._intake.hosts import allowed_places, check_environment
from ...module_utils._intake.imap import ImapSettings
from ...module_utils._intake.letters import document_mail
from ...module_utils._intake.outgoing import SmtpSettings
from ...module_utils._intake.problems import action_of
from ...module_utils._intake.proof import Trust
from ...module_utils._intake.standing import standing, to_confirm
from .action import Options, Result
from .kept import DOCUMENT, Kept
from .once import elsewhere, mail_once
from .opening import maybe_dossier, open_dossier


def deliver_document(
    options: Options,
    *,
    check_mode: bool,
    diff_mode: bool,
    still: Callable[[Dossier], str | None] | None = None,
) -> Result:
    """The action ``document_delivery``. ``still``: asked under the claim why the mail is not wanted any more."""
    settings = SmtpSettings(**options["smtp"], ca_path=options["ca_path"], timeout=options["timeout"])
    recipient = outgoing.check_address(options["recipient"], "recipient")
    outgoing.check_address(settings.sender, "sender")
    check_environment(options["environment"], [recipient, settings.host])
    organisation = check_organisation(options["organisation"])
    ura = organisation.ura
    with open_dossier(options, read_only=check_mode) as store:
        milestone = store.read(ura).milestones["document_sent"]
        if milestone.state == "done" and milestone.attested:
            return {"ura": ura, "repeated": False, "status": "by_hand"}
        kept = Kept(store, ura, DOCUMENT)
        missing = kept.missing(Path(options["path"]))
        document = _read(options["path"], options["max_bytes"]) if missing is None else missing
        result = _deliver(
            options, organisation, settings, store, document, still, check_mode=check_mode, diff_mode=diff_mode
        )
        if missing is None:
            # Only now: what was mailed is what a later run needs.
            kept.keep(document)
        elif kept.put_back(Path(options["path"]), check_mode=check_mode):
            result["changed"] = True
        return result


def _deliver(
    options: Options,
    organisation: Organisation,
    settings: SmtpSettings,
    store: DossierStore,
    document: bytes,
    still: Callable[[Dossier], str | None] | None,
    *,
    check_mode: bool,
    diff_mode: bool,
) -> Result:
    ura, recipient = organisation.ura, options["recipient"]
    digest = hashlib.sha256(document).hexdigest()
    subject, text = _letter(options, organisation, digest)
    result: Result = {"ura": ura, "document_sha256": digest, "repeated": False}

    def composed(message_id: str, at: datetime.datetime) -> bytes:
        raw = outgoing.compose(
            message_id=message_id,
            sender=settings.sender,
            recipient=recipient,
            subject=subject,
            text=text,
            attachments={f"{ura}.xml": document},
            at=at,
        ).as_bytes()
        outgoing.check_size(raw, options["max_bytes"])
        return raw

    known = store.submission(ura, DOCUMENT, digest)
    again = _taken_back(store.read(ura))
    if known and known.state == "done" and again is None:
        return {**result, **_sent(store, known)}
    store.words.demand_going(ura)
    size = len(composed("<00000000-0000-0000-0000-000000000000@check.invalid>", datetime.datetime.now(datetime.UTC)))
    if diff_mode:
        shown = f"{ura}.xml, SHA-256 {digest}, {size} bytes to {mask_email(recipient)}\n"
        result["diff"] = {"before": "", "after": shown}
    if check_mode:
        if known and known.state == "elsewhere":
            raise elsewhere(known)
        return {**result, "changed": True, "status": "would_send"}
    mailed = mail_once(
        store,
        (ura, DOCUMENT, digest),
        recipient,
        settings,
        composed,
        told=lambda delivery: {"response": delivery.response},
        still=said.any_of(
            lambda dossier: said.no_longer(dossier, "document_sent"),
            lambda dossier: _another_signed(dossier, digest),
            still,
        ),
        proves=lambda told: _step_done(digest, told["message_id"], told["sent_at"]),
        again=again,
    )
    if mailed.delivery is None:
        if mailed.claim.state == "elsewhere":
            raise elsewhere(mailed.claim)
        return {**result, **_sent(store, mailed.claim)}
    return {
        **result,
        "changed": True,
        "status": "sent",
        "message_id": mailed.delivery.message_id,
        "sent_at": mailed.claim.since,
        "repeated": mailed.repeated,
    }


def _taken_back(dossier: Dossier) -> int | None:
    """The number of a person's word that the mail with the document counts no more, when none was sent since: then the
    very same document goes once more. A mail and its step are one record, so a step that is done was mailed since."""
    word = said.undone(dossier.words, "document_sent")
    return word.seq if word and dossier.milestones["document_sent"].state != "done" else None


def _another_signed(dossier: Dossier, digest: str) -> str | None:
    """Of two controllers that each signed a document, one mails: the one whose document the dossier names."""
    signed = dossier.milestones["document_signed"]
    if signed.state != "done" or signed.attested or signed.evidence.get("sha256") in (None, digest):
        return None
    return f"The dossier of {dossier.ura} names another document as the one that was signed last"


def _step_done(digest: str, message_id: str, sent_at: str | None) -> Milestone:
    evidence = {"sha256": digest, "message_id": message_id, "sent_at": sent_at}
    return Milestone("document_sent", "done", evidence=evidence)


def _sent(store: DossierStore, submission: Submission) -> Result:
    """What is known of it; its step is recorded where the run that sent it could not do so any more."""
    sent_at = submission.evidence.get("sent_at")
    recorded = store.prove(submission.ura, _step_done(submission.digest, submission.message_id, sent_at))
    return {
        **({"changed": True} if recorded.changed else {}),
        "status": "sent",
        "message_id": submission.message_id,
        "sent_at": sent_at,
    }


def _letter(options: Options, organisation: Organisation, digest: str) -> tuple[str, str]:
    subject, text = document_mail(
        options["language"],
        {
            "name": organisation.name,
            "ura": organisation.ura,
            "environment": options["environment"],
            "sha256": digest,
            "provider": organisation.provider.name,
        },
    )
    return options["subject"] or subject, options["text"] or text


def read_answers(options: Options, *, check_mode: bool) -> Result:
    """The action ``mailbox_info``."""
    ura, since = options["ura"] and str(Ura.of(options["ura"])), options["since"]
    settings, trust, texts = imap_settings(options), trust_of(options), Texts.of(options["texts"])
    with maybe_dossier(options, read_only=check_mode) as store:
        dossiers = store.read_all() if store else []
        # As each is written here: a mail may leave out leading zeros.
        known = {Ura(one): one for one in [*(each.ura for each in dossiers), *filter(None, [ura])]}
        box = store.observations.mailbox(settings.place(), reading_of(trust, texts)) if store else None
        # What is another organisation's, and was read in this way, need not be fetched again for this one. What was not
        # understood is: the dossier may know more by now. And one's own is, for its link or its reason.
        read_before = store.observations.known(box).rows if store and box else []
        skip = {(one.uidvalidity, one.uid, base_of(one.message_id)) for one in read_before if _of_another(one, ura)}
        read = mailbox.read(
            settings,
            trust,
            texts,
            references=store.references() if store else {},
            skip=skip,
            sent=sent_by(dossiers),
        )
        answers = [_owned(one, known) if known or one.problem else one for one in read]
        if store and box and not check_mode:
            present = {(uidvalidity, uid) for uidvalidity, uid, _message_id in skip}
            store.observations.observe(box, map(observed, answers), present=present)
    mine = [one for one in answers if one.problem is None and (not ura or same_ura(one.ura, ura))]
    result: Result = {
        "answers": [_answer(one) for one in mine],
        "unknown": [_unknown(one) for one in answers if one.problem and not _of_another(one, ura)],
    }
    if not trust.link_hosts:
        result["warnings"] = [
            "allowed_link_hosts is empty, so no link is allowed: a mail with the follow-up form is in unknown."
        ]
    if not ura:
        return result
    proof_needed = options["environment"] == "production"
    return {
        **result,
        "standing": standing(mine, ura, since=since, proof_needed=proof_needed),
        "to_confirm": to_confirm(mine, ura, since=since, proof_needed=proof_needed),
    }


def reading_of(trust: Trust, texts: Texts) -> dict[str, Any]:
    """By what mail is understood: when one of these changes, all of it is read again."""
    return {
        "senders": sorted(trust.senders),
        "links": sorted(trust.link_hosts),
        "method": trust.method,
        "server": trust.authentication_server,
        "subjects": dict(texts.subjects),
        "bodies": dict(texts.bodies),
    }


def _of_another(one: Observation | Answer, ura: str | None) -> bool:
    """Whether the mail is another organisation's. One that names a number that nobody has is nobody's."""
    return bool(ura and one.ura and one.problem != "ura_of_nobody" and not same_ura(one.ura, ura))


def observed(one: Answer) -> Observation:
    """What the dossier keeps of a mail."""
    ura = None if one.problem == "ura_of_nobody" else one.ura
    return Observation(
        *(one.message_id, one.uidvalidity, one.uid, one.received_at, one.kind, ura),
        *(one.reference, one.problem, one.about),
    )


def sent_by(dossiers: Iterable[Dossier]) -> dict[str, str]:
    """Message-ID of what was mailed, to whose it was."""
    return {one.message_id: each.ura for each in dossiers for one in each.submissions if one.message_id}


def _owned(one: Answer, known: Mapping[Ura, str]) -> Answer:
    """The mail under the URA number as it is written here; ``unknown`` when it is nobody's."""
    if one.ura is None:
        return one
    if Ura(one.ura) in known:
        return replace(one, ura=known[Ura(one.ura)])
    if one.problem:
        # What is not understood makes no organisation of a number that somebody wrote.
        return replace(one, ura=None)
    return replace(one, kind="unknown", problem="ura_of_nobody", detail=one.ura)


def _answer(one: Answer) -> dict[str, Any]:
    return {key: value for key, value in asdict(one).items() if key not in ("problem", "detail", "about")}


def _unknown(one: Answer) -> dict[str, Any]:
    return {
        "message_id": one.message_id,
        "received_at": one.received_at,
        "ura": one.ura,
        "problem": one.problem,
        "action": action_of(one.problem, one.detail),
    }


def imap_settings(options: Options) -> ImapSettings:
    return ImapSettings(**options["imap"], ca_path=options["ca_path"], timeout=options["timeout"])


def trust_of(options: Options) -> Trust:
    """Whose mail is acted upon. Errors: ``options_invalid``; ``allowed_hosts_invalid`` before any mail is read, because
    an entry that holds no place would only look like a mail whose link is not allowed."""
    allowed_places(options["allowed_link_hosts"])
    method, server = options["authentication"], (options["authentication_server"] or "").strip().lower()
    if method == "authentication_results" and not server:
        raise ZorgidError(
            "options_invalid",
            "authentication_server is missing",
            expected="the name that your mail server writes at the start of Authentication-Results, or microsoft365",
            found="nothing",
            action="give authentication_server",
        )
    if server and method != "authentication_results":
        raise ZorgidError(
            "options_invalid",
            "authentication_server alone proves no sender",
            expected="authentication: authentication_results with it",
            found=f"authentication: {method}",
            action="set authentication to authentication_results, or take authentication_server out",
        )
    if not options["allowed_senders"]:
        raise ZorgidError(
            "options_invalid",
            "allowed_senders is empty, so no mail would be read",
            expected="at least one address",
            found="an empty list",
            action="give VZVZ's address, or take allowed_senders out so that the built-in one counts",
        )
    return Trust(
        senders=frozenset(outgoing.check_address(sender, "sender").lower() for sender in options["allowed_senders"]),
        link_hosts=tuple(options["allowed_link_hosts"]),
        method=method,
        authentication_server=server or None,
    )


def _read(path: str, most: int) -> bytes:
    """At most one byte more than may be mailed anyway, and never from a pipe or a device."""
    file = Path(path)
    try:
        if file.exists() and not file.is_file():
            raise OSError(0, "a folder or a device, no file")
        with file.open("rb") as stream:
            return stream.read(max(most, 10_000_000) + 1)
    except OSError as error:
        raise ZorgidError(
            "document_unreadable",
            f"The document {path} cannot be read",
            expected="a signed document on the controller",
            found=in_words(error),
            action="make it with organisation_document, or correct path",
        ) from error
