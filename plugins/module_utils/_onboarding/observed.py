# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run observed of one organisation, before anything is decided. Values only: no secrets, no personal data."""

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
    """A problem as it is shown to a person: what, expected, found, do, and its code.

    ``record``: options of ``gbz.zorgid.dossier`` with which a person records the result. ``mail``, ``mail_at``:
    Message-ID and moment of the mail that it is about; in a text, a Message-ID would be masked as an address.
    ``dismiss``: options with which a person records that this mail needs nothing. ``host``: for a trouble of no
    organisation, the inventory name of an organisation in whose dossier it is recorded.
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
    """``Trouble.record`` for a person's statement; the person fills in how it is known."""
    return f"{what} attested_by=technical_administrator attested_how='HOW YOU KNOW'"


def looked_at(code: str) -> str:
    """``Trouble.dismiss`` for a mail; empty if the mail has no code."""
    return by_word(f"word=looked_at subject={code}") if code else ""


class Look(StrEnum):
    """``NOT_ASKED``: not observed, because nothing needed it yet. ``ABSENT``: not configured."""

    GOOD = "good"
    BAD = "bad"
    NOT_ASKED = "not_asked"
    ABSENT = "absent"


T = TypeVar("T")


@dataclass(frozen=True)
class Seen(Generic[T]):
    """One observation: a value, a trouble, or not observed."""

    look: Look
    value: T | None = None
    trouble: Trouble | None = None

    @classmethod
    def good(cls, value: T) -> Seen[T]:
        return cls(Look.GOOD, value)

    @classmethod
    def bad(cls, code: str, message: str = "", expected: str = "", found: str = "", action: str = "") -> Seen[T]:
        return cls(Look.BAD, None, Trouble(code, message or code, expected, found, action))


#: For observations that have no value.
GOOD: Seen[bool] = Seen(Look.GOOD, True)
NOT_ASKED: Seen[bool] = Seen(Look.NOT_ASKED)
ABSENT: Seen[bool] = Seen(Look.ABSENT)


@dataclass(frozen=True)
class Certificate:
    """The UZI server certificate of the key: SHA-256 in hex, its last moment, and its evidence for the dossier."""

    thumbprint: str
    not_after: Moment
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DocumentSeen:
    """The existing document (at the path, or in the dossier) compared with the inventory.

    ``signed``: its SHA-256; None if there is none. ``certificate``: thumbprint of its signer's certificate.
    ``differs``: as ``revision.reason``, ``unchanged`` if nothing differs. ``content``: a digest of what would be signed
    now.
    """

    signed: str | None
    certificate: str | None
    differs: str
    content: str


@dataclass(frozen=True)
class Answer:
    """A mail of VZVZ in the dossier. ``problem``: why it was not recognised. ``proven``: its sender is proven.
    ``received_at`` is of the mail server's clock, ``seen_at`` of the dossier's. ``ours``: for a report of non-delivery,
    the kind of our mail that did not arrive, if the dossier knows it. ``closed``: nothing has to be done about it any
    more: a person said so, or the mail that did not arrive was sent again. ``code``: with which a person names it."""

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
    """A list compared with the portal by the account planner.

    ``wanted``: number of accounts that the list wants present. ``registered``, ``active``: how many of them the portal
    shows, and shows with an active phone. ``operations``: number of planned changes by kind. ``returning``: ids of the
    list that were offboarded. ``refused``: troubles of single accounts; ``first``: the place of the first one in the
    list, and its code. ``stop``: why nothing of this list may be done. ``coming``: accounts for later, such as ``1
    starts on 2027-02-01``. ``strays``: members on no list, and rows without a member (``_use_cases.on_no_list``).
    ``acts``: a keyed digest of the planned changes, with their accounts; empty without a key. ``others``: of a readable
    list, the values that identify the organisations of its other rows
    (``_lists.entries.Entries.others``).
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
    acts: str = ""
    coming: str = ""
    strays: tuple[Trouble, ...] = ()
    others: Mapping[str, Mapping[str, tuple[int, ...]]] | None = None


@dataclass(frozen=True)
class Portal:
    """``owner``: the organisation of the export; None if the export does not name it. ``as_of``: the moment of the
    portal's data. ``by_click``: a person makes the changes (worklist). ``administrator_active``: an administrator of
    this organisation can log in. ``invitations``: number of employees to mail, by kind
    (``_portal.inviting.invitations_due``). ``letters_lost``: the folder does not contain exactly the letters for
    employees that apply."""

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
class Continues:
    """The former URA number, from the inventory. ``there``: it has a dossier; ``continued_by``: the number that this
    dossier names; ``before``: the numbers that it continues itself, by the dossiers."""

    ura: str
    there: bool = False
    continued_by: str = ""
    before: tuple[str, ...] = ()


@dataclass(frozen=True)
class Observed:
    """All observations of one organisation. ``person``: keyed digest of the portal administrator in the inventory; None
    if the dossier has no key. ``nobodys``: when mail came that may be VZVZ's and names no organisation; it may be an
    answer to any of them."""

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
    continues: Continues | None = None
