# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run saw of one organisation, before anything is decided. Values only: no secrets, no people's data."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from .._common.errors import ZorgidError

Moment = datetime.datetime


@dataclass(frozen=True)
class Trouble:
    """Why something is not as it has to be, as a person is told: what, expected, found, do, and its code.

    ``record``: options of ``gbz.zorgid.dossier`` with which a person records what came of it. ``mail``, ``mail_at``:
    Message-ID and moment of the mail that it is about; a Message-ID in a text would be masked as an address.
    ``dismiss``: options with which a person records that this mail needs nothing. ``host``: of what is nobody's, the
    inventory name of an organisation with whose dossier it is recorded.
    """

    code: str
    message: str
    expected: str = ""
    found: str = ""
    action: str = ""
    record: str = ""
    mail: str = ""
    mail_at: Moment | None = None
    dismiss: str = ""
    host: str = ""

    @classmethod
    def of(cls, error: ZorgidError) -> Trouble:
        return cls(error.code, error.message, error.expected or "", error.found or "", error.action or "")


def by_word(what: str) -> str:
    """``Trouble.record`` for a person's word; how it is known is left for that person to write."""
    return f"{what} attested_by=technical_administrator attested_how='HOW YOU KNOW'"


def looked_at(code: str) -> str:
    """``Trouble.dismiss`` for a mail; nothing where it has no code."""
    return by_word(f"word=looked_at subject={code}") if code else ""


class Look(StrEnum):
    """``NOT_ASKED``: nobody looked, because nothing needed it yet. ``ABSENT``: it is not configured."""

    GOOD = "good"
    BAD = "bad"
    NOT_ASKED = "not_asked"
    ABSENT = "absent"


T = TypeVar("T")


@dataclass(frozen=True)
class Seen(Generic[T]):
    """One observation: a value, a trouble, or that nobody looked."""

    look: Look
    value: T | None = None
    trouble: Trouble | None = None

    @classmethod
    def good(cls, value: T) -> Seen[T]:
        return cls(Look.GOOD, value)

    @classmethod
    def bad(cls, code: str, message: str = "", expected: str = "", found: str = "", action: str = "") -> Seen[T]:
        return cls(Look.BAD, None, Trouble(code, message or code, expected, found, action))


#: For observations without a value of their own.
GOOD: Seen[bool] = Seen(Look.GOOD, True)
NOT_ASKED: Seen[bool] = Seen(Look.NOT_ASKED)
ABSENT: Seen[bool] = Seen(Look.ABSENT)


@dataclass(frozen=True)
class Certificate:
    """The UZI server certificate that the key belongs to: SHA-256 in hex, when it ends, and what the dossier keeps of
    it."""

    thumbprint: str
    not_after: Moment
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DocumentSeen:
    """What stands there (in the dossier, or at the path) against what the inventory describes.

    ``signed``: its SHA-256; None where there is none. ``certificate``: thumbprint of its signer. ``differs``: as
    ``revision.reason``, ``unchanged`` when nothing does. ``content``: a digest of what would be signed now.
    """

    signed: str | None
    certificate: str | None
    differs: str
    content: str


@dataclass(frozen=True)
class Answer:
    """A mail of VZVZ that the dossier holds. ``problem``: why it was not understood. ``proven``: its sender is.
    ``received_at`` is the mail server's clock, ``seen_at`` the dossier's. ``ours``: of a report that a mail of ours did
    not arrive, the kind of that mail, where the dossier knows it. ``closed``: nothing is to be done about it any more:
    a person said so, or what did not arrive was sent again. ``code``: by which a person names it."""

    kind: str
    received_at: Moment | None
    message_id: str
    reference: str | None = None
    problem: str | None = None
    proven: bool = True
    seen_at: Moment | None = None
    ours: str = ""
    closed: bool = False
    code: str = ""


@dataclass(frozen=True)
class Accounts:
    """A list against what the portal shows, as the account planner compared them.

    ``wanted``: how many the list wants present. ``registered``, ``active``: how many of them the portal shows, and
    shows with an active phone. ``operations``: what would be done, by kind. ``returning``: ids of the list that were
    offboarded. ``refused``: troubles of single accounts, ``first`` the place of the first one in the list and its code.
    ``stop``: why nothing of this list may be done. ``coming``: who has no account
    yet, such as ``1 starts on 2027-02-01``.
    """

    wanted: int
    registered: int = 0
    active: int = 0
    operations: Mapping[str, int] = field(default_factory=dict)
    returning: int = 0
    refused: int = 0
    first: str = ""
    stop: Trouble | None = None
    digest: str = ""
    coming: str = ""


@dataclass(frozen=True)
class Portal:
    """``owner``: None where the export does not say whose it is. ``as_of``: when the portal said so. ``by_click``: a
    person carries the changes out (worklist). ``administrator_active``: somebody of this organisation can log in.
    ``invitations``: how many employees are to be mailed, by kind (``_portal.inviting.invitations_due``).
    ``letters_lost``: other letters for employees are in their folder than those that count."""

    as_of: Moment
    by_click: bool = False
    owner: str | None = None
    also_of: str | None = None
    administrator_active: bool = False
    members: int = 0
    administrators: Accounts | None = None
    employees: Accounts | None = None
    invitations: Mapping[str, int] = field(default_factory=dict)
    letters_lost: bool = False


@dataclass(frozen=True)
class Observed:
    """Everything of one organisation. ``person``: keyed digest of the portal administrator that the inventory names;
    None where the dossier has no key. ``nobodys``: when mail came that may be VZVZ's and names nobody; it may be
    anybody's answer."""

    organisation: Seen[str] = field(default_factory=lambda: Seen(Look.NOT_ASKED))
    certificate: Seen[Certificate] = field(default_factory=lambda: Seen(Look.NOT_ASKED))
    key: Seen[bool] = NOT_ASKED
    document: Seen[DocumentSeen] = field(default_factory=lambda: Seen(Look.NOT_ASKED))
    mailbox: Seen[bool] = NOT_ASKED
    smtp: Seen[bool] = NOT_ASKED
    application_form: Seen[bool] = NOT_ASKED
    follow_up_form: Seen[bool] = NOT_ASKED
    portal: Seen[Portal] = field(default_factory=lambda: Seen(Look.NOT_ASKED))
    answers: tuple[Answer, ...] = ()
    person: str | None = None
    nobodys: tuple[Moment | None, ...] = ()
