# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A GBZ that works by hand with ordinary libraries: the collection's part, without the collection."""

from __future__ import annotations

import email
import email.policy
import imaplib
import re
import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from html import unescape
from pathlib import Path

import requests
import xmlsec
from lxml import etree
from zorgid_sandbox import tls
from zorgid_sandbox.state import address, credentials

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "organisation" / "organisation.xml"
VZVZ = "zorg-id@vzvz.example"


def unsigned(ura: str, environment: str) -> bytes:
    text = EXAMPLE.read_bytes().replace(b"90000101", ura.encode())
    return text.replace(b'"acceptatie"', f'"{environment}"'.encode())


def signed(
    state: Path,
    certificate: str,
    ura: str,
    environment: str = "eigen",
    *,
    chain: tuple[Path, ...] = (),
    change: Callable[[etree._Element], None] = lambda root: None,
) -> bytes:
    """An organisation document, signed by xmlsec with a key of the sandbox's PKI.

    chain: files of certificates that go along. change: what happens to the document before it is signed.
    """
    root = etree.fromstring(unsigned(ura, environment))
    change(root)
    constants = xmlsec.constants
    signature = xmlsec.template.create(root, constants.TransformExclC14N, constants.TransformRsaSha256, ns="ds")
    root.append(signature)
    reference = xmlsec.template.add_reference(signature, constants.TransformSha256, uri="")
    xmlsec.template.add_transform(reference, constants.TransformEnveloped)
    sent = xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    xmlsec.template.x509_data_add_certificate(sent)
    context = xmlsec.SignatureContext()
    issued = state / "pki" / "issued"
    context.key = xmlsec.Key.from_file(str(issued / f"{certificate}.key.pem"), constants.KeyDataFormatPem)
    context.key.load_cert_from_file(str(issued / f"{certificate}.pem"), constants.KeyDataFormatPem)
    context.sign(signature)
    for path in chain:
        element = etree.SubElement(sent, "{http://www.w3.org/2000/09/xmldsig#}X509Certificate")
        element.text = "".join(path.read_text().splitlines()[1:-1])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def mail(document: bytes | None, message_id: str, recipient: str = VZVZ) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "zorgid@gbz.example", recipient, message_id
    message["Subject"] = "Organisatiedocument ZORG-ID Smart"
    message.set_content("Bijgaand het organisatiedocument.")
    if document is not None:
        message.add_attachment(document, maintype="application", subtype="xml", filename="organisatie.xml")
    return message


def submit(state: Path, message: EmailMessage) -> None:
    at, account = address(state, "smtp"), credentials(state, "smtp")
    with smtplib.SMTP(at["host"], at["port"], timeout=20) as server:
        server.starttls(context=tls.client_context(state))
        server.login(account["username"], account["password"])
        server.send_message(message)


def answers(state: Path) -> list[EmailMessage]:
    """What lies in the GBZ's mailbox."""
    at, account = address(state, "imap"), credentials(state, "imap")
    with imaplib.IMAP4_SSL(at["host"], at["port"], ssl_context=tls.client_context(state), timeout=20) as server:
        server.login(account["username"], account["password"])
        server.select("INBOX", readonly=True)
        numbers = server.search(None, "ALL")[1][0].split()
        raws = [server.fetch(number.decode(), "(BODY.PEEK[])")[1][0][1] for number in numbers]
    return [email.message_from_bytes(raw, policy=email.policy.default) for raw in raws]


class Browser:
    """A browser that fills in forms by the names of their fields."""

    def __init__(self, state: Path) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(tls.ca_path(state))
        self.application_form = address(state, "intake")["application_form_url"]

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def get(self, url: str) -> requests.Response:
        return self.session.get(url, timeout=20)

    def token(self, url: str) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.get(url).text)
        assert found
        return found[1]

    def post(self, url: str, values: dict[str, str], token: str | None = None) -> requests.Response:
        token = self.token(url) if token is None else token
        return self.session.post(url, data={"token": token, **values}, timeout=20)


def application(ura: str, name: str = "Huisartsenpraktijk De Linde") -> dict[str, str]:
    return {
        "naam_zorgaanbieder": name,
        "ura": ura,
        "kvk": "12000101",
        "agb": "01054321",
        "straat": "Lindelaan",
        "huisnummer": "12",
        "postcode": "3511 AB",
        "plaats": "Utrecht",
        "applicatie": "VoorbeeldHIS",
        "applicatie_versie": "8.2",
        "applicatie_leverancier": "Voorbeeld Zorg-ICT",
        "beheerorganisatie": "Voorbeeld GBZ Beheer",
        "technisch_voornaam": "Ruben",
        "technisch_achternaam": "Technicus",
        "technisch_email": "zorgid@gbz.example",
        "technisch_telefoon": "+31301234567",
        "admin_voornaam": "Johanna",
        "admin_achternaam": "Lindeman",
        "admin_email": "j.lindeman@delinde.example",
        "vertegenwoordiger_voornaam": "Pieter",
        "vertegenwoordiger_achternaam": "Lindeman",
        "vertegenwoordiger_email": "p.lindeman@delinde.example",
        "omgeving": "Productie",
        "akkoord": "ja",
    }


FOLLOW_UP = {
    "voornaam": "Johanna",
    "achternaam": "Lindeman",
    "geboortedatum": "1975-03-09",
    "email": "j.lindeman@delinde.example",
    "mobiel": "+31600001001",
    "verklaring": "ja",
}


def reference_on(page: str) -> str:
    found = re.search(r"Kenmerk:\s*(ZS-[0-9-]+)", unescape(re.sub(r"<[^>]+>", "", page)))
    assert found, page
    return found[1]
