# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiles a template in group variables or role defaults once per run.

Ansible compiles each template for each host, which takes half of the time to read thirty variables (decision 0167). The
first organisation's process writes the compiled Python code to a file. The template may come from a vaulted file, and
the code is executed when read; so the file is encrypted with a key that only the processes forked by Ansible have.
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
#: Made when Ansible's main process loads this module, before it forks; it is never written to a file.
_KEY = os.urandom(32)


@contextmanager
def compiled_once(templar: Any, folder: Path) -> Iterator[None]:
    """In the block, ``templar`` uses code from ``folder`` that the run has already compiled. ``folder``: of this run
    only, with permissions for its user only, because its code is executed."""
    environment = getattr(getattr(templar, "_engine", None), "environment", None)
    if environment is None:
        # Another version of ansible-core: every template is compiled, as in any task.
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
        # No file yet, or one with another key: compile here.
        return {}
    found: dict[str, CodeType] = marshal.loads(text)  # noqa: S302 - sealed by a process of this very run
    return found


def _remembering(kind: Any, known: dict[str, CodeType]) -> type:
    class Remembering(kind):  # type: ignore[misc]  # ansible-core's own class, which has no types
        def compile(self, source: Any, *args: Any, **options: Any) -> Any:
            # An overlay has other delimiters (`#jinja2:` on its first line); for all others, the text alone decides the
            # code.
            if self.overlayed or args or options or not isinstance(source, str):
                return super().compile(source, *args, **options)
            text = str(source)
            if text not in known:
                known[text] = super().compile(source)
            return known[text]

    return Remembering
