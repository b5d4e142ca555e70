# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What proves a change: its goal, as it stands in the journal, and whether a reading shows it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from .._browser.names import ChangeKind
from . import model
from .model import ATTRIBUTES, Change

Keyed = Callable[[str], str]


def goal_of(change: Change, kind: ChangeKind, keyed: Keyed) -> str:
    """What a reading has to show, as it stands in the journal: without a name or a date. Behind a blank, the member by
    the portal's id: a list may give the person another number than the portal has."""
    what: str = kind
    if kind in ("role", "appoint"):
        what = f"role:{change.wanted.get('role', '')}"
    elif kind == "update":
        pairs = {name: str(pair[1] or "") for name, pair in change.fields.items() if name != "role"}
        what = f"update:{','.join(sorted(pairs))}:{keyed(_joined(pairs))}"
    return f"{what} {keyed(change.actual['id'])}" if change.actual else what


class Members:
    """A fresh and complete reading, for the accounts of the journal (keyed)."""

    def __init__(self, members: Iterable[model.Actual], keyed: Keyed) -> None:
        self._keyed = keyed
        self._members: dict[str, list[model.Actual]] = {}
        for member in members:
            numbers = {member["id"], *((member["external_id"],) if member["external_id"] else ())}
            for one in {one for number in numbers for one in (number, model.clean(number))}:
                self._members.setdefault(keyed(one), []).append(member)

    def show(self, account: str, goal: str) -> bool:
        """Whether the portal shows the change; not if several members may be meant."""
        what, _blank, by_id = goal.partition(" ")
        found = [self._members[key] for key in (by_id, account) if key in self._members]
        if any(len(those) > 1 for those in found):
            return False
        return _is_shown(what, found[0][0] if found else None, self._keyed)


def _is_shown(what: str, member: model.Actual | None, keyed: Keyed) -> bool:
    here = member if member is not None and not member.get("gone") else None
    kind, _colon, more = what.partition(":")
    if kind == "unlink" or here is None:
        return kind == "unlink" and here is None
    device, active = here["device"], here.get("active", True)
    if kind == "role":
        return here["role"] == more
    if kind == "update":
        names, _colon, digest = more.partition(":")
        return keyed(_joined(dict(_shown(here, names.split(","))))) == digest
    shown: Mapping[str, bool] = {
        "register": True,
        "block": device in ("blocked", "revoked") or not active,
        "unblock": active and device not in ("blocked", "revoked"),
        "revoke": device == "revoked",
        "invite": device in ("invited", "active"),
    }
    return shown.get(kind, False)


def _shown(member: model.Actual, names: list[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        if name in member.get("unknown", ()):
            continue  # then the digest differs, and nothing is proven
        attribute = next((kind for ours, kind in ATTRIBUTES.items() if ours == name), None)
        value = member["attributes"].get(attribute) if attribute else member.get(name)
        yield name, str(value or "")


def _joined(pairs: Mapping[str, str]) -> str:
    """As ``differences`` compares them: composed, and no case in an address."""
    composed = {name: model.composed(text) for name, text in pairs.items()}
    return "\n".join(
        f"{name}={text.casefold() if name == 'email' else text}" for name, text in sorted(composed.items())
    )
