# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session in the portal that is kept for some minutes, if the user wants that (``keep_session``).

It is one file (0600) of this user on this controller, in memory where there is a tmpfs, encrypted under the dossier's
key and bound to the organisation, the person and the page map. It is never in the dossier.
In a container it lies in the container's own temporary folder: its /dev/shm may be the host's (``--ipc=host``, as
ansible-runner starts containers), and a session would outlive the job.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import os
import tempfile
from pathlib import Path

from .._common import moments
from .._common.errors import ZorgidError
from .._common.files import write_atomic
from .._common.trouble import in_words
from .._dossier import sealing
from .browser_access import MOST_KEPT

#: larger ones are not kept: cookies and storage of one site
_MOST_BYTES = 4 * 1024 * 1024
#: what podman, Docker and Kubernetes put into a container
_CONTAINERS = (Path("/run/.containerenv"), Path("/.dockerenv"), Path("/var/run/secrets/kubernetes.io"))


class KeptSession:
    """key: the dossier's. map_digest: of the page map that the session was made with."""

    def __init__(self, key: str, ura: str, person: str, map_digest: str, folder: Path | None = None) -> None:
        self._key = key
        self._name = hashlib.sha256(f"{ura}\n{person}\n{map_digest}".encode()).hexdigest()
        self._folder = folder or _folder()
        self.path = self._folder / f"{self._name[:32]}.session"
        #: of the session that goes on: it is not kept longer than from its login
        self._until: datetime.datetime | None = None

    def keep(self, state: bytes, minutes: int) -> bool:
        """Whether it was kept. state: of ``Window.state``. Error: ``file_unwritable``."""
        if not 0 < minutes <= MOST_KEPT or len(state) > _MOST_BYTES:
            return False
        now = moments.now()
        until = min(self._until or now + datetime.timedelta(minutes=minutes), now + datetime.timedelta(minutes=minutes))
        if until <= now:
            return False
        content = json.dumps({"until": moments.iso(until), "state": base64.b64encode(state).decode()})
        salt, sealed = sealing.seal(content, self._key, self._name)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = self._folder.lstat()
            if found.st_uid != os.geteuid() or found.st_mode & 0o077:
                raise PermissionError(1, "the folder belongs to somebody else, or others may read it")
            write_atomic(self.path, salt + sealed)
        except OSError as error:
            raise ZorgidError(
                "file_unwritable",
                "The session cannot be kept",
                expected=f"a private folder of this user: {self._folder}",
                found=in_words(error),
                action="correct the folder, or set keep_session to 0",
            ) from error
        return True

    def state(self) -> bytes | None:
        """The session, if one is there and its time is not over; else it is removed."""
        try:
            if self.path.lstat().st_uid != os.geteuid():
                return None
            data = self.path.read_bytes()
            content = json.loads(sealing.unseal(data[:16], data[16:], self._key, self._name))
            until = moments.parse(content["until"])
        except FileNotFoundError:
            return None
        except (OSError, ZorgidError, ValueError):
            until = None
        if until is None or until <= moments.now():
            self.forget()
            return None
        self._until = until
        return base64.b64decode(content["state"])

    def forget(self) -> None:
        """Also if there is none."""
        self._until = None
        try:
            self.path.unlink(missing_ok=True)
        except OSError:
            return


def _folder() -> Path:
    memory = "" if any(path.exists() for path in _CONTAINERS) else "/dev/shm"  # noqa: S108 - 0700, ours
    for text in (os.environ.get("XDG_RUNTIME_DIR", ""), memory, tempfile.gettempdir()):
        if text and os.access(text, os.W_OK | os.X_OK):
            return Path(text) / f"zorgid-sessions-{os.geteuid()}"
    return Path.home() / ".zorgid-sessions"
