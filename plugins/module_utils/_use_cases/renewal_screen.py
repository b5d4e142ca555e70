# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates of all organisations of a run and what is due, as a table with a line each; the earliest last day
comes first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from .._common.errors import ZorgidError
from .._onboarding.plan import State
from .._onboarding.style import Style, number
from .._onboarding.widths import WIDTH, columns, cut, padded, short, wrapped
from .._uzi.renewal import Step
from .renew_certificate import RenewCertificate, Renewed, Situation

_NAME = 28
_DAYS = 10


@dataclass(frozen=True)
class RenewalRow:
    """One organisation: observation and result. ``renewed`` is None if nothing had to be written. ``error``: why it
    failed. ``sent_again``: its organisation document is signed and mailed again."""

    host: str
    name: str
    ura: str
    command: RenewCertificate | None = None
    situation: Situation | None = None
    renewed: Renewed | None = None
    error: ZorgidError | None = None
    sent_again: bool = False


def screen(rows: Sequence[RenewalRow], *, environment: str, style: Style, now: datetime, check: bool) -> str:
    count = number(len(rows), "organisation", "organisations")
    at = f"{style.moment(now, now)} ({style.zone_name})"
    parts = ["ZORG-ID renewal", environment, count, at, *(["nothing is written"] if check else [])]
    blocks = [[short(style.text(style.between.join(parts)), WIDTH, style.dots)]]
    ordered = sorted(rows, key=lambda row: (_days(row), row.name))
    width = min(_NAME, max((columns(style.text(row.name)) for row in rows), default=0))
    blocks.append([_line(row, style, now, width, check=check) for row in ordered])
    blocks += [lines for row in ordered if (lines := list(_details(row, style, check=check)))]
    return "\n\n".join("\n".join(lines) for lines in blocks) + "\n"


def _days(row: RenewalRow) -> int:
    current = row.situation.current if row.situation else None
    return current.days_left if current else -1_000_000


def _line(row: RenewalRow, style: Style, now: datetime, width: int, *, check: bool) -> str:
    state, says = _says(row, style, now, check=check)
    current = row.situation.current if row.situation else None
    days = number(current.days_left, "day", "days") if current else ""
    name = padded(cut(style.text(row.name), width, style.dots), width)
    head = f"{style.sign(state)} {name} {style.text(row.ura):<8} {days:>{_DAYS}}  "
    return head + short(style.text(says), WIDTH - columns(head) + style.hidden(state), style.dots)


def _says(row: RenewalRow, style: Style, now: datetime, *, check: bool) -> tuple[State, str]:
    if row.error or not row.situation:
        return State.STOP, f"[{row.error.code}]" if row.error else ""
    situation = row.situation
    step, reason = situation.decision.step, situation.decision.reason
    because = f"renew, because {reason}" if reason else "renew, as requested"
    if step is Step.WAIT:
        since = style.day(situation.since, now) if situation.since else "some day"
        return State.WAIT, f"waits for CIBG since {since}"
    if step is Step.POINT:
        return State.LOOK, "a newer certificate is there, and the inventory names this one"
    if step is Step.KEEP:
        return State.LOOK if situation.decision.note else State.DONE, "keep"
    if check:
        would = {
            Step.REQUEST: because,
            Step.INSTALL: "CIBG's certificate fits: would be put in place",
            Step.FINISH: "renewed; what is left of it would be put away",
        }
        return State.DO, would[step]
    if step is Step.REQUEST:
        return State.WAIT, because
    until = f", valid until {style.day(row.renewed.until, now)}" if row.renewed and row.renewed.until else ""
    return State.DONE, f"renewed{until}"


def _details(row: RenewalRow, style: Style, *, check: bool) -> Iterator[str]:
    """What a person has to do or should know."""
    lines = list(_error(row.error, style) if row.error else _todo(row, style, check=check))
    if lines:
        yield from wrapped(f"{style.text(row.name, 60)} ({style.text(row.ura, 20)})")
        yield from lines


def _error(error: ZorgidError, style: Style) -> Iterator[str]:
    mark = f"  {style.sign(State.STOP)} "
    yield from wrapped(style.text(error.message, 600), mark, hidden=style.hidden(State.STOP))
    for label, text in (("expected", error.expected), ("found", error.found), ("do", error.action)):
        if text:
            yield from wrapped(style.text(text, 600), f"    {label:<10} ")
    yield f"    [{error.code}]"


def _todo(row: RenewalRow, style: Style, *, check: bool) -> Iterator[str]:
    situation, command, renewed = row.situation, row.command, row.renewed
    if situation is None or command is None:
        return
    decision = situation.decision
    if decision.note:
        yield from _labelled("note", decision.note, style)
    if decision.step is Step.REQUEST and renewed:
        yield from _labelled("made", "a new key, and the request for it", style)
    if decision.step is Step.WAIT or (decision.step is Step.REQUEST and not check):
        yield from _labelled("waiting", f"for CIBG: send {command.request} to CIBG (UZI-register)", style)
        yield from _labelled("then", f"put its certificate at {command.issued}, and run this again", style)
    for kept in renewed.kept if renewed else ():
        yield from _labelled("kept", kept, style)
    newer = situation.newer.certificate.thumbprint_sha1 if situation.newer else ""
    point = renewed.point_to if renewed and renewed.point_to else newer
    if not point and check and command.thumbprint and situation.answer:
        point = situation.answer[0].certificate.thumbprint_sha1
    if point:
        line = f'in zorgid_onboarding_certificate of {row.host} write  thumbprint: "{point}"  or take thumbprint out'
        yield from _labelled("do", f"{line}; then run gbz.zorgid.onboard", style)
    elif row.sent_again:
        would = "would be signed and mailed again" if check else "is signed and mailed again below"
        yield from _labelled("next", f"the organisation document {would}; VZVZ confirms it anew", style)
        if check:
            yield from _labelled("note", "the plan below is made with the certificates that are in place now", style)


def _labelled(label: str, text: str, style: Style) -> Iterator[str]:
    yield from wrapped(style.text(text, 600), f"  {label:<8} ")
