# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A template that stands in a group's variables or the role's defaults is compiled once per run.

Ansible compiles each template of each host anew; that is half of what reading thirty variables costs (decision 0167).
The first organisation's process writes down what it compiled: Python code made of the templates' text. That text may
stand in a file that is vaulted, and what is read is run; so it is sealed with a key that nobody has but the processes
that Ansible's own forked.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

from ....module_utils._common.libraries import needs

with needs("cryptography"):
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NAME, _NONCE = "templates", 12
#: Made when Ansible's own process loads this module, before it forks; it is never written down.
_KEY = os.urandom(32)


@contextmanager
def compiled_once(templar: Any, folder: Path) -> Iterator[None]:
    """While it is open, ``templar`` takes from ``folder`` what the run has compiled already. ``folder``: of this run
    alone, for its user only: code that is read from it is run."""
    environment = getattr(getattr(templar, "_engine", None), "environment", None)
    if environment is None:
        # Another ansible-core: every template is compiled, as by any task.
        yield
        return
    kind, path = type(environment), folder / _NAME
    known = _read(path)
    environment.__class__ = _remembering(kind, known)
    try:
        yield
    finally:
        environment.__class__ = kind
    if known and not path.exists():
        nonce = os.urandom(_NONCE)
        draft = path.with_name(f"{_NAME}.{os.getpid()}.draft")
        draft.write_bytes(nonce + AESGCM(_KEY).encrypt(nonce, marshal.dumps(known), None))
        draft.replace(path)


def _read(path: Path) -> dict[str, CodeType]:
    try:
        sealed = path.read_bytes()
        text = AESGCM(_KEY).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except (FileNotFoundError, InvalidTag, ValueError):
        # Of nobody yet, or of processes with another key: this one compiles for itself.
        return {}
    found: dict[str, CodeType] = marshal.loads(text)  # noqa: S302 - sealed by a process of this very run
    return found


def _remembering(kind: Any, known: dict[str, CodeType]) -> type:
    class Remembering(kind):  # type: ignore[misc]  # ansible-core's own class, which has no types
        def compile(self, source: Any, *args: Any, **options: Any) -> Any:
            # An overlay has other signs for what is a template (`#jinja2:` on its first line); all else is compiled
            # from text alone.
            if self.overlayed or args or options or not isinstance(source, str):
                return super().compile(source, *args, **options)
            text = str(source)
            if text not in known:
                known[text] = super().compile(source)
            return known[text]

    return Remembering
