# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbook ``new`` made, as text for a terminal: 100 columns, no personal data."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from .._common.errors import ZorgidError
from .._inventory.working_folder import Difference
from .._onboarding.plan import State
from .._onboarding.style import Style, number
from .._onboarding.widths import WIDTH, wrapped
from .make_folder import FolderMade

#: Maximum of lines of one kind; more are counted.
MOST, MOST_NAMES = 40, 12
_VAULT, _VAULTS = "inventory/group_vars/all/vault.yml", "inventory/host_vars/*/vault.yml"


def screen(made: FolderMade, *, style: Style) -> str:
    return "\n".join(_Screen(made, style).lines()) + "\n"


def trouble(error: ZorgidError, *, style: Style) -> str:
    """The text of an error: why nothing was made."""
    lines = list(
        wrapped(style.text(error.message, 2000), f"{style.sign(State.STOP)} ", hidden=style.hidden(State.STOP))
    )
    for label, text in (("expected", error.expected), ("found", error.found), ("do", error.action)):
        if text:
            lines += wrapped(style.text(text, 1000), f"  {label:<9} ")
    return "\n".join([*lines, f"  [{error.code}]"]) + "\n"


class _Screen:
    def __init__(self, made: FolderMade, style: Style) -> None:
        self._made, self._decision, self._style = made, made.decision, style

    def lines(self) -> Iterator[str]:
        yield from self._sums()
        yield from self._refused()
        yield from self._looks()
        yield from self._next()
        if not self._made.written and self._made.changed:
            yield "check mode: nothing was written"

    def _sums(self) -> Iterator[str]:
        decision, state = self._decision, State.DONE if self._made.written else State.DO
        if decision.first:
            count = number(len(decision.added) + len(decision.unchanged), "organisation", "organisations")
            what = "made" if self._made.written else "would make"
            parts = ["ansible.cfg", f"inventory/ ({count})", "vault.yml", "trust/", "hr/", *self._made.templates]
            yield from self._line(state, f"{what} {self._made.folder}: {', '.join(parts)}")
            return
        parts = []
        if decision.added:
            parts.append(f"{'added' if self._made.written else 'would add'} {_names(decision.added)}")
        if decision.changed:
            changes = [
                f"{host}: {', '.join(columns) or 'less than before'}" for host, columns in decision.changed.items()
            ]
            parts.append(f"{'changed' if self._made.written else 'would change'} {_names(changes)}")
        if decision.unchanged:
            parts.append(f"{len(decision.unchanged):,} unchanged")
        if decision.by_hand:
            parts.append(f"{len(decision.by_hand):,} changed by hand, kept")
        if others := [path for path in decision.writes if not path.startswith((".", "inventory/host_vars"))]:
            parts.append(f"{'wrote' if self._made.written else 'would write'} {_names(others)}")
        quiet = State.DONE if not self._made.changed else state
        yield from self._line(quiet, "; ".join(parts) or self._nothing())

    def _nothing(self) -> str:
        if self._made.table is None:
            return "nothing to do: no table, and no file is missing"
        return "nothing was changed" if self._made.table.rows else "no organisation in the table, nothing was changed"

    def _refused(self) -> Iterator[str]:
        sentences = [
            f"{_row(one.row, one.name)} is not used: {f'{one.problem.place}: ' if one.problem.place else ''}"
            f"{one.problem.what}; {one.problem.action}"
            for one in self._decision.refused
        ]
        yield from self._some(State.STOP, sentences)

    def _looks(self) -> Iterator[str]:
        made, decision = self._made, self._decision
        rows = made.table.rows if made.table else ()
        if made.table and not rows:
            sentence = f"{made.table.file} has no row with an organisation: is it the right table, and was it saved?"
            yield from self._line(State.LOOK, sentence)
        yield from self._some(
            State.LOOK, [f"{_row(row.number, row.name)}: {remark}" for row in rows for remark in row.remarks]
        )
        yield from self._some(State.LOOK, list(map(_difference, decision.differences)))
        yield from self._some(State.LOOK, decision.look)
        # An organisation with a new name has a new URA number, and its former dossier is needed for long.
        ends = ", not where it has a new number: then name the old one in continues" if decision.added else ""
        gone = [
            f"{host}: no row of the table has its URA number; it stays (gbz.zorgid.leave -l {host} ends it{ends})"
            for host in decision.gone
        ]
        yield from self._some(State.LOOK, gone)
        if decision.servers:
            sentence = f"the login of certificate_hosts goes to {_names(decision.servers)}: are these servers yours?"
            yield from self._line(State.LOOK, sentence)
        yield from self._some(State.LOOK, list(made.table.notes) if made.table else [])

    def _next(self) -> Iterator[str]:
        """Commands are to be copied: never wrapped, and on their own line if they do not fit."""
        steps = list(self._steps())
        width = max((len(what) for what, _command in steps), default=0)
        for place, (what, command) in enumerate(steps, 1):
            first = f"{'next' if place == 1 else '':<5} {place} "
            if len(command) <= WIDTH - len(first) - width - 2:
                yield f"{first}{what:<{width}}  {command}"
            else:
                yield f"{first}{what}"
                yield f"{'':<{len(first)}}{command}"

    def _steps(self) -> Iterator[tuple[str, str]]:
        made, decision = self._made, self._decision
        folder = shlex.quote(str(made.folder))
        if not made.written:
            return
        if made.templates:
            again = f"ansible-playbook gbz.zorgid.new -e zorgid_folder={folder} -e zorgid_table={folder}/klanten.xlsx"
            yield "one row for each organisation:", f"{folder}/klanten.xlsx"
            yield "make the inventory of it:", again
            return
        if decision.first:
            yield "go into the folder:", f"cd {folder}"
        if (places := decision.to_fill_in) and made.changed:
            yield f"fill in {_filled(places)}:", "grep -rn FILL_IN inventory"
        if (vaults := [path for path, encrypted in decision.vaults.items() if not encrypted]) and made.changed:
            # With *, one file that is already encrypted would stop the command.
            few = vaults if len(vaults) <= 2 or any(decision.vaults.values()) else [_VAULT, _VAULTS]
            yield "encrypt the secrets:", f"ansible-vault encrypt {' '.join(few)}"
        if decision.first:
            yield "fetch the CA certificates:", "ansible-playbook gbz.zorgid.trust_anchors -e zorgid_trust_dir=trust"
        if decision.first or decision.added or decision.changed:
            yield "look before you start:", "ansible-playbook gbz.zorgid.preflight"

    def _some(self, state: State, sentences: Sequence[str]) -> Iterator[str]:
        for one in sentences[:MOST]:
            yield from self._line(state, one)
        if len(sentences) > MOST:
            yield f"  and {len(sentences) - MOST:,} more like these"

    def _line(self, state: State, text: str) -> Iterator[str]:
        yield from wrapped(
            self._style.text(text, 1500), f"{self._style.sign(state)} ", hidden=self._style.hidden(state)
        )


def _difference(one: Difference) -> str:
    if one.personal:
        return f"{one.host}: {one.title} differs from the table (changed by hand): kept"
    table, file = one.table or "nothing", one.file or "nothing"
    return f"{one.host}: {one.title} differs (table {table}, changed by hand to {file}): kept"


def _row(number: int, name: str) -> str:
    return f"row {number} ({name})" if name else f"row {number}"


def _names(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")


def _filled(places: dict[str, int]) -> str:
    """``20 places in 2 files``."""
    return f"{number(sum(places.values()), 'place', 'places')} in {number(len(places), 'file', 'files')}"
