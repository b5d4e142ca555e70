# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the inventory's files: Ansible only warns about a file that it cannot parse, and reads lists as hosts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ansible import constants, context
from ansible.errors import AnsibleError

from ....module_utils._common.text import printable
from ....module_utils._common.trouble import causes
from ....module_utils._onboarding.observed import Trouble
from ....module_utils._preflight.finding import Finding
from ....module_utils._preflight.inventory import lists_among
from ..action import ZorgidAction

_YAML = (".yml", ".yaml")


def look(action: ZorgidAction) -> Iterator[Finding]:
    folders, files = [], []
    for source in map(Path, map(str, context.CLIARGS.get("inventory") or constants.DEFAULT_HOST_LIST or ())):
        if source.is_dir():
            ignored = tuple(constants.INVENTORY_IGNORE_EXTS)
            there = [one for one in sorted(source.iterdir()) if one.is_file() and not one.name.endswith(ignored)]
            folders.append((str(source.absolute()), [one.name for one in there]))
            files += there
        elif source.is_file():
            files.append(source)
    yield from lists_among(folders)
    for file in files:
        if file.suffix.lower() in _YAML and not os.access(file, os.X_OK):
            yield from _parsed(action, file)


def _parsed(action: ZorgidAction, file: Path) -> Iterator[Finding]:
    try:
        action._loader.load_from_file(str(file), cache="none")
    except AnsibleError as error:
        # Only the first line of the error is shown, not the content of the file.
        marks = (getattr(one, "problem_mark", None) for one in causes(error))
        mark = next(filter(None, marks), None)
        line = f", line {mark.line + 1}" if mark else ""
        yield Finding.stop(
            "inventory",
            Trouble(
                "inventory_unparsed",
                "A file of the inventory cannot be parsed, and its hosts are left out",
                "YAML, or a vaulted file whose password is given",
                f"{file.absolute()}{line}: {printable(str(error).splitlines()[0] if str(error) else 'no reason', 200)}",
                "correct that line; with ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true every playbook stops there",
            ),
        )
