# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes figures about all organisations of an inventory for node_exporter's textfile collector."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .._common import moments
from .._common.errors import ZorgidError
from .._common.files import write_atomic
from .._common.trouble import in_words
from .._dossier.place import DossierPlace
from .._report.telemetry import ReadDossier, render, telemetry

#: The collector runs as another user.
_MODE = 0o644


@dataclass(frozen=True)
class WriteTelemetry:
    """``path``: the file, on the controller. ``places``: each dossier of the inventory with its organisations' hosts.
    ``broken``: why the variables of other hosts cannot be used."""

    path: Path | None
    places: Mapping[DossierPlace, Sequence[str]]
    broken: Mapping[str, ZorgidError] = field(default_factory=dict)


@dataclass(frozen=True)
class TelemetryWritten:
    """``before``: the earlier content; None if there was no file. ``unread``: why hosts are not in the figures.
    ``dossiers``, ``dossiers_unread``: how many were read and could not be read."""

    path: Path
    before: bytes | None
    content: bytes
    dossiers: int
    dossiers_unread: int
    unread: Mapping[str, ZorgidError]

    @property
    def changed(self) -> bool:
        return self.before != self.content


def check_path(path: Path | None) -> Path:
    """Before anything is read. Errors: ``telemetry_path_invalid``, ``telemetry_folder_missing``,
    ``telemetry_not_written``."""
    if path is None or path.suffix != ".prom" or path.name.startswith(".") or _is_other_than_a_file(path):
        raise ZorgidError(
            "telemetry_path_invalid",
            "zorgid_telemetry_path is not a file for the textfile collector",
            expected="a regular file whose name ends in .prom, since node_exporter reads no others",
            found=str(path or "no zorgid_telemetry_path"),
            action="give for example -e zorgid_telemetry_path=/var/lib/prometheus/node-exporter/zorgid.prom",
        )
    if not path.parent.is_dir():
        raise ZorgidError(
            "telemetry_folder_missing",
            f"The folder {path.parent} does not exist",
            expected="the folder that node_exporter reads (--collector.textfile.directory)",
            found="no such folder",
            action="correct zorgid_telemetry_path; in a container, mount the folder (docs/telemetry.md)",
        )
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise _not_written(path, "this user has no write access to the folder")
    return path


def _is_other_than_a_file(path: Path) -> bool:
    """A folder, a device or a pipe, also behind a link. The earlier content is read, and that of a device has no
    end."""
    return path.exists() and not path.is_file()


def write_telemetry(command: WriteTelemetry, *, read_only: bool) -> TelemetryWritten:
    """Read all dossiers and check their journals, then write the file as a whole. It is written even if nothing in it
    changed: its modification time tells the collector how old the figures are. ``read_only``: write nothing.

    A dossier that cannot be read is counted in the file and is in ``unread``. Errors: those of ``check_path``; the
    previous file then remains.
    """
    path = check_path(command.path)
    read: dict[str, ReadDossier] = {}
    unread = dict(command.broken)
    not_read: set[str] = set()
    opened: set[str] = set()
    missing: set[str] = set()
    for place, hosts in command.places.items():
        try:
            found = _read(place)
        except ZorgidError as error:
            unread |= dict.fromkeys(hosts, error)
            not_read.add(place.url)
        else:
            opened.add(place.url)
            if found is None:
                missing.add(place.url)
            else:
                # Two database users of one dossier: it counts once.
                read[found[0]] = found[1]
    # A dossier that only some organisations may not open, for example with another customer, was read.
    dossiers_unread = len(not_read - opened)
    figures = telemetry(
        list(read.values()),
        now=moments.now(),
        dossiers_unread=dossiers_unread,
        dossiers_missing=len(missing),
        organisations_unread=len(unread),
    )
    content = render(figures)
    try:
        before = path.read_bytes() if path.exists() else None
        if not read_only:
            write_atomic(path, content, mode=_MODE)
    except OSError as error:
        raise _not_written(path, in_words(error)) from error
    return TelemetryWritten(path, before, content, len(read), dossiers_unread, unread)


def _read(place: DossierPlace) -> tuple[str, ReadDossier] | None:
    """What identifies the dossier, and its content; None if it does not exist yet. Errors: those of opening it,
    ``dossier_damaged``."""
    with place.open(read_only=True) as store, store.at_once():
        if not store.exists:
            return None
        dossiers, journal = store.read_checked()
        return store.whose.identity, ReadDossier(dossiers, store.runs.recorded(), journal.valid)


def _not_written(path: Path, why: str) -> ZorgidError:
    return ZorgidError(
        "telemetry_not_written",
        f"The telemetry file {path} cannot be written",
        expected="a folder on the controller that this user may write to",
        found=why,
        action="correct zorgid_telemetry_path, or the permissions of the folder; the previous file is unchanged",
    )
