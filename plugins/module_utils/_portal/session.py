# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Use a driver: connect, read everything, and always close."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .._common.errors import ZorgidError
from .._common.ura import same_ura
from .driver import Connected, PortalDriver, Reading


@contextmanager
def connected(driver: PortalDriver, ura: str, roles: Sequence[str] = ("employee",)) -> Iterator[Connected]:
    """Errors: ``portal_login_needed``, and those of ``PortalDriver.connect``."""
    try:
        connection = driver.connect(ura, roles)
        if connection.state == "login_needed":
            raise ZorgidError(
                "portal_login_needed",
                "The portal wants a person to log in first; nothing was changed",
                expected="a session that somebody logged in to",
                found="none",
                action=f"{connection.login or 'log in to the portal'}, then run again",
            )
        yield connection
    finally:
        driver.close()


def read_whole(driver: PortalDriver, ura: str, *, since: bool = False) -> Reading:
    """A complete reading, for a plan. Errors: ``portal_incomplete, portal_wrong_organisation``, and those of
    ``PortalDriver.read``."""
    reading = driver.read(ura, since=since)
    if reading.owner is not None and not same_ura(reading.owner, ura):
        raise ZorgidError(
            "portal_wrong_organisation",
            f"The portal shows another organisation than {ura}",
            expected=f"the members of URA {ura}",
            found="those of another organisation",
            action="correct ura or the credentials",
        )
    if not reading.complete:
        raise ZorgidError(
            "portal_incomplete",
            "The portal shows only a part of the members, so it is not known who is missing",
            expected="every member of the organisation",
            found="a part of them",
            action="run again later; if it stays so, tell the portal's supplier (with driver browser, first check "
            "list.next and list.total of the page map)",
        )
    return reading
