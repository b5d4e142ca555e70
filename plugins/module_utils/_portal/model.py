# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of the portal: what an account is, what can happen to it, how two names are compared.

Accounts are plain dicts, because models with validation cost seventeen times the JSON parsing (docs/decisions/0050).

Desired account (``Account``): the fields of ``FIELDS``; missing or null means "not kept by this list".
Actual account (``Actual``): ``id, version, external_id, first_name, last_name`` (with its prefix), ``date_of_birth,
email, attributes`` (type -> value), ``role, device``, ``active`` where it is false, ``ura`` where the portal writes it
in another way, ``shared`` where it shows that another organisation has this person too, and ``since`` (of the device's
state) where asked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from .._common.text import printable

Account = dict[str, Any]
Actual = dict[str, Any]

FIELDS = (
    "external_id", "first_name", "prefix", "last_name", "date_of_birth", "email", "uzi_number", "role_code",
    "agb_code", "state", "registration", "identification", "role",
)  # fmt: skip
IDENTIFICATION = ("document_type", "document_expires", "checked_by", "checked_at")
STATES = ("present", "absent", "blocked", "revoked")
PORTAL_ROLES = ("administrator", "operator")
#: our name -> the portal's attribute type (HA-012)
ATTRIBUTES = {"uzi_number": "uziNumber", "role_code": "roleCode", "agb_code": "agbCode"}
CREATED, UPDATED, LINKED, UNLINKED = "created", "updated", "linked", "unlinked"
BLOCKED, UNBLOCKED, REVOKED, UNCHANGED, FAILED = "blocked", "unblocked", "revoked", "unchanged", "failed"
#: the portal said that it did it, and does not show it yet
ACCEPTED = "accepted"

_BLANKS = re.compile(r"\s+")


def family_name(account: Account) -> str:
    """The last name as the identity document and the portal write it: ``van der Berg``."""
    prefix = account.get("prefix")
    return f"{prefix} {account['last_name']}" if prefix else str(account["last_name"])


def folded(text: str) -> str:
    """A name to compare by: composed, no case, single blanks; the ligature IJ equals the letters I and J."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _BLANKS.sub(" ", text.strip()).casefold()


def composed(text: str) -> str:
    """NFC: e with a combining accent and é are the same name."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def clean(text: str) -> str:
    """What somebody else wrote, for people's eyes; what can be printed stays exactly as it is."""
    return text if text.isprintable() else printable(text)


def person_key(first: str | None, last: str | None, born: str | None) -> tuple[str, str, str] | None:
    """What a person is recognised by when there is no number (VZVZ: name and date of birth); None when incomplete."""
    return (folded(first), folded(last), born) if first and last and born else None


#: one for all: a dict for each of 100,000 changes is six megabytes
_NO_FIELDS: Mapping[str, tuple[Any, Any]] = MappingProxyType({})


@dataclass(slots=True)
class Change:
    """One account's way from actual to desired.

    status: the result when it succeeds. fields: our field name -> (before, after). device: ``blocked | unblocked |
    revoked | invited`` or None. position: 1-based place in the desired list; 0 for a membership that purge removes.
    """

    status: str
    external_id: str
    position: int
    desired: Account | None
    actual: Actual | None
    fields: Mapping[str, tuple[Any, Any]] = field(
        default_factory=lambda: _NO_FIELDS
    )  # Python 3.11 takes no such default
    device: str | None = None

    @property
    def removes(self) -> bool:
        """Whether it takes something away from an organisation; such changes wait until the others are done."""
        return self.status == UNLINKED or self.fields.get("role", ("", ""))[0] == "administrator"


@dataclass(slots=True)
class Result:
    """What became of one account. code: stable name of the error when it failed."""

    external_id: str
    status: str
    message: str = ""
    code: str = ""

    def as_dict(self) -> dict[str, str]:
        shown = {"external_id": self.external_id, "status": self.status, "message": self.message}
        return {**shown, "error_code": self.code} if self.code else shown
