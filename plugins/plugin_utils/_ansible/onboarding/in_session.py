# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks ``portal_login`` and ``portal_map``: in the portal's pages, while a person is logged in there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ansible import context
from ansible.utils.vars import load_extra_vars

from ....module_utils._common import moments
from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.text import printable
from ....module_utils._onboarding import commands, typed
from ....module_utils._onboarding.chosen import chosen
from ....module_utils._use_cases import session_screen as screen
from ....module_utils._use_cases.not_done import NotDone, say_not_done
from ....module_utils._use_cases.portal_session import SessionWorked, Shown, WorkInSession, work_in_session
from ....module_utils._use_cases.session_items import LENGTH, Item
from ....module_utils._use_cases.session_mail import MailRoute
from ..action import Result, ZorgidAction
from ..login_code import at_terminal, login_code
from ..mail_servers import smtp_of
from ..opening import place_of
from ..portal import access_of, keeping_command_of
from ..portal_map import portal_map
from . import arguments, showing, variables
from .beginning import NAMED, refuse_unknown
from .options import options_of

#: a yes that names no list
_TRUE: Final = "true"
_NEEDED: Final = (
    *("organisation", "environment", "dossier_url", "dossier_tenant", "dossier_key", "dossier_head_path"),
    *("portal", "ca_path", "handed_dir", "work_dir", "administrators", "purge"),
    *("accounts_path", "list_mapping", "list_roots", "smtp", "document_recipient"),
)


def in_session(action: ZorgidAction, playbook: str, organisations: Sequence[str]) -> Result:
    """The action ``onboarding_in_session``. Errors: ``variables_invalid``, ``organisation_not_one``,
    ``portal_not_configured``, ``not_confirmed``, ``session_list_changed``, and those of what it does."""
    refuse_unknown(action)
    if NAMED in action.task_vars:
        raise _named(playbook)
    loaded = load_extra_vars(action._loader)
    names = commands.VARIABLES[playbook]
    typed.refuse_near(map(str, loaded), names, playbook)
    extra = typed.texts(context.CLIARGS.get("extra_vars") or (), loaded, names)
    host = _host(action, playbook, organisations)
    given = variables.read(action.task_vars, action._templar.template, _NEEDED)
    given["portal"] = portal_of(given.get("portal"), extra)
    if playbook == "portal_map":
        return _map(action, given, extra)
    return _Login(action, host, given).run(extra)


def _host(action: ZorgidAction, playbook: str, organisations: Sequence[str]) -> str:
    """This task's host. Without -l a code would be shown for each organisation, one after the other."""
    host = str(action.task_vars["inventory_hostname"])
    limit = str(action.task_vars.get("ansible_limit") or "")
    if host in organisations and (limit or len(organisations) == 1):
        return host
    if limit or len(organisations) < 2:
        return chosen(organisations, {host}, limit=limit or host, playbook=playbook, everyone=False)[0]
    raise ZorgidError(
        "organisation_not_one",
        f"It is not said whose portal it is, and there are {len(organisations):,} organisations",
        expected="-l with the inventory name of an organisation, or of several: each shows a code of its own",
        found="no -l",
        action=" ".join(commands.command(playbook, printable(organisations[0], 200), {})),
    )


def _named(playbook: str) -> ZorgidError:
    """Somebody is at the terminal, so there is no controller that may ignore a limit."""
    return ZorgidError(
        "organisation_not_one",
        f"The playbook {playbook} does not use {NAMED}, so nothing was done",
        expected="-l with the inventory name of an organisation",
        found=NAMED,
        action=f"leave {NAMED} out, and use -l",
    )


def _map(action: ZorgidAction, given: Mapping[str, Any], extra: Mapping[str, str]) -> Result:
    asked = arguments.given(arguments.portal_map(given, extra.get("state"), extra.get("draft")))
    return portal_map(action, options_of(action, "portal_map", asked))


