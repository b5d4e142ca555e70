# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook ``telemetry``: one file with figures about all organisations of the inventory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from ....module_utils._common.errors import ZorgidError
from ....module_utils._common.text import printable
from ....module_utils._dossier.place import DossierPlace
from ....module_utils._use_cases.write_telemetry import TelemetryWritten, WriteTelemetry, check_path, write_telemetry
from ..action import Options, Result, ZorgidAction
from ..opening import place_of
from . import arguments, variables
from .ahead import in_place_of
from .beginning import refuse_unknown

_NEEDED = ("environment", "dossier_url", "dossier_tenant", "dossier_key", "dossier_head_path", "work_dir")
_FEW = 3


def write(action: ZorgidAction, options: Options) -> Result:
    """Errors: ``variables_invalid`` and those of ``write_telemetry``."""
    refuse_unknown(action)
    path = Path(options["path"]) if options["path"] else None
    check_path(path)
    command = command_of(action, path, options["organisations"])
    return result_of(write_telemetry(command, read_only=action.check_mode), diff_mode=action.diff_mode)


def command_of(action: ZorgidAction, path: Path | None, hosts: Sequence[str]) -> WriteTelemetry:
    """Reads only the variables that name the dossier, so that an organisation with a wrong one elsewhere counts too."""
    places: dict[DossierPlace, list[str]] = defaultdict(list)
    broken: dict[str, ZorgidError] = {}
    for host in hosts:
        other = in_place_of(action, host)
        try:
            given = variables.read(other.task_vars, other._templar.template, only=_NEEDED)
            places[place_of(arguments.opening(given))].append(host)
        except ZorgidError as error:
            broken[host] = error
    return WriteTelemetry(path, places, broken)


def result_of(written: TelemetryWritten, *, diff_mode: bool) -> Result:
    """If a dossier could not be read, the file says so, and the task fails."""
    result: Result = {
        "changed": written.changed,
        "path": str(written.path),
        "dossiers": written.dossiers,
        "dossiers_unread": written.dossiers_unread,
        "organisations_unread": len(written.unread),
    }
    if diff_mode and written.changed:
        result["diff"] = {
            "before": (written.before or b"").decode("utf-8", "replace"),
            "after": written.content.decode("utf-8"),
            "after_header": str(written.path),
        }
    if written.unread:
        error = _incomplete(written)
        result |= {"failed": True, "msg": str(error), "error_code": error.code}
    return result


def _incomplete(written: TelemetryWritten) -> ZorgidError:
    count = len(written.unread)
    few = [f"{printable(host, 60)} ({error.code})" for host, error in list(written.unread.items())[:_FEW]]
    more = f" and {count - _FEW} more" if count > _FEW else ""
    return ZorgidError(
        "telemetry_incomplete",
        f"The figures lack {count} organisation{'' if count == 1 else 's'} of the inventory, and the file says so",
        expected="variables and a dossier that can be read for each organisation",
        found=f"{', '.join(few)}{more}",
        action="see what gbz.zorgid.status says about them",
    )
