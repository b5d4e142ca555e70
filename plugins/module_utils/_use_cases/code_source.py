# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an activation code comes from: VZVZ's mail in the mailbox, or a saved image of the code."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .._activation import qr
from .._activation.handed import KEPT_AS
from .._activation.pictures import MOST_BYTES
from .._common.errors import ZorgidError
from .._common.trouble import in_words
from .._common.ura import same_ura
from .._dossier.store import DossierStore
from .._mail import imap_mailbox
from .._mail.imap_connection import ImapSettings
from .._mail.sender_proof import Trust


@dataclass(frozen=True)
class CodeMail:
    """``message_id``: of the mail. ``trust``: accepted senders, and the hosts that a code with an https link may
    name."""

    message_id: str
    mailbox: ImapSettings = field(repr=False)
    trust: Trust


@dataclass(frozen=True)
class CodePicture:
    """``allowed_hosts``: the hosts that a code with an https link may name, besides VZVZ's."""

    path: Path
    allowed_hosts: tuple[str, ...]


@dataclass(frozen=True)
class FoundCode:
    """``source``: a digest that identifies the origin of the code. ``payload``: reads the code, which may take seconds;
    errors: ``message_not_found``, those of ``qr.decode_mail`` and ``qr.decode_image``, and those of the mailbox."""

    source: str
    payload: Callable[[], str]


def find(origin: CodeMail | CodePicture) -> FoundCode:
    """Error: ``qr_image_unreadable``."""
    return _in_mail(origin) if isinstance(origin, CodeMail) else _in_picture(origin)


def _in_mail(mail: CodeMail) -> FoundCode:
    def payload() -> str:
        return qr.decode_mail(imap_mailbox.fetch(mail.mailbox, mail.trust, mail.message_id), mail.trust.link_hosts)

    return FoundCode(hashlib.sha256(mail.message_id.encode()).hexdigest(), payload)


def _in_picture(picture: CodePicture) -> FoundCode:
    path = picture.path
    try:
        if path.exists() and not path.is_file():
            raise OSError(0, "a folder or a device, not a file")
        with path.open("rb") as stream:
            # One byte above the limit is enough to detect a file that is too large.
            image = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ZorgidError(
            "qr_image_unreadable",
            "The image with the QR code cannot be read",
            expected="a readable file on the controller",
            found=in_words(error),
            action="correct image_path",
        ) from error
    return FoundCode(hashlib.sha256(image).hexdigest(), lambda: qr.decode_image(image, picture.allowed_hosts))


def demand_own(store: DossierStore, mail: CodeMail, ura: str) -> None:
    """The mail was fetched again: check that it is the observed mail, with a code for this organisation only.
    Error: ``message_of_another``."""
    rows = store.observations.with_message_id(mail.message_id)
    codes = [one for one in rows if one.kind == KEPT_AS]
    if rows and not (codes and all(same_ura(one.ura, ura) for one in codes)):
        raise ZorgidError(
            "message_of_another",
            f"The mail with this Message-ID contains no activation code for {ura}",
            expected="a mail that mailbox_info lists as activation_qr of this organisation",
            found="a code for another organisation" if codes else "a mail that was not recognised as one",
            action="read the mail; correct message_id, or set image_path to the image of the code",
        )