class _Login:
    def __init__(self, action: ZorgidAction, host: str, given: Mapping[str, Any]) -> None:
        self._action, self._host, self._given = action, host, given
        organisation = given["organisation"]
        self._name = printable(str(organisation.get("name") or host), 120)
        self._portal = access_of(options_of(action, "employee_accounts", self._arguments("employee_accounts")))
        self._person = printable(self._portal.browser.person or "", 60)
        self._private = at_terminal()

    def _arguments(self, name: str) -> dict[str, Any]:
        made = {
            "employee_accounts": arguments.employee_accounts,
            "portal_administrators": arguments.portal_administrators,
        }[name](self._given)
        asked = arguments.given(made)
        # Without a list of employees the options alone are read.
        return asked if name != "employee_accounts" or "accounts_path" in asked else {**asked, "accounts": []}

    def run(self, extra: Mapping[str, str]) -> Result:
        if "not_done" in extra:
            return self._not_done(extra)
        agreed = agreed_of(extra)
        command = WorkInSession(self._portal, self._lists(), self._name, agreed, self._mail())
        check = self._action.check_mode
        other = agreed if agreed != _TRUE else ""

        def before(shown: Shown) -> None:
            self._show(
                lambda seen: screen.before(
                    shown.items,
                    seen,
                    check=check,
                    confirmed=shown.goes_on,
                    digest=shown.digest,
                    typed=other,
                    mail=shown.mail.words,
                )
            )

        with login_code(f"{self._name}: {self._person} scans this code with the ZORG-ID app") as code:
            worked = work_in_session(command, code, before, check_mode=check)
        if worked.works:
            ended = "is kept" if worked.is_kept else "has ended" if worked.logged_out else "may still be open"
            notes = worked.notes
            self._show(
                lambda seen: screen.after(
                    worked.items, seen, session=ended, page=worked.page, notes=notes, mail=worked.mail
                )
            )
        return self._result(worked, agreed, check=check)

    def _mail(self) -> MailRoute:
        """Errors: those of the mail server's options."""
        if not self._given.get("smtp"):
            return MailRoute()
        asked = arguments.given(arguments.onboarding_notices(self._given))
        return MailRoute(smtp_of(options_of(self._action, "onboarding_notices", asked)), self._given["environment"])

    def _lists(self) -> tuple[Any, ...]:
        """Administrators first: who becomes operator may then register."""
        found = []
        for name, wanted in (("portal_administrators", "administrators"), ("employee_accounts", "accounts_path")):
            if self._given.get(wanted):
                options = options_of(self._action, name, self._arguments(name))
                administrators = name == "portal_administrators"
                found.append(keeping_command_of(self._action, options, administrators=administrators)[0])
        if not found:
            raise ZorgidError(
                "portal_not_configured",
                f"{self._name} has no list of people, so there is nothing to compare the portal with",
                expected="zorgid_onboarding_administrators, zorgid_onboarding_accounts_path, or both",
                found="neither",
                action="set one of them in the inventory",
            )
        return tuple(found)

    def _about(self, *, names: bool) -> screen.About:
        ura = self._portal.ura.digits
        return screen.About(showing.style(), self._host, self._name, ura, self._person, moments.now(), names)

    def _show(self, drawn: Any) -> None:
        """With names on the person's own terminal; without in everything that is stored."""
        bare = drawn(self._about(names=False))
        showing.show(drawn(self._about(names=True)) if self._private else bare, kept=bare)

    def _result(self, worked: SessionWorked, agreed: str, *, check: bool) -> Result:
        result: Result = {
            "changed": worked.changed if worked.works else check and worked.asks,
            "changes": [_item_result(item) for item in worked.items],
            "worklists": worked.worklists,
            "notes": worked.notes,
        }
        if worked.page:
            result["page"] = worked.page
        if worked.mail and (worked.works or check) and worked.items:
            result["mail"] = worked.mail.status
        if worked.asks and not check:
            raise _asked(worked.digest, agreed, self._host)
        if worked.failure:
            result |= {"failed": True, "error_code": worked.failure.code, "msg": worked.failure.message}
        return result

    def _not_done(self, extra: Mapping[str, str]) -> Result:
        number = extra["not_done"]
        place = place_of(arguments.opening(self._given))
        said = NotDone(place, self._portal.ura.digits, number, extra.get("by", commands.BY))
        changed = say_not_done(said, read_only=self._action.check_mode)
        showing.show(screen.not_done(printable(number, 60), self._about(names=False), check=self._action.check_mode))
        return {"changed": changed}


def portal_of(portal: Mapping[str, Any] | None, extra: Mapping[str, str]) -> Mapping[str, Any]:
    """``-e diagnose=`` comes before the inventory's. Error: ``options_invalid``."""
    typed_too = {"diagnose": typed.is_true(extra, "diagnose")} if "diagnose" in extra else {}
    return {**(portal or {}), **typed_too}


def agreed_of(extra: Mapping[str, str]) -> str:
    """The digest that was typed; ``true`` for a yes that names no list; empty for none. Error: ``options_invalid``."""
    text = extra.get("confirm", "").lower()
    if re.fullmatch(f"[0-9a-f]{{{LENGTH}}}", text):
        return text
    try:
        return _TRUE if typed.is_true(extra, "confirm") else ""
    except ZorgidError:
        raise ZorgidError(
            "options_invalid",
            "confirm does not name a list, so nothing was opened",
            expected=f"the {LENGTH} digits and letters (0-9, a-f) in the command below the list that was shown",
            found=printable(text, 80),
            action="copy that whole command; without confirm the list is shown again",
        ) from None


def _asked(digest: str, agreed: str, host: str) -> ZorgidError:
    again = " ".join(commands.command("portal_login", host, {"confirm": digest}))
    if agreed and agreed != _TRUE:
        return ZorgidError(
            "session_list_changed",
            "Nothing was changed, because the list is not the one that was confirmed",
            expected=f"the list of {agreed}",
            found=f"the list of {digest}: the portal or your list changed since it was shown",
            action=f"read the new list; when all of it is right: {again}",
        )
    return ZorgidError(
        "not_confirmed",
        "Nothing was changed, because it was not confirmed",
        expected=f"-e confirm={digest}, which names the list that was shown",
        found="confirm=true, which names no list" if agreed else "no confirm, or false",
        action=f"when all of the list is right: {again}",
    )


def _item_result(item: Item) -> Result:
    result: Result = {"external_id": item.shown, "changes": list(item.kinds)}
    if item.by_hand:
        result["by_hand"] = item.by_hand
    if item.result:
        result |= {"status": item.result.status, **({"error_code": item.result.code} if item.result.code else {})}
    return result
