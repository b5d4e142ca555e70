# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mails that VZVZ's desk writes. Subjects and lines are those of docs/developing/README.md."""

from __future__ import annotations

import email.policy
import io
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import make_msgid
from html import escape
from pathlib import Path

import qrcode

from ..imap import deliver
from ..smtp.store import VZVZ
from ..state import credentials

SUBJECTS = {
    "application_confirmed": "Bevestiging aanvraag ZORG-ID Smart",
    "document_confirmed": "Bevestiging organisatiedocument ZORG-ID Smart",
    "document_rejected": "Organisatiedocument afgekeurd",
    "follow_up_link": "Vervolgformulier ZORG-ID Smart",
    "activation_qr": "Activatie ZORG-ID Smart",
}
_TEXTS = {
    "application_confirmed": "Wij hebben uw aanvraag in behandeling genomen. Mail ons het ondertekende "
    "organisatiedocument, als u dat nog niet hebt gedaan.",
    "document_confirmed": "Wij hebben het organisatiedocument gecontroleerd en goedgekeurd.",
    "document_rejected": "Wij kunnen het organisatiedocument niet verwerken. Stuur ons een nieuw document.",
    "follow_up_link": "De portaal admin kan nu het vervolgformulier invullen. De link werkt één keer:",
    "activation_qr": "De portaal admin kan ZORG-ID activeren: open de app, kies Scan en daarna Scan QR. De code "
    "werkt één keer.",
}


def send(
    state: Path,
    kind: str,
    *,
    ura: str | None,
    reference: str,
    reason: str | None = None,
    link: str | None = None,
    qr: str | None = None,
) -> None:
    """Write the mail and put it into the GBZ's mailbox. qr: the text of the code, sent as an image in the mail."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = f"VZVZ ZORG-ID <{VZVZ}>"
    message["To"] = credentials(state, "imap")["username"]
    message["Subject"] = f"{SUBJECTS[kind]}, {reference}"
    message["Date"] = datetime.now(UTC)
    message["Message-ID"] = make_msgid(domain="vzvz.example")
    facts = [f"URA-nummer: {ura}"] if ura else []
    facts.append(f"Kenmerk: {reference}")
    if reason:
        facts.append(f"Reden: {reason}")
    paragraphs = ["Geachte heer, mevrouw,", _TEXTS[kind], *([link] if link else []), "\n".join(facts)]
    closing = "Met vriendelijke groet,\nVZVZ, servicedesk ZORG-ID (proefomgeving)"
    message.set_content("\n\n".join([*paragraphs, closing]) + "\n")
    if qr is not None:
        _add_image(message, [*paragraphs, closing], qr)
    deliver(state, message)


def _add_image(message: EmailMessage, paragraphs: list[str], qr: str) -> None:
    image = io.BytesIO()
    qrcode.make(qr).save(image)
    cid = make_msgid(domain="vzvz.example")
    body = "".join(f"<p>{escape(text).replace(chr(10), '<br>')}</p>" for text in paragraphs)
    picture = f'<p><img src="cid:{cid[1:-1]}" alt="QR-code" width="260" height="260"></p>'
    message.add_alternative(f"<html><body>{body}{picture}</body></html>", subtype="html")
    parts = message.get_payload()
    assert isinstance(parts, list)  # noqa: S101 - what add_alternative has just made
    html_part = parts[1]
    assert isinstance(html_part, EmailMessage)  # noqa: S101 - the policy's message class
    html_part.add_related(image.getvalue(), "image", "png", cid=cid, filename="qr.png", disposition="inline")
