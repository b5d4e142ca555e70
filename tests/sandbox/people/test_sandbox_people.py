# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole onboarding between the people and a GBZ that works by hand."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from ansible_collections.gbz.zorgid.tests.support.gbz_by_hand import (
    FOLLOW_UP,
    Browser,
    answers,
    application,
    mail,
    reference_on,
    signed,
    submit,
)
from zorgid_sandbox import cli, people, portal, tls
from zorgid_sandbox.state import SandboxError, State, address

DEMO = Path(__file__).resolve().parents[3] / "sandbox" / "scenarios" / "demo.yml"
URA, HOST = "90000101", "huisartsenpraktijk_de_linde"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
EXTENSION = "urn:zorgid:scim:schemas:2.0:User"
IDLE = ["Nobody has anything to do."]


class Round:
    """`people act` with its folders."""

    def __init__(self, state, folder):
        self.state, self.handed, self.inventory = state, folder / "handed", state / "inventory"
        self.vault = folder / "vault-password"
        self.vault.write_text("geheim\n")

    def act(self):
        return list(
            people.act(self.state, handed=self.handed, inventory=self.inventory, vault_password_file=self.vault)
        )

    def token(self, host):
        text = (self.inventory / "host_vars" / host / "portal_token.yml").read_text()
        assert "zst_" not in text
        variables = self._ansible("inventory", "--inventory", str(self.inventory), "--host", host)
        encrypted = json.loads(variables)["zorgid_portal_token"]["__ansible_vault"]
        return self._ansible("vault", "decrypt", given=encrypted)

    def _ansible(self, *words, given=None):
        done = subprocess.run(
            [sys.executable, "-m", "ansible", *words, "--vault-password-file", str(self.vault)],
            input=given,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "ANSIBLE_HOME": str(self.vault.parent)},
        )
        return done.stdout.strip()


def scim(state, token, method, path, **body):
    answer = requests.request(
        method,
        address(state, "portal")["url"] + path,
        json=body or None,
        headers={"Authorization": f"Bearer {token}"},
        verify=str(tls.ca_path(state)),
        timeout=20,
    )
    assert answer.ok, answer.text
    return answer.json()


def person(number, registration, ura=URA, domain="delinde.example"):
    extension = {"dateOfBirth": f"1980-01-{number:02}", "memberships": [{"ura": ura, "role": "employee"}]}
    if registration == "wid":
        extension["identification"] = {
            "method": "wid",
            "documentType": "passport",
            "documentExpires": "2040-01-01",
            "checkedBy": "HR-1",
            "checkedAt": "2026-11-20",
        }
    return {
        "schemas": [USER, EXTENSION],
        "externalId": f"HR-{number}",
        "name": {"givenName": f"Eva{number}", "familyName": "van der Berg"},
        "emails": [{"value": f"e{number}@{domain}", "primary": True}],
        EXTENSION: extension,
    }


