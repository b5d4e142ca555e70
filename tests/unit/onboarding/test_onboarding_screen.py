# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people see in the terminal: design rules of every screen, and each screen as a whole once."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding import effects
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.carried import Carried, EffectOutcome, status
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Seen, Trouble
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.runs import RunPlan
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.screen import table
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import STEP_OF, STEPS, Effect
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.style import Style
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.widths import WIDTH, columns, cut, wrapped
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import NOW, known_until, seen
from ansible_collections.gbz.zorgid.tests.support.screen_support import (
    AMSTERDAM,
    BROKEN_KEY,
    CHANGES,
    CLICKS,
    DEAD_HOST,
    FINE,
    HELD,
    NOT_UNDERSTOOD,
    RENEWED,
    run_of,
    waits,
)
from hypothesis import given
from hypothesis import strategies as st

COLOUR = re.compile(r"\x1b\[\d+m")
ALL_KINDS = [BROKEN_KEY, NOT_UNDERSTOOD, RENEWED, CHANGES, waits("Noord-West", 14), waits("Zuid", 3), HELD, FINE]


def shown(run: RunPlan, style: Style = AMSTERDAM, **more: Any) -> str:
    return table(run, environment="production", now=NOW, style=style, **more)


def test_a_plan_as_a_whole() -> None:
    assert (
        shown(run_of(ALL_KINDS))
        == """\
ZORG-ID plan · production · 8 organisations · 26 Nov 10:00 (Amsterdam) · nothing is sent

✗ De Brug            90000000 certificate_checked       The private key cannot be opened
! Het Anker          90000001 application_confirmed     A mail from VZVZ was not recognised
→ De Linde           90000002 document_signed           sign, mail to VZVZ (the certificate was re…
→ Huisartse…oordwest 90000003 employees_registered      linked 3, unlinked 1
… 2 organisations             application_confirmed     VZVZ, for 14 days (longest: Noord-West)
… Rust               90000006                           on hold, recorded by a person
✓ 1 other                                               nothing to do

In this run: 1 document signed, 1 document mailed, 4 changes in the portal.
Action needed: 2

De Brug (90000000, org000), certificate_checked
  ✗ The private key cannot be opened
    found      the passphrase does not fit key.pem
    do         correct `passphrase` in zorgid_onboarding_certificate, or point key_path elsewhere
    [passphrase_wrong]

Het Anker (90000001, org001), application_confirmed
  ! A mail from VZVZ was not recognised
    mail       24 Nov 10:00, <unknown@vzvz.example>
    do         read the mail in your mail program, do what it asks by hand, and record that in the
               dossier; if VZVZ has changed its mails, set texts to their new subjects
               ansible-playbook gbz.zorgid.done -l org001 -e step=application_confirmed \\
               -e how='HOW YOU KNOW'
    [not_recognised]

De Linde (90000002, org002), document_signed
  → because the certificate was renewed
"""
    )


def test_what_an_organisation_and_its_board_have_in_common_is_said_once() -> None:
    away = Trouble("dossier_unreachable", "The dossier cannot be reached", "a database", "nothing", "start it")
    carried = Carried(
        {"org000": (EffectOutcome(Effect.SIGN_DOCUMENT, "failed", away),)}, (dataclasses.replace(away, host="org000"),)
    )
    assert shown(run_of([FINE]), title="onboard", carried=carried).count("[dossier_unreachable]") == 1


def test_the_end_of_onboard_as_a_whole() -> None:
    refused = Trouble("smtp_refused", "The mail server refuses the mail", "250", "554 no", "ask its postmaster")
    carried = Carried(
        {
            "org000": (
                EffectOutcome(Effect.SIGN_DOCUMENT, "done"),
                EffectOutcome(Effect.MAIL_DOCUMENT, "failed", refused),
            ),
            "org001": (EffectOutcome(Effect.KEEP_EMPLOYEES, "done", changes={"linked": 3, "unlinked": 1}),),
            "org002": (EffectOutcome(Effect.SUBMIT_FOLLOW_UP, "dropped"),),
            "org003": (EffectOutcome(Effect.SUBMIT_APPLICATION, "done"),),
        }
    )
    now = run_of([FINE, FINE, FINE, waits("Noord-West", 0), waits("Zuid", 20)])
    assert (
        shown(now, title="onboard", carried=carried, boards=["/srv/zorgid/work/report/onboarding.html"])
        == """\
ZORG-ID onboard · production · 5 organisations · 26 Nov 10:00 (Amsterdam)

✗ Praktijk           90000000 document_sent             The mail server refuses the mail
✓ Praktijk           90000001 employees_registered      linked 3, unlinked 1
✓ Noord-West         90000003 application_confirmed     applied; now VZVZ
… Zuid               90000004 application_confirmed     VZVZ, for 20 days
✓ 1 other                                               nothing to do

Done in this run: 1 application submitted, 1 document signed, 4 changes in the portal.
Failed: 1 organisation, see below.
Dropped, because it is no longer wanted (plan_stale): 1 follow-up form submitted.
Waits now: 2 for VZVZ.
Action needed: 1

Praktijk (90000000, org000), document_sent
  ✗ The mail server refuses the mail
    expected   250
    found      554 no
    do         ask its postmaster
    [smtp_refused]

Board: /srv/zorgid/work/report/onboarding.html
"""
    )
    assert status(now, carried) == (2, "errors")


