# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory update of AWX has no vault password: vaulted values pass, a whole vaulted file ends it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent


def tool(folder: Path, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ANSIBLE_HOME": str(folder / "home"), "ANSIBLE_NOCOLOR": "1"}
    for one in ("ANSIBLE_VAULT_PASSWORD_FILE", "ANSIBLE_INVENTORY"):
        environment.pop(one, None)
    return subprocess.run(
        [str(BIN / name), *words], env=environment, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def example() -> str:
    """The inventory in docs/awx.md; the text of its vaulted value is shortened there."""
    reported = (ROOT / "docs" / "awx.md").read_text(encoding="utf-8")
    block = re.search(r"^( +)# hosts\.yml\n((?:\1.*\n)+)", reported, re.MULTILINE)
    assert block, "docs/awx.md shows hosts.yml"
    return re.sub(f"^{block[1]}", "", block[2], flags=re.MULTILINE)


def test_vaulted_values_pass_and_a_vaulted_file_does_not(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("a password for a test\n", encoding="utf-8")
    text = example()
    assert "!vault" in text
    vaulted = tool(
        tmp_path, "ansible-vault", "encrypt_string", "--vault-password-file", str(password), "a token of a portal"
    )
    assert vaulted.returncode == 0, vaulted.stderr
    # In place of the example's shortened text, a real one.
    shown = re.search(r"!vault \|\n(( +)\$ANSIBLE_VAULT;1\.1;AES256\n +[0-9a-f]+…\n)", text)
    assert shown
    lines = [one.strip() for one in vaulted.stdout.splitlines() if not one.startswith("!vault")]
    hosts = tmp_path / "hosts.yml"
    hosts.write_text(text.replace(shown[1], "".join(f"{shown[2]}{one}\n" for one in lines)), encoding="utf-8")
    # As AWX does it: with the vaulted values as they are, and without a password.
    listed = tool(tmp_path, "ansible-inventory", "-i", str(hosts), "--list", "--export")
    assert listed.returncode == 0, listed.stderr
    reported = json.loads(listed.stdout)
    assert reported["care_organisations"]["hosts"]
    assert "__ansible_vault" in json.dumps(reported)
    assert "a token of a portal" not in listed.stdout
    # One whole vaulted file beside it.
    (tmp_path / "group_vars").mkdir()
    secret = tmp_path / "group_vars" / "all.yml"
    secret.write_text("gbz_secret: x\n", encoding="utf-8")
    assert (
        tool(tmp_path, "ansible-vault", "encrypt", "--vault-password-file", str(password), str(secret)).returncode == 0
    )
    listed = tool(tmp_path, "ansible-inventory", "-i", str(hosts), "--list", "--export")
    assert listed.returncode != 0
    assert "vault" in listed.stderr.lower()
