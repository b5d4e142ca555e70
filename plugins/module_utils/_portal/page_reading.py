# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the members of an organisation in a person's session: by the export if it shows changes at once, else by the
list's pages."""

from __future__ import annotations

from .._browser.names import PageMap
from .._browser.window import Window
from .._common import moments
from .browser_reading import reading_of_rows
from .driver import Reading
from .export_form import form_of_export
from .export_reading import read_export


def read_pages(window: Window, page_map: PageMap) -> Reading:
    """Errors: of ``Window``, ``export_unreadable``, ``portal_list_unreadable``. The exported file is in the window's
    private folder, and is removed when it was read."""
    export = page_map.export
    if export is not None and (export.fresh or page_map.list is None):
        path = window.download(export)
        try:
            notes: list[str] = []
            members = read_export(path, notes, form_of_export(page_map))
        finally:
            path.unlink(missing_ok=True)
        if not export.fresh:
            notes.append("The export is not from now (export.fresh: false), so it may not show the last changes yet")
        # One that does not show a change at once proves nothing, so no plan is made of it.
        return Reading(members, moments.now() if export.fresh else None, complete=export.fresh, notes=notes)
    if page_map.list is None:
        raise AssertionError("read_map demands a list or an export")
    began = moments.now()
    return reading_of_rows(page_map, window.rows(page_map.list))._replace(as_of=began)
