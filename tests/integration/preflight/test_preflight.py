# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gbz.zorgid.preflight over a mixed fleet: each mistake is found, and nothing is sent or written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.tests.support.onboard_world import World
from zorgid_sandbox.state import received

PREFIX = "zorgid_onboarding_"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, 6)
    # The same Windows host once more, under a name whose password is wrong.
    path = made.inventory / "hosts.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    hosts = content["all"]["children"]["certificate_hosts"]["hosts"]
    hosts["locked"] = {"ansible_password": "verkeerd"}
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    yield made
    made.stop()


def give(world: World, number: int, **variables: Any) -> None:
    world.edit(
        f"org{world.uras[number]}",
        lambda one: one.update({f"{PREFIX}{name}": value for name, value in variables.items()}),
    )


def tree(world: World) -> dict[str, str]:
    """Every file but the sandbox's own records and the log of the run."""
    files = (path for path in world.folder.rglob("*") if path.is_file() and world.state not in path.parents)
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.suffix not in (".log", ".tmp")
    }


def test_a_mixed_fleet(world: World) -> None:
    keys = world.state / "pki" / "files"
    one, other = (str(keys / f"org{world.uras[number]}") for number in (1, 2))
    give(world, 1, certificate={"source": "file", "certificate_path": f"{one}.p12", "passphrase": "wrong"})
    give(world, 2, certificate={"source": "file", "certificate_path": f"{other}.pem", "key_path": f"{one}.key.pem"})
    give(world, 2, accounts_path="nowhere/list.csv")
    for number in (3, 4):
        give(world, number, certificate_host="locked")
    give(world, 5, certificate={"source": "windows", "thumbprnt": "x"})
    before = tree(world)
    process = world.start(playbook="gbz.zorgid.preflight")
    assert process.wait(120) == 2, world.output()
    reported = world.output()
    assert "Traceback" not in reported
    assert "verkeerd" not in reported
    shown = re.search(r"^ZORG-ID preflight .*?(?=^ok: )", reported, re.MULTILINE | re.DOTALL)
    assert shown, reported
    blocks = dict(re.findall(r"\n\n([^\n]+)\n  \S+ (?:[^\n]+\n)+?    \[(\w+)\]", shown[0]))
    found = {code: title for title, code in blocks.items()}
    names = [f"Zorgaanbieder {ura} ({ura})" for ura in world.uras]
    assert found["passphrase_wrong"] == f"{names[1]}, certificates"
    assert found["key_mismatch"] == f"{names[2]}, certificates"
    assert len(set(re.findall(r"SHA-256 ([0-9a-f]{16})…", shown[0]))) == 2, "both keys by their digests"
    assert found["accounts_unreadable"] == f"{names[2]}, HR lists"
    assert found["variables_invalid"] == f"org{world.uras[5]}, inventory"
    assert found["windows_login_refused"].startswith("2 organisations, windows:")
    assert f"{Path.cwd()}/nowhere/list.csv" in "".join(shown[0].split())
    assert "windows_certificates: login, " in shown[0]
    assert "certificates  1 found, judged, key signs" in shown[0]
    assert max(map(len, shown[0].splitlines())) <= 100
    # Each host once; and the keys behind the one that lets us in signed a challenge in one call.
    asked = [row.kind for row in received(world.state, "windows")]
    assert (asked.count("list"), asked.count("sign")) == (1, 1), asked
    for service in ("intake", "smtp", "imap", "portal"):
        assert not received(world.state, service), service
    assert tree(world) == before
