# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is fuzzed: for each kind of foreign input the function that reads it, given bytes.

A target may do more with a result than the function: whatever a person would be shown of it has to be fit for a screen.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._document.verification import verify
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.html_form import read_page
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.mapping import ListMapping
from ansible_collections.gbz.zorgid.plugins.module_utils._lists.read_list import read_list
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.inbox import (
    ReceivedMail,
    classify,
)
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.mail_patterns import MailPatterns
from ansible_collections.gbz.zorgid.plugins.module_utils._mail.sender_proof import Trust
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.desired import from_list, read_path
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.export_reading import read_export
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.reconciler import keep
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.rules import Rules
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.scim import ScimDriver
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.scim_http import ScimSettings
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi import files
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.certificate import parse_certificate
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.judge import Judge
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.store import StorePlace, ToSign
from ansible_collections.gbz.zorgid.plugins.plugin_utils._ansible.windows_store import WindowsStore

_TODAY = date(2026, 11, 26)
_MAPPING = ListMapping.of(
    {
        "columns": {
            "external_id": "external_id",
            "first_name": "first_name",
            "last_name": "last_name",
            "date_of_birth": ["date_of_birth", "uzi_number"],
            "end": ["email", "state"],
        },
        "person": ["first_name", "last_name"],
        "optional": ["date_of_birth"],
    }
)
_JUDGE = Judge(environment="production", revocation="off")
#: Removed when this process ends.
_MADE = tempfile.TemporaryDirectory(prefix="zorgid-fuzz-")
_FOLDER = Path(_MADE.name)


def _file(data: bytes, suffix: str) -> Path:
    path = _FOLDER / f"{os.getpid()}{suffix}"
    path.write_bytes(data)
    return path


def mail(data: bytes) -> None:
    trust = Trust(frozenset({"zorg-id@vzvz.example"}), ("forms.vzvz.example",))
    classify(ReceivedMail("unknown", "<1@vzvz.example>", 1, 1, None), data, trust, MailPatterns(), {})


def page(data: bytes) -> None:
    read_page("https://forms.vzvz.example/aanvraag", "text/html; charset=utf-8", data)


def certificates(data: bytes) -> None:
    files.load_files([_file(data, ".pem")], "geheim")


def certificate(data: bytes) -> None:
    _JUDGE.judge(parse_certificate(data))


def document(data: bytes) -> None:
    verify(data, judge=_JUDGE, ura="90000101")


def csv_table(data: bytes) -> None:
    path = _file(data, ".csv")
    _with_mapping(path)
    read_path(path)


def _with_mapping(path: Path) -> None:
    """The same table as a list of an HR system: what is shown of it names nobody, and no row gets lost."""
    for mapping in (None, _MAPPING):
        with suppress(ZorgidError):
            found = read_list(path, mapping, _TODAY)
            str(found.as_dict(people=True))
            found.refuse_mistakes()


def xlsx_table(data: bytes) -> None:
    path = _file(data, ".xlsx")
    _with_mapping(path)
    read_path(path)


def export(data: bytes) -> None:
    read_export(_file(data, ".csv"))


class _Portal:
    """In place of the connections: each path has one answer, or all have the same."""

    proxy = ""

    def __init__(self, data: bytes) -> None:
        try:
            reported = json.loads(data)
        except (ValueError, RecursionError):
            reported = None
        self._reported = reported if isinstance(reported, dict) and "Users" in reported else None
        self._data = data

    def send(self, _method: str, path: str, _body: bytes | None, _headers: dict[str, str]) -> tuple[int, bytes, Any]:
        if self._reported is None:
            return 200, self._data, {"Content-Type": "application/scim+json"}
        name = next((one for one in path.split("?")[0].split("/")[::-1] if one in self._reported), "Users")
        return 200, json.dumps(self._reported[name]).encode("utf-8", "surrogatepass"), {}

    def close(self) -> None:
        pass


def scim(data: bytes) -> None:
    """Read an organisation's members, and bring one more in."""
    driver = ScimDriver(ScimSettings(url="http://127.0.0.1:9/scim/v2", token="x"))
    driver.client._pool = _Portal(data)
    driver.connect("90000101")
    one = {"external_id": "1002", "first_name": "Piet", "last_name": "Pietersen", "date_of_birth": "1990-01-31"}
    # What was accepted and does not show yet is waited for; the waiting is no work.
    with mock.patch("time.sleep"):
        kept = keep(driver, from_list([one]), Rules("90000101", purge=True, max_removals="100%"))
    assert len(kept.results) >= 1, "every account has a result"


class _Windows:
    """An action whose host answers every call in the same way."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self._answer = answer
        self._task = SimpleNamespace(delegate_to=None, no_log=False)
        self.task_vars = {"inventory_hostname": "windows1"}
        self._connection = SimpleNamespace(
            _shell=SimpleNamespace(_IS_WINDOWS=True),
            _play_context=SimpleNamespace(remote_addr="192.0.2.1", no_log=False),
            get_option=lambda _name: 5986,
        )

    def _execute_module(self, **_call: Any) -> dict[str, Any]:
        return self._answer


def windows(data: bytes) -> None:
    """List a store and judge what is in it, sign once, export."""
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        return
    # Ansible gives an action a mapping, whatever the host wrote.
    store = WindowsStore(_Windows(answer if isinstance(answer, dict) else {}), StorePlace())
    calls = (
        lambda: [_JUDGE.judge(one.certificate, one.chain) for one in store.list()],
        lambda: store.sign([ToSign("A" * 40, b"x")]),
        lambda: store.export("A" * 40, "geheim"),
    )
    for call in calls:
        with suppress(ZorgidError):
            call()


TARGETS: dict[str, Callable[[bytes], object]] = {
    "certificate": certificate,
    "certificates": certificates,
    "csv": csv_table,
    "document": document,
    "export": export,
    "mail": mail,
    "page": page,
    "scim": scim,
    "windows": windows,
    "xlsx": xlsx_table,
}
