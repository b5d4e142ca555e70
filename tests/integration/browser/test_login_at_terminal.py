# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook portal_login as an ordinary user types it, with a real browser: somebody scans the code from the
terminal, the names are on that terminal, and nothing of a person is anywhere else."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.browser_login import log_out
from ansible_collections.gbz.zorgid.tests.support.browser_world import BOSS, NAME, World, browser_world, person
from ansible_collections.gbz.zorgid.tests.support.dossier_key import KEY
from ansible_collections.gbz.zorgid.tests.support.fixtures import pki as pki
from ansible_collections.gbz.zorgid.tests.support.intake_support import Pki
from ansible_collections.gbz.zorgid.tests.support.mail_servers import PASSWORD, USER, serve_smtp
from ansible_collections.gbz.zorgid.tests.support.ordinary_user import at_a_terminal, give, users_folder
from ansible_collections.gbz.zorgid.tests.support.portal_client import LINDE, ORGANISATIONS
from ansible_collections.gbz.zorgid.tests.support.portal_pages import CHIEF
from ansible_collections.gbz.zorgid.tests.support.terminal import Scanner
from ansible_collections.gbz.zorgid.tests.support.watching import Watch, found_in

LEAVER = {
    "external_id": "HR-7",
    "first_name": "Wilhelmina",
    "last_name": "Vertrekker",
    "date_of_birth": "1967-05-06",
    "email": "w.vertrekker@linde.example",
}
NEW = person("HR-201", "Nieuweling", email="s.nieuweling@linde.example", date_of_birth="1991-03-04")
CANARIES = {
    f"{name} of {one['external_id']}": str(one[name])
    for one in (NEW, LEAVER)
    for name in ("last_name", "date_of_birth", "email")
} | {"the leaver's first name": "Wilhelmina", "the code": "zorgid-login", "who is logged in": NAME}

#: whose session it is, as the portal has her
PERSON = {"external_id": BOSS, "role": "administrator", **CHIEF}
#: what has names because somebody gave them or has to get them; what is watched is looked at by itself
GIVEN = ("staff.json", "inventory.json", "handed", "watched")


def configured(world: World, folder: Path, mail_server: int, pki: Pki) -> Path:
    """The map and what was agreed, as files of the user, and an inventory. mail_server: its port."""
    world.log_in(world.mapped())
    page_map = world.mapped("register", "unlink")
    log_out(world.window, page_map)
    for path in world.folder.glob("map-1.*"):
        shutil.copy(path, folder)
    shutil.copy(world.folder / "permission.pem", folder)
    authorities = Path(world.portal.ca_path).read_text(encoding="ascii") + pki.ca_path.read_text(encoding="ascii")
    (folder / "ca.pem").write_text(authorities, encoding="ascii")
    (folder / "staff.json").write_text(json.dumps([NEW, {**LEAVER, "registration": "self", "state": "absent"}]))
    variables = {
        "ansible_connection": "local",
        "zorgid_onboarding_environment": "test",
        "zorgid_onboarding_organisation": {"ura": LINDE, "name": ORGANISATIONS[LINDE]},
        "zorgid_onboarding_dossier_url": f"sqlite:///{folder}/dossier.sqlite3",
        "zorgid_onboarding_dossier_head_path": f"{folder}/head",
        "zorgid_onboarding_dossier_key": KEY,
        "zorgid_onboarding_work_dir": f"{folder}/work",
        "zorgid_onboarding_handed_dir": f"{folder}/handed",
        "zorgid_onboarding_ca_path": f"{folder}/ca.pem",
        "zorgid_onboarding_administrators": [PERSON],
        "zorgid_onboarding_smtp": {
            "host": "localhost",
            "port": mail_server,
            "security": "starttls",
            "username": USER,
            "password": PASSWORD,
            "sender": USER,
        },
        "zorgid_onboarding_accounts_path": f"{folder}/staff.json",
        "zorgid_onboarding_portal": {
            "driver": "browser",
            "map_path": f"{folder}/map-1.yml",
            "permission_path": f"{folder}/map-1.permission",
            "permission_key_path": f"{folder}/permission.pem",
            "person": BOSS,
            "people": {BOSS: NAME},
            "login_timeout": 30,
        },
    }
    inventory = {"care_organisations": {"hosts": {"delinde": variables}}}
    (folder / "inventory.json").write_text(json.dumps(inventory))
    return folder / "inventory.json"