def test_from_application_to_active_employees(state, tmp_path):
    round_ = Round(state, tmp_path)
    assert round_.act() == IDLE

    with Browser(state) as browser:
        page = browser.post(browser.application_form, application(URA))
        reference = reference_on(page.text)
        submit(state, mail(signed(state, HOST, URA), "<een@gbz.example>"))
        submit(state, mail(None, "<stand-1@gbz.example>", "p.lindeman@delinde.example"))
        assert round_.act() == [
            f"VZVZ confirms the application {reference} of URA {URA}.",
            f"VZVZ checks and accepts the document of URA {URA}.",
            f"VZVZ mails the link to the follow-up form to URA {URA}.",
            "p…@delinde.example reads 1 mail.",
        ]
        assert round_.act() == IDLE
        confirmed, accepted, link = answers(state)[-3:]
        assert confirmed["Subject"].startswith("Bevestiging aanvraag ZORG-ID Smart")
        assert accepted["Subject"].startswith("Bevestiging organisatiedocument ZORG-ID Smart")
        assert link["Subject"].startswith("Vervolgformulier ZORG-ID Smart")
        for one in (confirmed, accepted, link):
            text = one.get_body(("plain",)).get_content()
            assert f"URA-nummer: {URA}" in text
            assert f"Kenmerk: {reference}" in text
            assert one["From"].addresses[0].addr_spec == "zorg-id@vzvz.example"
        (url,) = re.findall(r"https://\S+", link.get_body(("plain",)).get_content())
        assert "Bedankt" in browser.post(url, FOLLOW_UP).text

    assert round_.act() == [f"VZVZ issues the activation code of URA {URA} and mails it as a QR code."]
    activation = answers(state)[-1]
    assert activation["Subject"].startswith("Activatie ZORG-ID Smart")
    (image,) = [part for part in activation.walk() if part.get_content_type() == "image/png"]
    assert image.get_content_disposition() == "inline"
    assert "zorgid://" not in activation.as_string()

    picture = round_.handed / URA / "activation-qr.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"not a picture")
    (line,) = round_.act()
    assert "no QR code in it that a phone can read" in line
    picture.write_bytes(image.get_content())
    assert round_.act() == [
        "The portal administrator of Huisartsenpraktijk De Linde scans the QR code, chooses a PIN and is active.",
        "The portal administrator of Huisartsenpraktijk De Linde logs in, makes a token and puts it into the vault.",
    ]
    assert round_.act() == IDLE
    (member,) = portal.members(state, URA)
    assert (member["role"], member["device"], member["date_of_birth"]) == ("administrator", "active", "1975-03-09")

    token = round_.token(HOST)
    assert scim(state, token, "GET", "/Me")["name"]["familyName"] == "Lindeman"
    for number in range(1, 6):
        scim(state, token, "POST", "/Users", **person(number, "wid" if number < 4 else "self"))
    assert round_.act() == ["5 people of Huisartsenpraktijk De Linde enrol with their own phone."]
    assert round_.act() == IDLE

    reached = people.outcome(state)
    assert reached["organisations"][URA] == {
        "name": "Huisartsenpraktijk De Linde",
        "applications": 1,
        "documents_accepted": 1,
        "follow_up_forms": 1,
        "activations": 1,
        "employees_active": 5,
        "employees_with_wrong_membership": 0,
    }
    assert reached["organisations"]["00000202"]["employees_active"] == 0
    assert (reached["received_twice"], reached["repeats"]) == ([], 0)
    assert reached["notices"] == {"p…@delinde.example": 1}


def test_what_arrives_twice_is_told(state, tmp_path):
    """After the run above: a lost answer repeated, the same document as another mail, a second application."""
    round_ = Round(state, tmp_path)
    document = signed(state, "apotheek_het_anker", "00000202")
    for message_id in ("<twee@gbz.example>", "<twee@gbz.example>", "<drie@gbz.example>"):
        submit(state, mail(document, message_id))
    with Browser(state) as browser:
        first = reference_on(browser.post(browser.application_form, application("00000202")).text)
        second = reference_on(browser.post(browser.application_form, application("00000202")).text)
    assert first != second
    assert round_.act() == [
        f"VZVZ confirms the application {first} of URA 00000202.",
        f"VZVZ confirms the application {second} of URA 00000202.",
        "VZVZ checks and accepts the document of URA 00000202.",
        "VZVZ has the document of URA 00000202 already and puts the second mail aside.",
        "VZVZ mails the link to the follow-up form to URA 00000202.",
    ]
    reached = people.outcome(state)
    assert reached["repeats"] == 1
    assert reached["organisations"]["00000202"]["documents_accepted"] == 1
    assert reached["organisations"]["00000202"]["applications"] == 2
    application_twice, document_twice = reached["received_twice"]
    assert application_twice == "application of URA 00000202, 2 times"
    assert re.fullmatch(r"document [0-9a-f]{16} under 2 message identifiers", document_twice)


def test_wrong_memberships_are_told(tmp_path):
    """Somebody with another organisation's mail address, and somebody who is a member of two."""
    zonneveld, anker = "90000303", "00000202"
    State(tmp_path).make()
    State(tmp_path).scenario.write_bytes(DEMO.read_bytes())
    with portal.running(tmp_path, {zonneveld: "Thuiszorg Zonneveld", anker: "Apotheek Het Anker"}) as service:
        for number, domain in ((1, "zonneveld.example"), (2, "hetanker.example"), (3, "zonneveld.example")):
            scim(tmp_path, service.tokens[zonneveld], "POST", "/Users", **person(number, "wid", zonneveld, domain))
        scim(tmp_path, service.tokens[anker], "POST", "/Users", **person(3, "wid", anker, "zonneveld.example"))
        reached = people.outcome(tmp_path)["organisations"]
        assert (reached[zonneveld]["employees_with_wrong_membership"], reached[zonneveld]["employees_active"]) == (2, 0)
        assert reached[anker]["employees_with_wrong_membership"] == 1


def test_a_token_is_never_written_in_the_clear(state, tmp_path):
    with pytest.raises(SandboxError, match="--vault-password-file"):
        list(people.act(state, handed=tmp_path, inventory=tmp_path, vault_password_file=None))


def test_the_command_line_prints_the_outcome(state, capsys):
    assert cli.main(["outcome", "--state", str(state)]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"organisations", "received_twice", "repeats", "notices"}
