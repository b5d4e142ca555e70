# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in to the portal's pages with the phone of a person who is there, and check whose session it is.

The code is only shown to ``show``, which puts it on that person's screen. It is never mailed or logged: a code that
arrives by message is what phishing looks like.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .._activation.pictures import Budget, codes_in
from .._browser.names import Fill, PageMap, Step, Target
from .._browser.window import Here, Window
from .._common.errors import ZorgidError
from .diagnosis import Diagnosis

#: called with the picture of the code and its text, at first and whenever the page renews it
Show = Callable[[bytes, str], None]

#: seconds for the first page and its code, and for the page after a login or a change of organisation
_PATIENCE = 30.0
_MOST_PAYLOAD = 2000


@dataclass(frozen=True)
class Whose:
    """Whose session it has to be. person_name: as the portal shows it. organisation: its name, for a map that needs it
    to change to that organisation."""

    person_name: str
    ura: str
    organisation: str = ""

    @property
    def values(self) -> Mapping[str, str]:
        return {"id": self.person_name, "ura": self.ura, "organisation": self.organisation}


def log_in(
    window: Window,
    page_map: PageMap,
    *,
    person_name: str,
    ura: str,
    organisation: str,
    show: Show,
    timeout: float,
    pause: float = 1.0,
    diagnosis: Diagnosis | None = None,
) -> str:
    """The role (ours) of the person who logged in. pause: seconds between two looks at the page. diagnosis: draws the
    page after the login if it is another one than expected; never the login page.

    Errors: ``portal_login_timeout``, ``portal_login_code_missing``, ``portal_person_differs``,
    ``portal_wrong_organisation``, and those of ``Window``. After the last two the session is logged out.
    """
    whose = Whose(person_name, ura, organisation)
    window.walk((), {}, sending="login")  # the page may ask by itself whether the code was scanned
    window.start()
    _wait_for_scan(window, page_map, show, timeout, pause)
    try:
        role = _wait_for(window, page_map, whose, pause)
        if not _in_organisation(window, page_map, whose) and page_map.here.switch:
            _switch(window, page_map, whose)
            _wait_for(window, page_map, whose, pause)
        check_here(window, page_map, whose)
    except ZorgidError as error:
        explained = diagnosis.of(error) if diagnosis else error
        log_out(window, page_map)
        raise explained from None
    window.walk((), {})  # from here on nothing may be sent
    return role


def log_out(window: Window, page_map: PageMap) -> bool:
    """Whether the portal shows that the session has ended. Raises nothing."""
    try:
        window.walk(page_map.login.leave, {}, sending="login")
        return window.shown(page_map.login.over, wait=_PATIENCE) is not None
    except ZorgidError:
        return False


def asked_here(page_map: PageMap, whose: Whose) -> tuple[Sequence[Target], Sequence[str], Sequence[Mapping[str, str]]]:
    """What ``Window.here`` is asked: all in one look, because it is done before every change."""
    templates = [page_map.here.person, page_map.here.organisation]
    return page_map.login.over, templates, [values for _line, values, _role in _roles(page_map, whose)]


def check_here(window: Window, page_map: PageMap, whose: Whose, seen: Here | None = None) -> str:
    """The role (ours) that the page shows. seen: what ``asked_here`` has just found. Errors: ``portal_session_over``,
    ``portal_person_differs``, ``portal_wrong_organisation``."""
    roles = _roles(page_map, whose)
    here = window.here(*asked_here(page_map, whose)) if seen is None else seen
    if here.over:
        raise session_over()
    if True in here.fits:
        return roles[list(here.fits).index(True)][2]
    role = _role_shown(window, page_map, whose)
    if role is None:
        raise ZorgidError(
            "portal_person_differs",
            "The page does not show the person whose session this has to be, so nothing was done",
            expected="exactly one line with the name of portal_people and a role of the page map",
            found="no such line, so another person may have scanned the code",
            action="let the person of portal_person scan the code; if it was that person, correct portal_people or the "
            "page map (here.person, words.role)",
        )
    if not _in_organisation(window, page_map, whose):
        raise ZorgidError(
            "portal_wrong_organisation",
            f"The page does not show the organisation {whose.ura}, so nothing was done",
            expected=f"the line of URA {whose.ura}",
            found="no such line",
            action="check that this person belongs to the organisation, and the page map (here.organisation, "
            "here.switch)",
        )
    return role


def demand_role(role: str, roles: Sequence[str]) -> None:
    """roles: that a list keeps. Error: ``portal_role_insufficient``."""
    needed = ("administrator",) if set(roles) - {"employee"} else ("administrator", "operator")
    if role not in needed:
        raise ZorgidError(
            "portal_role_insufficient",
            "The person who is logged in does not have permission for this in the portal",
            expected=f"the role {' or '.join(needed)}",
            found=f"the role {role}",
            action="let somebody with that role log in (portal_person)",
        )


