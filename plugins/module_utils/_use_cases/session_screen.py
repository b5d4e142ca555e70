# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session in the portal as text for a terminal: 100 columns. Names only if ``names``, for the terminal of the person
in whose name the changes are made; everything else gets the text without."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from .._onboarding import commands
from .._onboarding.plan import State
from .._onboarding.style import Style, number
from .._onboarding.widths import WIDTH, cut, padded, short, wrapped
from .._portal import model
from .session_items import Item
from .session_mail import MailResult

#: Most changes with a line of their own; more are counted.
MOST = 200
_KIND, _ID = 18, 16
_STATES = {
    model.FAILED: State.STOP,
    model.UNPROVEN: State.LOOK,
    model.ACCEPTED: State.LOOK,
    model.TODO: State.WAIT,
}


@dataclass(frozen=True)
class About:
    """host: inventory name. person: external id of the person whose session it is."""

    style: Style
    host: str
    name: str
    ura: str
    person: str
    now: datetime.datetime
    names: bool = False

    @property
    def heading(self) -> str:
        at = f"{self.style.moment(self.now, self.now)} ({self.style.zone_name})"
        parts = ["ZORG-ID portal", f"{self.name} ({self.ura})", f"as {self.person}", at]
        return short(self.style.text(self.style.between.join(parts)), WIDTH, self.style.dots)


def before(
    items: Sequence[Item],
    about: About,
    *,
    check: bool,
    confirmed: bool,
    digest: str = "",
    typed: str = "",
    mail: str = "",
) -> str:
    """What would be changed; then what to type, if that was not typed. confirmed: it is made now. typed: the digest of
    another list that was typed. mail: what would be mailed."""
    made = [item for item in items if item.kinds and not item.by_hand]
    lines = [about.heading, ""]
    if not items:
        lines += _signed(State.DONE, "nothing to change: the portal shows what the lists say", about.style)
        return "\n".join(lines) + "\n"
    if made:
        now = "is made now" if len(made) == 1 else "are made now"
        verb = now if confirmed and not check else "would be made"
        lines += _signed(State.DO, f"{number(len(made), 'change', 'changes')} {verb}{_kinds(made)}", about.style)
    asks = sum(item.asks for item in made)
    if asks:
        lines += _signed(
            State.LOOK, f"{asks} of them take something away, or give a role: read their names", about.style
        )
    held = Counter(item.result.status for item in items if item.result)
    if held[model.FAILED]:
        refused = number(held[model.FAILED], "account is", "accounts are")
        lines += _signed(State.STOP, f"{refused} refused: see why below", about.style)
    if held[model.UNPROVEN]:
        lines += _signed(State.LOOK, f"{held[model.UNPROVEN]} unproven: nothing is done for these now", about.style)
    by_hand = sum(bool(item.by_hand) for item in items)
    if by_hand:
        lines += _signed(State.WAIT, f"{by_hand} for a person, on a worklist", about.style)
    lines += ["", *_listed(items, about), *_look_first(items, about)]
    if mail and made:
        lines += ["", *_labelled("mail", about.style.text(mail, 300))]
    if not confirmed and not check and any(item.kinds for item in items):
        lines += ["", *_answer(about, digest, typed)]
    return "\n".join(lines) + "\n"


def after(
    items: Sequence[Item],
    about: About,
    *,
    session: str,
    page: str,
    notes: Sequence[str] = (),
    mail: MailResult | None = None,
) -> str:
    """What became of each change. session: what became of the session. mail: of the mail with the list."""
    statuses = Counter(item.result.status if item.result else "no longer needed" for item in items)
    counted = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    # The list before stands above it.
    lines = [
        "",
        about.heading,
        "",
        *_signed(_worst(statuses), f"the session {session}: {counted or 'nothing changed'}", about.style),
    ]
    lines += ["", *_listed(items, about)] if items else []
    lines += _look_first(items, about)
    for note in notes:
        lines += wrapped(
            about.style.text(note, 600), f"  {about.style.sign(State.LOOK)} ", hidden=about.style.hidden(State.LOOK)
        )
    if page:
        lines += ["", *_labelled("the list", f"{page} (0600): for {about.person}, with every result")]
    if mail is not None and mail.status in ("sent", "not_sent"):
        lines += _labelled("mail", about.style.text(mail.words, 400))
    elif mail is not None:
        lines += wrapped(
            about.style.text(mail.words, 600),
            f"  {about.style.sign(State.LOOK)} ",
            hidden=about.style.hidden(State.LOOK),
        )
    return "\n".join(lines) + "\n"


def _look_first(items: Sequence[Item], about: About) -> list[str]:
    unproven = next((item for item in items if item.result and item.result.status == model.UNPROVEN), None)
    if unproven is None:
        return []
    instruction = "look in the portal first: nobody knows whether it was done. Not done? Then type:"
    command = commands.command("portal_login", about.host, {"not_done": unproven.shown})
    return ["", *_labelled("unproven", instruction), *commands.lines(command, " " * 14)]


def _worst(statuses: Collection[str]) -> State:
    return next((state for status, state in _STATES.items() if status in statuses), State.DONE)


def not_done(shown: str, about: About, *, check: bool) -> str:
    verb = "would be recorded" if check else "recorded"
    text = f"{verb}: the unproven change of {shown} was not made. The next session makes it if it is still wanted"
    return "\n".join([about.heading, "", *_signed(State.DONE, text, about.style)]) + "\n"


def _kinds(items: Sequence[Item]) -> str:
    counted = Counter(kind for item in items for kind in item.kinds)
    return f": {', '.join(f'{count} {kind}' for kind, count in counted.items())}" if counted else ""


def _listed(items: Sequence[Item], about: About) -> Iterator[str]:
    for item in items[:MOST]:
        yield from _line(item, about)
    if len(items) > MOST:
        yield f"  and {len(items) - MOST:,} more"


def _line(item: Item, about: About) -> Iterator[str]:
    style = about.style
    state = State.WAIT if item.by_hand else State.LOOK if item.asks else State.DO
    result = item.result
    if result is not None:
        state = _STATES.get(result.status, State.DONE)
    kind = padded(cut(item.what, _KIND, style.dots), _KIND)
    who = padded(cut(style.fold(style.text(item.shown, 60)), _ID, style.dots), _ID)
    head = f"  {style.sign(state)} {kind} {who} "
    parts = [style.fold(cut(item.name, 40, style.dots))] if about.names and item.name else []
    if item.by_hand:
        parts.append(f"by hand: {style.text(item.by_hand, 200)}")
    if result is not None:
        parts.append(result.status)
        parts += [f"[{result.code}]"] if result.code else []
        parts += [style.text(result.message, 600)] if result.message and result.status != model.TODO else []
    yield from wrapped(", ".join(parts), head, hidden=style.hidden(state))


def _answer(about: About, digest: str, typed: str) -> Iterator[str]:
    if typed:
        changed = f"this is not the list of {typed}: the portal or your list changed since it was shown"
        yield from _signed(State.STOP, changed, about.style)
    text = "nothing was changed: read the list together, and if all of it is right, type:"
    yield from _signed(State.LOOK, text, about.style)
    yield from commands.lines(commands.command("portal_login", about.host, {"confirm": digest}), " " * 14)


def _signed(state: State, text: str, style: Style) -> Iterator[str]:
    yield from wrapped(text, f"{style.sign(state)} ", hidden=style.hidden(state))


def _labelled(label: str, text: str) -> Iterator[str]:
    yield from wrapped(text, f"    {label:<10} ")
