# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of the portal: an account, its possible changes, and the comparison of names.

Accounts are plain dicts, because models with validation cost seventeen times the JSON parsing (docs/decisions/0050);
``TypedDict`` names their fields, and costs no time at run time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, NotRequired, TypedDict

from .._common.text import printable

#: the state that the list asks for
AccountState = Literal["present", "absent", "blocked", "revoked"]
#: the roles that a list may give; a portal may have others
Role = Literal["employee", "operator", "administrator"]
#: who registers a person: an operator after the WID check, or the person themselves with the app
Registration = Literal["operator", "self"]
#: What a change does to the phone of a person. Once it is done, ``Actual.device`` shows ``blocked`` (or ``active`` is
#: False); after ``unblocked`` what it was before; ``revoked``; ``invited``. For a person who was created: ``none`` or
#: ``invited``.
DeviceChange = Literal["blocked", "unblocked", "revoked", "invited"]
#: the result of an account, and in a plan the expected result. ``accepted``: the portal said that the change was made,
#: but does not show it yet; ``todo``: a person makes the change; ``unproven``: it was sent once, nothing shows that it
#: was made, and no run sends anything for this account until a reading shows it or a person has looked.
AccountStatus = Literal[
    "created", "updated", "linked", "unlinked", "blocked", "unblocked", "revoked", "unchanged", "failed", "accepted",
    "todo", "unproven",
]  # fmt: skip


class Identification(TypedDict):
    """The record of a WID check. Days as ``2031-05-01``; ``document_type``: ``passport, identity_card`` or
    ``driving_licence``; ``checked_by``: the external id of the operator. Never the document's number."""

    document_type: str
    document_expires: str
    checked_by: str
    checked_at: str


class Account(TypedDict, total=False):
    """An account as the list asks for it. The list does not manage a field that is missing; ``external_id, first_name,
    last_name, role, state`` and ``registration`` are always there. former_ids: older
    numbers of the same person. shared_mailbox: another person of the list has this mail address too."""

    external_id: str
    first_name: str
    prefix: str
    last_name: str
    date_of_birth: str
    email: str
    uzi_number: str
    role_code: str
    agb_code: str
    state: AccountState
    registration: Registration
    identification: Identification
    role: Role
    former_ids: list[str]
    shared_mailbox: bool


class Actual(TypedDict):
    """A member of the organisation as the portal shows it.

    id: the portal's own. version: for If-Match, where the portal has versions. external_id: the employee's number, as
    ``Account.external_id``. last_name: with its prefix. date_of_birth: ``1988-04-12``. attributes: type of the portal
    (the values of ``ATTRIBUTES``) to value. role: as ``Role``; a portal may know others. device: ``none, invited,
    active, blocked`` or ``revoked``. active: missing means True; False blocks the person. ura: as the portal writes it,
    where that differs. shared: it shows that another organisation has this person too. since: since when the device is
    in its state, if that was asked for. unknown: our names of fields that this portal does not show (also first_name,
    last_name, date_of_birth); they are None, never a difference, and nobody is recognised by them. gone: the portal
    shows them, but they are no longer a member.
    """

    id: str
    version: str | None
    external_id: str | None
    first_name: str | None
    last_name: str | None
    date_of_birth: str | None
    email: str | None
    attributes: Mapping[str, str | None]
    role: str
    device: str
    active: NotRequired[bool]
    ura: NotRequired[str]
    shared: NotRequired[bool]
    since: NotRequired[str]
    unknown: NotRequired[Set[str]]
    gone: NotRequired[bool]


FIELDS: Final = (
    "external_id", "first_name", "prefix", "last_name", "date_of_birth", "email", "uzi_number", "role_code",
    "agb_code", "state", "registration", "identification", "role",
)  # fmt: skip
IDENTIFICATION: Final = ("document_type", "document_expires", "checked_by", "checked_at")
STATES: tuple[AccountState, ...] = ("present", "absent", "blocked", "revoked")
PORTAL_ROLES: tuple[Role, ...] = ("administrator", "operator")
#: our name -> the portal's attribute type (HA-012)
Attribute = Literal["uzi_number", "role_code", "agb_code"]
ATTRIBUTES: dict[Attribute, str] = {"uzi_number": "uziNumber", "role_code": "roleCode", "agb_code": "agbCode"}
CREATED: Final = "created"
UPDATED: Final = "updated"
LINKED: Final = "linked"
UNLINKED: Final = "unlinked"
BLOCKED: Final = "blocked"
UNBLOCKED: Final = "unblocked"
REVOKED: Final = "revoked"
UNCHANGED: Final = "unchanged"
FAILED: Final = "failed"
ACCEPTED: Final = "accepted"
TODO: Final = "todo"
UNPROVEN: Final = "unproven"

_BLANKS = re.compile(r"\s+")


def family_name(account: Account) -> str:
    """The last name as the identity document and the portal write it: ``van der Berg``."""
    prefix = account.get("prefix")
    return f"{prefix} {account['last_name']}" if prefix else str(account["last_name"])


def folded(text: str) -> str:
    """A name for comparison: composed, no case, single blanks; the ligature IJ equals the letters I and J."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _BLANKS.sub(" ", text.strip()).casefold()


def composed(text: str) -> str:
    """NFC: e with a combining accent and é are the same name."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def clean(text: str) -> str:
    """Untrusted text made safe to show; printable text stays exactly as it is."""
    return text if text.isprintable() else printable(text)


def person_key(first: str | None, last: str | None, born: str | None) -> tuple[str, str, str] | None:
    """By what a person without a number is recognised (VZVZ: name and date of birth); None if incomplete."""
    return (folded(first), folded(last), born) if first and last and born else None


#: shared by all: an own dict for each of 100,000 changes would be six megabytes
_NO_FIELDS: Mapping[str, tuple[Any, Any]] = MappingProxyType({})


@dataclass(slots=True)
class Change:
    """The change of one account from actual to desired.

    status: the result if it succeeds; ``unlinked``: this organisation's membership ends, the person stays. desired:
    None for a membership that purge removes. actual: None for a person who is not a member yet. fields: our field name
    -> (before, after); exactly these are changed. ``last_name`` includes its prefix; in ``Actual.attributes``,
    ``uzi_number`` and similar fields have the portal's names, see ``ATTRIBUTES``. device: the change of the phone, or
    None. position: 1-based place in the desired list; 0 where purge removes.
    """

    status: AccountStatus
    external_id: str
    position: int
    desired: Account | None
    actual: Actual | None
    fields: Mapping[str, tuple[Any, Any]] = field(
        default_factory=lambda: _NO_FIELDS
    )  # Python 3.11 takes no such default
    device: DeviceChange | None = None

    @property
    def wanted(self) -> Account:
        """The desired account; empty if purge removes the member."""
        return Account() if self.desired is None else self.desired

    @property
    def removes(self) -> bool:
        """Whether it removes a member or a role from an organisation; such changes are made after all others."""
        return self.status == UNLINKED or self.fields.get("role", ("", ""))[0] == "administrator"


@dataclass(slots=True)
class AccountResult:
    """The result of one account. code: stable name of the error if it failed."""

    external_id: str
    status: AccountStatus
    message: str = ""
    code: str = ""

    def as_dict(self) -> dict[str, str]:
        values = {"external_id": self.external_id, "status": self.status, "message": self.message}
        return {**values, "error_code": self.code} if self.code else values
