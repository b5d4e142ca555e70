# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""VZVZ's answers: what a mail is about, and for which organisation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from typing import Any
from urllib.parse import urlsplit

from .._common.errors import ZorgidError, kind
from .._common.text import printable
from .._common.ura import Ura, is_ura
from .content import MOST_LINKS, Text, code_unreadable, texts_of, unreadable
from .headers import MOST_VALUE, fields_of, sender_of, without_comments
from .hosts import browsers_url, check_url
from .links import unwrap
from .mail_text import tidy
from .proof import Trust, proven
from .subjects import is_automatic, kind_of, subject_of

# application_confirmed, document_confirmed, document_rejected, follow_up_link, activation_qr, undelivered, unknown
Kind = str
SUBJECTS: dict[str, str] = {
    "application_confirmed": "Bevestiging aanvraag ZORG-ID Smart",
    "document_confirmed": "Bevestiging organisatiedocument ZORG-ID Smart",
    "document_rejected": "Organisatiedocument afgekeurd",
    "follow_up_link": "Vervolgformulier ZORG-ID Smart",
    "activation_qr": "Activatie ZORG-ID Smart",
}
# On text that ``tidy`` has been over. A URA number in groups of digits is none.
BODIES: dict[str, str] = {
    "ura": r"(?i)(?<!\w)URA\)?(?:[ -]{0,3}(?:abonnee-?)?(?:nummer|nr\.?))?\)?(?:(?: [a-z]+){1,4}\s*:|\s*[:=(]?)\s*"
    r"([0-9]{8}|[0-9]{1,7}(?![ .-][0-9]))(?!\w)",
    "reference": r"(?i)(?<!\w)Kenmerk\s*:\s*(\S+)",
    # To the end of its paragraph, or to the next line that begins with a label.
    "reason": r"(?i)(?<!\w)Reden\s*:\s*(\S[^\n]*(?:\n(?!\w[\w -]{0,30}:)[^\n]+)*)",
    "link": r"((?i:https?)://[^\s<>\"']+)",
}
# RFC 2046 sets no limit; a mail that a person wrote has three or four levels.
MOST_LEVELS = 20
MOST_PARTS = 200
MOST_MULTIPARTS = 60
MOST_BOUNDARIES = 2000
MOST_FIELDS = 5000


@dataclass(frozen=True)
class Texts:
    """By what mail is recognised: starts of subjects by kind, regular expressions with one group for the body."""

    subjects: Mapping[str, str] = field(default_factory=lambda: dict(SUBJECTS))
    bodies: Mapping[str, str] = field(default_factory=lambda: dict(BODIES))

    @classmethod
    def of(cls, changed: Mapping[str, Any]) -> Texts:
        """The defaults with ``changed`` on top. Error: ``options_invalid``."""
        unknown = sorted(printable(key, 40) for key in set(changed) - set(SUBJECTS) - set(BODIES))
        if unknown:
            raise ZorgidError(
                "options_invalid",
                "texts has unknown keys",
                expected=f"keys among {', '.join([*SUBJECTS, *BODIES])}",
                found=", ".join(unknown),
                action="correct these keys, or take them out",
            )
        for key, text in changed.items():
            _check_text(key, text)
        return cls(
            {key: str(changed.get(key, text)) for key, text in SUBJECTS.items()},
            # The body is tidied before it is searched, so the expression has to be as well.
            {key: tidy(str(changed[key])) if key in changed else text for key, text in BODIES.items()},
        )


def _check_text(key: str, text: Any) -> None:
    what = "a regular expression with one group" if key in BODIES else "what the subject starts with"
    found = ""
    if not isinstance(text, str):
        found = kind(text)
    elif not any(letter.isalnum() for letter in text):
        # Every subject starts with nothing.
        found = "a text without a letter or a digit" if text.strip() else "an empty text"
    elif key in BODIES:
        try:
            groups = re.compile(text).groups
            found = "" if groups == 1 else f"{groups or 'no'} groups"
        except (re.error, OverflowError, RecursionError) as error:
            found = f"no regular expression: {printable(error)}"
    if found:
        raise ZorgidError(
            "options_invalid",
            f"texts.{key} cannot be used",
            expected=f"a text in quotes: {what}",
            found=found,
            action=f"correct texts.{key}, or take it out so that the built-in text counts",
        )


