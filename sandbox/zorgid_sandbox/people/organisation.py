# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people of the care organisations do: the portal administrator, the employees, the people who are informed by
mail."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from .. import portal
from .. import scenario as scenarios
from ..smtp import store as smtp
from ..state import SandboxError, write
from .phones import Device, PhoneRefusedError, administrators, scan

TOKEN_DAYS = 90


def administrators_activate(state: Path, handed: Path) -> Iterator[str]:
    """Everybody who was given a QR code scans it, once."""
    with closing(Device(state)) as device:
        for organisation in scenarios.load(state).organisations:
            picture = handed / organisation.ura / "activation-qr.png"
            if not picture.is_file():
                continue
            who = f"The portal administrator of {organisation.name}"
            payload = scan(picture.read_bytes())
            if payload is None:
                yield f"{who} cannot scan {picture}: there is no QR code in it that a phone can read."
                continue
            try:
                device.activate(organisation.ura, payload)
            except PhoneRefusedError as refused:
                if refused.code != "scanned":
                    yield f"{who} cannot activate: {refused}"
            else:
                yield f"{who} scans the QR code, chooses a PIN and is active."


def administrators_make_tokens(state: Path, inventory: Path, vault_password_file: Path) -> Iterator[str]:
    """Active administrators log in to the portal and make the token for the GBZ, unless it exists already."""
    active = administrators(state)
    for organisation in scenarios.load(state).organisations:
        target = inventory / "host_vars" / organisation.host / "portal_token.yml"
        if organisation.ura not in active or target.exists():
            continue
        with closing(Device(state)) as device:
            device.log_in(organisation.ura, active[organisation.ura])
            token = device.make_token("Ansible", TOKEN_DAYS)
        write(target, _encrypted("zorgid_portal_token", token, vault_password_file))
        yield f"The portal administrator of {organisation.name} logs in, makes a token and puts it into the vault."


def _encrypted(name: str, secret: str, vault_password_file: Path) -> str:
    """A variables file with one encrypted string; the secret is not in an argument or another file."""
    command = [sys.executable, "-m", "ansible", "vault", "encrypt_string", "--stdin-name", name]
    with tempfile.TemporaryDirectory() as home:  # ansible would leave a folder in the user's home
        done = subprocess.run(  # noqa: S603 - the command stands above
            [*command, "--vault-password-file", str(vault_password_file), "--encrypt-vault-id", "default"],
            input=secret,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "ANSIBLE_HOME": home},
        )
    if done.returncode or "$ANSIBLE_VAULT" not in done.stdout:
        raise SandboxError(f"ansible-vault could not encrypt the token with {vault_password_file}.")
    return f"---\n{done.stdout.strip()}\n"


def people_enrol(state: Path) -> Iterator[str]:
    """Everybody who was invited installs the app."""
    names = {one.ura: one.name for one in scenarios.load(state).organisations}
    done: Counter[str] = Counter()
    refused: Counter[tuple[str, str]] = Counter()
    with closing(Device(state)) as device:
        for person in portal.members(state):
            if person["device"] != "invited":
                continue
            name = names.get(person["ura"], f"URA {person['ura']}")
            try:
                device.enrol(person)
            except PhoneRefusedError as error:
                if error.code != "already_active":  # a member of two organisations is listed twice
                    refused[name, str(error)] += 1
            else:
                done[name] += 1
    for name, count in done.items():
        yield f"{count} {'person' if count == 1 else 'people'} of {name} enrol with their own phone."
    for (name, reason), count in refused.items():
        yield f"{count} {'person' if count == 1 else 'people'} of {name} cannot enrol: {reason}"


def notices_are_read(state: Path) -> Iterator[str]:
    """Everybody who was sent a mail reads it."""
    unread = Counter(mail.recipient for mail in smtp.mails(state, "notice") if mail.handled is None)
    for mail in smtp.mails(state, "notice"):
        if mail.handled is None:
            smtp.mark_handled(state, mail)
    for recipient, count in unread.items():
        yield f"{smtp.shown(recipient)} reads {count} {'mail' if count == 1 else 'mails'}."
