# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail that leaves the house: made from a template, checked, sent with one Message-ID however often it is repeated."""

from __future__ import annotations

import base64
import datetime
import email.policy
import re
import smtplib
import ssl
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import PurePosixPath

from .._common.errors import ZorgidError
from .._common.text import printable
from .._net.tls import tls_context
from .login import (
    check_credentials,
    connection_error,
    refused_login,
    xoauth2,
)
from .smtp_client import PatientSmtp, PatientSmtpTls, printable_reply

POLICY = email.policy.SMTP.clone(max_line_length=78)
MOST_SUBJECT = 200
# RFC 5321 without quoted local parts and address literals, which nobody has and which hide things.
_LOCAL = r"(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}"
_ADDRESS = re.compile(rf"{_LOCAL}@{_LABEL}(?:\.{_LABEL})+")


@dataclass(frozen=True)
class SmtpSettings:
    """The submission server. ``security``: starttls (RFC 3207) or tls (RFC 8314); never in the clear."""

    host: str
    sender: str
    port: int | None = None
    security: str = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    client_certificate_path: str | None = None
    client_key_path: str | None = None
    ca_path: str | None = None
    timeout: int = 30

    def the_port(self) -> int:
        return self.port or (465 if self.security == "tls" else 587)


@dataclass(frozen=True)
class Receipt:
    """The server took the mail: which, and what it said."""

    message_id: str
    response: str


class DeliveryUncertainError(ZorgidError):
    """The connection broke off while the mail was handed over, or the answer was neither yes nor no; after every other
    ZorgidError of ``send`` the server has not taken it."""


def check_address(address: str, what: str) -> str:
    """One plain mail address (RFC 5321), nothing around it. Error: ``address_invalid``; the address stays out of it."""
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise ZorgidError(
            "address_invalid",
            f"The address of the {what} is not a valid mail address",
            expected="name@domain, in ASCII",
            found="something else",
            action=f"correct the {what}",
        )
    return address


def domain_of(address: str) -> str:
    """The domain of a checked address, for Message-IDs."""
    return check_address(address, "sender").rpartition("@")[2].lower()


def compose(
    *,
    message_id: str,
    sender: str,
    recipient: str,
    subject: str,
    text: str,
    attachments: Mapping[str, bytes],
    at: datetime.datetime,
) -> EmailMessage:
    """The message; the same input gives the same bytes. Attachment names come from us, never from personal data.

    Errors: ``address_invalid, subject_invalid, text_invalid``.
    """
    if _odd(subject) or len(subject) > MOST_SUBJECT:
        raise ZorgidError(
            "subject_invalid",
            "The subject of the mail is too long, or contains line breaks or control characters",
            expected=f"one line of at most {MOST_SUBJECT} characters",
            found=f"{len(subject)} characters",
            action="correct the subject",
        )
    if _odd(re.sub(r"\r\n|[\n\t]", "", text)):
        raise ZorgidError(
            "text_invalid",
            "The text of the mail contains control characters",
            expected="lines of readable text",
            found="characters that mail programs do not show",
            action="correct the text",
        )
    mail = EmailMessage(policy=POLICY)
    mail["From"] = check_address(sender, "sender")
    mail["To"] = check_address(recipient, "recipient")
    mail["Subject"] = subject
    mail["Date"] = at
    mail["Message-ID"] = message_id
    # RFC 3834: no holiday replies, please.
    mail["Auto-Submitted"] = "auto-generated"
    # Seven bits, so that no server on the way has a reason to rewrite the mail.
    mail.set_content(text, cte="quoted-printable")
    for name, data in attachments.items():
        kind = "xml" if PurePosixPath(name).suffix == ".xml" else "octet-stream"
        mail.add_attachment(data, maintype="application", subtype=kind, filename=name)
    # The boundary would otherwise be random.
    if mail.is_multipart():
        mail.set_boundary("=_" + re.sub(r"[^A-Za-z0-9]", "", message_id)[:60])
    return mail


def _odd(text: str) -> bool:
    """Whether there are control characters, line or paragraph separators, or halves of characters in it."""
    return any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in text)


def check_size(mail: bytes, limit: int) -> None:
    """Error ``message_too_large`` when the message on the wire has more than ``limit`` bytes."""
    if len(mail) > limit:
        raise ZorgidError(
            "message_too_large",
            "The mail is too large",
            expected=f"at most {limit} bytes",
            found=f"{len(mail)} bytes",
            action="make the attachment smaller, or ask the mail server's administrator for a higher limit",
        )


