# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What preflight shows: what several share once, what needs somebody first, 500 organisations on one screen."""

from __future__ import annotations

import dataclasses

from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Trouble
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.style import Style
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.wire import pack, unpack
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight.data import as_data
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight.finding import Finding, Looked
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight.merging import merged
from ansible_collections.gbz.zorgid.plugins.module_utils._preflight.screen import screen

REFUSED = Trouble(
    "windows_login_refused",
    "The Windows host cert02 refuses the login",
    "a login that the host accepts",
    "refused",
    "correct ansible_user or ansible_password",
)
RUN = Looked(findings=(Finding.ok("controller", "ansible-core 2.21.5"), Finding.ok("controller", "Python 3.13.0")))


def looked(number: int, *findings: Finding, partly: bool = False) -> Looked:
    name, ura = f"Huisartsenpraktijk {number}", f"{90000000 + number}"
    return Looked(f"org{number}", name, ura, "production", findings, partly)


def good(number: int) -> Looked:
    return looked(
        number,
        Finding.ok("controller", "17 libraries", libraries=17),
        Finding.ok("inventory"),
        Finding.ok("windows", "cert01 My", host="cert01", certificates=500),
        Finding.ok("certificates", days=number + 30),
        Finding.ok("smtp", "mail.gbz.example:587, login, TLS 1.3"),
        Finding.ok("HR lists", rows=1000, unchecked=2, oldest=f"2024-01-{1 + number % 28:02}", modified="2026-11-12"),
        Finding.ok("dossier", "/srv/zorgid/dossier.sqlite3, version 3, journal intact"),
    )


def test_five_hundred_good_ones_are_one_screen() -> None:
    found = merged([RUN, *map(good, range(500))])
    assert screen(found, Style(signs=False)).splitlines() == [
        "ZORG-ID preflight - production - 500 organisations - nothing is sent or written",
        "",
        "ok controller    ansible-core 2.21.5, Python 3.13.0, 17 libraries",
        "ok inventory     500 organisations, 500 URAs, no unknown variables, files there",
        "ok windows       cert01: login, 500 certificates",
        "ok certificates  500 found, judged, key signs; shortest: Huisartsenpraktijk 0, 30 days",
        "ok smtp          mail.gbz.example:587, login, TLS 1.3",
        "ok HR lists      500 lists, 500,000 rows, 1,000 without identity check, oldest check 2024-01-01, o..",
        "ok dossier       /srv/zorgid/dossier.sqlite3, version 3, journal intact",
        "",
        "Nothing stands in the way. Exit status 0.",
        "Not set up, and not looked at: trust bundle, imap, forms, portal.",
    ]
    assert found.stopped == {}


def test_what_a_shared_host_refuses_is_told_once_with_all_behind_it() -> None:
    stops = Finding.stop("windows", REFUSED)
    waits = Finding.waits("certificates", "not looked at")
    found = merged([*(looked(number, stops, waits) for number in range(5)), good(9)])
    reported = screen(found, Style())
    assert reported.count("refuses the login") == 2
    assert "✗ windows       5 organisations: The Windows host cert02 refuses the login\n" in reported
    assert "                do  correct ansible_user or ansible_password\n" in reported
    assert "✓ windows       cert01: login, 500 certificates\n" in reported
    assert "… certificates  5 organisations: not looked at\n" in reported
    assert "1 stop. Exit status 2.\n" in reported
    assert "    found      refused\n" in reported
    assert "    [windows_login_refused]\n" in reported
    assert set(found.stopped.items()) == {(f"org{number}", "windows_login_refused") for number in range(5)}
    assert found.exit_status == 2


def test_what_each_has_in_its_own_way_is_one_block_with_the_first() -> None:
    def lacks(number: int) -> Looked:
        return looked(number, Finding.stop("inventory", dataclasses.replace(REFUSED, found=f"/hr/{number}.csv")))

    reported = screen(merged([lacks(number) for number in range(500)]), Style())
    assert "✗ inventory     all 500: The Windows host cert02 refuses the login" in reported
    assert "Huisartsenpraktijk 2: /hr/2.csv; and 497 more" in " ".join(reported.split())
    assert len(reported.splitlines()) < 25
    data = as_data(merged([lacks(number) for number in range(500)]))
    assert len(data["lines"][0]["matters"]) == 500


def test_what_stops_several_lines_of_one_organisation_is_told_at_the_first() -> None:
    found = merged([looked(1, Finding.stop("inventory", REFUSED), Finding.stop("forms", REFUSED))])
    reported = screen(found, Style())
    assert reported.count("[windows_login_refused]") == 1
    assert "… forms         Huisartsenpraktijk 1: not looked at (see inventory)\n" in reported
    lacks = [Trouble("library_missing", one) for one in ("Missing: pywinrm", "The connection needs a library")]
    found = merged([looked(1, Finding.stop("controller", lacks[0]), Finding.stop("windows", lacks[1]))])
    assert screen(found, Style()).count("[library_missing]") == 1


def test_what_is_to_be_looked_at_leaves_the_status_zero_and_stops_come_first() -> None:
    looks = dataclasses.replace(REFUSED, code="certificate_expires_soon")
    found = merged([looked(1, Finding.look("certificates", looks), Finding.ok("certificates", days=3))])
    assert (found.exit_status, found.stopped) == (0, {})
    both = merged([looked(1, Finding.look("imap", looks), Finding.stop("dossier", REFUSED))])
    blocks = screen(both, Style()).partition("Exit status")[2]
    assert blocks.index("windows_login_refused") < blocks.index("certificate_expires_soon")


def test_a_stop_of_the_whole_run_and_variables_that_cannot_be_read() -> None:
    found = merged([Looked(findings=(Finding.stop("controller", REFUSED),)), looked(1, partly=True)])
    assert found.stopped == {"": "windows_login_refused"}
    reported = screen(found, Style())
    assert "✗ controller    The Windows host cert02 refuses the login" in reported
    assert "Not looked at any further: 1 organisation" in reported
    # Whether they are set up stands in the variables.
    assert "Not set up" not in reported
    assert "Not looked at: inventory, trust bundle" in reported


def test_no_line_is_wider_than_the_terminal_and_nothing_foreign_moves_a_cursor() -> None:
    long = dataclasses.replace(REFUSED, message="\x1b[2J" + "very " * 60, action="p@x.example " * 30)
    reported = screen(merged([looked(1, Finding.stop("smtp", long))]), Style())
    assert max(map(len, reported.splitlines())) <= 100
    assert "\x1b" not in reported
    assert "x.example" not in reported


def test_it_travels_from_task_to_task() -> None:
    one = looked(1, Finding.stop("windows", REFUSED), *good(1).findings)
    assert unpack(Looked, pack(one)) == one
