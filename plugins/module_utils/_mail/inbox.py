# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognise VZVZ's answers: the kind of a mail, and the organisation that it is for."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from email.message import EmailMessage
from urllib.parse import urlsplit

from .._common.errors import ZorgidError
from .._common.text import printable
from .._common.ura import Ura, is_ura
from .._net.url_policy import browsers_url, check_url
from .content import (
    MOST_LINKS,
    Text,
    code_unreadable,
    texts_of,
    unreadable,
)
from .gateway_links import unwrap
from .headers import fields_of, sender_of
from .mail_parser import parse
from .mail_patterns import MailKind, MailPatterns
from .sender_proof import Trust, proven
from .subjects import is_automatic, subject_kind, subject_of


@dataclass(frozen=True)
class ReceivedMail:
    """One mail and the kind it was recognised as. ``received_at``: when the mail server received it; None if that
    cannot be read. ``problem`` says why a mail is ``unknown`` or ``undelivered`` (problems.py), ``detail`` what else a
    person needs to know. ``proven``: the sender is proven in the way that was asked for; False if none was. ``about``:
    for a report of non-delivery, the Message-ID of our mail."""

    kind: MailKind
    message_id: str
    uid: int
    uidvalidity: int
    received_at: datetime.datetime | None
    ura: str | None = None
    reference: str | None = None
    link: str | None = None
    reason: str | None = None
    problem: str | None = None
    detail: str | None = None
    proven: bool = False
    about: str | None = None


def classify(
    found: ReceivedMail, raw: bytes, trust: Trust, patterns: MailPatterns, references: Mapping[str, str | None]
) -> ReceivedMail:
    """Recognises the mail ``raw``. ``references`` (reference to URA, None if several organisations have it) are used if
    a mail contains no URA number. No mail raises an error: one that is not recognised is ``unknown`` with its
    problem."""
    try:
        return _classified(found, raw, trust, patterns, references)
    except Exception:  # noqa: BLE001 - one odd mail must not keep the others from being read
        return replace(found, problem="unreadable")


def _classified(
    found: ReceivedMail, raw: bytes, trust: Trust, patterns: MailPatterns, references: Mapping[str, str | None]
) -> ReceivedMail:
    fields = fields_of(raw)
    if fields is None:
        return replace(found, problem="too_large")
    mail = parse(raw)
    if mail is None:
        return replace(found, problem="too_nested")
    if sender_of(fields) not in trust.senders:
        # When only the header was fetched, the server gave another From.
        return replace(found, problem="sender_not_proven")
    subject = subject_of(fields)
    if is_automatic(fields, subject):
        return replace(found, problem="auto_reply")
    if mail.get_content_type() == "multipart/report":
        return replace(found, problem="delivery_report")
    kind = subject_kind(subject, patterns.subjects)
    ways = texts_of(mail)
    ura, doubt = _whose(ways, patterns, references)
    # Not recognised, but the URA number or reference still says which organisation has to look at it.
    found = replace(found, ura=ura)
    if kind is None:
        return replace(found, problem="encrypted" if unreadable(mail) == "encrypted" else "not_recognised")
    if trust.method != "none" and not proven(fields, raw, trust):
        return replace(found, problem="sender_not_proven")
    if doubt:
        return replace(found, problem=doubt)
    if ura is None:
        return replace(found, problem=unreadable(mail) or "ura_missing")
    return _read(replace(found, proven=trust.method != "none"), kind, mail, ways, trust, patterns)


def _whose(
    ways: list[Text], patterns: MailPatterns, references: Mapping[str, str | None]
) -> tuple[str | None, str | None]:
    """The organisation that the mail is for, if all numbers and references in it agree; else the problem, if they
    contradict."""
    # Every reading of the mail matters: if plain text and HTML contradict each other, a person decides.
    uras = {Ura(one): one for one in reversed(_matches("ura", patterns, ways)) if is_ura(one)}
    if len(uras) > 1:
        return None, "several_uras"
    named = set(map(_reference, _matches("reference", patterns, ways)))
    owners = {Ura(one) for reference in named for one in _of_reference(reference, references)}
    ura = next(iter(uras.values()), None) or (next(iter(owners)).text if len(owners) == 1 else None)
    if len(owners) > 1 or (owners and Ura(str(ura)) not in owners):
        return None, "reference_of_another"
    # A reference that several organisations have points to none of them, and contradicts none.
    shared = ura is None and any(_reference(one) in named for one in references)
    if shared:
        return None, "reference_of_several"
    return ura, None


