# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change as one way of the page map with the texts to fill in, or why a person makes it. Pure.

An account gets one click that changes something per run. If it needs several, lost phones and leavers come first; the
rest is decided again in the next run, from what the portal shows then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from .._browser.names import ChangeKind, Fill, PageMap, Step, Way
from . import model
from .model import ATTRIBUTES, PORTAL_ROLES, Account, Actual, Change, DeviceChange, family_name

#: kinds that a person has to confirm, with the names on the screen, before a program makes them
CONFIRMED: frozenset[ChangeKind] = frozenset({"unlink", "revoke", "appoint"})
#: the order of clicks for one account
_DEVICES: Mapping[DeviceChange, ChangeKind] = {
    "blocked": "block",
    "revoked": "revoke",
    "unblocked": "unblock",
    "invited": "invite",
}
#: our names of changed fields -> names of a map's fields
_FIELDS = {"last_name": "family_name"}
#: who somebody is: our name -> the map's
_PERSON = {"first_name": "first_name", "last_name": "family_name", "date_of_birth": "date_of_birth"}


@dataclass(frozen=True)
class Planned:
    """items: what to fill in and to press on the way, in order; only what applies to this account. texts: for each
    ``Fill`` of items. values: of the person, for rows, and for what has to stand on the person's page. unknown: names
    of values that neither the portal's list nor ours has. rest: further kinds of changes, for the next run."""

    kind: ChangeKind
    way: Way
    items: tuple[Fill | Step, ...] = ()
    texts: tuple[str, ...] = field(default=(), repr=False)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    unknown: Collection[str] = ()
    rest: tuple[ChangeKind, ...] = ()


class ByPerson(NamedTuple):
    """Why a person makes the change. reason: for notes, the same for all accounts of that reason."""

    reason: str


@dataclass(frozen=True)
class Session:
    """In whose name changes are made. person: external id. permitted: kinds of the permission. confirmed: whether that
    person has confirmed the changes of this run."""

    person: str
    permitted: Collection[str]
    ura: str
    organisation: str = ""
    confirmed: bool = False


def kinds_of(change: Change, page_map: PageMap) -> tuple[ChangeKind, ...]:
    """The kinds of clicks that a change needs, in order."""
    if change.actual is None:
        return ("register",)
    if change.status == model.UNLINKED:
        return ("unlink",)
    found: list[ChangeKind] = []
    if change.device in ("blocked", "revoked"):
        found.append(_DEVICES[change.device])
    if change.fields.keys() - {"role"}:
        found.append("update")
    if "role" in change.fields:
        before, after = change.fields["role"]
        # Who is an operator already is not among those who can be appointed.
        appointed = before not in PORTAL_ROLES and after in PORTAL_ROLES and "appoint" in page_map.changes
        found.append("appoint" if appointed else "role")
    if change.device in ("unblocked", "invited"):
        found.append(_DEVICES[change.device])
    return tuple(found)


def decide(change: Change, page_map: PageMap, session: Session) -> Planned | ByPerson:
    kind, *rest = kinds_of(change, page_map)
    way = page_map.changes.get(kind)
    if way is None:
        return ByPerson(f"{kind} is not in the page map")
    if kind not in session.permitted:
        return ByPerson(f"{kind} is not in the permission")
    if way.one and page_map.one is None:
        return ByPerson("the page map has no page of one person")
    if way.only_when and (change.actual is None or change.actual["device"] not in way.only_when):
        return ByPerson(f"{kind} is only made for a phone that is {' or '.join(way.only_when)}")
    if kind == "register" and (why := _registration(change.wanted, way, session)):
        return ByPerson(why)
    if why := _unfilled(change, kind, way):
        return ByPerson(why)
    raised = kind == "role" and change.wanted.get("role") in PORTAL_ROLES
    if (kind in CONFIRMED or raised) and not session.confirmed:
        return ByPerson(f"{kind} has to be confirmed by a person (gbz.zorgid.portal_login)")
    values = values_of(change, page_map, session)
    items: list[Fill | Step] = []
    texts: list[str] = []
    for item in way.items:
        if isinstance(item, Step):
            items.append(item)
        elif _applies(item, change, kind):
            text = _text(item, change, kind, values)
            if text is None:
                return ByPerson(f"the page map has no word for what {item.field.name} needs")
            if text or kind == "update":
                known = _known(change, values)
                items.append(replace(item, names=known) if "{" in item.field.name else item)
                texts.append(text)
    known = _known(change, values)
    if kind != "update" and values["date_of_birth"] and known["date_of_birth"]:
        # Not the portal's own where it is another: then it is not sure whose phone or membership this is.
        known["date_of_birth"] = values["date_of_birth"]
    return Planned(kind, way, tuple(items), tuple(texts), known, _known_to_nobody(change, known), tuple(rest))


