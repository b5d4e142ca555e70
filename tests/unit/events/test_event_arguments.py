# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments that a rulebook gives to the event source: each wrong one is one clear sentence."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._common.ura import Ura
from ansible_collections.gbz.zorgid.plugins.module_utils._events.arguments import _KINDS, Secret, watch_of

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "extensions" / "eda" / "plugins" / "event_source" / "mailbox.py"
GOOD: dict[str, Any] = {
    "host": "imap.gbz.example",
    "username": "zorgid@gbz.example",
    "password_file": "/etc/zorgid/imap-password",
    "organisations": {"huisartsenpraktijk_de_linde": "90000101", "apotheek-2.example": "00000212"},
}


def test_what_is_left_out_has_the_documented_default() -> None:
    watch = watch_of({**GOOD, "eda_feedback_queue": object()})
    settings = watch.settings
    assert (settings.the_port(), settings.security, settings.folder) == (993, "tls", "INBOX")
    assert watch.trust.senders == {"zorg-id@vzvz.nl"}
    assert watch.organisations[Ura("212")] == "apotheek-2.example"


@pytest.mark.parametrize(
    ("changed", "reported"),
    [
        ({"host": None}, "The argument host is missing"),
        ({"username": ""}, "The argument username is missing"),
        ({"organisations": {}}, "The argument organisations is missing"),
        ({"pasword_file": "x"}, "The event source has no argument pasword_file"),
        ({"password": "geheim"}, "put the password into a file"),
        ({"port": "993"}, "The argument port cannot be used. Expected: a number. Found: a text"),
        ({"port": True}, "Found: true or false"),
        ({"port": 0}, "Expected: 1 to 65535"),
        ({"security": "none"}, "Expected: one of tls, starttls"),
        ({"allowed_senders": "zorg-id@vzvz.nl"}, "Expected: a list. Found: a text"),
        ({"allowed_senders": []}, "allowed_senders is empty"),
        ({"allowed_senders": [3]}, "a list of texts"),
        ({"allowed_senders": ["vzvz"]}, "not a valid mail address"),
        ({"authentication": "authentication_results"}, "authentication_server is missing"),
        ({"texts": {"url": "x"}}, "texts has unknown keys"),
        ({"password_env": "X"}, "There are several secrets"),
        ({"password_file": None}, "The secret of the mail account is missing"),
        ({"organisations": ["a"]}, "Expected: a mapping. Found: a list"),
        ({"organisations": {"a": 212}}, "put quotes around it"),
        ({"organisations": {"a": "12345678", "b": "12345678"}}, "two hosts with the URA number 12345678"),
        ({"organisations": {"a": "212", "b": "00000212"}}, "two hosts"),
        # What would widen a run, because --limit reads it as a pattern.
        *(
            ({"organisations": {name: "1"}}, "not the name of one host")
            for name in (
                "all",
                "ALL",
                "ungrouped",
                "*",
                "a*",
                "a,b",
                "a:b",
                "!a",
                "~a",
                "@a",
                "a[0]",
                "",
                "a b",
                "é",
                3,
            )
        ),
    ],
)
def test_a_wrong_argument_is_one_clear_sentence(changed: dict[str, Any], reported: str) -> None:
    with pytest.raises(ZorgidError) as caught:
        watch_of({**GOOD, **changed})
    assert reported in str(caught.value)
    assert "geheim" not in str(caught.value)
    assert caught.value.code in ("options_invalid", "ura_invalid", "address_invalid")


def test_the_secret_comes_from_a_file_or_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "password").write_text("ge heim \n", encoding="utf-8")
    monkeypatch.setenv("ZORGID_TEST_PASSWORD", "geheim")
    assert Secret("password_file", str(tmp_path / "password")).read() == "ge heim "
    assert Secret("password_env", "ZORGID_TEST_PASSWORD").read() == "geheim"
    for secret in (
        Secret("password_file", str(tmp_path / "none")),
        Secret("password_file", str(tmp_path)),
        Secret("password_env", "ZORGID_TEST_NONE"),
    ):
        with pytest.raises(ZorgidError, match="leads to no secret"):
            secret.read()


def _text(name: str) -> str:
    for node in ast.parse(SOURCE.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return str(ast.literal_eval(node.value))
    raise LookupError(name)


def test_the_documentation_has_exactly_the_arguments() -> None:
    options = yaml.safe_load(_text("DOCUMENTATION"))["options"]
    assert set(options) == set(_KINDS)
    python = {"str": str, "int": int, "list": list, "dict": dict}
    assert {name: (python[one["type"]],) for name, one in options.items()} == _KINDS
    required = {name for name, one in options.items() if one.get("required")}
    for name in required:
        with pytest.raises(ZorgidError, match=f"The argument {name} is missing"):
            watch_of({key: value for key, value in GOOD.items() if key != name})
    for name, one in options.items():
        for choice in one.get("choices", ()):
            server = {"authentication_server": "mx"} if choice == "authentication_results" else {}
            watch_of({**GOOD, name: choice, **server})


def test_the_examples_are_accepted() -> None:
    [ruleset] = yaml.safe_load(_text("EXAMPLES"))
    watch_of(ruleset["sources"][0]["gbz.zorgid.mailbox"])