def _matches(what: str, patterns: MailPatterns, ways: Iterable[Text]) -> list[str]:
    return [one for way in ways for one in _first(patterns.bodies[what], [way])]


def _read(
    found: ReceivedMail, kind: MailKind, mail: EmailMessage, ways: list[Text], trust: Trust, patterns: MailPatterns
) -> ReceivedMail:
    reference = next(filter(None, map(_reference, _first(patterns.bodies["reference"], ways))), None)
    answer = replace(found, kind=kind, reference=reference)
    if kind == "document_rejected":
        reason = printable(next(iter(_first(patterns.bodies["reason"], ways)), ""), 500)
        answer = replace(answer, reason=reason or None)
    if kind == "follow_up_link":
        return _with_link(found, answer, mail, ways, patterns, trust.link_hosts)
    if kind == "activation_qr":
        if problem := code_unreadable(mail, ways):
            return replace(found, problem=problem)
        if not re.fullmatch(MESSAGE_ID, found.message_id):
            return replace(found, problem="message_id_missing")
    return answer


#: A Message-ID by which a mail can be fetched again.
MESSAGE_ID = r"<[^<>\s\"\\]+>"


def _first(expression: str, ways: Iterable[Text]) -> list[str]:
    """The match of the expression in the first reading of the mail that has one."""
    for one in ways:
        found = [match.group(1).strip() for match in re.finditer(expression, one.text) if match.group(1)]
        if found:
            return found
    return []


def _reference(text: str) -> str:
    """A reference without the full stop or bracket of the sentence around it."""
    return printable(text.strip(".,;:!?()[]<>\"'"), 100)


def _of_reference(reference: str, references: Mapping[str, str | None]) -> list[str]:
    """The organisation with this reference, if it is only one. Earlier versions recorded it with the sentence's full
    stop."""
    whose = {ura and Ura(ura): ura for known, ura in references.items() if reference and _reference(known) == reference}
    return [ura for ura in whose.values() if ura] if len(whose) == 1 else []


def _with_link(
    found: ReceivedMail,
    answer: ReceivedMail,
    mail: EmailMessage,
    ways: list[Text],
    patterns: MailPatterns,
    hosts: Iterable[str],
) -> ReceivedMail:
    gateways: list[str] = []
    homes: dict[str, None] = {}
    several: list[str] = []
    # The shown text of a link may be shortened, and a link in plain text may be broken; the target in HTML is complete,
    # and it is what a person clicks.
    levels = [(one, one.links) for one in ways] + [(one, _written(patterns.bodies["link"], one)) for one in ways]
    for one, links in levels:
        # If the HTML has links to several pages, a complete plain text may show which one is meant.
        if several and (one.links or not _first(patterns.bodies["ura"], [one])):
            continue
        unwrapped = dict(unwrap(link.rstrip(".,;:)]!")) for link in links[:MOST_LINKS])
        gateways += filter(None, unwrapped.values())
        # As a browser writes it, so that two spellings of one page are one link.
        pages = {browsers_url(link): link for link in reversed(unwrapped) if _allowed(link, hosts)}
        allowed = [link for link in reversed(pages.values()) if not _is_picture(link)]
        forms = [link for link in allowed if not _is_home(link)]
        if len(forms) == 1 and (not several or forms[0] in several):
            return replace(answer, link=forms[0])
        several = several or forms
        homes |= dict.fromkeys(allowed)
    if several:
        return replace(found, problem="several_links")
    # A home page in a footer is not the form, unless it is the only link.
    if len(homes) == 1:
        return replace(answer, link=next(iter(homes)))
    if gateways:
        return replace(found, problem="link_rewritten", detail=gateways[0])
    return replace(found, problem=unreadable(mail) or "link_not_allowed")


def _written(expression: str, one: Text) -> list[str]:
    """The whole links in a text."""
    written = [match.group(1) for match in re.finditer(expression, one.text) if match.group(1)]
    return [link for link in written if not link.endswith(("...", "\u2026"))]


def _is_picture(link: str) -> bool:
    """A logo: mail programs write its address into the plain text that they make of HTML."""
    return urlsplit(link).path.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".ico"))


def _is_home(link: str) -> bool:
    parts = urlsplit(link)
    return not parts.path.strip("/") and not parts.query


def _allowed(link: str, hosts: Iterable[str]) -> bool:
    try:
        check_url(link, hosts)
    except ZorgidError:
        return False
    return True
