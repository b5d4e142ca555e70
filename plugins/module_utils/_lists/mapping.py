# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mapping of a list, as data from its owner: the field of each column, the rows to read, the form of days, the
parts of the number, and the values that identify a person.

Error: ``list_mapping_invalid``, with all mistakes in one message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._common.errors import ZorgidError, kind
from .._common.text import printable
from .dates import DateForm
from .name_use import SYSTEMS
from .titles import is_citizen_number, is_display_name, is_of_partner, is_private_mail, title_key

#: the fields that a column can have, besides the number (``key``)
FIELDS = (
    "external_id", "first_name", "prefix", "last_name", "date_of_birth", "email", "private_email", "uzi_number",
    "role_code", "agb_code", "state", "registration", "role", "document_type", "document_expires", "checked_by",
    "checked_at", "start", "end", "name_use",
)  # fmt: skip
NEEDED = ("first_name", "last_name")
#: required if they are mapped, because they decide who belongs to the list
_NEVER_OPTIONAL = ("external_id", "first_name", "last_name", "end", "state")
_KEYS = (
    "columns", "key", "person", "where", "sheet", "header_row", "date_format", "system", "enabled", "optional",
    "source", "source_date",
)  # fmt: skip
_ENABLED = ("true", "1", "ja", "yes", "j", "y", "waar", "enabled", "actief", "active")
_DISABLED = ("false", "0", "nee", "no", "n", "onwaar", "disabled", "inactief", "inactive")
HEADER_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Key:
    """The number that identifies a person. parts: one column, or several that are joined with ``join``; of the titles
    of a part, the first one in the list is used. cut: the character at which the value is cut; keep: the part to use,
    ``before`` the first ``cut`` or ``after`` it."""

    parts: tuple[tuple[str, ...], ...]
    join: str = "-"
    cut: str = ""
    keep: str = "before"

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(title for part in self.parts for title in part)


@dataclass(frozen=True, slots=True)
class Enabled:
    """A column that says whether an account is in use. present and absent: its values for yes and no, folded."""

    titles: tuple[str, ...]
    present: frozenset[str] = frozenset(_ENABLED)
    absent: frozenset[str] = frozenset(_DISABLED)


@dataclass(frozen=True, slots=True)
class ListMapping:
    """columns: our field -> its titles; of several, the first with a value in the row is used. where: title -> values;
    only rows with one of them are read. sheet: of a workbook, '' to look for it. header_row: 0 to look for it.
    person: titles whose values together identify a person. system: whose codes ``name_use`` contains. optional: fields
    whose column may be missing in a list."""

    columns: Mapping[str, tuple[str, ...]]
    key: Key
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sheet: str = ""
    header_row: int = 0
    date_format: DateForm | None = None
    person: tuple[str, ...] = ()
    system: str = ""
    enabled: Enabled | None = None
    optional: frozenset[str] = frozenset()
    source: str = ""
    #: the mapping as the user wrote it, to show it
    given: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, raw: Any) -> ListMapping:
        """Parse a plain dict, as YAML gives it. Error: ``list_mapping_invalid``."""
        reader = _Reader()
        mapping = reader.mapping(raw)
        if reader.wrong or mapping is None:
            raise ZorgidError(
                "list_mapping_invalid",
                f"The mapping of the list cannot be used: {'; '.join(reader.wrong)}",
                expected=f"a mapping with {', '.join(_KEYS[:4])} and others; columns of {', '.join(NEEDED)} and a key",
                found=f"{len(reader.wrong)} mistakes" if len(reader.wrong) > 1 else "one mistake",
                action="correct the mapping; docs/lists.md has one for each known system. Nothing was changed",
                details={"mistakes": reader.wrong},
            )
        return mapping

    def titles(self) -> set[str]:
        """Every title of the mapping, folded."""
        named = [*self.columns.values(), self.key.titles, self.person, tuple(title for title, _values in self.where)]
        if self.enabled is not None:
            named.append(self.enabled.titles)
        return {title_key(title) for titles in named for title in titles}

    @property
    def key_is_personal(self) -> bool:
        """Whether the number contains a name, a birth date or a mail address, so that no message may show it."""
        personal = {
            title_key(title)
            for name in ("first_name", "prefix", "last_name", "date_of_birth", "email", "private_email")
            for title in self.columns.get(name, ())
        }
        words = ("mail", "naam", "name", "geboorte", "birth", "upn")
        keys = [title_key(title) for title in self.key.titles]
        return any(one in personal or any(word in one for word in words) for one in keys)


