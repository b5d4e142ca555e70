# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the header row of a table and our columns in it, and proposes which of ours an unknown column may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .._common.text import printable
from .cells import Cell, clean

#: the header is looked for in so many rows with a value
FIRST_ROWS = 20
#: parts of Dutch and English headers -> our field, for proposals in messages; never used to read a column
_HINTS = (
    ("", ("partner", "priv")),
    ("prefix", ("tussenv", "voorvoegsel", "prefix", "infix")),
    ("external_id", ("personeelsn", "pers.n", "persn", "medewerker", "employee", "werknemern", "stamn")),
    ("first_name", ("roepnaam", "voornaam", "given", "firstname", "nickname")),
    ("last_name", ("achternaam", "geboortenaam", "birthname", "surname", "lastname", "familienaam")),
    ("date_of_birth", ("geboorted", "geb.dat", "birth", "datum geb")),
    ("email", ("mail",)),
    ("uzi_number", ("uzi",)),
    ("role_code", ("rolcode",)),
    ("agb_code", ("agb",)),
)


def letter(index: int) -> str:
    """The letters of a column (0 is A): ``AB`` for 27."""
    found = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        found = chr(65 + rest) + found
    return found


def folded(title: object) -> str:
    """A header in the form for comparison: without case and quotation marks, single blanks for blanks and
    underscores."""
    return " ".join(clean(str(title)).strip("\"'\u201c\u201d\u2018\u2019 ").replace("_", " ").split()).casefold()


def ours_in(cells: Sequence[Cell], names: Mapping[str, str]) -> set[str]:
    """The columns of ours (``names``: folded -> ours) in the row."""
    return {names[title] for title in (folded(cell) for cell in cells if isinstance(cell, str)) if title in names}


def header_of(rows: Sequence[Sequence[Cell]], names: Mapping[str, str], needed: Iterable[str]) -> int:
    """The first row with all needed columns; else the row with most of our columns; else the first row with more than
    one value, because a title has one."""
    found = [ours_in(cells, names) for cells in rows]
    whole = next((index for index, ours in enumerate(found) if ours.issuperset(needed)), None)
    if whole is not None:
        return whole
    if any(found):
        return max(range(len(rows)), key=lambda index: (len(found[index]), -index))
    return next((index for index, cells in enumerate(rows) if sum(map(bool, cells)) > 1), 0)


def instead(titles: Sequence[str], columns: Mapping[str, int], known: Iterable[str]) -> str:
    """What the header contains instead: our columns, and the others by letter with the most similar of ours. Only
    letters if the row may be a person's data."""
    ours = list(known)
    near = {index: nearest(title, columns, ours) for index, title in enumerate(titles) if title}
    hints = len(columns) + len({hint for hint in near.values() if hint})
    named = hints > 1 and not any("@" in title or any(map(str.isdigit, title)) for title in titles)
    parts = [f"known are {', '.join(columns)}" if columns else "no known column is there"]
    unknown = [
        f"{letter(index)} ({printable(titles[index], 30)}{hint})" if named else letter(index)
        for index, hint in near.items()
        if index not in columns.values()
    ]
    if unknown:
        rest = f" and {len(unknown) - 20} more" if len(unknown) > 20 else ""
        parts.append(f"unknown are {', '.join(unknown[:20])}{rest}")
    return "; ".join(parts)


def nearest(title: str, taken: Mapping[str, int], ours: Iterable[str]) -> str:
    """``, perhaps external_id``: the most similar of our columns that are not in the table; '' if none is similar."""
    import difflib  # only a list with a mistake needs it

    plain, free = folded(title), [name for name in ours if name not in taken]
    close = difflib.get_close_matches(plain[:60], [folded(name) for name in free], 1, 0.75)
    found = next((name for name in free if close and folded(name) == close[0]), None)
    if found is None:
        found = next((name for name, words in _HINTS if any(word in plain for word in words)), None)
    return f", perhaps {found}" if found in free else ""
