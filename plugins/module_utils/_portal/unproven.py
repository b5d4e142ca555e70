# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes that were sent once and that nothing shows: what a later reading proves, what stays for a person. Pure."""

from __future__ import annotations

from collections.abc import Container, Sequence

from . import model
from .model import AccountResult, Actual, Change

CODE = "account_unproven"
LOOK_FIRST = (
    "A change of this account was sent in an earlier run, and the portal does not show it. Look in the portal whether "
    "it was made; nothing is sent for this account until a reading shows it, or until a person records that it was not "
    "made"
)
NOT_SHOWN = (
    "Sent once, and the portal does not show it: {why}. It is not sent again. The next run checks first; if it is not "
    "shown then either, look in the portal"
)


def is_open(unproven: Container[str], external_id: str, member: Actual | None) -> bool:
    """Whether a change that was sent for this account, or for the member under another number, is still open."""
    names = (external_id, *((member["external_id"], member["id"]) if member else ()))
    return any(name is not None and name in unproven for name in names)


def held_back(external_id: str, why: str = "") -> AccountResult:
    return AccountResult(external_id, model.UNPROVEN, NOT_SHOWN.format(why=why) if why else LOOK_FIRST, CODE)


def rest_of(sent: Change, left: Change) -> list[str] | None:
    """The fields of the wanted change that are left for the next run, if the portal shows all that was sent; None if it
    does not."""
    if left.status == model.UNLINKED or left.actual is None:
        return None
    if sent.actual is not None and (sent.fields.keys() & left.fields.keys() or (sent.device and left.device)):
        return None  # a person who was created is shown, whatever is still missing of their data
    return [*left.fields, *(["device"] if left.device else [])]


def otherwise(sent: Change, member: Actual | None) -> list[str]:
    """What a registered person is called and when they were born, where the portal shows something else than was filled
    in: a date that it read in another order, or another person. Whoever it knew already has the same name and date."""
    if sent.actual is not None or member is None:
        return []
    shown = {name: value for name, value in member.items() if name not in member.get("unknown", ())}
    return [
        name
        for name, (_before, text) in sent.fields.items()
        if name in shown and model.folded(str(shown[name] or "")) != model.folded(str(text))
    ]


def shown_otherwise(external_id: str, wrong: Sequence[str]) -> AccountResult:
    message = (
        f"Registered, but the portal shows another {', '.join(wrong)} than was filled in. Look at this person in the "
        "portal and correct it there, then the page map: perhaps the order or form of a date"
    )
    return AccountResult(external_id, model.FAILED, message, "portal_shows_otherwise")


def without_open(changes: list[Change], unproven: Container[str] | None) -> tuple[list[Change], Sequence[Change]]:
    """The changes that may be made, and those that are held back."""
    if unproven is None:
        return changes, ()
    held = [change for change in changes if is_open(unproven, change.external_id, change.actual)]
    names = {id(change) for change in held}
    return [change for change in changes if id(change) not in names], held
