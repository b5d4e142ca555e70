# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Python raises, in words of people."""

from __future__ import annotations

import re
import socket
import ssl
from pathlib import Path

import pytest
import requests
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._common.trouble import in_words
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.care_applications import load_accepted
from ansible_collections.gbz.zorgid.plugins.module_utils._forms.mapping import load_mappings
from ansible_collections.gbz.zorgid.plugins.module_utils._net.tls import tls_context

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"


class TokenWriteProtectedError(Exception):
    """As libraries have them."""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(2, "No such file or directory"), "no such file or folder"),
        (IsADirectoryError(), "a folder"),
        (ConnectionRefusedError(111, "Connection refused"), "the connection was refused"),
        (ConnectionResetError(), "the connection was interrupted"),
        (TimeoutError(), "no answer in time"),
        (socket.gaierror(-2, "Name or service not known"), "no such host name"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1)"), "a failed TLS handshake"),
        (requests.exceptions.ReadTimeout(), "no answer in time"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (TokenWriteProtectedError(), "token write protected error"),
    ],
)
def test_what_python_raises_is_said_in_words(error: Exception, words: str) -> None:
    assert in_words(error) == words


def test_the_system_says_more_than_the_library_around_it() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(requests.ConnectionError) as refused:
            requests.get(f"https://127.0.0.1:{closed.getsockname()[1]}/", timeout=5, proxies={"https": ""})
    assert in_words(refused.value) == "the connection was refused"


def test_yaml_says_the_line() -> None:
    with pytest.raises(yaml.YAMLError) as broken:
        yaml.safe_load("a: b\nc: [")
    assert in_words(broken.value).startswith("invalid YAML, at line ")


@pytest.mark.parametrize("read", [load_accepted, lambda path: load_mappings("application", path), tls_context])
def test_a_file_that_is_not_there_is_called_so(read, tmp_path: Path) -> None:
    arguments = ("portal", "/nowhere/x.yml") if read is tls_context else ("/nowhere/x.yml",)
    with pytest.raises(Exception, match=r"Found: no such file or folder\."):
        read(*arguments)


def test_no_message_names_a_class_of_python() -> None:
    """Of an error; the kind of a key or of one of Ansible's texts may be named."""
    naming = [
        f"{path.name}: {line.strip()}"
        for path in PLUGINS.rglob("*.py")
        if "_dossier" not in path.parts and path.name != "trouble.py"
        for line in path.read_text().splitlines()
        if re.search(r"type\(\w*error\w*\)\.__name__", line)
    ]
    assert naming == []