def _registration(wanted: Account, way: Way, session: Session) -> str:
    """Why a person registers this account; empty: a program may."""
    fills = [item for item in way.items if isinstance(item, Fill)]
    sources = {fill.source for fill in fills}
    if wanted["role"] != "employee" and "role" not in sources:
        return "the form of the page map has no role"
    record = wanted.get("identification") if _how(wanted) == "wid" else None
    if record is not None:  # complete: ``desired`` refuses a record that is not
        if record["checked_by"] != session.person:
            return "another operator did the WID check"
        if not any(fill.when == "wid" or "wid" in fill.choices for fill in fills):
            return "the form of the page map has no WID check"
    elif wanted["role"] == "administrator" and any(fill.when != "always" or "self" in fill.choices for fill in fills):
        return "how an administrator identifies is not recorded"
    return ""


def _how(wanted: Account) -> str:
    """``wid`` or ``self``."""
    return "wid" if wanted.get("registration") == "operator" and wanted.get("identification") else "self"


def _unfilled(change: Change, kind: ChangeKind, way: Way) -> str:
    """Why the way cannot make all of this change."""
    sources = {item.source for item in way.items if isinstance(item, Fill)}
    if kind == "update":
        changed = {_FIELDS.get(name, name) for name in change.fields if name != "role"}
    elif kind in ("role", "appoint"):
        changed = {"role"}
    elif kind == "register":
        # Without these nobody would recognise the account in the next reading.
        changed = {"external_id"}
    else:
        return ""
    if missing := sorted(name for name in changed if name not in sources):
        return f"the form of the page map has no {', '.join(missing)}"
    return ""


def _applies(fill: Fill, change: Change, kind: ChangeKind) -> bool:
    if kind == "register":
        return fill.when in ("always", _how(change.wanted))
    if fill.when != "always":
        return False
    # The form shows the present data; only what differs is written.
    return (
        kind != "update" or fill.source is None or any(_FIELDS.get(name, name) == fill.source for name in change.fields)
    )


def _text(fill: Fill, change: Change, kind: ChangeKind, values: Mapping[str, str]) -> str | None:
    """The text to fill in; empty: nothing. None: the map has no word for it."""
    if fill.source is None:
        how = _how(change.wanted) if kind == "register" else ""
        return fill.choices.get("always") or fill.choices.get(how)
    value = values.get(fill.source, "")
    if not fill.choices:
        if not value and fill.source in ("role", "document"):
            return None
        return value
    ours = _ours(fill.source, change) or value
    return fill.choices.get(ours) if ours else ""


def _ours(source: str, change: Change) -> str:
    record = change.wanted.get("identification")
    if source == "role":
        return change.wanted.get("role", "")
    return record["document_type"] if source == "document" and record else ""


def values_of(change: Change, page_map: PageMap, session: Session) -> dict[str, str]:
    """All fields of the wanted person, by the names of a map, in the portal's words. Days as ``1990-01-31``."""
    wanted, actual = change.wanted, change.actual
    values = {"ura": session.ura, "organisation": session.organisation, "id": actual["id"] if actual else ""}
    for name in ("external_id", "first_name", "date_of_birth", "email", *ATTRIBUTES):
        values[name] = str(wanted.get(name) or "")
    values["family_name"] = family_name(wanted) if wanted.get("last_name") else ""
    values["role"] = page_map.portal_word("role", wanted.get("role", "")) or ""
    record = wanted.get("identification")
    if record:
        values["document"] = page_map.portal_word("document", record["document_type"]) or ""
        values["document_expires"] = record["document_expires"][:10]
        values["checked_at"] = record["checked_at"][:10]
    return values


def _known(change: Change, values: Mapping[str, str]) -> dict[str, str]:
    """What the portal shows of this person now, where it shows it; else what the list says."""
    actual = change.actual
    if actual is None:
        return dict(values)
    unknown = _unknown(actual)
    shown: dict[str, str | None] = {
        "external_id": actual["external_id"],
        "first_name": actual["first_name"],
        "family_name": actual["last_name"],
        "date_of_birth": actual["date_of_birth"],
        "email": actual["email"],
        **{name: actual["attributes"].get(kind) for name, kind in ATTRIBUTES.items()},
    }
    return {**values, **{name: text or "" for name, text in shown.items() if name not in unknown}}


def _unknown(actual: Actual) -> frozenset[str]:
    """What the portal's list does not show, by the names of a map."""
    return frozenset(_FIELDS.get(name, name) for name in actual.get("unknown", ()))


def _known_to_nobody(change: Change, known: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name for name in _unknown(change.actual) if not known.get(name)) if change.actual else frozenset()


def part_of(change: Change, planned: Planned) -> Change:
    """The part of a change that this way makes; of a registration, who was filled in."""
    if planned.kind == "register":
        sources = {item.source for item in planned.items if isinstance(item, Fill)}
        filled_in = {name: planned.values[source] for name, source in _PERSON.items() if source in sources}
        return replace(change, fields={name: (None, text) for name, text in filled_in.items() if text})
    if planned.kind == "unlink" or not planned.rest:
        return change
    fields: Mapping[str, tuple[object, object]] = {}
    if planned.kind == "update":
        fields = {name: pair for name, pair in change.fields.items() if name != "role"}
    elif planned.kind in ("role", "appoint"):
        fields = {"role": change.fields["role"]}
    device = None if fields else change.device
    return replace(change, status=change.status if device else model.UPDATED, fields=fields, device=device)
