# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the board says of each organisation, and what it never says."""

from __future__ import annotations

import csv as stdlib_csv
import dataclasses
import datetime
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.model import (
    STATES,
    STEPS,
    Dossier,
    Observation,
    Statement,
    Submission,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._dossier.store import DossierStore
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.problems import ACTIONS, NOTHING_TO_DO
from ansible_collections.gbz.zorgid.plugins.module_utils._report import csv, html, texts
from ansible_collections.gbz.zorgid.plugins.module_utils._report.board import board
from ansible_collections.gbz.zorgid.plugins.module_utils._report.failures import FAILED_OTHERWISE
from ansible_collections.gbz.zorgid.plugins.module_utils._use_cases.write_board import write_board
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.report import command_of, result_of
from ansible_collections.gbz.zorgid.tests.support.report_dossiers import (
    ALL,
    CERTIFICATE,
    NOW,
    attested,
    dossier,
    many,
    three,
)
from lxml import html as parser

BOTH = ["certificate_expires_soon", "certificate_g1_ends"]
HOSTILE = '=HYPERLINK("https://evil.example","<script>alert(1)</script>")\n{{ 7*7 }}'


def of(*dossiers: Any, **options: Any) -> dict[str, Any]:
    return board(dossiers, now=NOW, **options)


def rows(made: dict[str, Any]) -> list[list[str]]:
    return list(stdlib_csv.reader(io.StringIO(csv.render(made).decode("utf-8-sig")), delimiter=";"))


def test_the_words_know_every_step_and_state() -> None:
    assert tuple(texts.STEPS) == STEPS
    assert set(texts.STATES) == set(STATES)
    assert {step for step, _role in texts.ASKS} == set(STEPS)
    assert {role for _step, role in texts.ASKS} | set(texts.RELAYED.values()) < set(texts.ROLES)


def test_mail_that_somebody_has_to_look_at_is_on_the_board() -> None:
    def mail(name: str, problem: str | None, at: str = "2026-11-24T10:15:00+00:00") -> Observation:
        return Observation(f"<{name}@x>", 7, 1, at, "unknown", problem=problem, mailbox="a")

    two = replace(dossier("De Eik", "2", done=ALL), observations=[mail("a", "not_delivered"), mail("b", None)])
    # One mail in a mailbox whose server was renamed, and one without a date.
    nobodys = [mail("c", "ura_missing"), replace(mail("c", "ura_missing"), mailbox="b"), mail("d", "auto_reply")]
    nobodys += [mail("e", "encrypted", ""), mail("f", "winmail_dat", "2026-11-20T10:15:00+00:00")]
    made = of(dossier("De Linde", "1", done=ALL), two, nobodys=nobodys)
    first, second = made["organisations"]
    assert (first["name"], first["status"], second["status"]) == ("De Eik", "attention", "done")
    assert [(line["count"], line["what"]) for line in first["mail"]] == [(1, texts.MAIL["not_delivered"])]
    assert [(line["count"], line["what"], line["since"][:10]) for line in made["mail"]] == [
        (2, texts.MAIL_OTHERWISE, "2026-11-20"),
        (1, texts.MAIL["ura_missing"], "2026-11-24"),
    ]
    assert made["summary"]["mail"] == 4
    page = html.render(made).decode()
    assert all(words in page for words in (texts.MAIL["not_delivered"], texts.MAIL["ura_missing"], "Message-ID"))
    assert "@x" not in page
    assert rows(made)[1][10] == f"1× {texts.MAIL['not_delivered']}"
    assert set(texts.MAIL) <= set(ACTIONS) - NOTHING_TO_DO


def test_a_mail_that_did_not_arrive_and_was_sent_again_is_not_on_the_board() -> None:
    at, known = "2026-11-24T10:15:00+00:00", dossier("De Linde", "1", done=5)
    report = Observation("<r@mx>", 7, 1, at, "undelivered", problem="not_delivered", about="<1@gbz>", mailbox="a")
    mails = [
        Submission(number, "1", "organisation_document", str(number), f"<{number}@gbz>", "done", {}, at)
        for number in (1, 2)
    ]
    (first,) = of(replace(known, observations=[report], submissions=mails[:1]))["organisations"]
    (second,) = of(replace(known, observations=[report], submissions=mails))["organisations"]
    assert ([line["count"] for line in first["mail"]], second["mail"]) == ([1], [])
    assert (first["status"], second["status"] != "attention") == ("attention", True)


def test_who_needs_attention_comes_first() -> None:
    old = dossier("Oud", "1", done=5, state="waiting", since="2026-10-01T00:00:00+00:00")
    failed = dossier("Mislukt", "2", done=1, state="failed")
    expiring = dossier("Verloopt", "3", done=ALL, certificate={**CERTIFICATE, "not_after": "2026-12-24T10:00:00Z"})
    made = of(*three(), old, dossier("Verder", "4", done=3), expiring, failed)
    assert [one["name"] for one in made["organisations"]] == [
        "Mislukt",
        "Verloopt",
        "Oud",
        "Apotheek Het Anker",
        "Huisartsenpraktijk De Linde",
        "Verder",
        "Thuiszorg Zonneveld",
    ]
    assert made["summary"] == {
        "organisations": 7,
        "attention": 2,
        "waiting": 3,
        "open": 1,
        "done": 1,
        "withdrawn": 0,
        "failed": 1,
        "certificates": 1,
        "mail": 0,
        "waiting_for": {"VZVZ": 2, "ZORG-ID Portaal admin": 1},
    }
    assert made["journal"] == {"valid": True, "message": ""}
    assert made["changed_at"] == "2026-11-24T10:15:00+00:00"


def test_a_waiting_step_says_who_what_and_since_with_a_message() -> None:
    (one,) = of(dossier(done=8, state="waiting"))["organisations"]
    step = one["steps"][8]
    assert (one["status"], one["next"], one["reference"]) == ("waiting", "identity_activated", "VZ-2026-0042")
    assert (step["who"], step["since"]) == ("portal_administrator", "2026-11-24T10:15:00+00:00")
    assert step["what"].startswith("Installeer de ZORG-ID app")
    assert step["subject"].startswith("ZORG-ID Smart, Huisartsenpraktijk De Linde: Installeer de ZORG-ID app")
    assert "URA-nummer: 90000101\nKenmerk: VZ-2026-0042\n" in step["text"]
    assert step["summary"].endswith("(sinds 24-11-2026)")
    assert one["steps"][1]["summary"] == "G4, geldig tot 30-06-2029"
    assert one["steps"][2]["summary"] == "kenmerk VZ-2026-0042"
    assert one["steps"][9]["since"] == one["steps"][9]["summary"] == ""


def test_a_failure_says_what_happened_and_what_helps() -> None:
    known = of(dossier(done=4, state="failed"))["organisations"][0]["steps"][4]
    assert known["what"] == "De mailserver voor uitgaande mail is niet bereikbaar."
    assert (known["error_code"], known["message"]) == ("smtp_unreachable", "The SMTP server cannot be reached.")
    other = of(dossier(done=4, state="failed", error_code="new_one"))["organisations"][0]["steps"][4]
    assert other["what"] == FAILED_OTHERWISE


@pytest.mark.parametrize(
    ("not_after", "left_by_the_judge", "expected", "status"),
    [
        ("2026-11-01T00:00:00Z", ["certificate_expires_soon"], ["certificate_expired"], "attention"),
        ("2027-01-29T11:59:00Z", [], ["certificate_expires_soon"], "attention"),
        ("2027-01-29T12:01:00Z", ["certificate_expires_soon"], [], "done"),
        ("2028-11-12T00:00:00Z", ["certificate_g1_ends"], ["certificate_g1_ends"], "done"),
        (
            "2026-12-01T00:00:00Z",
            ["certificate_g1_ends"],
            ["certificate_expires_soon", "certificate_g1_ends"],
            "attention",
        ),
        ("", ["something_new"], ["something_new"], "done"),
        ("nonsense", [], [], "done"),
    ],
)
def test_certificate_warnings(not_after: str, left_by_the_judge: list[str], expected: list[str], status: str) -> None:
    evidence = {"not_after": not_after, "hierarchy": "g1", "warnings": left_by_the_judge}
    (one,) = of(dossier(done=ALL, certificate=evidence))["organisations"]
    assert [warning["code"] for warning in one["warnings"]] == expected
    assert one["status"] == status
    assert all(warning["message"] for warning in one["warnings"])


def test_time_alone_changes_nothing_else() -> None:
    later = NOW + datetime.timedelta(days=20)
    assert board(three(), now=NOW) == board(three(), now=later)


def test_no_personal_data() -> None:
    one = attested(
        dossier(done=3, state="waiting", who="Johanna Lindeman", what="Ask j.lindeman@delinde.example"), "prepared"
    )
    broken = dossier("B", "2", done=1, state="failed", message="Refused <p.lindeman@delinde.example>: no such user")
    made = of(one, broken)
    for content in (json.dumps(made), html.render(made).decode(), csv.render(made).decode("utf-8-sig")):
        assert "Johanna" not in content
        assert "lindeman" not in content
    by_hand = next(found for found in made["organisations"] if found["ura"] == "90000101")
    assert by_hand["steps"][3]["who_label"] == texts.OTHER_ROLE
    assert by_hand["steps"][0]["summary"] == "op 21-11-2026 door een mens bevestigd"


def test_a_broken_journal_is_told() -> None:
    made = of(*three(), journal_problem="Row 17 of the journal was changed.")
    assert made["journal"] == {"valid": False, "message": "Row 17 of the journal was changed."}
    page = parser.fromstring(html.render(made))
    assert "Row 17" in page.xpath("//*[@role='alert']")[0].text_content()
    assert not parser.fromstring(html.render(of(*three()))).xpath("//*[@role='alert']")


def test_a_damaged_dossier_is_named_and_shows_nothing_of_itself() -> None:
    whole = dossier(done=ALL)
    why = "The table milestone (90000101, prepared) differs from row 3 of the journal."
    made = of(replace(whole, damaged=why), dossier("De Eik", "90000102", done=ALL))
    damaged, other = made["organisations"]
    assert (damaged["ura"], damaged["status"], damaged["next"]) == ("90000101", "attention", "prepared")
    first, *others = damaged["steps"]
    assert (first["error_code"], first["message"]) == ("dossier_changed", why)
    assert "veranderd of beschadigd" in first["what"]
    assert {one["state"] for one in others} == {"open"}
    assert other["status"] == "done"
    assert why in parser.fromstring(html.render(made)).text_content()


def test_hostile_names_stay_text() -> None:
    made = of(dossier(HOSTILE, done=5, state="waiting"))
    page = parser.fromstring(html.render(made))
    assert not page.xpath("//script")
    name = page.xpath("//tr[@class='row']/th")[0].text_content()
    assert name.startswith('=HYPERLINK("https://evil.example","<script>alert(1)</script>") {{ 7*7 }}')
    assert {link.get("href").partition(":")[0] for link in page.xpath("//a")} <= {"mailto", "#waiting"}
    assert rows(made)[1][1].startswith("'=HYPERLINK(")


@pytest.mark.parametrize("start", ["=1", "+31", "-1", "@SUM", "\t=1", " =1", "＝1", "%0A", "|cmd"])
def test_a_spreadsheet_computes_nothing(start: str) -> None:
    made = of(dossier(start, done=2))
    made["organisations"][0]["name"] = start
    assert rows(made)[1][1] == f"'{start}"


def test_csv_is_one_line_for_each_organisation() -> None:
    made = of(*three())
    header, *lines = rows(made)
    assert [line[0] for line in lines] == ["00000202", "90000101", "90000303"]
    assert dict(zip(header, lines[0], strict=True))["Wie"] == "VZVZ"
    assert dict(zip(header, lines[2], strict=True))["Medewerkers kunnen inloggen"] == "klaar 20-11-2026"


def test_html_is_an_accessible_table() -> None:
    page = parser.fromstring(html.render(of(*many(30))))
    assert page.get("lang") == "nl"
    table = page.xpath("//table")[0]
    assert table.xpath("caption")
    assert all(cell.get("scope") for cell in table.xpath(".//th"))
    assert len(table.xpath("thead/tr[last()]/th")) == len(STEPS)
    assert all(cell.text_content().strip() for cell in table.xpath(".//td[contains(@class, 'mark')]"))
    assert not page.xpath("//script | //link | //img | //iframe")


class TestFiles:
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        url = f"sqlite:///{tmp_path / 'dossier.sqlite3'}"
        with DossierStore.open(url) as store:
            store.register("90000101", "Huisartsenpraktijk De Linde")
            store.set_milestone("90000101", "prepared", "done")
        return url

    def write(self, url: str, folder: Path, *, check_mode: bool = False) -> dict[str, Any]:
        options = {"dossier_url": url, "path": str(folder), "expiry_warning_days": 60}
        return result_of(write_board(command_of(options), read_only=check_mode), diff_mode=True)

    def test_written_only_when_something_changed(self, url: str, tmp_path: Path) -> None:
        folder = tmp_path / "report"
        assert self.write(url, folder, check_mode=True)["changed"]
        assert not folder.exists()
        first = self.write(url, folder)
        assert first["changed"]
        assert [one["after_header"] for one in first["diff"]] == [first["csv_path"]]
        paths = [Path(first[f"{kind}_path"]) for kind in ("html", "csv", "json")]
        assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
        written = [path.stat().st_mtime_ns for path in paths]
        again = self.write(url, folder)
        assert not again["changed"]
        assert "diff" not in again
        assert [path.stat().st_mtime_ns for path in paths] == written
        assert json.loads(paths[2].read_text())["organisations"][0]["steps"][0]["state"] == "done"

        paths[0].chmod(0o644)
        with DossierStore.open(url) as store:
            store.set_milestone("90000101", "application_confirmed", "waiting", who="vzvz", what="VZVZ has to confirm")
        changed = self.write(url, folder)
        assert changed["organisations"][0]["who_label"] == "VZVZ"
        assert paths[0].stat().st_mode & 0o777 == 0o644

    def test_without_a_dossier_the_board_is_empty(self, tmp_path: Path) -> None:
        found = self.write(f"sqlite:///{tmp_path / 'none.sqlite3'}", tmp_path / "report")
        assert found["summary"]["organisations"] == 0
        assert "nog geen dossier" in Path(found["html_path"]).read_text()
        assert not (tmp_path / "none.sqlite3").exists()

    def test_a_folder_that_cannot_be_written(self, url: str, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(ZorgidError) as caught:
            self.write(url, tmp_path / "file")
        assert caught.value.code == "board_not_written"


def said(one: Dossier, word: str) -> Dossier:
    return dataclasses.replace(one, words=[Statement(1, one.ura, word, "", "Sanne Zwaluwstaart", AT, "by telephone")])


AT = "2026-11-25T08:00:00+00:00"


def test_a_withdrawn_organisation_waits_for_nobody() -> None:
    made = of(said(dossier(done=5, state="waiting"), "withdrawn"), dossier("Anker", "2", done=1, state="failed"))
    assert made["summary"]["waiting_for"] == {}
    assert (made["summary"]["withdrawn"], made["summary"]["waiting"], made["summary"]["failed"]) == (1, 0, 1)
    last = made["organisations"][-1]
    assert (last["status"], last["status_label"], last["next"]) == ("withdrawn", "Ingetrokken", "")
    page, sheet = html.render(made).decode(), csv.render(made).decode()
    for text in (page, sheet):
        assert "wil niet meer aansluiten (vastgelegd op 25-11-2026)" in text
        assert "Zwaluwstaart" not in text
    assert "Bericht dat u kunt sturen" not in page


def test_a_held_organisation_says_so_and_goes_on_waiting() -> None:
    made = of(said(dossier(done=5, state="waiting"), "hold"))
    assert (made["organisations"][0]["status"], made["summary"]["waiting_for"]) == ("waiting", {"VZVZ": 1})
    page, sheet = html.render(made).decode(), csv.render(made).decode()
    assert "Stilgelegd op 25-11-2026: er wordt niets verstuurd" in page
    assert "Stilgelegd op 25-11-2026: er wordt niets verstuurd" in sheet