def send(mail: bytes, message_id: str, recipient: str, settings: SmtpSettings) -> Receipt:
    """Hand the mail to the server.

    Errors: ``smtp_unreachable, tls_untrusted, tls_failed, smtp_login_refused, recipient_refused, message_too_large,
    smtp_refused``; as DeliveryUncertainError ``smtp_unreachable`` or ``tls_failed``. After any of them the mail may be
    repeated with the same Message-ID.
    """
    names = (recipient, settings.sender, settings.username)
    with _connection(settings, names) as server:
        limit = server.esmtp_features.get("size", "")
        if re.fullmatch(r"[0-9]{1,15}", limit) and int(limit):
            check_size(mail, int(limit))
        options = [f"SIZE={len(mail)}"] if server.has_extn("size") else []
        code, reply = server.mail(settings.sender, options)
        _expect(code, printable_reply(reply, *names), "smtp_refused", f"{settings.host} rejects the sender")
        code, reply = server.rcpt(recipient)
        _expect(code, printable_reply(reply, *names), "recipient_refused", f"{settings.host} rejects the recipient")
        try:
            code, reply = server.data(mail)
        except smtplib.SMTPDataError as error:
            told = printable_reply(error.smtp_error, *names)
            raise _refused(error.smtp_code, told, "smtp_refused", f"{settings.host} rejects the mail") from error
        except OSError as error:
            raise _uncertain(settings, error) from error
        told = printable_reply(reply, *names)
        if code not in (250, 251) and not 400 <= code < 600:
            # Neither a yes nor a no.
            raise _uncertain(settings, smtplib.SMTPResponseException(code, told))
        _expect(code, told, "smtp_refused", f"{settings.host} rejects the mail")
        # Accepted is accepted, whatever happens to the farewell.
        with _farewell():
            server.quit()
        return Receipt(message_id, f"{code} {told}")


def try_login(settings: SmtpSettings) -> None:
    """Connect, log in and leave, without a mail. Errors: ``smtp_unreachable, tls_untrusted, tls_failed,
    smtp_login_refused, smtp_refused``."""
    with _connection(settings, (settings.sender, settings.username)) as server, _farewell():
        server.quit()


def _farewell() -> suppress:
    """What a server says to it, or does not, changes nothing any more."""
    return suppress(smtplib.SMTPException, OSError)


def _uncertain(settings: SmtpSettings, error: OSError) -> DeliveryUncertainError:
    told = connection_error("SMTP", settings.host, settings.the_port(), error)
    return DeliveryUncertainError(told.code, told.message, expected=told.expected, found=told.found, action=told.action)


@contextmanager
def _connection(settings: SmtpSettings, names: Sequence[str | None]) -> Iterator[smtplib.SMTP]:
    check_credentials("SMTP", settings.username, settings.password, settings.access_token)
    tls = tls_context("mail server", settings.ca_path, settings.client_certificate_path, settings.client_key_path)
    port = settings.the_port()
    server: smtplib.SMTP | None = None
    security: str | None = settings.security
    try:
        if settings.security == "tls":
            server = PatientSmtpTls(settings.host, port, timeout=settings.timeout, context=tls)
        else:
            server = PatientSmtp(settings.host, port, timeout=settings.timeout)
            server.starttls(context=tls)
        security = None
        server.ehlo_or_helo_if_needed()
        _login(server, settings)
        yield server
    except smtplib.SMTPAuthenticationError as error:
        raise refused_login("SMTP", settings.host, port, bool(settings.access_token)) from error
    except smtplib.SMTPNotSupportedError as error:
        raise ZorgidError(
            "tls_failed",
            f"The SMTP server {settings.host}:{port} does not offer what is needed",
            expected="STARTTLS, and an authentication method after it",
            found=printable(error, 100),
            action="correct smtp.security and smtp.port",
        ) from error
    except smtplib.SMTPResponseException as error:
        told = printable_reply(error.smtp_error, *names)
        raise _refused(error.smtp_code, told, "smtp_refused", f"{settings.host} refuses") from error
    except (smtplib.SMTPException, ssl.SSLError, OSError, ValueError, OverflowError) as error:
        # ValueError and OverflowError: a host or a port that cannot be one.
        raise connection_error("SMTP", settings.host, port, error, security=security) from error
    finally:
        if server is not None:
            # No QUIT after a failure: a half-written mail must not be finished.
            server.close()


def _login(server: smtplib.SMTP, settings: SmtpSettings) -> None:
    if not settings.username:
        return
    if settings.access_token:
        token = xoauth2(settings.username, settings.access_token)
        code, reply = server.docmd("AUTH", "XOAUTH2 " + base64.b64encode(token.encode()).decode())
        if code == 334:
            # The server explains the refusal in the challenge and waits for an empty answer.
            code, reply = server.docmd("")
        if code not in (235, 503):
            raise smtplib.SMTPAuthenticationError(code, reply)
    elif (settings.username + (settings.password or "")).isascii():
        server.login(settings.username, settings.password or "")
    else:
        # smtplib knows ASCII only; RFC 4616 says UTF-8.
        code, reply = server.docmd("AUTH", "PLAIN " + base64.b64encode(_plain_login(settings)).decode())
        if code not in (235, 503):
            raise smtplib.SMTPAuthenticationError(code, reply)


def _plain_login(settings: SmtpSettings) -> bytes:
    return f"\0{settings.username}\0{settings.password}".encode()


def _expect(code: int, told: str, error: str, message: str) -> None:
    if code not in (250, 251):
        raise _refused(code, told, error, message)


def _refused(code: int, told: str, error: str, message: str) -> ZorgidError:
    """``told``: the reply, fit to show."""
    if code in (523, 552) or re.search(r"(^| )5\.3\.4( |$)", told):
        error, message = "message_too_large", "The mail is too large for the server"
    return ZorgidError(
        error,
        message,
        expected="250",
        found=f"{code} {told}",
        action="try again later"
        if 400 <= code < 500
        else "ask the mail server's administrator, correct smtp and the addresses",
    )
