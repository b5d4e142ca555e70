# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which row of a table is its header, which of its columns are ours, and which of ours another one may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .._common.text import printable
from .cells import Cell, clean

#: rows with a value in which the header is looked for
FIRST_ROWS = 20
#: parts of Dutch and English headers -> our field, to say what a column may be; never to read it unasked
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
    """``AB`` for 27."""
    found = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        found = chr(65 + rest) + found
    return found


def folded(title: object) -> str:
    """A header to compare by: no case, no quotation marks, single blanks for blanks and underscores."""
    return " ".join(clean(str(title)).strip("\"'\u201c\u201d\u2018\u2019 ").replace("_", " ").split()).casefold()


def ours_in(cells: Sequence[Cell], names: Mapping[str, str]) -> set[str]:
    """Which of our columns (``names``: folded -> ours) the row names."""
    return {names[title] for title in (folded(cell) for cell in cells if isinstance(cell, str)) if title in names}


def header_of(rows: Sequence[Sequence[Cell]], names: Mapping[str, str], needed: Iterable[str]) -> int:
    """The first row that names all that is needed; or else the one that names most of our columns; or else the first
    with more than one value, because a title has one."""
    found = [ours_in(cells, names) for cells in rows]
    whole = next((index for index, ours in enumerate(found) if ours.issuperset(needed)), None)
    if whole is not None:
        return whole
    if any(found):
        return max(range(len(rows)), key=lambda index: (len(found[index]), -index))
    return next((index for index, cells in enumerate(rows) if sum(map(bool, cells)) > 1), 0)


def instead(titles: Sequence[str], columns: Mapping[str, int], known: Iterable[str]) -> str:
    """What the header holds instead: the columns that are ours, and the others by letter with the nearest of ours. A
    row that may be a person's is told by letters alone."""
    ours = list(known)
    near = {index: nearest(title, columns, ours) for index, title in enumerate(titles) if title}
    hints = len(columns) + len({hint for hint in near.values() if hint})
    named = hints > 1 and not any("@" in title or any(map(str.isdigit, title)) for title in titles)
    told = [f"known are {', '.join(columns)}" if columns else "none of ours is there"]
    unknown = [
        f"{letter(index)} ({printable(titles[index], 30)}{hint})" if named else letter(index)
        for index, hint in near.items()
        if index not in columns.values()
    ]
    if unknown:
        rest = f" and {len(unknown) - 20} more" if len(unknown) > 20 else ""
        told.append(f"unknown are {', '.join(unknown[:20])}{rest}")
    return "; ".join(told)


def nearest(title: str, taken: Mapping[str, int], ours: Iterable[str]) -> str:
    """``, perhaps external_id``: which of our columns that the table lacks may be meant; '' when none comes near."""
    import difflib  # lists that are right need none of it

    plain, free = folded(title), [name for name in ours if name not in taken]
    close = difflib.get_close_matches(plain[:60], [folded(name) for name in free], 1, 0.75)
    found = next((name for name in free if close and folded(name) == close[0]), None)
    if found is None:
        found = next((name for name, words in _HINTS if any(word in plain for word in words)), None)
    return f", perhaps {found}" if found in free else ""
