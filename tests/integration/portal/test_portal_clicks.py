# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person works off a worklist in the portal's pages, word by word; the portal's own export then proves it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
import requests
import zxingcpp
from ansible_collections.gbz.zorgid.plugins.module_utils._portal import desired
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules
from ansible_collections.gbz.zorgid.tests.support.by_hand import kept_by_hand
from lxml import html
from PIL import Image
from zorgid_sandbox import portal as service

URA = "90000111"
CHIEF = {"first_name": "Marit", "last_name": "Graaf", "date_of_birth": "1975-03-09", "email": "marit@zon.example"}
DEVICES = {"Blokkeren": "block", "Deblokkeren": "unblock", "Intrekken": "revoke", "Opnieuw uitnodigen": "invite"}


class Person:
    """Does what each step says; knows labels and buttons, nothing of SCIM."""

    def __init__(self, portal):
        self.root = portal.page.removesuffix("/portal")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = portal.ca_path
        code = service.issue_activation(portal.state, URA, CHIEF, organisation_name="Zon")
        key = self.session.post(f"{self.root}/app/activate", json={"payload": code, "pin": "24680"}).json()[
            "device_key"
        ]
        self.get("/portal/login")
        image = Image.open(io.BytesIO(self.session.get(f"{self.root}/portal/login/qr.png").content))
        (scanned,) = zxingcpp.read_barcodes(image)
        reported = {"payload": scanned.text, "device_key": key, "pin": "24680"}
        assert self.session.post(f"{self.root}/app/approve", json=reported).ok
        self.get("/portal/login/wait")

    def get(self, path):
        self.page = html.fromstring(self.session.get(self.root + path).content)

    def save(self, form, **fields):
        answer = self.session.post(self.root + form.action, data={**dict(form.form_values()), **fields})
        assert answer.ok, answer.text

    def export(self, path):
        path.write_bytes(self.session.get(f"{self.root}/portal/users.csv").content)
        return str(path)

    def form(self, ending):
        (form,) = [form for form in self.page.forms if form.action.endswith(ending)]
        return form

    def write(self, form, label, value):
        (field,) = [item for item in form.iter("label") if (item.text or "").strip() == label]
        control = next(iter(field.iter("input", "select")))
        if control.tag == "select":
            value = next(option.get("value") for option in control if option.text == value)
        if control.get("type") == "date":  # a browser shows it as the reader's country writes it
            value = "-".join(reversed(value.split("-")))
        control.value = value

    def enrol(self, account):
        names = ("first_name", "prefix", "last_name", "date_of_birth")
        card = {"document_type": "passport", "document_expires": "2099-05-01"}
        reported = {name: account[name] for name in names} | {"ura": URA, "pin": "13579", "identification": card}
        assert self.session.post(f"{self.root}/app/enrol", json=reported).ok

    def work_off(self, steps):
        menu, *rest = steps
        assert menu.startswith("Gebruikers → ")
        self.get("/portal/users")
        if menu.startswith("Gebruikers → Nieuwe gebruiker"):
            self.get(self.page.xpath("//a[text()='Nieuwe gebruiker']/@href")[0])
            return self.register(self.form("/portal/users"), rest)
        name = menu.removeprefix("Gebruikers → ").removesuffix(" → Beheer")
        self.get(self.page.xpath("//a[text()=$name]/@href", name=name)[0])
        here = self.page.xpath("//form[contains(@action, '/role')]/@action")[0].removesuffix("/role")
        for step in rest:
            self.get(here)
            if step.startswith("Organisatie(s): kies "):
                form = self.form("/role")
                wanted = step.removeprefix("Organisatie(s): kies ")
                self.save(form, role=form.xpath(".//option[text()=$text]/@value", text=wanted)[0])
                return None
            if step.startswith("Organisatie(s): rol "):
                form = self.form("/role")
                wanted = re.search(r"→ (\w+); Rol opslaan", step)[1]
                self.save(form, role=form.xpath(".//option[text()=$text]/@value", text=wanted)[0])
            elif step.startswith("Telefoon: "):
                button = step.removeprefix("Telefoon: ").partition(" (")[0]
                (form,) = [item for item in self.page.forms if item.xpath(".//button/text()") == [button]]
                self.save(form)
            elif not step.startswith("Let op"):
                label, _, change = step.partition(": ")
                form = self.form("/data")
                self.write(form, label, change.removesuffix("; Gegevens opslaan").rpartition(" → ")[2])
                self.save(form)
        return None

    def register(self, form, steps):
        for step in steps:
            if found := re.fullmatch(r"WID-controle: (\w+), geldig tot (\S+), op (\S+)", step):
                labels = ("Identificatie", "Soort document", "Geldig tot", "Gecontroleerd op")
                for label, value in zip(labels, ("WID-controle", *found.groups()), strict=True):
                    self.write(form, label, value)
            elif step.startswith("Kies zelfregistratie"):
                self.write(form, "Identificatie", "zelfregistratie")
            elif not step.startswith("Let op"):
                self.write(form, *step.removesuffix("; Opslaan").split(": ", 1))
        self.save(form)


@pytest.fixture(scope="module")
def person(tmp_path_factory):
    with service.running(tmp_path_factory.mktemp("portal")) as portal:
        yield Person(portal)


def entry(number, **more):
    name = {"first_name": "Sanne", "prefix": "van der", "last_name": f"Berg {number}"}
    reported = {"external_id": f"HR-{number}", "date_of_birth": "1988-04-12", "email": f"s{number}@zon.example"}
    return {**name, **reported, **more}


def kept(person, folder, wanted, administrators=False):
    roles = ("administrator", "operator") if administrators else ("employee",)
    accounts = desired.from_list(wanted, administrators=administrators)
    rules = Rules(URA, roles, max_removals="5", reactivate=True)
    return kept_by_hand(person.export(folder / "export.csv"), folder / "lists", accounts, rules)


def work(person, found):
    for item in found["worklists"]:
        with Path(item["csv"]).open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                person.work_off(row["Klikken"].split(" | "))


def test_what_the_list_says_is_what_the_portal_needs(person, tmp_path):
    record = {"document_type": "passport", "document_expires": "2099-05-01", "checked_by": "HR-9"}
    staff = [entry(number) for number in range(1, 6)]
    staff[4]["identification"] = {**record, "checked_at": "2026-11-20"}
    rounds = [staff]
    rounds.append([{**staff[0], "last_name": "Wit"}, {**staff[1], "state": "absent"}, *staff[2:]])
    rounds.append([{**staff[0], "last_name": "Wit", "email": "wit@zon.example"}, staff[1], *staff[2:]])
    for state in ("present", "blocked", "present", "revoked"):
        rounds.append([*rounds[-1][:3], {**staff[3], "state": state}, staff[4]])
    for number, wanted in enumerate(rounds):
        if number == 3:
            person.enrol(staff[3])
            wanted[0]["first_name"] = "Anna"
        found = kept(person, tmp_path, wanted)
        assert found["summary"]["todo"] > 0
        work(person, found)
        proof = kept(person, tmp_path, wanted)
        assert proof["summary"] == {"unchanged": 5}
        assert list((tmp_path / "lists").iterdir()) == []
    chief = [{"external_id": "HR-0", "role": "administrator", **CHIEF}, {**entry(3), "role": "operator"}]
    found = kept(person, tmp_path, chief, administrators=True)
    assert "Smartcard" in (tmp_path / "lists" / f"{URA}-administrators.html").read_text()
    work(person, found)
    assert kept(person, tmp_path, chief, administrators=True)["summary"] == {"unchanged": 2}
