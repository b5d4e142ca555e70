# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail the signed organisation document to VZVZ, exactly once."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from .._common.errors import ZorgidError
from .._common.masking import mask_email
from .._common.moments import now, parse
from .._common.organisation import Organisation
from .._common.trouble import in_words
from .._dossier import said
from .._dossier.kept import DOCUMENT, KeptContent
from .._dossier.limits import DayLimit
from .._dossier.model import Dossier, Milestone, Submission
from .._dossier.place import DossierPlace
from .._dossier.store import DossierStore
from .._mail import smtp_mail
from .._mail.document_letter import document_mail
from .._mail.smtp_mail import SmtpSettings
from .._net.url_policy import check_environment
from .delivery import elsewhere, mail_once

#: Called under the claim: why the mail is not wanted any more; None while it is wanted.
Unwanted = Callable[[Dossier], "str | None"]


@dataclass(frozen=True)
class MailRoute:
    """The mail server and the recipient. A document of the environment ``own`` is never sent to VZVZ. Errors:
    ``address_invalid, environment_mismatch``."""

    smtp: SmtpSettings
    recipient: str
    environment: str

    def __post_init__(self) -> None:
        smtp_mail.check_address(self.recipient, "recipient")
        check_environment(self.environment, [self.recipient, self.smtp.host])


@dataclass(frozen=True)
class SendDocument:
    """``path``: the signed document on the controller. ``subject`` and ``text``: replace the defaults in ``language``
    (nl or en). ``max_bytes``: maximum size of the whole encoded mail."""

    dossier: DossierPlace
    route: MailRoute
    organisation: Organisation
    path: str
    language: str = "nl"
    subject: str | None = None
    text: str | None = None
    max_bytes: int = 10_000_000


@dataclass(frozen=True)
class DocumentMail:
    """The outcome. ``by_hand``: a person recorded that it was sent; the mail itself is unknown. ``repeated``: an
    earlier run may have sent it too. ``preview``: one line about the mail; empty if none had to be sent."""

    ura: str
    status: Literal["sent", "would_send", "by_hand"]
    changed: bool = False
    sha256: str = ""
    message_id: str = ""
    sent_at: datetime.datetime | None = None
    repeated: bool = False
    preview: str = ""


def send_document(
    command: SendDocument, *, check_mode: bool, still: Unwanted | None = None, day: DayLimit | None = None
) -> DocumentMail:
    """``day``: as for ``DossierStore.claim``. Errors: ``document_unreadable, submission_elsewhere``, those of
    ``smtp_mail.compose`` and ``send``, and of the dossier."""
    ura, path = command.organisation.ura, Path(command.path)
    with command.dossier.open(read_only=check_mode) as store:
        milestone = store.read(ura).milestones["document_sent"]
        if milestone.state == "done" and milestone.attested:
            return DocumentMail(ura, "by_hand")
        kept = KeptContent(store, ura, DOCUMENT)
        missing = kept.missing(path)
        document = _read(command) if missing is None else missing
        mailed = _deliver(command, store, document, still, day, check_mode=check_mode)
        if missing is None:
            # Stored only now, because a later run needs the mailed document.
            kept.keep(document)
        elif kept.put_back(path, check_mode=check_mode):
            mailed = replace(mailed, changed=True)
        return mailed


