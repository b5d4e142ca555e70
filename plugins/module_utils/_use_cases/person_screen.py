# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result for a person who left or lost a phone, as text for a terminal: 100 columns, no name."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .._onboarding import commands
from .._onboarding.commands import HOW
from .._onboarding.plan import State
from .._onboarding.style import Style
from .._onboarding.widths import wrapped
from .._portal.driver import Worklist
from .lost_phone import PhoneHandled
from .offboard import Offboarded
from .person_case import Standing

_INDENT = 12
_REMEMBER = "mandates in the care application; the operator list, if they are on it"
_EXPORT = "export the list of users (Gebruikers) again from the portal, then give the same command"


@dataclass(frozen=True)
class Writer:
    """host: inventory name. typed: the id in the shown commands; a placeholder if the id must not be shown."""

    style: Style
    host: str
    name: str
    now: datetime.datetime
    check: bool
    typed: str

    def sign(self, state: State, text: str) -> Iterator[str]:
        style = self.style
        sentence = f"{style.text(self.name, 60)}: {style.text(text, 600)}"
        yield from wrapped(sentence, f"{style.sign(state)} ", hidden=style.hidden(state))

    def label(self, label: str, text: str) -> Iterator[str]:
        yield from wrapped(self.style.text(text, 600), f"  {label:<9} ")

    def day(self, at: datetime.datetime | None) -> str:
        return self.style.moment(at, self.now) if at else "an unknown day"

    def command(self, playbook: str, **given: str) -> str:
        return " ".join(commands.command(playbook, self.host, given))

    def answer(self, label: str, playbook: str, **given: str) -> Iterator[str]:
        """A command that can be copied, even if it takes two lines."""
        start, *rest = commands.lines(commands.command(playbook, self.host, given), " " * _INDENT)
        yield f"  {label:<9} {start.lstrip()}"
        yield from rest

    def worklists(self, written: Sequence[Worklist]) -> Iterator[str]:
        for one in written:
            yield from wrapped(one["html"], "  list      ")
        yield from self.label("then", _EXPORT)


def left(found: Offboarded, writer: Writer) -> list[str]:
    """The result of ``offboard``; in check mode, what it would be."""
    return [*_left(found, writer), *_lists(found, writer)]


def _left(found: Offboarded, writer: Writer) -> Iterator[str]:
    who, would = found.shown, writer.check
    was = f"was {found.role}, phone {found.device}"
    if found.step == "nothing":
        yield from writer.sign(State.DONE, f"nothing to do, {who} was unlinked; left {writer.day(found.left_at)}")
    elif found.step == "prove":
        proof = f"the export of {writer.day(found.shown_at)}" if found.by_hand else "the portal"
        yield from writer.sign(State.DONE, f"{who} is unlinked: {proof} does not show them any more")
    elif found.step == "wait":
        yield from writer.sign(
            State.WAIT,
            f"{who} left {writer.day(found.left_at)}; "
            f"the export of {writer.day(found.shown_at)} is not newer: no proof",
        )
        yield from writer.label("do", _EXPORT)
    elif found.step == "keep_away":
        what = "would be recorded as left" if would else "recorded as left"
        yield from writer.sign(State.DO if would else State.DONE, f"{who} has no account in the portal; {what}")
    elif found.by_hand:
        what = "would be written down" if would and found.changed else "waits for the portal's administrator"
        since = f" since {writer.day(found.left_at)}" if not (would and found.changed) else ""
        yield from writer.sign(State.WAIT, f"{who} is still a member ({was}); unlinking {what}{since}")
        yield from writer.worklists(found.worklists)
    else:
        sign, verb = (State.DO, "would be unlinked") if would else (State.DONE, "unlinked")
        yield from writer.sign(sign, f"{who} {verb} ({was})")


def _lists(found: Offboarded, writer: Writer) -> Iterator[str]:
    kept = "it will not be linked again" if found.keyed else "the next run links it again (no dossier_key)"
    if found.asks or (writer.check and found.changed):
        kept = "it would not be linked again" if found.keyed else kept
    for one in found.standing:
        yield from writer.sign(State.LOOK, f"{found.shown} still stands in {_where(one)}: {kept}")
    for note in found.notes:
        yield from writer.sign(State.LOOK, note)
    if found.standing:
        do = "take the row out; when the person is back:" if found.keyed else "take the row out now"
        yield from writer.label("do", do)
        if found.keyed:
            yield from writer.answer("", "done", rehired=writer.typed, how=HOW)
    if found.step != "nothing":
        yield from writer.label("remember:", _REMEMBER)


def _where(one: Standing) -> str:
    return f"{one.place}, {'row' if one.in_file else 'entry'} {one.row}"


def ask_leaver(found: Offboarded, writer: Writer) -> tuple[list[str], str]:
    """The question, and both answers as a sentence."""
    what = (
        f"unlink {found.shown} ({found.role}, phone {found.device})"
        if found.step == "unlink"
        else (f"record that {found.shown} left, who has no account")
    )
    yes = writer.command("offboard", id=writer.typed, confirm="true")
    lines = [
        *writer.sign(State.LOOK, f"{what}, so that no list links them again? Nothing was done yet"),
        *writer.answer("yes", "offboard", id=writer.typed, confirm="true"),
        *writer.label("no", "nothing to type"),
        *_lists(found, writer),
    ]
    return lines, f"yes: {yes}; no: nothing was done, and nothing is to be typed"


