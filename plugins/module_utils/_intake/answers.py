# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""VZVZ's answers: what a mail is about, for which organisation, and whether its sender can be believed."""

from __future__ import annotations

import email.policy
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .hosts import check_url
from .page import readable

with needs("lxml>=5.2"):
    import lxml.html
with needs("dkimpy>=1.1"):
    import dkim

# application_confirmed, document_confirmed, document_rejected, follow_up_link, activation_qr, unknown
Kind = str
SUBJECTS: dict[str, str] = {
    "application_confirmed": "Bevestiging aanvraag ZORG-ID Smart",
    "document_confirmed": "Bevestiging organisatiedocument ZORG-ID Smart",
    "document_rejected": "Organisatiedocument afgekeurd",
    "follow_up_link": "Vervolgformulier ZORG-ID Smart",
    "activation_qr": "Activatie ZORG-ID Smart",
}
BODIES: dict[str, str] = {
    "ura": r"URA-nummer:\s*(\d{1,8})\b",
    "reference": r"Kenmerk:\s*(\S+)",
    "reason": r"Reden:[ \t]*([^\r\n]+)",
    "link": r"(https?://[^\s<>\"']+)",
}
# RFC 2046 sets no limit; a mail that a person wrote has three or four levels.
MOST_LEVELS = 20
MOST_PARTS = 200


@dataclass(frozen=True)
class Texts:
    """By what mail is recognised: starts of subjects by kind, regular expressions with one group for the body."""

    subjects: Mapping[str, str] = field(default_factory=lambda: dict(SUBJECTS))
    bodies: Mapping[str, str] = field(default_factory=lambda: dict(BODIES))

    @classmethod
    def of(cls, changed: Mapping[str, Any]) -> Texts:
        """The defaults with ``changed`` on top. Error: ``options_invalid``."""
        unknown = sorted(set(changed) - set(SUBJECTS) - set(BODIES))
        expected = f"keys among {', '.join([*SUBJECTS, *BODIES])}"
        if unknown:
            raise ZorgidError("options_invalid", "texts has unknown keys", expected=expected, found=", ".join(unknown))
        for key in set(changed) & set(BODIES):
            try:
                groups = re.compile(str(changed[key])).groups
            except re.error as error:
                raise ZorgidError(
                    "options_invalid", f"texts.{key} is no regular expression", found=str(error)
                ) from error
            if groups != 1:
                raise ZorgidError("options_invalid", f"texts.{key} must have one group", found=f"{groups} groups")
        return cls(
            {key: str(changed.get(key, text)) for key, text in SUBJECTS.items()},
            {key: str(changed.get(key, text)) for key, text in BODIES.items()},
        )


@dataclass(frozen=True)
class Trust:
    """Whose mail is acted upon."""

    senders: frozenset[str]
    link_hosts: tuple[str, ...]
    method: str = "none"
    authentication_server: str | None = None
    dns: Callable[..., bytes | None] | None = None


@dataclass(frozen=True)
class Answer:
    """One mail. ``problem`` says why a mail is ``unknown``: not_recognised, ura_missing, link_not_allowed,
    several_links, too_large, too_nested, sender_not_proven."""

    kind: Kind
    message_id: str
    uid: int
    uidvalidity: int
    received_at: str
    ura: str | None = None
    reference: str | None = None
    link: str | None = None
    reason: str | None = None
    problem: str | None = None


def parse(raw: bytes) -> EmailMessage | None:
    """The mail, or None when it is nested too deeply to be an honest one."""
    try:
        mail = BytesParser(policy=email.policy.default).parsebytes(raw)
        return mail if isinstance(mail, EmailMessage) and _depth_ok(mail, 0, [0]) else None
    except RecursionError:
        return None


def _depth_ok(part: Any, level: int, count: list[int]) -> bool:
    count[0] += 1
    if level > MOST_LEVELS or count[0] > MOST_PARTS:
        return False
    inner = part.get_payload() if part.is_multipart() else []
    return all(_depth_ok(one, level + 1, count) for one in inner)


def sender_of(mail: EmailMessage) -> str | None:
    """The one address of the one From header, in lower case; None when there are more or it cannot be read."""
    try:
        headers = mail.get_all("From", [])
        addresses: tuple[Any, ...] = headers[0].addresses if len(headers) == 1 else ()
        return addresses[0].addr_spec.lower() if len(addresses) == 1 else None
    except (AttributeError, IndexError, ValueError, TypeError):
        # The standard library's header parser has several ways to trip over a malformed From.
        return None


