# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML pages of a form for people: VZVZ's answer, and the work item with what to type by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from .._common.errors import ZorgidError
from .._common.files import write_atomic
from .._common.trouble import in_words
from .._dossier.kept import KeptContent
from .._dossier.store import DossierStore

FormKind = Literal["application", "follow_up"]
FORMS: tuple[FormKind, ...] = get_args(FormKind)
#: VZVZ's page after the form arrived; its page if that is uncertain; what a person has to type.
PageName = Literal["confirmation", "answer", "work_item"]


@dataclass(frozen=True)
class WrittenPage:
    """``path``: None if there is no file. ``warnings``: why the page could not be stored; they stop nothing."""

    name: PageName
    path: Path | None
    warnings: tuple[str, ...] = ()

    def as_details(self) -> dict[str, Any]:
        """The page as details of an error."""
        return {
            **({f"{self.name}_path": str(self.path)} if self.path else {}),
            **({"warnings": list(self.warnings)} if self.warnings else {}),
        }


@dataclass(frozen=True)
class FormPages:
    """The pages of one form of one organisation. ``directory``: folder for the files; None: no files."""

    directory: Path | None
    ura: str
    form: FormKind

    def path(self, name: PageName) -> Path | None:
        """The file's name contains URA number, form and page only."""
        return self.directory / f"{self.ura}-{self.form}-{name}.html" if self.directory else None

    def write(self, name: PageName, page: bytes, store: DossierStore | None = None) -> WrittenPage:
        """Write the page to a file, and to the dossier if one is given. A full disk is only a warning, because the
        outcome of the form does not depend on it."""
        warnings = []
        try:
            self._kept(store, name).keep(page)
        except ZorgidError as error:
            warnings.append(f"The page could not be stored in the dossier: {error.message}.")
        path = self.path(name)
        try:
            if path is not None:
                write_atomic(path, page)
        except OSError as error:
            warnings.append(f"The page {path} could not be written: {in_words(error)}.")
            path = None
        return WrittenPage(name, path, tuple(warnings))

    def put_back(self, store: DossierStore, *, check_mode: bool) -> dict[PageName, Path]:
        """Write the pages that are in the dossier but missing in the folder. Returns them; in check mode, those that
        would be written."""
        found: dict[PageName, Path] = {}
        names: tuple[PageName, ...] = ("confirmation", "answer")
        for name in names:
            path = self.path(name)
            if path is not None and self._kept(store, name).put_back(path, check_mode=check_mode):
                found[name] = path
        return found

    def _kept(self, store: DossierStore | None, name: PageName) -> KeptContent:
        return KeptContent(store, self.ura, f"{self.form}_{name}")