class _Reader:
    """Parses one mapping: each part as far as possible, with a list of all mistakes."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def mapping(self, raw: Any) -> ListMapping | None:
        if not isinstance(raw, Mapping):
            self.wrong.append(f"it is {kind(raw)}, not a mapping with columns")
            return None
        self._known(raw, _KEYS, "")
        columns = self._columns(raw.get("columns"))
        key = self._key(raw.get("key"), columns.pop("external_id", ()))
        for name in NEEDED:
            if name not in columns:
                self.wrong.append(f"columns.{name} is missing")
        system = self._text(raw, "system")
        if system and system not in SYSTEMS:
            self.wrong.append(f"system is unknown{_nearest(system, SYSTEMS)}; known are {', '.join(SYSTEMS)}")
        if "name_use" in columns and not system:
            self.wrong.append(
                "columns.name_use needs system, because its codes mean opposite things in different systems "
                f"({', '.join(SYSTEMS)})"
            )
        form, written = None, self._text(raw, "date_format")
        if written:
            form = DateForm.of(written)
            if form is None:
                self.wrong.append(
                    "date_format is not valid: it has day, month and a year of four digits, as in d-m-yyyy, yyyymmdd"
                )
        person = self._titles(raw.get("person"), "person") if raw.get("person") is not None else ()
        return ListMapping(
            columns,
            key,
            self._where(raw.get("where")),
            self._text(raw, "sheet"),
            self._row(raw.get("header_row")),
            form,
            person,
            system,
            self._enabled(raw.get("enabled")),
            self._optional(raw.get("optional"), columns),
            self._text(raw, "source"),
            dict(raw),
        )

    def _known(self, raw: Mapping[Any, Any], keys: Iterable[str], where: str) -> None:
        for name in raw:
            if name not in keys:
                self.wrong.append(f"{where}{printable(name, 40)} is unknown{_nearest(str(name), keys)}")

    def _text(self, raw: Mapping[str, Any], name: str) -> str:
        value = raw.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool) and name == "sheet":
            return str(value)  # YAML reads the sheet name 2026 as a number
        self.wrong.append(f"{name} is {kind(value)}, not a text")
        return ""

    def _titles(self, value: Any, where: str) -> tuple[str, ...]:
        """One title or a list of titles. Titles of columns that are never read are mistakes."""
        given = list(value) if isinstance(value, list | tuple) else [value]
        found: list[str] = []
        for one in given:
            if isinstance(one, int) and not isinstance(one, bool):
                one = str(one)
            if not isinstance(one, str) or not title_key(one):
                what = "an empty text" if isinstance(one, str) else kind(one)
                self.wrong.append(f"{where} holds {what}, not the title of a column")
            elif is_citizen_number(one):
                self.wrong.append(f"{where} names a column of BSNs, which are never read from a list")
            else:
                found.append(one.strip())
        if not given:
            self.wrong.append(f"{where} names no column")
        return tuple(found)

    def _columns(self, raw: Any) -> dict[str, tuple[str, ...]]:
        if not isinstance(raw, Mapping):
            self.wrong.append("columns is missing" if raw is None else f"columns is {kind(raw)}, not a mapping")
            return {}
        self._known(raw, FIELDS, "columns.")
        found: dict[str, tuple[str, ...]] = {}
        used: dict[str, str] = {}
        for name in FIELDS:
            if raw.get(name) is None:
                continue
            titles = self._titles(raw[name], f"columns.{name}")
            for title in titles:
                self._fits(name, title)
                other = used.setdefault(title_key(title), name)
                if other != name and {other, name} != {"external_id", "email"}:
                    self.wrong.append(f"columns.{name} and columns.{other} name the same column")
            if titles:
                found[name] = titles
        return found

    def _fits(self, name: str, title: str) -> None:
        """Check that the meaning of a title does not contradict the field that the mapping gives it."""
        if name in ("first_name", "last_name") and is_display_name(title):
            self.wrong.append(f"columns.{name} names a column of whole names, which are never taken apart")
        if name in ("prefix", "last_name") and is_of_partner(title):
            self.wrong.append(f"columns.{name} names the partner's name; an identity document has the birth name")
        if name == "email" and is_private_mail(title):
            self.wrong.append("columns.email names private addresses; to take them on purpose, use private_email")

    def _key(self, raw: Any, titles: tuple[str, ...]) -> Key:
        if raw is None:
            if not titles:
                self.wrong.append("key is missing: the column with the number of the HR system")
            return Key((titles,))
        if titles:
            self.wrong.append("key and columns.external_id mean the same; keep one of them")
        if not isinstance(raw, Mapping):
            return Key(tuple((title,) for title in self._titles(raw, "key")))
        self._known(raw, ("columns", "column", "join", "cut", "keep"), "key.")
        named = [name for name in ("columns", "column") if raw.get(name) is not None]
        if len(named) != 1:
            self.wrong.append("key needs columns: one title, or several that are joined")
        titles = self._titles(raw[named[0]], f"key.{named[0]}") if named else ()
        join, cut, keep = raw.get("join", "-"), raw.get("cut", ""), raw.get("keep", "before")
        if not isinstance(join, str) or len(join) > 3 or any(sign.isalnum() for sign in join):
            self.wrong.append("key.join is a sign between the parts, as in '-'")
            join = "-"
        if not join and len(titles) > 1:
            self.wrong.append("key.join is empty, so 1 and 23 would make the same number as 12 and 3")
        if not isinstance(cut, str) or len(cut) > 3 or any(sign.isalnum() for sign in cut):
            self.wrong.append("key.cut is the sign at which the number is cut, as in '-'")
            cut = ""
        if cut and len(titles) > 1:
            self.wrong.append("key has both several columns and cut; use one of the two")
        if keep not in ("before", "after"):
            self.wrong.append("key.keep is before or after the sign")
            keep = "before"
        return Key(tuple((title,) for title in titles), join, cut, keep)

    def _where(self, raw: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if raw is None:
            return ()
        if not isinstance(raw, Mapping):
            self.wrong.append(f"where is {kind(raw)}, not a mapping of titles to values")
            return ()
        found = []
        for title, values in raw.items():
            if not self._titles(title, "where"):
                continue
            given = values if isinstance(values, list | tuple) else [values]
            usable = [one for one in given if isinstance(one, str | int | float)]
            if not given or len(usable) != len(given):
                self.wrong.append(f"where.{printable(title, 40)} is a value or a list of values")
            found.append((str(title).strip(), tuple(where_value(one) for one in usable)))
        return tuple(found)

    def _row(self, raw: Any) -> int:
        if raw is None:
            return 0
        if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= HEADER_ROWS:
            self.wrong.append(f"header_row is a row of the file, from 1 to {HEADER_ROWS}")
            return 0
        return raw

    def _enabled(self, raw: Any) -> Enabled | None:
        if raw is None:
            return None
        if not isinstance(raw, Mapping):
            return Enabled(self._titles(raw, "enabled"))
        self._known(raw, ("column", "present", "absent"), "enabled.")
        titles = self._titles(raw.get("column"), "enabled.column")
        words = []
        for name, usual in (("present", _ENABLED), ("absent", _DISABLED)):
            value = raw.get(name)
            given = usual if value is None else value if isinstance(value, list | tuple) else [value]
            words.append(frozenset(where_value(one) for one in given))
        if words[0] & words[1]:
            self.wrong.append("enabled.present and enabled.absent have a value in common")
        return Enabled(titles, *words)

    def _optional(self, raw: Any, columns: Mapping[str, Any]) -> frozenset[str]:
        given = [] if raw is None else list(raw) if isinstance(raw, list | tuple) else [raw]
        for name in given:
            if name in _NEVER_OPTIONAL or name not in columns:
                why = "may not be missing from a list" if name in _NEVER_OPTIONAL else "is none of columns"
                self.wrong.append(f"optional names {printable(name, 40)}, which {why}")
        return frozenset(str(name) for name in given)


def where_value(value: object) -> str:
    """A value in the form for comparison: without case, and a number without leading zeros."""
    if isinstance(value, float) and value == value // 1:
        value = int(value)
    found = str(value).strip().casefold()
    return found.lstrip("0") or "0" if found.isdecimal() else found


def _nearest(name: str, known: Iterable[str]) -> str:
    import difflib  # only a mapping with a mistake needs it

    close = difflib.get_close_matches(name.casefold()[:60], list(known), 1, 0.6)
    return f", perhaps {close[0]}" if close else ""