def test_what_is_done_is_a_change_and_what_was_dropped_is_none() -> None:
    now = run_of([FINE])
    done, dropped = (
        Carried({"org000": (EffectOutcome(Effect.MAKE_LETTER, how),)})
        for how in ("done", "dropped")  # type: ignore[arg-type]  # the two of its literals
    )
    assert status(now, done) == (0, "changes")
    assert status(now, done, fail_on_changes=True) == (2, "changes")
    assert status(now, dropped) == (0, "ok")


@pytest.mark.heavy
@pytest.mark.parametrize("title", ["plan", "onboard"])
def test_nothing_to_do_is_two_lines(title: Any) -> None:
    run = run_of([FINE] * 490 + [waits("Wacht", 4)] * 9 + [HELD])
    reported = shown(run, title=title, carried=Carried(), boards=["/somewhere"]).splitlines()
    assert reported[0].startswith(f"ZORG-ID {title} · production · 500 organisations")
    assert reported[1:] == ["✓ 500 organisations, nothing to do; 9 wait for somebody; 1 on hold, recorded by a person"]
    reported = shown(run_of([HELD] * 2), title=title, carried=Carried()).splitlines()
    assert reported[1:] == ["… 2 organisations, on hold, recorded by a person; nothing else was looked at"]


def test_status_says_how_it_stands_also_when_nothing_is_to_be_done() -> None:
    reported = shown(run_of([FINE, waits("Wacht", 4)]), title="status", boards=["/srv/board.html"])
    assert "… Wacht              90000001 application_confirmed     VZVZ, for 4 days" in reported
    # What the next run does is not known by what the dossier says alone.
    assert "run:" not in reported
    assert reported.endswith("\nBoard: /srv/board.html\n")


@pytest.mark.heavy
def test_what_many_share_is_told_once() -> None:
    reported = shown(run_of([DEAD_HOST] * 50 + [FINE] * 450))
    assert reported.count("cert02.gbz.example does not answer") == 2  # its line, its details
    assert "✗ 50 organisations            certificate_checked       cert02.gbz.example does not answer" in reported
    first = "Venster (90000000, org000), Venster (90000001, org001), Venster (90000002, org002) and 47 more"
    assert f"50 organisations, certificate_checked: {first}" in re.sub(r"\s+", " ", reported)
    assert "Action needed: 50" in reported
    assert reported.count("\n") < 20


@pytest.mark.heavy
def test_500_of_every_kind_fit_on_a_screen_or_two() -> None:
    kinds = [RENEWED, CHANGES, waits("Wacht", 9), FINE, CLICKS]
    reported = shown(run_of([kinds[place % 5] for place in range(500)])).splitlines()
    assert sum(line.startswith("→ ") for line in reported) == 41
    assert any(re.match(r"→ 260 more +in plan.md", line) for line in reported)
    sums = "100 documents signed, 100 documents mailed, 400 changes in the portal, 200 changes on worklists."
    assert sums in " ".join(reported)
    assert len(reported) < 60


def test_a_terminal_without_signs_gets_ascii_in_the_same_columns() -> None:
    run = run_of([*ALL_KINDS, ("Praktijk Één 診療所", *waits("", 3)[1:])])
    plain, signs = shown(run, dataclasses.replace(AMSTERDAM, signs=False)), shown(run)
    assert plain.isascii()
    rows = plain.split("\n\n")[1].splitlines()
    assert [line[:3] for line in rows] == ["x  ", "!  ", "-> ", "-> ", ".. ", ".. ", "ok "]
    assert rows[0][31:].startswith("certificate_checked ")
    assert rows[4][31:].startswith("application_confirmed ")
    assert "→" in signs