def header(mail: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(mail.get(name, "")).split())
    except (AttributeError, IndexError, ValueError, TypeError):
        return ""


def classify(found: Answer, raw: bytes, trust: Trust, texts: Texts, references: Mapping[str, str]) -> Answer:
    """What the mail ``raw`` is. ``references`` (reference to URA) help when a mail names no URA."""
    mail = parse(raw)
    if mail is None:
        return replace(found, problem="too_nested")
    subject = header(mail, "Subject")
    kind = next((k for k, start in texts.subjects.items() if subject.casefold().startswith(start.casefold())), None)
    if kind is None:
        return replace(found, problem="not_recognised")
    if not proven(mail, raw, trust):
        return replace(found, problem="sender_not_proven")
    body, links = body_of(mail)
    values = {key: _group(texts.bodies[key], body) for key in ("ura", "reference", "reason")}
    ura = values["ura"] or references.get(values["reference"] or "")
    if ura is None:
        return replace(found, problem="ura_missing")
    answer = replace(found, kind=kind, ura=ura, reference=values["reference"])
    if kind == "document_rejected":
        reason = "".join(letter for letter in values["reason"] or "" if letter.isprintable())
        answer = replace(answer, reason=reason[:500] or None)
    if kind == "follow_up_link":
        return _with_link(found, answer, [*links, *re.findall(texts.bodies["link"], body)], trust.link_hosts)
    return answer


def _with_link(found: Answer, answer: Answer, links: Iterable[str], hosts: Iterable[str]) -> Answer:
    allowed = []
    for link in dict.fromkeys(one.rstrip(".,;)") for one in links):
        try:
            check_url(link, hosts)
        except ZorgidError:
            continue
        allowed.append(link)
    if len(allowed) != 1:
        return replace(found, problem="several_links" if allowed else "link_not_allowed")
    return replace(answer, link=allowed[0])


def _group(expression: str, text: str) -> str | None:
    found = re.search(expression, text)
    return found.group(1).strip() if found else None


def body_of(mail: EmailMessage) -> tuple[str, list[str]]:
    """The text a person reads (HTML as text when there is no plain text), and the targets of HTML links."""
    part = mail.get_body(preferencelist=("plain", "html"))
    if part is None:
        return "", []
    text = text_of(part)
    if part.get_content_type() != "text/html" or not text.strip():
        return text, []
    root: Any = lxml.html.document_fromstring(text.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    links = [str(link) for link in root.xpath("//a/@href")]
    return readable(root), links


def text_of(part: Any) -> str:
    """The decoded text of a part, also when its charset is unknown or wrong."""
    data = part.get_payload(decode=True) or b""
    try:
        return str(data.decode(part.get_content_charset() or "utf-8", "replace"))
    except (LookupError, UnicodeError):
        return str(data.decode("utf-8", "replace"))


def proven(mail: EmailMessage, raw: bytes, trust: Trust) -> bool:
    """Whether the sender is proven in the way that ``trust`` asks for."""
    if trust.method == "none":
        return True
    domain = (sender_of(mail) or "").rpartition("@")[2]
    if not domain:
        return False
    if trust.method == "dkim":
        return _dkim(raw, domain, trust.dns)
    # Only the topmost header is our own server's; those below may have come with the mail (RFC 8601, 5).
    tops = mail.get_all("Authentication-Results", [])
    top = re.sub(r"\([^()]*\)", "", str(tops[0])) if tops else ""
    server, _semicolon, results = top.partition(";")
    if server.split()[:1] != [trust.authentication_server]:
        return False
    for result in results.split(";"):
        words = dict(word.partition("=")[::2] for word in result.lower().split())
        if words.get("dmarc") == "pass" and words.get("header.from", domain) == domain:
            return True
        if words.get("dkim") == "pass" and _aligned(
            words.get("header.d") or words.get("header.i", "").rpartition("@")[2], domain
        ):
            return True
    return False


def _aligned(signer: str, domain: str) -> bool:
    return "." in signer and (domain == signer or domain.endswith("." + signer))


def _dkim(raw: bytes, domain: str, dns: Callable[..., bytes | None] | None) -> bool:
    try:
        made = dkim.DKIM(raw)
        good = made.verify(**({} if dns is None else {"dnsfunc": dns}))
        return bool(good) and _aligned((made.domain or b"").decode("ascii", "replace").lower(), domain)
    except Exception:  # noqa: BLE001 - dkimpy lets many kinds of errors through on malformed mail; all mean "not proven"
        return False