@dataclass(frozen=True)
class Answer:
    """One mail. ``problem`` says why a mail is ``unknown`` or ``undelivered`` (problems.py), ``detail`` what a person
    needs to know beside it. ``proven``: the sender is, in the way that was asked for; without one it never is.
    ``about``: of a report of non-delivery, the Message-ID of our mail."""

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
    detail: str | None = None
    proven: bool = False
    about: str | None = None


class _TooManyError(ValueError):
    """More header fields than a mail has."""


class _Bounded(EmailPolicy):
    """The standard library's newest reading of mail, with every field measured and its comments taken out before it is
    parsed: parsing goes as deep as a sender nests them. One for each mail, because it counts."""

    def __init__(self) -> None:
        super().__init__(message_factory=EmailMessage)
        # Policies refuse attributes; their own initialiser sets them in this way too.
        object.__setattr__(self, "left", iter(range(MOST_FIELDS)))

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        if next(getattr(self, "left"), None) is None:  # noqa: B009 - see above; mypy knows no such attribute
            raise _TooManyError
        name, value = super().header_source_parse(sourcelines)
        value = value[:MOST_VALUE]
        plain = without_comments(value) if name.lower() != "subject" else value
        return name, re.sub(r"[()]", " ", value) if plain is None else plain


def parse(raw: bytes) -> EmailMessage | None:
    """The mail, or None when it is nested too deeply or has too many parts to be an honest one."""
    if raw.count(b"\n--") > MOST_BOUNDARIES or raw.lower().count(b"multipart/") > MOST_MULTIPARTS:
        return None
    try:
        mail = BytesParser(policy=_Bounded()).parsebytes(raw)
    except (RecursionError, _TooManyError):
        return None
    return mail if isinstance(mail, EmailMessage) and _shape_ok(mail) else None


def _shape_ok(mail: EmailMessage) -> bool:
    waiting: list[tuple[Any, int]] = [(mail, 0)]
    for count in range(1, MOST_PARTS + 1):
        part, level = waiting.pop()
        waiting += [(one, level + 1) for one in part.get_payload()] if part.is_multipart() else []
        if not waiting:
            return True
        if level >= MOST_LEVELS or count + len(waiting) > MOST_PARTS:
            return False
    return False


def classify(found: Answer, raw: bytes, trust: Trust, texts: Texts, references: Mapping[str, str | None]) -> Answer:
    """What the mail ``raw`` is. ``references`` (reference to URA, None where several organisations have it) help when
    a mail names no URA. No mail is an error: what cannot be understood is ``unknown`` with its problem."""
    try:
        return _classified(found, raw, trust, texts, references)
    except Exception:  # noqa: BLE001 - one odd mail must not keep the others from being read
        return replace(found, problem="unreadable")


def _classified(found: Answer, raw: bytes, trust: Trust, texts: Texts, references: Mapping[str, str | None]) -> Answer:
    fields = fields_of(raw)
    if fields is None:
        return replace(found, problem="too_large")
    mail = parse(raw)
    if mail is None:
        return replace(found, problem="too_nested")
    if sender_of(fields) not in trust.senders:
        # The server gave another From when it was asked for that alone.
        return replace(found, problem="sender_not_proven")
    subject = subject_of(fields)
    if is_automatic(fields, subject):
        return replace(found, problem="auto_reply")
    if mail.get_content_type() == "multipart/report":
        return replace(found, problem="delivery_report")
    kind = kind_of(subject, texts.subjects)
    ways = texts_of(mail)
    ura, doubt = _whose(ways, texts, references)
    # Not understood, and still somebody's: whose answer it may be waits for nobody else.
    found = replace(found, ura=ura)
    if kind is None:
        return replace(found, problem="encrypted" if unreadable(mail) == "encrypted" else "not_recognised")
    if trust.method != "none" and not proven(fields, raw, trust):
        return replace(found, problem="sender_not_proven")
    if doubt:
        return replace(found, problem=doubt)
    if ura is None:
        return replace(found, problem=unreadable(mail) or "ura_missing")
    return _read(replace(found, proven=trust.method != "none"), kind, mail, ways, trust, texts)


