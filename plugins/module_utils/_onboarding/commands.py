# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the short commands with which a person records something, to be copied into a shell (bash). Pure.

They are shown in the plan's "do", in the list of ``gbz.zorgid.done``, and where a statement can be undone.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from .widths import WIDTH, columns

#: Placeholder that the person replaces.
HOW = "HOW YOU KNOW"
#: Statements about another subject than a step: the variable is the word, its value the subject.
ABOUT = ("rehired", "lost", "moved", "looked_at")
#: Statements that the variable ``step`` accepts too, because they are about the organisation as a whole.
WHOLE = ("withdrawn", "registered_before")
#: The default for who makes the statement.
BY = "technical_administrator"

#: The variables that each playbook takes with -e.
VARIABLES: dict[str, tuple[str, ...]] = {
    "done": ("step", *ABOUT, "resolve", "how", "at", "by", "arrived", "undo"),
    "hold": ("why", "by", "go_on", "all", "restored"),
    "leave": ("export", "by", "confirm"),
    "offboard": ("id", "by", "confirm"),
    "portal_login": ("confirm", "not_done", "by", "diagnose"),
    "portal_map": ("state", "draft", "diagnose"),
    "device_lost": ("id", "by", "used_after_report", "found", "phone"),
}


def command(playbook: str, host: str, given: Mapping[str, str]) -> list[str]:
    """The command in parts between which a line may break. ``host``: inventory name; empty for all."""
    limit = [f"-l {shlex.quote(host)}"] if host else []
    return [f"ansible-playbook gbz.zorgid.{playbook}", *limit, *(_variable(*one) for one in given.items())]


def recording(record: str, host: str) -> list[str]:
    """The command for ``Trouble.record`` or ``Trouble.dismiss``: options of ``gbz.zorgid.dossier`` as a text."""
    options = dict(part.split("=", 1) for part in shlex.split(record))
    word, how = options.get("word", "done"), options.get("attested_how")
    if word in ("hold", "go_on"):
        return command("hold", host, {"go_on": "true"} if word == "go_on" else {"why": how or HOW})
    undoes = options.get("undoes") if word == "undone" else word
    if "resolve" in options:
        given = {name: options[name] for name in ("resolve", "arrived")}
    elif undoes in ABOUT:
        given = {undoes: options["subject"]}
    else:
        given = {"step": options.get("step") or undoes or ""}
    if word == "undone":
        given["undo"] = "true"
    if "attested_at" in options:
        given["at"] = options["attested_at"]
    return command("done", host, given | ({"how": how} if how else {}))


def lines(parts: Sequence[str], indent: str) -> Iterator[str]:
    """The command in one line or, if it is too long, in several lines that a shell accepts."""
    line = ""
    for part in parts:
        if line and columns(f"{line} {part}") > WIDTH - len(indent) - 2:
            yield f"{indent}{line} \\"
            line = ""
        line = f"{line} {part}" if line else part
    if line:
        yield f"{indent}{line}"


def _variable(name: str, value: str) -> str:
    if re.search(r"[\\'\"{}]", value):
        # Ansible would read these characters as quotes or as a template.
        return f"-e {shlex.quote(json.dumps({name: value}))}"
    return f"-e {name}={shlex.quote(value)}"
