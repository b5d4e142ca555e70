# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is fuzzed: for each kind of foreign input the function that reads it, given bytes.

A target may do more with a result than the function: whatever a person would be shown of it has to be fit for a screen.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from ansible_collections.gbz.zorgid.plugins.module_utils._document.verification import verify
from ansible_collections.gbz.zorgid.plugins.module_utils._intake.answers import Answer, Texts, Trust, classify
from ansible_collections.gbz.zorgid.plugins.module_utils._intake.page import read_page
from ansible_collections.gbz.zorgid.plugins.module_utils._portal.desired import read_path
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi import files
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.certificate import parse_certificate
from ansible_collections.gbz.zorgid.plugins.module_utils._uzi.judge import Judge

_FOLDER = Path(tempfile.mkdtemp(prefix="zorgid-fuzz-"))


def _file(data: bytes, suffix: str) -> Path:
    path = _FOLDER / f"{os.getpid()}{suffix}"
    path.write_bytes(data)
    return path


def mail(data: bytes) -> None:
    trust = Trust(frozenset({"zorg-id@vzvz.example"}), ("forms.vzvz.example",))
    classify(Answer("unknown", "<1@vzvz.example>", 1, 1, "2026-11-25T10:00:00+00:00"), data, trust, Texts(), {})


def page(data: bytes) -> None:
    read_page("https://forms.vzvz.example/aanvraag", "text/html; charset=utf-8", data)


def certificates(data: bytes) -> None:
    files.load_files([_file(data, ".pem")], "geheim")


def certificate(data: bytes) -> None:
    Judge(environment="production", revocation="off").judge(parse_certificate(data))


def document(data: bytes) -> None:
    verify(data, judge=Judge(environment="production", revocation="off"), ura="90000101")


def csv_table(data: bytes) -> None:
    read_path(_file(data, ".csv"))


def xlsx_table(data: bytes) -> None:
    read_path(_file(data, ".xlsx"))


TARGETS: dict[str, Callable[[bytes], object]] = {
    "certificate": certificate,
    "certificates": certificates,
    "csv": csv_table,
    "document": document,
    "mail": mail,
    "page": page,
    "xlsx": xlsx_table,
}
