# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names for things that several organisations share, and the conversion of errors to troubles."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import Any

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.trouble import in_words
from ....module_utils._onboarding.observed import Look, Seen, Trouble
from .shared import OncePerRun


def channel(shared: OncePerRun, *parts: Any) -> str:
    """A digest of everything with which a thing is read, including credentials. It is keyed with a secret of this run,
    so that it may be shown: a password cannot be guessed from it."""
    salt = shared.get({"salt": "of this run"}, lambda: secrets.token_hex(32))
    content = json.dumps(parts, sort_keys=True, default=str).encode()
    return hmac.new(bytes.fromhex(salt), content, hashlib.sha256).hexdigest()


def trouble_of(error: ZorgidError | OSError) -> Trouble:
    if isinstance(error, ZorgidError):
        return Trouble.of(error)
    return Trouble(
        "file_inaccessible",
        f"{error.filename or 'A file'} cannot be used",
        expected="a file or folder that this user may use",
        found=in_words(error),
        action="correct the path, or the permissions of the user who runs Ansible",
    )


def bad(error: ZorgidError | OSError) -> Seen[Any]:
    return Seen(Look.BAD, trouble=trouble_of(error))
