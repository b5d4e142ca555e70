# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one-line playbooks about one person: ``offboard`` and ``device_lost``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, cast

from ....module_utils._common import moments
from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.text import printable
from ....module_utils._dossier.place import DossierPlace
from ....module_utils._onboarding import commands, typed
from ....module_utils._onboarding.style import Style
from ....module_utils._portal.desired import Listed
from ....module_utils._portal.one_person import ActivePhone, PhoneAnswer
from ....module_utils._use_cases import person_screen as screen
from ....module_utils._use_cases.lost_phone import handle_lost_phone
from ....module_utils._use_cases.offboard import offboard
from ....module_utils._use_cases.person_case import PersonCommand
from ..action import Result, ZorgidAction
from ..portal import access_of
from . import arguments, showing
from .options import options_of
from .portal_look import employees_of

#: The variables that are read besides those for the dossier.
NEEDED: Final = (
    *("portal", "ca_path", "handed_dir", "work_dir", "administrators", "purge"),
    *("accounts_path", "list_mapping", "list_roots"),
)
_MOST = 200
#: The variables of older versions of these playbooks.
_OLD: dict[str, tuple[tuple[str, str], ...]] = {
    "offboard": (
        ("zorgid_offboard_external_id", "id"),
        ("zorgid_offboard_confirmed", "confirm"),
        ("zorgid_offboard_by", "by"),
        ("zorgid_offboard_hosts", "-l"),
        ("zorgid_offboard_portal", "zorgid_onboarding_portal"),
        ("zorgid_offboard_ura", "zorgid_onboarding_organisation"),
        ("zorgid_offboard_dossier_url", "zorgid_onboarding_dossier_url"),
    ),
    "device_lost": (
        ("zorgid_device_external_id", "id"),
        ("zorgid_device_step", "used_after_report or found"),
        ("zorgid_device_confirmed", "used_after_report or found"),
        ("zorgid_device_by", "by"),
        ("zorgid_device_hosts", "-l"),
        ("zorgid_device_portal", "zorgid_onboarding_portal"),
        ("zorgid_device_ura", "zorgid_onboarding_organisation"),
        ("zorgid_device_dossier_url", "zorgid_onboarding_dossier_url"),
    ),
}
Matter = Literal["offboard", "device_lost"]
MATTERS: dict[str, Matter] = {"offboard": "offboard", "device_lost": "device_lost"}


def refuse_old(given: Iterable[str], playbook: str) -> None:
    """Refuse variables of an older version, which would have no effect now. Error: ``variables_invalid``."""
    names = set(given)
    for old, new in _OLD.get(playbook, ()):
        if old in names:
            raise ZorgidError(
                "variables_invalid",
                f"gbz.zorgid.{playbook} reads no {old} any more",
                expected=new if new.startswith(("-l", "zorgid_")) else f"-e {new}",
                found=old,
                action="the command is now: " + " ".join(commands.command(playbook, "HOST", {"id": "ID"})),
            )


def of_person(
    action: ZorgidAction,
    playbook: Matter,
    host: str,
    name: str,
    place: DossierPlace,
    given: Mapping[str, Any],
    extra: Mapping[str, str],
) -> Result:
    """``action``: with the host's variables. ``given``: the role's variables. ``extra``: the typed variables.

    Errors: ``options_invalid``, ``portal_not_configured``, ``not_confirmed``, ``answer_missing``, and those of
    ``offboard`` and ``handle_lost_phone``."""
    answers = answers_of(extra)
    command = _command_of(action, playbook, host, name, place, given, extra)
    if playbook == "offboard":
        confirmed = typed.is_true(extra, "confirm")
        return _offboard(command, host, confirmed=confirmed, check=action.check_mode)
    return _device_lost(command, host, *answers, check=action.check_mode)


