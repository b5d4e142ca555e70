# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing of people and nothing secret leaves a run but where it is meant to; no text of others is a template.

Everything that must not be seen is a canary. A whole onboarding runs at -vvv, with every place that Ansible can write
to turned on, and each of those places is searched.
"""

from __future__ import annotations

import base64
import datetime
import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.tests.support.onboard_world import World
from ansible_collections.gbz.zorgid.tests.support.watching import Watch, found_in
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from zorgid_sandbox.people import desk, letters, organisation
from zorgid_sandbox.state import credentials


class Watched(World):
    """A world in which every run writes all that it can write, and whose temporary files are copied while it runs."""

    def __init__(self, folder: Path, count: int) -> None:
        super().__init__(folder, count)
        self.watch = Watch(folder)

    def _person(self, ura: str, number: int, **more: str) -> dict[str, Any]:
        # A first name that stands nowhere by chance.
        return super()._person(ura, number, **{"first_name": f"Annakanarie{number}q", **more})

    def run(self, playbook: str, *words: str) -> int:
        """Any playbook to its end, at -vvv; its exit status."""
        inventories = ["-i", str(self.inventory), "-i", str(self.state / "inventory")]
        vault = ["--vault-password-file", str(self.vault)]
        return self.watch.run([*inventories, *vault, "--diff", playbook, *words], self.environment)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path, 3)
    yield made
    made.stop()


def people_of(world: Watched) -> dict[str, str]:
    """Names, birth dates (as they are written here and there), addresses and telephone numbers."""
    found = {}
    for ura in world.uras:
        for number in range(5):
            one = world._person(ura, number)
            birth = datetime.date.fromisoformat(one["date_of_birth"])
            written = (birth.isoformat(), f"{birth:%d-%m-%Y}", f"{birth.day}-{birth.month}-{birth.year}")
            written = (*written, f"{birth:%Y%m%d}", f"{birth:%d%m%Y}")
            found |= {f"birth date {place} of {ura}/{number}": text for place, text in enumerate(written)}
            found |= {f"name of {ura}/{number}": one["first_name"], f"address of {ura}/{number}": one["email"]}
        found[f"last name of {ura}"] = f"Proef{ura}"
    return {**found, "telephone": "+31600001001"}


def encrypted(source: Path, passphrase: str, target: Path) -> None:
    """The same key and certificate under another passphrase."""
    one = pkcs12.load_pkcs12(source.read_bytes(), b"sandbox")
    others = [each.certificate for each in one.additional_certs]
    locked = serialization.BestAvailableEncryption(passphrase.encode())
    made = pkcs12.serialize_key_and_certificates(b"key", one.key, one.cert.certificate, others, locked)
    target.write_bytes(made)


@pytest.mark.slow
def test_no_canary_leaves_a_run(world: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    canaries = people_of(world)
    # What the sandbox lets in with, and what the organisations are given.
    for service in ("smtp", "imap", "windows"):
        given = credentials(world.state, service)
        canaries |= {f"{service} {name}": given[name] for name in ("password", "access_token") if name in given}
    dossier_key = canaries["dossier key"] = base64.b64encode(secrets.token_bytes(32)).decode()
    passphrase = canaries["passphrase"] = f"canary-{secrets.token_hex(8)}"
    encrypted(world.state / "pki" / "files" / f"org{world.uras[1]}.p12", passphrase, world.folder / "key.p12")

    def second(variables: dict[str, Any]) -> None:
        variables["zorgid_onboarding_certificate"] = {
            "source": "file",
            "certificate_path": str(world.folder / "key.p12"),
            "passphrase": passphrase,
        }

    for ura in world.uras:
        world.edit(f"org{ura}", lambda one: one.update(zorgid_onboarding_dossier_key=dossier_key))
    world.edit(f"org{world.uras[1]}", second)
    secret: dict[str, list[str]] = {"link": [], "code": [], "token": []}
    _recorded(monkeypatch, desk.intake, "issue_link", secret["link"])
    _recorded(monkeypatch, desk.portal, "issue_activation", secret["code"])
    _recorded(monkeypatch, organisation, "_encrypted", secret["token"])

    plan = ("-e", f"zorgid_plan_path={world.folder / 'plan'}")
    assert world.run("gbz.zorgid.plan", *plan) == 0
    assert world.run("gbz.zorgid.onboard", *plan) == 0
    # VZVZ rejects one document; why is for the organisation, on its board.
    reason = f"het KvK-nummer klopt niet (canary{secrets.token_hex(6)})"
    # The three applied at the same time: which number is whose, only VZVZ knows.
    applied = {one.ura: one.reference for one in desk.intake.forms(world.state, "application")}
    third = world.uras[2]
    letters.send(world.state, "document_rejected", ura=third, reference=applied[third], reason=reason)
    # Before VZVZ's people confirm it after all.
    statuses = [world.run("gbz.zorgid.onboard", *plan)]
    for check in ([], [], ["--check"], []):
        world.people_act()
        statuses.append(world.run("gbz.zorgid.onboard", *check, *plan))
    world.run("gbz.zorgid.status")
    for what, reported in secret.items():
        assert reported, what
        # Of a link and of a code, what is secret in it.
        canaries |= {f"{what} {place}": re.split(r"[/=]", text)[-1] for place, text in enumerate(reported)}
    places = world.watch.places()
    # Else there would be nothing to find.
    for part in ("dump.jsonl", "ansible.log", "plan.md", "plan.json", "terminal-1.log", "temporary:"):
        assert any(part in place and text for place, text in places.items()), part
    assert not found_in(places, canaries)
    # Whoever looks at the screen reads it, and the folder of the run hands it over; nothing keeps it.
    kept = {place: text for place, text in places.items() if not place.startswith(("seen/terminal", "temporary:"))}
    assert not found_in(kept, {"reason": reason})
    assert not list((world.folder / "temporary").rglob("zorgid-*"))
    world.people_act()
    reached = world.outcome()["organisations"]
    assert [reached[ura]["employees_active"] for ura in world.uras[:2]] == [3, 3], statuses
    assert 2 in statuses, "nobody was told of the rejection"


@pytest.mark.slow
def test_no_text_of_others_is_a_template(world: Watched) -> None:
    trap = world.folder / "templated"
    pipe = f"{{{{ lookup('ansible.builtin.pipe', 'touch {trap}') }}}}"
    reported = "{{ 'EXE' ~ 'CUTED' }}"
    first, second, third = world.uras
    path = world.inventory / "hosts.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    hosts = content["all"]["children"]["care_organisations"]["hosts"]
    # Names of organisations, a host that is called like a template, ids of a list.
    hosts[f"org{first}"]["zorgid_onboarding_organisation"]["name"] = Unsafe(pipe)
    hosts[f"org{second}"]["zorgid_onboarding_organisation"]["name"] = Unsafe(reported)
    hosts[reported] = hosts.pop(f"org{third}")
    hosts[reported]["zorgid_onboarding_accounts_path"] = str(world.exports / f"org{third}.json")
    path.write_text(yaml.dump(content, Dumper=Dumper), encoding="utf-8")
    for ura, each in ((first, pipe), (second, reported)):
        export = world.exports / f"org{ura}.json"
        employees = json.loads(export.read_text(encoding="utf-8"))
        employees[0]["external_id"] = f"HR-{each}"
        export.write_text(json.dumps(employees), encoding="utf-8")
    plan = ("-e", f"zorgid_plan_path={world.folder / 'plan'}")
    assert world.run("gbz.zorgid.plan", *plan) in (0, 2)
    for _round in range(2):
        world.run("gbz.zorgid.onboard", *plan)
        for each in (pipe, reported):
            letters.send(world.state, "document_confirmed", ura=first, reference=each)
        world.people_act()
    world.run("gbz.zorgid.onboard", *plan)
    assert not trap.exists()
    places = world.watch.places()
    assert not found_in(places, {"a template": "EXECUTED"})
    # They are shown as they are: as names of an organisation and of a host.
    table = next(text for place, text in places.items() if place.endswith("terminal-1.log"))
    assert reported in table
    assert "task_failed" not in table


class Unsafe(str):
    """A text that Ansible is told not to trust."""


class Dumper(yaml.SafeDumper):
    pass


Dumper.add_representer(Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text)))


def _recorded(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, kept: list[str]) -> None:
    """What this function gives (or is given, of the token) is a canary."""
    real = getattr(module, name)

    def recording(*words: Any) -> Any:
        given = real(*words)
        kept.append(words[1] if name == "_encrypted" else given)
        return given

    monkeypatch.setattr(module, name, recording)