_DONE = {
    "block": ("blocked for all organisations", "block it for all organisations"),
    "unblock": ("unblocked for all organisations", "unblock it for all organisations"),
    "revoke": (
        "identity revoked for all organisations, invited to enrol again",
        "revoke the identity for all organisations, and invite to enrol again",
    ),
    "invite": ("was revoked, invited to enrol again", "invite to enrol again, after the revocation"),
}


def phone(found: PhoneHandled, writer: Writer) -> list[str]:
    """The result of ``device_lost``; in check mode, what it would be."""
    return [*_phone(found, writer), *_next(found, writer)]


def _phone(found: PhoneHandled, writer: Writer) -> Iterator[str]:
    who = f"phone of {found.shown}"
    if found.step == "nothing":
        proof = f" (export of {writer.day(found.shown_at)})" if found.by_hand else ""
        if found.proven:
            yield from writer.sign(State.DONE, f"{who}: done, it is {found.device}{proof}")
        else:
            why = f"it is {found.device}"
            if found.device in ("none", "invited"):
                why = f"no phone is enrolled ({found.device})"
            yield from writer.sign(State.DONE, f"{who}: nothing to do, {why}{proof}")
        return
    if found.step == "wait":
        yield from writer.sign(
            State.WAIT,
            f"{who}: the export of {writer.day(found.shown_at)} is not newer than the worklist of "
            f"{writer.day(found.asked_at)}, so nobody knows whether it was carried out",
        )
        yield from writer.label("do", f"tell the administrator that it was found; {_EXPORT}")
        return
    done, do = _DONE[found.step]
    if found.by_hand:
        since = "" if writer.check and found.changed else f" since {writer.day(found.asked_at)}"
        waits = (
            "would be written down"
            if writer.check and found.changed
            else f"waits for the portal's administrator{since}"
        )
        yield from writer.sign(
            State.WAIT, f"{who} is {found.device} (export of {writer.day(found.shown_at)}); {waits}: {do}"
        )
        yield from writer.worklists(found.worklists)
        if found.step == "revoke":
            yield from writer.label(
                "note", "export before the person enrols again: the export cannot tell old from new"
            )
    else:
        sign, text = (State.DO, f"would be: {done}") if writer.check else (State.DONE, done)
        yield from writer.sign(sign, f"{who} (was {found.device}): {text}")


def _next(found: PhoneHandled, writer: Writer) -> Iterator[str]:
    if found.answer == "block" and found.device != "revoked":
        for label, answer in (("found", "true"), ("not found", "false")):
            yield from writer.answer(label, "device_lost", id=writer.typed, found=answer)
    elif found.answer == "revoke" and found.step != "nothing":
        yield from writer.label("next", "the person enrols again, for every organisation that they work for")


_QUESTIONS: dict[str, tuple[str, tuple[tuple[str, str, str, str], ...]]] = {
    "ask_used": (
        "was the phone of {who} used after it was reported lost? Look in the portal, Log: the last transaction",
        (
            ("yes", "used_after_report", "yes", "the identity is revoked at once, and the person enrols again"),
            ("no", "used_after_report", "no", "the phone is blocked until it is found or given up"),
        ),
    ),
    "ask_found": (
        "the phone of {who} is {device}. Was it found?",
        (
            ("yes", "found", "true", "it is unblocked"),
            ("no", "found", "false", "the identity is revoked, and the person enrols again"),
        ),
    ),
    "ask_phone": (
        "the identity of {who} was to be revoked on {day}, and a phone is active. Is it the new one, or lost as well?",
        (
            ("new", "phone", "new", "nothing more is done"),
            ("lost", "phone", "lost", "the identity is revoked again"),
        ),
    ),
}


def ask_phone(found: PhoneHandled, writer: Writer) -> tuple[list[str], str]:
    """The question, and both answers as a sentence."""
    question, answers = _QUESTIONS[found.step]
    asked = question.format(who=found.shown, device=found.device, day=writer.day(found.revoked_at))
    if (found.step, found.device) == ("ask_found", "revoked"):
        answers = answers[1:]
        asked = f"the identity of {found.shown} was revoked. Is the person to be invited to enrol again?"
    lines = [
        *writer.sign(
            State.LOOK, f"{asked} Nothing was done yet" if asked.endswith("?") else f"{asked}. Nothing was done yet"
        )
    ]
    sentences = []
    for label, name, value, then in answers:
        given = {"id": writer.typed, **({"used_after_report": "yes"} if name == "phone" else {}), name: value}
        command = writer.command("device_lost", **given)
        lines += [*writer.answer(label, "device_lost", **given), *writer.label("", then)]
        sentences.append(f"{label} ({then}): {command}")
    return lines, "; ".join(sentences)