@pytest.mark.slow
def test_an_ordinary_user_looks_confirms_and_changes_nothing_twice(tmp_path: Path, pki: Pki) -> None:
    with (
        users_folder() as folder,
        browser_world(tmp_path, people=[LEAVER]) as world,
        serve_smtp(pki) as mail_server,
    ):
        inventory = configured(world, folder, mail_server.port, pki)
        for name in ("watched", "tmp", "run"):
            (folder / name).mkdir(mode=0o700)
        watch, scanner = Watch(folder / "watched"), Scanner(world.phone)
        give(folder)
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "HOME": str(folder / "tmp"),
            "TMPDIR": str(folder / "tmp"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            **watch.environment,
        }
        # The interpreter itself, because the first line of the program may name a folder that is closed to others.
        command = [sys.executable, "-P", "-m", "ansible", "playbook", "-vvv", "-i", str(inventory)]

        def played(*more: str) -> tuple[int, str]:
            words = [*command, "gbz.zorgid.portal_login", "-l", "delinde", *more]
            with watch.looking():
                return at_a_terminal(words, environment, folder, scanner)

        with world.counted() as sent:
            status, looked = played()
        assert (status, [path for path in sent if "users" in path]) == (2, []), looked[-3000:]
        assert "not_confirmed" in looked, looked[-4000:]
        (digest,) = set(re.findall(r"-e confirm=([0-9a-f]{16})", looked))
        with world.counted() as sent:
            status, blind = played("-e", "confirm=true")
        assert (status, [path for path in sent if "users" in path]) == (2, []), blind[-3000:]
        assert f"confirm={digest}" in blind
        assert "names no list" in " ".join(blind.split())
        with world.counted() as sent:
            status, other = played("-e", "confirm=0123456789abcdef")
        assert (status, [path for path in sent if "users" in path]) == (2, []), other[-3000:]
        assert "session_list_changed" in other
        assert mail_server.received == []
        with world.counted() as sent:
            status, made = played("-e", f"confirm={digest}")
        # Two of the list of employees, and her own number, which the portal did not have.
        assert (status, len([path for path in sent if "users" in path])) == (0, 3), made[-3000:]
        assert (bool(world.stored("HR-201")), world.stored("HR-7")) == (True, None)
        assert "mailed to HR-9001" in made
        (envelope,) = mail_server.received
        assert envelope.rcpt_tos == [CHIEF["email"]]
        assert b"Nieuweling" in envelope.content
        with world.counted() as sent:
            status, again = played("-e", f"confirm={digest}")
        assert (status, [path for path in sent if "users" in path]) == (0, []), again[-3000:]
        assert "changed=0" in again
        assert len(mail_server.received) == 1
        assert len(scanner.codes) == 5
        for text in (looked, made):
            rows = [line for line in text.split("\n") if "Nieuweling" in line or "Vertrekker" in line]
            # The list with names, once before and once after; in results there is none.
            assert len(rows) == (2 if text is looked else 4), rows
            assert all(("HR-201" in line or "HR-7" in line) and "{" not in line for line in rows)
        named = ("last_name", "the leaver", "who")
        reported = {what: text for what, text in CANARIES.items() if not what.startswith(named)}
        assert found_in({"the terminal": looked + blind + other + made + again}, reported) == []
        log = (watch.seen / "ansible.log").read_text(encoding="utf-8")
        assert "HR-201" in log
        (page,) = (folder / "handed").glob("*-portal-session.html")  # for the person, with names
        assert "Nieuweling" in page.read_text(encoding="utf-8")
        places = watch.places()
        assert any(name.endswith("dump.jsonl") for name in places)
        for path in folder.rglob("*"):
            if path.is_file() and path.relative_to(folder).parts[0] not in GIVEN:
                places[path.name] = path.read_bytes().decode("utf-8", "replace")
        assert "dossier.sqlite3" in places
        assert found_in(places, CANARIES | {f"code {code}": code for code in scanner.codes}) == []
