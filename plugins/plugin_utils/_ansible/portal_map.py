# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``portal_map``: its options as a command, its outcome as a result, and what it shows."""

from __future__ import annotations

from ...module_utils._common.text import printable
from ...module_utils._common.ura import Ura
from ...module_utils._portal.access import PortalAccess
from ...module_utils._portal.browser_access import BrowserAccess
from ...module_utils._portal.page_looks import Looked
from ...module_utils._use_cases import pages_screen
from ...module_utils._use_cases.look_at_pages import LookAtPages, PagesLooked, look_at_pages
from .action import Options, Result, ZorgidAction
from .login_code import login_code
from .onboarding import showing


def portal_map(action: ZorgidAction, options: Options) -> Result:
    command, shown = command_of(options)
    who = printable(command.portal.browser.person or "", 60)
    with login_code(f"Portal of {command.portal.ura.digits}: {who} scans this code with the ZORG-ID app") as show:
        found = look_at_pages(command, show, check_mode=action.check_mode)
    if shown:
        showing.show(pages_screen.screen(found, style=showing.style(), check=action.check_mode))
    return result_of(found)


def command_of(options: Options) -> tuple[LookAtPages, bool]:
    """The command, and whether to show the result in the terminal."""
    access = PortalAccess(
        Ura.of(options["ura"]),
        driver="browser",
        ca_path=options["ca_path"],
        client_cert=options["client_cert"],
        client_key=options["client_key"],
        validate_certs=options["validate_certs"],
        timeout=options["timeout"],
        browser=BrowserAccess(
            options["map_path"],
            person=options["portal_person"],
            people={str(number): printable(str(name)) for number, name in options["portal_people"].items()},
            browser_path=options["browser_path"],
            login_timeout=options["login_timeout"],
            diagnose=options["diagnose"],
        ),
    )
    name = printable(options["organisation_name"] or "")
    return LookAtPages(access, options["state"], name, options["draft_path"]), options["show"]


def result_of(found: PagesLooked) -> Result:
    """Names of the portal's pages, without a value of a person."""
    result: Result = {
        "changed": found.changed,
        "role": found.role,
        "pages": [_page_result(page) for page in found.pages],
    }
    if found.versions:
        result["versions"] = {"playwright": found.versions.playwright, "browser": found.versions.browser}
    if found.draft_path:
        result["draft_path"] = found.draft_path
    if found.remembered:
        result["remembered"] = found.remembered
    if found.differences:
        result["differences"] = found.differences
    if found.notes:
        result["warnings"] = found.notes
    if found.failure:
        result |= {"failed": True, "error_code": found.failure.code, "msg": str(found.failure)}
    return result


def _page_result(page: Looked) -> Result:
    result: Result = {"page": page.place, "good": page.good}
    result["found"] = sum(one.state == "found" for one in page.found)
    for state in ("missing", "several", "nobody"):
        names = [f"{one.kind} {printable(one.name)}" for one in page.found if one.state == state]
        if names:
            result[state] = names
    result |= {"error_code": page.code} if page.code else {}
    return result | ({"image": page.image} if page.image else {})