def demand_session(window: Window, page_map: PageMap) -> None:
    """Error: ``portal_session_over``. A question whether somebody is still there is never answered by a program."""
    if window.shown(page_map.login.over) is not None:
        raise session_over()


def session_over() -> ZorgidError:
    return ZorgidError(
        "portal_session_over",
        "The session in the portal ends or has ended",
        expected="the pages of a person who is logged in",
        found="the login page, or the question whether somebody is still there",
        action="let the person log in again, and run again: the run reads the portal first",
    )


def _wait_for_scan(window: Window, page_map: PageMap, show: Show, timeout: float, pause: float) -> None:
    login, shown, since = page_map.login, "", time.monotonic()
    if window.shown([login.page], wait=_PATIENCE) is None:
        raise ZorgidError(
            "page_not_as_mapped",
            "The first page is not the login page of the map",
            expected="the login page (login.page)",
            found="another page",
            action="check portal.start and login.page of the page map",
        )
    while window.shown([login.page]) is not None:
        found = _code(window, page_map)
        if found and found[1] != shown:
            shown = found[1]
            show(*found)
        waited = time.monotonic() - since
        if not shown and waited > min(timeout, _PATIENCE):
            raise ZorgidError(
                "portal_login_code_missing",
                "The login page shows no QR code that can be read",
                expected="exactly one QR code in login.qr of the page map",
                found="none",
                action="look at the login page in a browser, and correct login.qr of the page map",
            )
        if waited > timeout:
            raise ZorgidError(
                "portal_login_timeout",
                "Nobody logged in to the portal in time; nothing was changed",
                expected=f"a scan within {timeout:.0f} seconds",
                found="none",
                action="run it again while the person has the phone in hand, or raise login_timeout",
            )
        time.sleep(pause)


def _code(window: Window, page_map: PageMap) -> tuple[bytes, str] | None:
    """The picture and the text of the code; None while the page renews it."""
    try:
        png = window.picture(page_map.login.qr)
        codes = codes_in(png, Budget())
        text = codes[0].decode() if len(codes) == 1 else ""
    except UnicodeDecodeError:
        return None
    except ZorgidError as error:
        if error.code in ("page_not_as_mapped", "qr_image_unreadable", "browser_timeout"):
            return None
        raise
    return (png, text) if 0 < len(text) <= _MOST_PAYLOAD and text.isprintable() else None


def _wait_for(window: Window, page_map: PageMap, whose: Whose, pause: float) -> str:
    """The role of the person, once the page after the login or the change is there. Error: as ``check_here``."""
    since = time.monotonic()
    while (role := _role_shown(window, page_map, whose)) is None:
        # A page that asks something else first is not answered.
        if time.monotonic() - since > min(_PATIENCE, 20 * pause):
            return check_here(window, page_map, whose)
        time.sleep(pause)
    return role


def _role_shown(window: Window, page_map: PageMap, whose: Whose) -> str | None:
    roles = _roles(page_map, whose)
    # Asked first without waiting: a line that is not there is waited for.
    place = window.shown([Target("line", line) for line, _values, _role in roles])
    if place is None or not window.lines([page_map.here.person], roles[place][1]):
        return None
    return roles[place][2]


def _roles(page_map: PageMap, whose: Whose) -> list[tuple[str, Mapping[str, str], str]]:
    """For each role: the line of a person who has it, the values in that line, and the role (ours)."""
    words = page_map.words.get("role", {})
    values = [{**whose.values, "role": word} for word in words]
    return [(filled(page_map.here.person, one), one, words[one["role"]]) for one in values]


def filled(template: str, values: Mapping[str, str]) -> str:
    """A name of the map with the values of a person or an organisation."""
    # In one go: a value is never a template.
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), template)


def _in_organisation(window: Window, page_map: PageMap, whose: Whose) -> bool:
    return window.lines([page_map.here.organisation], whose.values)


def _switch(window: Window, page_map: PageMap, whose: Whose) -> None:
    for item in page_map.here.switch:
        if isinstance(item, Step):
            window.walk([item], whose.values, sending="login")
        elif window.fill([item], [_text(item, whose)]):
            raise ZorgidError(
                "page_field_differs",
                "The choice of the organisation shows something else than was filled in",
                expected="the organisation of this run",
                found=f"another one in {item.field.name}",
                action="check here.switch of the page map",
            )


def _text(fill: Fill, whose: Whose) -> str:
    return whose.values.get(fill.source or "", "") or fill.choices.get("always", "")
