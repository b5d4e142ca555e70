# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""plan.md and plan.json: for a merge request and for programs; and that nobody's data comes out anywhere."""

from __future__ import annotations

import dataclasses
import datetime
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import Attestation, Milestone
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.carried import Carried, EffectOutcome
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.data import as_json
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.known import Word
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.markdown import foreign, markdown
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.observed import Answer, Seen, Trouble
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.runs import Host, RunPlan, decide
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.screen import table
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.steps import TABLE, Effect
from ansible_collections.gbz.zorgid.plugins.module_utils._onboarding.style import safe_line
from ansible_collections.gbz.zorgid.tests.support.onboarding_strategies import dossiers, observations
from ansible_collections.gbz.zorgid.tests.support.onboarding_support import (
    NOW,
    POLICY,
    days,
    known_until,
    seen,
)
from ansible_collections.gbz.zorgid.tests.support.screen_support import (
    AMSTERDAM,
    BROKEN_KEY,
    CHANGES,
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

PAGE = Path(__file__).resolve().parents[3] / "docs" / "plan.md"
ALL_KINDS = [BROKEN_KEY, NOT_UNDERSTOOD, RENEWED, CHANGES, waits("Noord-West", 14), HELD, FINE, *[DEAD_HOST] * 5]
CARRIED = Carried({"org003": (EffectOutcome(Effect.KEEP_EMPLOYEES, "failed", Trouble("x_y", "no"), {"linked": 1}),)})
HOSTILE = [
    "a | b || c",
    "`code` ``more``",
    "<img src=x onerror=alert(1)> </details></summary><script>",
    "[text](link) ![picture](there) [ref]: x",
    "@everyone @octocat/team",
    "#1 !2 %3 ~label &4 $5 GH-6 user/project#7 :tada: $x^2$",
    "**bold** _it_ ~~gone~~ # heading",
    "line\n\n# heading\n| cell |\n```\n",
    "/close\n/merge",
    "&lt;b&gt; &#64;x \\| \\",
]


def page_of(run: RunPlan, **more: Any) -> str:
    return markdown(run, environment="production", now=NOW, style=AMSTERDAM, **more)


def data_of(run: RunPlan, **more: Any) -> dict[str, Any]:
    return as_json(run, environment="production", now=NOW, **more)


def test_the_page_says_what_the_screen_says() -> None:
    reported_page = page_of(run_of(ALL_KINDS))
    assert reported_page.startswith("## ZORG-ID plan: production\n\n12 organisations, 26 Nov 2026 10:00 (Amsterdam)\n")
    assert "* In this run: 1 document signed, 1 document mailed, 4 changes in the portal\n" in reported_page
    assert "* Action needed: 7\n* Nothing to do: 1 organisation\n* Result: errors\n" in reported_page
    assert "<summary>2 organisations: wait</summary>" in reported_page
    command = "ansible-playbook gbz.zorgid.done -l org001 -e step=application_confirmed -e how='HOW YOU KNOW'"
    assert f"* record: <code>{command}</code>" in html.unescape(reported_page)
    assert reported_page.count("<details>") == reported_page.count("</details>") == 1 + 3
    assert reported_page.count("cert02.gbz.example does not answer</summary>") == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_what_strangers_wrote_is_text_and_nothing_else(text: str) -> None:
    run = run_of([(text, known_until("prepared"), seen(key=Seen.bad("passphrase_wrong", text, text, text, text)))])
    page = page_of(dataclasses.replace(run, attention=(Trouble("not_recognised", text, found=text),)))
    ours = re.sub(r"</?(?:code|details|summary)>", "", page)
    ours = "\n".join(line for line in ours.splitlines() if not line.startswith(("|---", "| | org", "#", "* ", "```")))
    cells = [row for row in ours.splitlines() if row.startswith("|")]
    assert len(cells) == 1
    assert cells[0].count("|") == 6
    assert not re.search(r"[<>`*_@\[\]\\!~$]", ours.replace("! look", ""))
    assert page.count("<details>") == page.count("</details>") == page.count("<summary>") == 2
    # Read by a browser it is what was written, in one line.
    assert safe_line(text) in html.unescape(page)


@pytest.mark.parametrize("text", ["see #12", "!3 is open", "%4", "~label", "x:smile:", "$1", "deadbeef01", "GH-1"])
def test_whatever_a_forge_would_link_is_code(text: str) -> None:
    found = foreign(text)
    assert found.startswith("<code>")
    assert found.endswith("</code>")


def test_a_mention_is_masked_as_an_address_is() -> None:
    assert foreign("ask @octocat/team") == "ask …"


def test_a_plain_name_stays_readable() -> None:
    assert foreign("Huisartsenpraktijk Zonneveld-Noord, 2e etage") == "Huisartsenpraktijk Zonneveld-Noord, 2e etage"


def test_the_same_plan_gives_the_same_files_but_for_the_moment() -> None:
    later = NOW + datetime.timedelta(days=400)
    run = run_of(ALL_KINDS)
    assert run == run_of(ALL_KINDS)
    one, two = (markdown(run, environment="test", now=now, style=AMSTERDAM) for now in (NOW, later))
    assert [line for line in one.splitlines() if line not in two.splitlines()] == [
        "12 organisations, 26 Nov 2026 10:00 (Amsterdam)"
    ]
    first, second = (as_json(run, environment="test", now=now) for now in (NOW, later))
    assert {**first, "moment": ""} == {**second, "moment": ""}
    assert list(first) == list(second)


def test_the_data() -> None:
    found = json.loads(json.dumps(data_of(run_of(ALL_KINDS), carried=CARRIED)))
    assert (found["format"], found["status"], found["exit_status"]) == (1, "errors", 2)
    assert found["moment"] == "2026-11-26T09:00:00+00:00"
    anker = found["organisations"][1]
    assert (anker["host"], anker["ura"], anker["name"], anker["state"]) == ("org001", "90000001", "Het Anker", "look")
    assert anker["attention"] == [
        {
            "step": "application_confirmed",
            "state": "look",
            "trouble": {
                "code": "not_recognised",
                "message": "A mail from VZVZ was not recognised",
                "expected": "",
                "found": "",
                "action": "read the mail in your mail program, do what it asks by hand, and record that in the "
                "dossier; if VZVZ has changed its mails, set texts to their new subjects",
                "record": "step=application_confirmed attested_by=technical_administrator attested_how='HOW YOU KNOW'",
                "dismiss": "",
                "mail": "<unknown@vzvz.example>",
                "mail_at": "2026-11-24T09:00:00+00:00",
            },
        }
    ]
    steps = {one["step"]: one for one in found["organisations"][3]["steps"]}
    assert steps["employees_registered"]["effects"] == ["keep_employees"]
    assert steps["employees_registered"]["changes"] == {"linked": 3, "unlinked": 1}
    assert found["organisations"][3]["carried"][0]["status"] == "failed"


def test_which_of_the_three_it_was() -> None:
    fine, changes = run_of([FINE]), run_of([CHANGES])
    assert [data_of(fine)[key] for key in ("exit_status", "status")] == [0, "ok"]
    assert [data_of(changes)[key] for key in ("exit_status", "status")] == [0, "changes"]
    failing = data_of(changes, fail_on_changes=True)
    assert (failing["exit_status"], failing["status"]) == (2, "changes")


def state_of(run: RunPlan, **more: Any) -> str:
    (one,) = data_of(run, **more)["organisations"]
    return str(one["state"])


def test_the_state_of_an_organisation_is_that_of_what_holds_it_up() -> None:
    """Of a dossier that cannot be used it was ``look``, and the exit status 2."""

    def noted(code: str, steps: int = 0) -> RunPlan:
        run = run_of([FINE])
        ((host, one),) = run.plans.items()
        return dataclasses.replace(
            run, plans={host: dataclasses.replace(one, note=Trouble(code, "It is so"), steps=one.steps[:steps])}
        )

    for steps in (0, len(TABLE)):
        broken = noted("dossier_journal_broken", steps)
        reported = data_of(broken)
        assert (state_of(broken), reported["exit_status"]) == ("stop", 2)
        assert reported["organisations"][0]["note"]["code"] == "dossier_journal_broken"
    for code in ("dossier_held", "organisation_withdrawn"):
        assert (state_of(noted(code)), data_of(noted(code))["exit_status"]) == ("wait", 0)
    # An effect that failed at what is no step of VZVZ's.
    (host,) = run_of([FINE]).plans
    failed = Carried(
        {
            host: (
                EffectOutcome(
                    Effect.SEND_NOTICES,
                    "failed",
                    Trouble("smtp_refused", "It is"),
                ),
            )
        }
    )
    assert state_of(run_of([FINE]), carried=failed) == "stop"


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inside in value.items():
            yield key
            yield from () if key == "changes" else keys(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from keys(inside)


def test_every_key_is_described_and_no_other() -> None:
    text = PAGE.read_text(encoding="utf-8")
    _before, _heading, described = text.partition("## plan.json")
    described, _next, _rest = described.partition("\n## ")
    named = set(re.findall(r"^\| `([a-z_]+)` \|", described, re.MULTILINE))
    assert set(keys(data_of(run_of(ALL_KINDS), carried=CARRIED))) == named


# Nobody's data

PERSON, MAIL = "Kanarie-Achternaam", "kanarie.pietje@praktijk.example"
LINKS = [
    "https://forms.example/follow?code=KANARIELINK",
    "zorg-id://activeer/KANARIELINK",
    "www.kanarielink.nl/KANARIELINK",
]
TOKENS = ["eyJhbGciOiJIUzI1NiIsInR5cCI6KANARIETOKEN", "0f8fad5b-d9cb-469f-a165-70867728950e"]
CANARIES = ("kanarie", "0f8fad5b")


@st.composite
def foreign_texts(draw: st.DrawFn) -> str:
    """Text with an address, a link or a code in it, wherever and between whatever."""
    hidden = draw(st.sampled_from([MAIL, MAIL.upper(), MAIL.replace("@", "＠"), *LINKS, *TOKENS, f"<{MAIL}>"]))
    before, after = draw(st.text(max_size=500)), draw(st.text(max_size=30))
    edge = draw(st.sampled_from([" ", "\n", "(", ": ", "<", '"', "=", "\u200b"]))
    return f"{before}{edge}{hidden}{draw(st.sampled_from([' ', '>', chr(10), ')', ',']))}{after}"


@st.composite
def runs(draw: st.DrawFn) -> RunPlan:
    """Whatever a dossier holds and a run sees: with people in what people said, and with the rest in every text."""
    known, observed = draw(dossiers()), draw(observations())
    who = Attestation(PERSON, days(3).isoformat(), f"door {PERSON}, {MAIL}")
    steps = {
        name: Milestone(name, one.state, one.since, one.who, f"bel {PERSON}", message=f"{PERSON} {MAIL}",
                        evidence=one.evidence, attested=who if one.attested else None)
        for name, one in known.steps.items()
    }  # fmt: skip
    words = tuple(Word(one.word, one.at, one.subject, PERSON, f"{PERSON} {MAIL}") for one in known.words)
    text = draw(foreign_texts())
    # A Message-ID is shown as it is: whatever has its form is one.
    trouble = Trouble(
        "something_wrong", text, draw(foreign_texts()), draw(foreign_texts()), text, mail="<1@vzvz.example>"
    )
    mails = (*observed.answers, Answer("unknown", days(1), "<1@vzvz.example>", text, "not_recognised"))
    observed = dataclasses.replace(observed, answers=mails, key=Seen.bad("x_y", text, text, text, text))
    known = dataclasses.replace(known, name=text, steps=steps, words=words)
    hosts = [Host(POLICY, known, observed), Host(dataclasses.replace(POLICY, host="b"), known, observed, trouble)]
    return decide(hosts, NOW, attention=[trouble])


@pytest.mark.heavy
@given(runs())
def test_nobodys_data_comes_out_of_any_of_the_three(run: RunPlan) -> None:
    trouble = run.attention[0]
    carried = Carried({host: (EffectOutcome(Effect.MAIL_DOCUMENT, "failed", trouble),) for host in run.plans})
    shown = [table(run, environment="test", now=NOW, style=AMSTERDAM, title=title) for title in ("plan", "status")]  # type: ignore[arg-type]  # the literals
    shown += [table(run, environment="test", now=NOW, style=AMSTERDAM, title="onboard", carried=carried)]
    shown += [page_of(run, carried=carried), json.dumps(data_of(run, carried=carried), ensure_ascii=False)]
    for text in shown:
        whole = re.sub(r"\s+", "", html.unescape(text)).lower()
        assert not [canary for canary in CANARIES if canary in whole]


def test_what_is_worth_reading_stays() -> None:
    whole = "C:\\certs\\linde.pfx, sha256 " + "ab" * 32 + ": valid until 2029-11-19 at cert02.gbz.example:5986"
    assert safe_line(whole) == whole
    assert safe_line("the form at https://user:geheim@forms.example/x") == "the form at …"
    assert safe_line("the form at https://forms.example:8443/x?code=1 is gone") == "the form at forms.example/… is gone"
