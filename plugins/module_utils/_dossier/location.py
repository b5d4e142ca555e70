# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a dossier is: which URLs are allowed, and on which file systems a file of SQLite may be."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.files import make_folder
from .._common.libraries import needs
from .._common.text import printable

with needs("SQLAlchemy>=2.0.36"):
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

#: File systems whose locks do not work between hosts, so that two writers would destroy the file.
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "gpfs", "lustre", "ncpfs"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.ceph-fuse", "fuse.rclone", "fuse.s3fs", "fuse.smbnetfs"}
    | {"fuse.davfs", "fuse.davfs2", "davfs", "beegfs", "ocfs2", "gfs2"}
)
_MOUNTS = Path("/proc/self/mountinfo")


def parse(url: str) -> sa.URL:
    """SQLite or PostgreSQL, with its driver. Errors: ``dossier_url_invalid``, ``library_missing``."""
    try:
        parsed = sa.make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
            if parsed.database in (None, "", ":memory:") or "\0" in str(parsed.database):
                raise ValueError
            return parsed
        if parsed.drivername == "postgresql+psycopg":
            parsed.get_dialect().import_dbapi()
            return parsed
    except (ArgumentError, NoSuchModuleError, ValueError):
        pass
    except ImportError:
        raise ZorgidError(
            "library_missing",
            "A dossier in PostgreSQL needs the Python library psycopg on the controller",
            action="install it into the Python that runs Ansible: python -m pip install 'psycopg[binary]'",
        ) from None
    raise ZorgidError(
        "dossier_url_invalid",
        "dossier_url is not a database URL that a dossier can use",
        expected="sqlite:////srv/zorgid/dossier.sqlite3 or postgresql+psycopg://user:password@host/database",
        action="correct dossier_url",
    )


def file_of(parsed: sa.URL) -> Path:
    """The file of SQLite. Error: ``dossier_url_invalid`` for a relative path, which would be another dossier in each
    working folder."""
    written = Path(str(parsed.database))
    try:
        path = written.expanduser()
    except RuntimeError:
        path = Path()
    if path.is_absolute():
        return path
    names_a_user = str(written).startswith("~")
    here = Path.cwd() / written
    raise ZorgidError(
        "dossier_url_invalid",
        f"dossier_url refers to a user with an unknown home folder: {printable(written)}"
        if names_a_user
        else f"dossier_url is relative: {printable(written)} depends on the current folder",
        expected="an absolute path (sqlite: and four slashes), or one that begins with ~/",
        action="write the absolute path"
        if names_a_user
        else f"write sqlite:///{printable(here, 2000)} if you mean that one; work_dir of the role likewise",
    )


def demand_local(path: Path) -> None:
    """Error: ``dossier_on_network``. A system that does not list its mounts is accepted."""
    kind = _file_system(path)
    if kind in _NETWORK:
        raise ZorgidError(
            "dossier_on_network",
            f"The dossier {path} is on a network file system, where two writers can damage it",
            expected="a local disk for SQLite",
            found=f"a file system of type {kind}",
            action="move it to a local disk of the controller, or use PostgreSQL for several controllers",
        )


def _file_system(path: Path) -> str | None:
    """The kind of file system of the longest mount point above ``path``; of two at the same place, the later one."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    place = Path(os.path.realpath(path))
    found: tuple[int, str | None] = (-1, None)
    for line in lines:
        # "36 35 98:0 /root /mount\040point options [optional fields] - kind source options"
        before, dash, after = line.partition(" - ")
        fields = before.split(" ")
        if not dash or len(fields) < 5:
            continue
        mount = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4]))
        if place.is_relative_to(mount) and len(mount.parts) >= found[0]:
            found = len(mount.parts), after.split(" ")[0]
    return found[1]


def there(path: Path) -> bool:
    """Error: ``dossier_unreachable``: a path that this user may not read is not treated as absent."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _unreachable(path, error) from error
    return True


def make_file(path: Path) -> None:
    """Create the file with mode 0600, because SQLite would create it readable for others."""
    try:
        make_folder(path.parent)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise _unreachable(path, error) from error


def _unreachable(path: Path, error: OSError) -> ZorgidError:
    return ZorgidError(
        "dossier_unreachable",
        f"The dossier {path} cannot be opened or created",
        expected="a folder on the controller that this user may write to",
        found=_closed(path) or error.strerror or type(error).__name__,
        action="correct dossier_url, or the permissions of the folder",
    )


def _closed(path: Path) -> str | None:
    closed = next((folder for folder in reversed(path.parents) if folder.exists() and not _may(folder, os.X_OK)), None)
    return None if closed is None else f"this user has no access to the folder {closed}"


def obstacle(path: Path) -> str | None:
    """Why this user cannot write a dossier of SQLite, by the permissions; None if nothing prevents it."""
    if closed := _closed(path):
        return closed
    if not path.is_file():
        return "the file no longer exists" if not path.exists() else "it is not a file"
    if not _may(path, os.R_OK):
        return "this user has no read access to the file"
    if not _may(path, os.W_OK):
        return "this user has no write access to the file"
    if not _may(path.parent, os.W_OK):
        return f"this user has no write access to the folder {path.parent}, where SQLite writes its log file"
    return None


def _may(path: Path, what: int) -> bool:
    return os.access(path, what, effective_ids=os.access in os.supports_effective_ids)