def test_colour_only_helps() -> None:
    run = run_of(ALL_KINDS)
    coloured = shown(run, dataclasses.replace(AMSTERDAM, colour=True))
    assert "\x1b[31m✗\x1b[0m De Brug" in coloured
    assert COLOUR.sub("", coloured) == shown(run)
    assert "\x1b" not in shown(run)


def test_commands_name_the_host_quoted_or_leave_it_to_the_reader() -> None:
    many = shown(run_of([NOT_UNDERSTOOD, NOT_UNDERSTOOD]))
    assert many.count("ansible-playbook gbz.zorgid.done -l HOST ") == 1
    run = run_of([NOT_UNDERSTOOD])
    odd = RunPlan({"a b; rm -rf $HOME": run.plans["org000"]})
    assert "ansible-playbook gbz.zorgid.done -l 'a b; rm -rf $HOME' " in shown(odd)
    assert "ansible-playbook" not in shown(run_of([BROKEN_KEY]))


def test_what_only_warns_is_somebodys_work_too() -> None:
    returning = dataclasses.replace(
        FINE[2].portal.value,
        employees=dataclasses.replace(FINE[2].portal.value.employees, returning=1),  # type: ignore[union-attr, type-var]  # the sample has both
    )
    reported = shown(run_of([(FINE[0], FINE[1], seen(portal=Seen.good(returning)))]))
    assert "! Praktijk" in reported
    assert "[account_offboarded]" in reported
    assert "Action needed: 1" in reported


def test_mail_of_nobody_is_told_as_nobodys() -> None:
    run = dataclasses.replace(run_of([FINE]), attention=(Trouble("not_recognised", "A mail fits no organisation"),))
    reported = shown(run)
    assert "Of no organisation\n  ! A mail fits no organisation\n    [not_recognised]" in reported
    assert "Action needed: 1" in reported


@pytest.mark.heavy
@given(
    st.lists(st.tuples(st.text(max_size=60), st.text(max_size=300), st.text(max_size=300)), min_size=1, max_size=5),
    st.booleans(),
    st.sampled_from(["plan", "onboard", "status"]),
)
def test_no_line_is_wider_than_100_columns(texts: list[tuple[str, str, str]], signs: bool, title: Any) -> None:
    kinds = [
        (name, known_until("prepared"), seen(key=Seen.bad("passphrase_wrong", message or "x", found=found)))
        for name, message, found in texts
    ]
    reported = shown(
        run_of([*kinds, *ALL_KINDS]), dataclasses.replace(AMSTERDAM, signs=signs, colour=True), title=title
    )
    assert max(columns(COLOUR.sub("", line)) for line in reported.split("\n")) <= WIDTH
    assert signs or reported.isascii()
    assert all(line.isprintable() for line in COLOUR.sub("", reported).split("\n"))


def test_every_effect_has_its_words_and_its_step() -> None:
    for effect in Effect:
        mails = effect in effects.MAILS
        did = [effects.Did(effect, {"reminder": 2} if mails else {})]
        # Of mail to people, how many of which kind, before and after.
        assert (effects.effects_in_words(did, done=False) == effects.effects_in_words(did, done=True)) is mails
        assert effects.added_up(did)
        assert STEP_OF[effect] in (*STEPS, "notices", "invitations")


def test_wide_and_combining_letters() -> None:
    assert columns("診療所") == 6
    assert columns("e\u0301") == 1
    assert cut("Huisartsenpraktijk Zonneveld", 18, "…") == "Huisartse…onneveld"
    assert columns(cut("診療所東京中央西日本第一", 10, "…")) <= 10
    # The accent whose letter was cut off goes too.
    assert cut("aaaaaaaaaae\u0301bbb", 8, "…") == "aaaa…bbb"
    assert list(wrapped("x" * 120, "  do ")) == ["  do " + "x" * 95, "     " + "x" * 25]


def test_where_a_letter_lies_is_told_and_of_many_the_number() -> None:
    run = run_of([waits("Wacht", 4)] * 12)
    places = {host: f"/srv/work/handed/{host}/activation-letter.html" for host in run.plans}
    reported = shown(run, title="status", handed=places)
    assert "To hand over, Wacht (90000000, org000):\n  /srv/work/handed/org000/activation-letter.html\n" in reported
    assert "To hand over: 2 more, each in zorgid_onboarding_handed_dir of its organisation" in reported
    assert reported.count("activation-letter.html") == 10
