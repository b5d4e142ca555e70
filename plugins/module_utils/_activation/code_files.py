# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files with the activation code in the folder of an organisation: made, read and destroyed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .._common.errors import ZorgidError
from .._common.files import write_atomic
from .._common.letterhead import of_organisation
from .._common.organisation import Organisation
from .._common.trouble import in_words
from . import qr
from .handed import FILES, Format
from .letter import render_letter


def existing(folder: Path | None) -> list[Path]:
    """Our files in the folder, also the remains of a run that was interrupted while it wrote them."""
    if folder is None:
        return []
    drafts = (draft for name in FILES.values() for draft in sorted(folder.glob(f".{name}.*")))
    return [path for path in (*(folder / name for name in FILES.values()), *drafts) if path.exists()]


def destroy(paths: Sequence[Path]) -> None:
    """Error: ``directory_unwritable``."""
    for path in paths:
        try:
            # Overwritten before removal: on most file systems that writes to the same blocks.
            with path.open("r+b") as stream:
                stream.write(bytes(path.stat().st_size))
                stream.flush()
                os.fsync(stream.fileno())
            path.unlink()
        except OSError as error:
            raise _unwritable(path.parent, error) from error


@dataclass(frozen=True)
class CodeFiles:
    """The image (PNG) and the other ``formats`` asked for. ``environment``: decides the address of the portal in the
    letter."""

    folder: Path
    formats: tuple[Format, ...]
    environment: str | None = None

    def wanted(self) -> list[Path]:
        return [self.folder / FILES[one] for one in FILES if one in ("png", *self.formats)]

    def source(self) -> str | None:
        """The source that the files were made from (see ``qr.source_of``); None unless all files are there."""
        wanted = self.wanted()
        return qr.source_of(wanted[0].read_bytes()) if all(path.is_file() for path in wanted) else None

    def write(self, organisation: Organisation, payload: str, source: str) -> None:
        """Error: ``directory_unwritable``."""
        png = qr.render_png(payload, source)
        person = organisation.people.portal_administrator
        head = of_organisation(organisation, self.environment)
        made: dict[str, Callable[[], bytes]] = {
            "png": lambda: png,
            "svg": lambda: qr.render_svg(payload),
            "letter": lambda: render_letter(
                png,
                organisation=organisation.name,
                ura=organisation.ura,
                recipient=f"{person.first_name} {person.last_name}",
                portal=head.portal,
                contact=head.contact,
            ),
        }
        try:
            # The image last: if it is there, all files are.
            for one in (*self.formats, "png"):
                write_atomic(self.folder / FILES[one], made[one]())
        except OSError as error:
            raise _unwritable(self.folder, error) from error


def _unwritable(folder: Path, error: OSError) -> ZorgidError:
    return ZorgidError(
        "directory_unwritable",
        f"The files with the activation code in {folder} cannot be written or removed",
        expected="a folder on the controller that this user may write to",
        found=in_words(error),
        action="correct directory",
    )
