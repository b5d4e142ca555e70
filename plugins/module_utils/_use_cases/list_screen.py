# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a list was read, as text for a terminal: 100 columns, no personal data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .._common.errors import ZorgidError
from .._common.libraries import needs
from .._onboarding.plan import State
from .._onboarding.style import Style, number
from .._onboarding.widths import WIDTH, cut, padded, short, wrapped
from .check_list import ListChecked

with needs("PyYAML>=6.0"):
    import yaml

#: Maximum of different mistakes, and of rows of one mistake; more are counted.
MOST, MOST_ROWS = 200, 60
_LABEL = 10
_DELIMITERS = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}
_FORMATS = {"csv": "CSV", "xlsx": "XLSX", "json": "JSON", "yaml": "YAML"}
_ENCODINGS = {"utf-8": "UTF-8", "windows-1252": "Windows-1252", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
_LEGEND = {"key": "number (key)", "person": "tells one human", "enabled": "in use", "where": "which rows"}


def screen(checked: ListChecked, *, style: Style) -> str:
    drawn = _Screen(checked, style)
    blocks = [
        drawn.heading(),
        drawn.sums(),
        drawn.headers(),
        drawn.wrong(),
        drawn.notes(),
        drawn.proposal(),
        drawn.end(),
    ]
    return "\n\n".join("\n".join(lines) for block in blocks if (lines := list(block))) + "\n"


def trouble(file: str, error: ZorgidError, *, style: Style) -> str:
    """The text of an error: the list cannot be read, or its mapping is not valid."""
    lines = [_heading([file], style), ""]
    mark = f"  {style.sign(State.STOP)} "
    lines += wrapped(style.text(error.message, 2000), mark, hidden=style.hidden(State.STOP))
    for label, text in (("expected", error.expected), ("found", error.found), ("do", error.action)):
        if text:
            lines += wrapped(style.text(text, 1000), f"    {label:<{_LABEL}} ")
    return "\n".join([*lines, f"    [{error.code}]"]) + "\n"


def _heading(parts: Sequence[str], style: Style) -> str:
    return short(style.fold(style.between.join(["ZORG-ID list", *parts])), WIDTH, style.dots)


class _Screen:
    def __init__(self, checked: ListChecked, style: Style) -> None:
        self._checked, self._found, self._style = checked, checked.understood, style

    def heading(self) -> Iterator[str]:
        form = self._found.form
        parts = [self._found.file, _FORMATS.get(str(form.get("format")), str(form.get("format") or ""))]
        if "encoding" in form:
            parts.append(_ENCODINGS.get(str(form["encoding"]), str(form["encoding"])))
        if "delimiter" in form:
            parts.append(_DELIMITERS.get(str(form["delimiter"]), str(form["delimiter"])))
        if "sheet" in form:
            parts.append(f"sheet {cut(self._style.fold(str(form['sheet'])), 30, self._style.dots)}")
        if form.get("header_row"):
            parts.append(f"header in row {form['header_row']}")
        yield _heading([part for part in parts if part], self._style)

    def sums(self) -> Iterator[str]:
        found = self._found
        if found.proposal:
            yield self._line(
                State.STOP, "no mapping, and the titles of the columns are not known; one is proposed below"
            )
        elif found.wrong:
            rows = len({one.row for one in found.wrong if one.row})
            where = f" in {number(rows, 'row', 'rows')}" if rows else ""
            yield self._line(
                State.STOP, f"{number(len(found.wrong), 'mistake', 'mistakes')}{where}; nobody is taken over"
            )
        elif not found.accounts:
            yield self._line(State.STOP, "no accounts: the list contains nobody")
        if found.accounts:
            here = sum(one.fields.get("state") != "absent" for one in found.accounts)
            left = len(found.accounts) - here
            sentence = f"{number(len(found.accounts), 'account', 'accounts')}: {here:,} present, {left:,} absent"
            if former := sum(bool(one.former_ids) for one in found.accounts):
                sentence += f", {former:,} with a former number"
            yield self._line(State.DONE, sentence)
        if found.waiting:
            yield self._line(
                State.LATER, f"{number(len(found.waiting), 'person starts', 'people start')} later, see below"
            )
        for one in found.left_out:
            at = f" (row {_rows(one.rows, 8, one.count)})" if one.rows else ""
            yield from wrapped(f"left out: {_counted(one.count, one.what)}{at}", "    ")

    def _line(self, state: State, text: str) -> str:
        return f"  {self._style.sign(state)} {text}"

    # columns --------------------------------------------------------------------------------------------------------

    def headers(self) -> Iterator[str]:
        found, style = self._found, self._style
        if found.mapping is not None:
            yield from wrapped(style.fold(f"Mapping: {self._checked.mapping}"))
        elif found.proposal:
            yield "Known columns"
        elif found.headers:
            yield "Mapping: none is needed, the columns are called as the fields"
        if not found.headers:
            return
        lettered = found.form.get("format") in ("csv", "xlsx")
        yield f"  {'field':<18} {'column':<7} header" if lettered else f"  {'field':<18} header"
        for one in found.headers:
            name = padded(cut(_LEGEND.get(one.field, one.field), 18, style.dots), 18)
            letter = f"{one.letter:<7} " if lettered else ""
            yield f"  {name} {letter}{cut(style.fold(one.title), WIDTH - 30, style.dots)}".rstrip()
        if found.unknown:
            yield from wrapped(", ".join(found.unknown), f"  {'not read':<18} ")

    # mistakes -------------------------------------------------------------------------------------------------------

    def wrong(self) -> Iterator[str]:
        """The same mistake in several rows is shown once, with its rows."""
        groups: dict[tuple[str, str, str], list[int]] = {}
        for one in self._found.wrong:
            groups.setdefault((one.place, one.what, one.action), []).append(one.row)
        if not groups or self._found.proposal:
            return
        yield "What is wrong"
        for (place, what, action), rows in list(groups.items())[:MOST]:
            yield from self._mistake(place, what, action, sorted(set(rows) - {0}))
        if len(groups) > MOST:
            yield f"  and {number(len(groups) - MOST, 'other mistake', 'other mistakes')}; correct these first"

    def _mistake(self, place: str, what: str, action: str, rows: Sequence[int]) -> Iterator[str]:
        style = self._style
        at = f"row {rows[0]}" if len(rows) == 1 else ""
        sentence = ": ".join(part for part in (", ".join(part for part in (at, place) if part), what) if part)
        mark = f"  {style.sign(State.STOP)} "
        yield from wrapped(style.text(sentence, 1000), mark, hidden=style.hidden(State.STOP))
        if len(rows) > 1:
            yield from wrapped(_rows(rows, MOST_ROWS, len(rows)), f"    {'rows':<{_LABEL}} ")
        yield from wrapped(style.text(action, 1000), f"    {'do':<{_LABEL}} ")

    def notes(self) -> Iterator[str]:
        style = self._style
        if self._found.notes:
            yield "Worth knowing"
        for note in self._found.notes[:MOST]:
            yield from wrapped(style.text(note, 1000), f"  {style.sign(State.LOOK)} ", hidden=style.hidden(State.LOOK))
        if len(self._found.notes) > MOST:
            yield f"  and {len(self._found.notes) - MOST:,} more"

    # a proposal -----------------------------------------------------------------------------------------------------

    def proposal(self) -> Iterator[str]:
        """A proposed mapping to copy: neither wrapped nor indented."""
        if not self._found.proposal:
            return
        source = str(self._found.proposal.get("source", ""))
        whose = f" (it is {source}, as far as this list has it)" if source else ""
        yield from wrapped(
            f"A mapping to start from{whose}. Save it as a file such as mapping.yml, look whether each column is what "
            "it says, and run this again with -e zorgid_list_mapping=mapping.yml"
        )
        yield ""
        dumped = yaml.safe_dump(dict(self._found.proposal), allow_unicode=True, sort_keys=False, width=WIDTH - 10)
        yield from ("---\n" + dumped).rstrip().split("\n")

    def end(self) -> Iterator[str]:
        """The place of the file with personal data."""
        if self._checked.written:
            yield from wrapped(
                f"What was understood of people: {self._checked.details} (0600; remove it when you have looked)"
            )


def _counted(count: int, what: str) -> str:
    """``1 hidden sheet``, ``2 rows of totals``."""
    for several in ("rows", "sheets", "guests") if count == 1 else ():
        what = what.replace(several, several[:-1], 1)
    return f"{count:,} {what}"


def _rows(rows: Sequence[int], most: int, count: int) -> str:
    numbers = ", ".join(map(str, rows[:most]))
    return f"{numbers} and {count - most:,} more" if count > most else numbers
