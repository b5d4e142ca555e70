# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example on the page of ``portal_map``, with a real browser: the person of the example scans the code from the
terminal. All other examples: tests/integration/examples."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from ansible_collections.gbz.zorgid.tests.support.browser_world import browser_world
from ansible_collections.gbz.zorgid.tests.support.examples import examples
from ansible_collections.gbz.zorgid.tests.support.ordinary_user import at_a_terminal, give, users_folder
from ansible_collections.gbz.zorgid.tests.support.portal_client import LINDE
from ansible_collections.gbz.zorgid.tests.support.portal_pages import activated
from ansible_collections.gbz.zorgid.tests.support.terminal import Scanner

#: As the portal shows the person of the example.
SANNE = {
    "first_name": "S.",
    "prefix": "van der",
    "last_name": "Berg",
    "date_of_birth": "1988-04-12",
    "email": "s.vanderberg@delinde.example",
}


@pytest.mark.slow
def test_the_example_is_played_and_a_person_scans_the_code(tmp_path: Path) -> None:
    [task] = examples()["portal_map"]
    with users_folder() as folder, browser_world(tmp_path) as world:
        (folder / "portal.yml").write_text(world.example, encoding="utf-8")
        shutil.copy(world.portal.ca_path, folder / "ca.pem")
        task["gbz.zorgid.portal_map"]["map_path"] = f"{folder}/portal.yml"
        book = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "module_defaults": {"gbz.zorgid.portal_map": {"ca_path": f"{folder}/ca.pem"}},
            "tasks": [task],
        }
        (folder / "play.json").write_text(json.dumps([book]), encoding="utf-8")
        for name in ("home", "run"):
            (folder / name).mkdir(mode=0o700)
        give(folder)
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "HOME": f"{folder}/home",
            "TMPDIR": f"{folder}/home",
            "XDG_RUNTIME_DIR": f"{folder}/run",
        }
        scanner = Scanner(activated(world.portal, LINDE, SANNE))
        # The interpreter itself, because the first line of the program may name a folder that is closed to others.
        words = [sys.executable, "-P", "-m", "ansible", "playbook", "-v", "play.json"]
        with world.counted() as sent:
            status, shown = at_a_terminal(words, environment, folder, scanner)
        assert status == 0, shown[-3000:]
        assert len(scanner.codes) == 1
        assert '"role": "administrator"' in shown
        assert "changed=0" in shown
        assert [path for path in sent if "users" in path] == []