def _whose(ways: list[Text], texts: Texts, references: Mapping[str, str | None]) -> tuple[str | None, str | None]:
    """Whose the mail is: that of which everything in it says the same. And why it is nobody's, where it contradicts
    itself."""
    # All that is said counts: a plain text and an HTML that contradict each other are for a person.
    uras = {Ura(one): one for one in reversed(_told("ura", texts, ways)) if is_ura(one)}
    if len(uras) > 1:
        return None, "several_uras"
    named = set(map(_reference, _told("reference", texts, ways)))
    owners = {Ura(one) for reference in named for one in _of_reference(reference, references)}
    ura = next(iter(uras.values()), None) or (next(iter(owners)).text if len(owners) == 1 else None)
    if len(owners) > 1 or (owners and Ura(str(ura)) not in owners):
        return None, "reference_of_another"
    # What several have names none of them, and contradicts none.
    shared = ura is None and any(_reference(one) in named for one in references)
    if shared:
        return None, "reference_of_several"
    return ura, None


def _told(what: str, texts: Texts, ways: Iterable[Text]) -> list[str]:
    return [one for way in ways for one in _first(texts.bodies[what], [way])]


def _read(found: Answer, kind: Kind, mail: EmailMessage, ways: list[Text], trust: Trust, texts: Texts) -> Answer:
    reference = next(filter(None, map(_reference, _first(texts.bodies["reference"], ways))), None)
    answer = replace(found, kind=kind, reference=reference)
    if kind == "document_rejected":
        reason = printable(next(iter(_first(texts.bodies["reason"], ways)), ""), 500)
        answer = replace(answer, reason=reason or None)
    if kind == "follow_up_link":
        return _with_link(found, answer, mail, ways, texts, trust.link_hosts)
    if kind == "activation_qr":
        if problem := code_unreadable(mail, ways):
            return replace(found, problem=problem)
        if not re.fullmatch(MESSAGE_ID, found.message_id):
            return replace(found, problem="message_id_missing")
    return answer


#: What a mail can be fetched by again.
MESSAGE_ID = r"<[^<>\s\"\\]+>"


def _first(expression: str, ways: Iterable[Text]) -> list[str]:
    """What the expression finds in the first way of reading that holds it."""
    for one in ways:
        found = [match.group(1).strip() for match in re.finditer(expression, one.text) if match.group(1)]
        if found:
            return found
    return []


def _reference(text: str) -> str:
    """A reference without the stop or bracket of the sentence that it stands in."""
    return printable(text.strip(".,;:!?()[]<>\"'"), 100)


def _of_reference(reference: str, references: Mapping[str, str | None]) -> list[str]:
    """Whose the reference is, where it is one organisation's. Earlier readers kept the sentence's stop."""
    whose = {ura and Ura(ura): ura for known, ura in references.items() if reference and _reference(known) == reference}
    return [ura for ura in whose.values() if ura] if len(whose) == 1 else []


def _with_link(
    found: Answer, answer: Answer, mail: EmailMessage, ways: list[Text], texts: Texts, hosts: Iterable[str]
) -> Answer:
    gateways: list[str] = []
    homes: dict[str, None] = {}
    several: list[str] = []
    # What a link shows may be shortened, what stands in plain text may be broken; where HTML leads is whole, and what
    # a person presses.
    levels = [(one, one.links) for one in ways] + [(one, _written(texts.bodies["link"], one)) for one in ways]
    for one, links in levels:
        # Where HTML leads to several pages, a plain text that is a letter of its own may tell which one is meant.
        if several and (one.links or not _first(texts.bodies["ura"], [one])):
            continue
        unwrapped = dict(unwrap(link.rstrip(".,;:)]!")) for link in links[:MOST_LINKS])
        gateways += filter(None, unwrapped.values())
        # As a browser writes it, so that one page is one link.
        pages = {browsers_url(link): link for link in reversed(unwrapped) if _allowed(link, hosts)}
        allowed = [link for link in reversed(pages.values()) if not _is_picture(link)]
        forms = [link for link in allowed if not _is_home(link)]
        if len(forms) == 1 and (not several or forms[0] in several):
            return replace(answer, link=forms[0])
        several = several or forms
        homes |= dict.fromkeys(allowed)
    if several:
        return replace(found, problem="several_links")
    # A home page in a footer is not the form, unless there is nothing else.
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
