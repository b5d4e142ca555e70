# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Outgoing mail: made from a template, checked, and sent; a repeated mail has the same Message-ID."""

from __future__ import annotations

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
)
from .smtp_client import PatientSmtp, PatientSmtpTls, printable_reply
from .smtp_login import log_in

POLICY = email.policy.SMTP.clone(max_line_length=78)
MOST_SUBJECT = 200
# RFC 5321 without quoted local parts and address literals: hardly anybody has them, and they can hide other text.
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
    """The server accepted the mail: its Message-ID, and the server's reply."""

    message_id: str
    response: str


class DeliveryUncertainError(ZorgidError):
    """The connection was interrupted while the mail was sent, or the reply neither accepts nor refuses it; after every
    other ZorgidError of ``send`` the server has not accepted the mail."""


def check_address(address: str, what: str) -> str:
    """One plain mail address (RFC 5321), nothing around it. Error: ``address_invalid``; the error does not contain the
    address."""
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
    html: str | None = None,
) -> EmailMessage:
    """The message; the same input gives the same bytes. Attachment names come from us, never from personal data. html:
    the same as the text, for mail programs that show it.

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
    # RFC 3834: asks for no automatic replies.
    mail["Auto-Submitted"] = "auto-generated"
    # Seven-bit text, so that no server on the way rewrites the mail.
    mail.set_content(text, cte="quoted-printable")
    if html is not None:
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
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
    with connection(settings, names) as server:
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
            reply_text = printable_reply(error.smtp_error, *names)
            raise _refused(error.smtp_code, reply_text, "smtp_refused", f"{settings.host} rejects the mail") from error
        except OSError as error:
            raise _uncertain(settings, error) from error
        reply_text = printable_reply(reply, *names)
        if code not in (250, 251) and not 400 <= code < 600:
            # The reply neither accepts nor refuses the mail.
            raise _uncertain(settings, smtplib.SMTPResponseException(code, reply_text))
        _expect(code, reply_text, "smtp_refused", f"{settings.host} rejects the mail")
        # The mail is accepted, even if QUIT fails.
        with _farewell():
            server.quit()
        return Receipt(message_id, f"{code} {reply_text}")


def try_login(settings: SmtpSettings) -> None:
    """Connect, log in and leave, without a mail. Errors: ``smtp_unreachable, tls_untrusted, tls_failed,
    smtp_login_refused, smtp_refused``."""
    with connection(settings, (settings.sender, settings.username)) as server, _farewell():
        server.quit()


def _farewell() -> suppress:
    """The reply to QUIT, or none, changes nothing."""
    return suppress(smtplib.SMTPException, OSError)


def _uncertain(settings: SmtpSettings, error: OSError) -> DeliveryUncertainError:
    cause = connection_error("SMTP", settings.host, settings.the_port(), error)
    return DeliveryUncertainError(
        cause.code, cause.message, expected=cause.expected, found=cause.found, action=cause.action
    )


@contextmanager
def connection(settings: SmtpSettings, names: Sequence[str | None]) -> Iterator[smtplib.SMTP]:
    """A connection over TLS, with one login. ``names``: addresses to leave out of every error. Errors: as
    ``try_login``."""
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
        log_in(server, settings.username, settings.password, settings.access_token)
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
        reply_text = printable_reply(error.smtp_error, *names)
        raise _refused(error.smtp_code, reply_text, "smtp_refused", f"{settings.host} refuses") from error
    except (smtplib.SMTPException, ssl.SSLError, OSError, ValueError, OverflowError) as error:
        # ValueError and OverflowError come of an impossible host or port.
        raise connection_error("SMTP", settings.host, port, error, security=security) from error
    finally:
        if server is not None:
            # No QUIT after a failure: a half-written mail must not be finished.
            server.close()


def _expect(code: int, reply: str, error: str, message: str) -> None:
    if code not in (250, 251):
        raise _refused(code, reply, error, message)


def _refused(code: int, reply: str, error: str, message: str) -> ZorgidError:
    """``told``: the reply, made safe to show."""
    if code in (523, 552) or re.search(r"(^| )5\.3\.4( |$)", reply):
        error, message = "message_too_large", "The mail is too large for the server"
    return ZorgidError(
        error,
        message,
        expected="250",
        found=f"{code} {reply}",
        action="try again later"
        if 400 <= code < 500
        else "ask the mail server's administrator, correct smtp and the addresses",
    )
