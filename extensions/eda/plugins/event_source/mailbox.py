# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Event source of ansible-rulebook: new mail of VZVZ in the mailbox."""

from __future__ import annotations

import asyncio
import importlib
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
short_description: New mail of VZVZ in the mailbox, as events
description:
  - An event source for C(ansible-rulebook). It waits for mail of VZVZ in the mailbox. Each new mail that contains the
    URA number of a known organisation is an event, so that C(gbz.zorgid.onboard) continues with this organisation at
    once instead of at the next scheduled run.
  - An event contains C(mailbox.uidvalidity) and C(mailbox.uid), which is where the mail is, and C(meta.hosts), the
    name of the organisation's host in the inventory. It contains no subject, sender or text.
  - The mailbox is opened read-only (EXAMINE) and mail is read with BODY.PEEK, so nothing in it changes.
  - An event is a hint. Mail that arrives while the source does not run, or before it has connected for the first
    time, is no event; the same holds after the server has numbered its mails anew. Run C(gbz.zorgid.onboard) on a
    schedule too. An event that comes twice does nothing the second time.
  - Mail without a URA number in its text is no event, because only the dossier knows the reference in it.
  - The source waits with IDLE (RFC 2177), renewed every 10 minutes. If the server has no IDLE, it looks every minute.
  - It connects again for ever, after pauses of 1 second to 5 minutes, after a refused login of 15 minutes to 1 hour,
    so that the account is not locked. The reason is in the log.
  - It needs the Python libraries in C(meta/ee-requirements.txt) of this collection in the Python that runs
    C(ansible-rulebook).
options:
  host:
    description: Host name of the IMAP server; its certificate must contain it.
    type: str
    required: true
  port:
    description: TCP port. Without it 993 for V(tls) and 143 for V(starttls).
    type: int
  security:
    description: TLS from the first byte, or by STARTTLS.
    type: str
    choices: [tls, starttls]
    default: tls
  username:
    description: Account name.
    type: str
    required: true
  password_file:
    description:
      - Path of a file that contains the password of the account and nothing else. It is read at each connection.
      - Exactly one of O(password_file), O(password_env) and O(access_token_file) is required. There is no argument for
        the password itself, because a rulebook is text that others read.
    type: str
  password_env:
    description:
      - Name of the environment variable of C(ansible-rulebook) that contains the password.
      - With C(run_playbook), the playbook's processes get this variable too. Prefer O(password_file).
    type: str
  access_token_file:
    description:
      - Path of a file that contains an OAuth 2.0 access token of the account, used with SASL XOAUTH2. Microsoft 365
        needs it. It is read at each connection, and something else has to keep it up to date.
    type: str
  folder:
    description: Folder to watch, as your mail program shows it.
    type: str
    default: INBOX
  ca_path:
    description: File with the CA certificates (PEM) that the server's certificate has to come from.
    type: str
  allowed_senders:
    description: Addresses whose mail is read, at least one. Other mail is no event.
    type: list
    elements: str
    default: [zorg-id@vzvz.nl]
  authentication:
    description: How the sender is proven beyond the From address, as in M(gbz.zorgid.mailbox_info).
    type: str
    choices: [none, authentication_results, dkim]
    default: none
  authentication_server:
    description: As in M(gbz.zorgid.mailbox_info).
    type: str
  texts:
    description: Replaces texts by which mail is recognised, as in M(gbz.zorgid.mailbox_info). Only C(ura) matters here.
    type: dict
    default: {}
  organisations:
    description:
      - Each host of the inventory with its URA number, as a text in quotes. Mail of other organisations is no event.
      - docs/events.md has a command that makes this mapping from the inventory.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Continue with an organisation when VZVZ has answered
  # Never a run of everybody: no host has this name.
  hosts: no_organisation
  sources:
    - gbz.zorgid.mailbox:
        host: imap.gbz.example
        username: zorgid@gbz.example
        password_file: /etc/zorgid/imap-password
        allowed_senders: [zorg-id@vzvz.nl]
        organisations:
          huisartsenpraktijk_de_linde: "90000101"
          apotheek_het_anker: "90000102"
  rules:
    - name: VZVZ has answered
      condition: event.meta.hosts is defined
      action:
        run_playbook:
          name: gbz.zorgid.onboard
          extra_vars:
            zorgid_hosts: "{{ event.meta.hosts }}"
"""


def _room(name: str) -> Any:
    """A module of this collection. ansible-rulebook runs this file by its path and has no loader for collections, so
    the folder above ``ansible_collections`` is made known first, if nobody else has."""
    package = "ansible_collections.gbz.zorgid.plugins.module_utils"
    try:
        return importlib.import_module(f"{package}.{name}")
    except ModuleNotFoundError as error:
        if not package.startswith(str(error.name)):
            raise
    # Not resolved: in a checkout, the collection is a symbolic link.
    collections = Path(__file__).absolute().parents[6]
    sys.path.append(str(collections.parent))
    importlib.invalidate_caches()
    found = importlib.import_module("ansible_collections")
    if str(collections) not in found.__path__:
        # The package ``ansible`` of PyPI has an ansible_collections of its own.
        found.__path__.append(str(collections))
    return importlib.import_module(f"{package}.{name}")


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    watch = _room("_events.arguments").watch_of(args)
    new_mail = _room("_events.new_mail").new_mail
    _room("_common.libraries").demand()
    # An argument that leads nowhere is an error now; later it may be repaired while the source tries again.
    watch.secret.read()
    stopped = threading.Event()
    mails = new_mail(watch, stopped)
    loop = asyncio.get_running_loop()
    # A thread of its own: asyncio waits at its end for those of its pool, and this one may wait for mail.
    thread = ThreadPoolExecutor(1, thread_name_prefix="zorgid-mailbox")
    try:
        while (event := await loop.run_in_executor(thread, next, mails, None)) is not None:
            await queue.put(event.for_rulebook())
    finally:
        stopped.set()
        thread.shutdown(wait=False)