def _command_of(
    action: ZorgidAction,
    playbook: Matter,
    host: str,
    name: str,
    place: DossierPlace,
    given: Mapping[str, Any],
    extra: Mapping[str, str],
) -> PersonCommand:
    number = extra.get("id", "")
    if not number or len(number) > _MOST or not number.isprintable():
        raise ZorgidError(
            "options_invalid",
            "It is not said who it is about" if not number else "id is no number of a list",
            expected="-e id=…, the number that the list of employees and the portal have",
            found="no id" if not number else "a text that is too long, or cannot be printed",
            action=" ".join(commands.command(playbook, host, {"id": "HR-1042"})),
        )
    portal = given.get("portal") or {}
    if not (portal.get("url") or portal.get("export_path") or portal.get("driver")):
        by_hand = {
            "offboard": "Gebruikers, the person, Beheer, Organisatie(s): take the role away, and leave the identity",
            "device_lost": "look at the last transaction in the Log, then block or revoke the person's phone",
        }
        raise ZorgidError(
            "portal_not_configured",
            f"{printable(host, _MOST)} has no portal in the inventory, so this is done by hand",
            expected="zorgid_onboarding_portal with url and token, or with driver: worklist and export_path",
            found="none",
            action=f"set it, or do it in the portal: {by_hand[playbook]}",
        )
    options = options_of(action, "portal_accounts_info", arguments.portal(given))
    access = dataclasses.replace(access_of(options).by_person(), worklist_dir=str(given["handed_dir"]))
    employees = employees_of(given, action.task_vars)
    lists = [(str(given["accounts_path"]), employees)] if employees else []
    if given.get("administrators"):
        lists.append(("zorgid_onboarding_administrators", Listed(rows=given["administrators"])))
    return PersonCommand(access, place, number, extra.get("by", commands.BY), name, tuple(lists))


def answers_of(extra: Mapping[str, str]) -> tuple[PhoneAnswer, ActivePhone]:
    """The person's answers. Errors: ``options_invalid``."""
    if "used_after_report" in extra and "found" in extra:
        raise ZorgidError(
            "options_invalid",
            "used_after_report and found are two answers",
            expected="used_after_report when the loss is reported; later found",
            found="both",
            action="give one of them",
        )
    active = extra.get("phone")
    if active not in (None, "new", "lost"):
        raise ZorgidError(
            "options_invalid",
            "phone is neither new nor lost",
            expected="-e phone=new or -e phone=lost",
            found=printable(active, 80),
            action="correct phone",
        )
    answer: PhoneAnswer = None
    if "used_after_report" in extra:
        answer = "revoke" if typed.is_true(extra, "used_after_report") else "block"
    elif "found" in extra:
        answer = "unblock" if typed.is_true(extra, "found") else "revoke"
    return answer, cast("ActivePhone", active)


def _offboard(command: PersonCommand, host: str, *, confirmed: bool, check: bool) -> Result:
    found = offboard(command, confirmed=confirmed, check_mode=check)
    writer = _writer(command, host, found.shown, check=check)
    if not found.asks:
        return _shown(screen.left(found, writer), found.changed, found.worklists)
    lines, answers = screen.ask_leaver(found, writer)
    showing.show("\n".join(lines))
    raise ZorgidError(
        "not_confirmed",
        "Nothing was done, because it was not confirmed",
        expected="-e confirm=true",
        found="no confirm, or false",
        action=_once(answers),
    )


def _device_lost(command: PersonCommand, host: str, answer: PhoneAnswer, active: ActivePhone, *, check: bool) -> Result:
    found = handle_lost_phone(command, answer, active, check_mode=check)
    writer = _writer(command, host, found.shown, check=check)
    if not found.step.startswith("ask_"):
        return _shown(screen.phone(found, writer), found.changed, found.worklists)
    lines, answers = screen.ask_phone(found, writer)
    showing.show("\n".join(lines))
    raise ZorgidError(
        "answer_missing",
        "Nothing was done, because a question is not answered",
        expected="one of the answers",
        found="none",
        action=_once(answers),
    )


def _once(answers: str) -> str:
    """The answers for a program, which gets no screen; a person has them on the screen already."""
    return answers if showing.for_programs() else "type one of the answers above"


def _writer(command: PersonCommand, host: str, shown: str, *, check: bool) -> screen.Writer:
    # An id that must not be shown is replaced by a placeholder, which the person fills in.
    number = command.external_id if shown == command.external_id else "ID"
    style: Style = showing.style()
    return screen.Writer(style, host, command.name, moments.now(), check, number)


def _shown(lines: list[str], changed: bool, worklists: Iterable[Any]) -> Result:
    showing.show("\n".join(lines))
    return {"changed": changed, "told": lines, "worklists": list(worklists)}
