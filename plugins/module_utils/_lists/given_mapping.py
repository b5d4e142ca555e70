# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the mapping of a list from the user's option: data, a preset (with changes), or a YAML file with one of these.

Error: ``list_mapping_invalid``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._common.errors import ZorgidError, kind
from .._common.text import printable
from .mapping import ListMapping

_MOST = 100_000
_SUFFIXES = (".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class GivenMapping:
    """mapping: the parsed mapping. origin: a short description of it, without its values."""

    mapping: ListMapping
    origin: str


def mapping_of(given: Any, folders: Sequence[Path] = ()) -> GivenMapping | None:
    """The mapping; None if ``given`` is empty. given: a mapping, which may change a ``preset`` that it names; the name
    of a preset; or the path of a YAML file with one of these, relative to one of ``folders``."""
    if given is None or given == "" or given == {}:
        return None
    if isinstance(given, str) and given.lstrip().startswith("{"):
        given = _parsed(given)
    if isinstance(given, str) and _is_path(given):
        path = _found(given, folders)
        inner = _loaded(path)
        if isinstance(inner, str) and _is_path(inner):
            raise _invalid("it names another file", "a mapping, or the name of a preset, in the file itself")
        return _of(inner, f"the file {printable(path.name, 60)}: ")
    return _of(given, "")


def _of(given: Any, source: str) -> GivenMapping:
    if isinstance(given, str):
        given = {"preset": given}
    if not isinstance(given, Mapping) or "preset" not in given:
        return GivenMapping(ListMapping.of(given), f"{source or 'as given: '}no preset")
    changes = {name: value for name, value in given.items() if name != "preset"}
    origin = f"{source}preset {given['preset']}" + (
        f", with changes in {', '.join(map(str, changes))}" if changes else ""
    )
    return GivenMapping(ListMapping.of(_changed(_preset(given["preset"]), changes)), printable(origin, 200))


def _preset(name: Any) -> dict[str, Any]:
    from .propose import presets  # a complete mapping does not need them

    known = presets()
    if not isinstance(name, str) or name not in known:
        what = printable(name, 40) if isinstance(name, str) else kind(name)
        raise _invalid(f"there is no preset {what}", f"one of {', '.join(known)}, or a mapping")
    return dict(known[name])


def _changed(preset: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The preset with the changes applied, ``columns`` field by field. Empty values are removed."""
    own = changes.get("columns")
    columns = dict(preset.get("columns") or {})
    if isinstance(own, Mapping):
        columns |= own
        if own.get("external_id"):
            preset.pop("key", None)
    if changes.get("key"):
        columns.pop("external_id", None)
    merged = {**preset, **changes, "columns": own if own and not isinstance(own, Mapping) else _filled(columns)}
    optional = merged.get("optional")
    if "optional" not in changes and isinstance(optional, list):
        merged["optional"] = [name for name in optional if name in merged["columns"]]
    if "name_use" not in merged["columns"] and "system" not in changes:
        merged.pop("system", None)
    return _filled(merged)


def _filled(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value not in (None, "", [])}


# files --------------------------------------------------------------------------------------------------------------


def _is_path(given: str) -> bool:
    return "/" in given or given.lower().endswith(_SUFFIXES)


def _places(given: str, folders: Sequence[Path]) -> Iterator[Path]:
    path = Path(given).expanduser()
    yield from [path] if path.is_absolute() else [folder / path for folder in (*folders, Path())]


def _found(given: str, folders: Sequence[Path]) -> Path:
    path = next((one for one in _places(given, folders) if one.is_file()), None)
    if path is None:
        raise _invalid(
            f"there is no file {printable(given, 100)}",
            "a YAML file, relative to the folder of the inventory or to where ansible was started",
        )
    return path


def _loaded(path: Path) -> Any:
    import yaml

    try:
        data = path.read_bytes()[: _MOST + 1]
        if len(data) > _MOST:
            raise _invalid("its file is longer than any mapping", f"at most {_MOST // 1000} kB")
        found = yaml.safe_load(data.decode("utf-8-sig"))
    except OSError as error:
        raise _invalid(
            f"the file {printable(path.name, 60)} cannot be read", "a file that this user may read"
        ) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise _invalid(f"the file {printable(path.name, 60)} is not YAML", "YAML in UTF-8") from error
    if not isinstance(found, Mapping | str) or not found:
        raise _invalid(
            f"the file {printable(path.name, 60)} contains {kind(found)}", "a mapping with columns, or a preset"
        )
    return found


def _parsed(given: str) -> Any:
    """Parse the text of ``-e`` on a command line."""
    import yaml

    try:
        return yaml.safe_load(given)
    except yaml.YAMLError as error:
        raise _invalid("it is not YAML", "a mapping in braces, the name of a preset, or a file") from error


def _invalid(what: str, expected: str, found: str = "something else") -> ZorgidError:
    return ZorgidError(
        "list_mapping_invalid",
        f"The mapping of the list cannot be used: {what}",
        expected=expected,
        found=found,
        action="correct list_mapping; docs/lists.md has one for each known system. Nothing was changed",
    )