def _deliver(
    command: SendDocument,
    store: DossierStore,
    document: bytes,
    still: Unwanted | None,
    day: DayLimit | None,
    *,
    check_mode: bool,
) -> DocumentMail:
    ura, route = command.organisation.ura, command.route
    digest = hashlib.sha256(document).hexdigest()
    subject, text = _letter(command, digest)

    def composed(message_id: str, at: datetime.datetime) -> bytes:
        raw = smtp_mail.compose(
            message_id=message_id,
            sender=route.smtp.sender,
            recipient=route.recipient,
            subject=subject,
            text=text,
            attachments={f"{ura}.xml": document},
            at=at,
        ).as_bytes()
        smtp_mail.check_size(raw, command.max_bytes)
        return raw

    known = store.submission(ura, DOCUMENT, digest)
    again = _taken_back(store.read(ura))
    if known and known.state == "done" and again is None:
        return _sent(store, known)
    store.words.demand_going(ura)
    size = len(composed("<00000000-0000-0000-0000-000000000000@check.invalid>", now()))
    preview = f"{ura}.xml, SHA-256 {digest}, {size} bytes to {mask_email(route.recipient)}\n"
    if check_mode:
        if known and known.state == "elsewhere":
            raise elsewhere(known)
        return DocumentMail(ura, "would_send", changed=True, sha256=digest, preview=preview)
    mailed = mail_once(
        store,
        (ura, DOCUMENT, digest),
        route.recipient,
        route.smtp,
        composed,
        evidence_of=lambda receipt: {"response": receipt.response},
        still=said.any_of(
            lambda dossier: said.no_longer(dossier, "document_sent"),
            lambda dossier: _another_signed(dossier, digest),
            still,
        ),
        proves=lambda evidence: _step_done(digest, evidence["message_id"], evidence["sent_at"]),
        again=again,
        day=day,
    )
    if mailed.receipt is None:
        if mailed.claim.state == "elsewhere":
            raise elsewhere(mailed.claim)
        return replace(_sent(store, mailed.claim), preview=preview)
    return DocumentMail(
        ura,
        "sent",
        changed=True,
        sha256=digest,
        message_id=mailed.receipt.message_id,
        sent_at=parse(mailed.claim.since),
        repeated=mailed.repeated,
        preview=preview,
    )


def _taken_back(dossier: Dossier) -> int | None:
    """The number of a person's statement that the mail with the document does not apply any more, if no mail was sent
    since: then the same document is sent once more. Mail and step are recorded together, so a step that is done means a
    mail since."""
    word = said.undone(dossier.words, "document_sent")
    return word.seq if word and dossier.milestones["document_sent"].state != "done" else None


def _another_signed(dossier: Dossier, digest: str) -> str | None:
    """If two controllers each signed a document, only the one whose document the dossier names may mail."""
    signed = dossier.milestones["document_signed"]
    if signed.state != "done" or signed.attested or signed.evidence.get("sha256") in (None, digest):
        return None
    return f"In the dossier of {dossier.ura}, the last signed document is another document"


def _step_done(digest: str, message_id: str, sent_at: Any) -> Milestone:
    """``sent_at``: as the dossier writes it."""
    evidence = {"sha256": digest, "message_id": message_id, "sent_at": sent_at}
    return Milestone("document_sent", "done", evidence=evidence)


def _sent(store: DossierStore, submission: Submission) -> DocumentMail:
    """The outcome of an earlier mail; also records its step, if the earlier run was interrupted before that."""
    sent_at = submission.evidence.get("sent_at")
    recorded = store.prove(submission.ura, _step_done(submission.digest, submission.message_id, sent_at))
    return DocumentMail(
        submission.ura,
        "sent",
        changed=recorded.changed,
        sha256=submission.digest,
        message_id=submission.message_id,
        sent_at=parse(sent_at),
    )


def _letter(command: SendDocument, digest: str) -> tuple[str, str]:
    organisation = command.organisation
    subject, text = document_mail(
        command.language,
        {
            "name": organisation.name,
            "ura": organisation.ura,
            "environment": command.route.environment,
            "sha256": digest,
            "provider": organisation.provider.name,
        },
    )
    return command.subject or subject, command.text or text


def _read(command: SendDocument) -> bytes:
    """Read at most one byte more than the mail may have, and never from a pipe or a device."""
    file = Path(command.path)
    try:
        if file.exists() and not file.is_file():
            raise OSError(0, "a folder or a device, not a file")
        with file.open("rb") as stream:
            return stream.read(max(command.max_bytes, 10_000_000) + 1)
    except OSError as error:
        raise ZorgidError(
            "document_unreadable",
            f"The document {command.path} cannot be read",
            expected="a signed document on the controller",
            found=in_words(error),
            action="create it with organisation_document, or correct path",
        ) from error
