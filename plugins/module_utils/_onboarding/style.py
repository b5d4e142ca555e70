# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words, signs and dates of a plan on a screen, and the cleaning of text from others. Pure."""

from __future__ import annotations

import datetime
import functools
import re
import unicodedata
from dataclasses import dataclass

from .._common.text import printable
from .observed import Moment, Trouble
from .plan import State

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SIGNS = {
    State.STOP: ("✗", "x"),
    State.LOOK: ("!", "!"),
    State.DO: ("→", "->"),
    State.WAIT: ("…", ".."),
    State.LATER: ("…", ".."),
    State.DONE: ("✓", "ok"),
}
_COLOURS = {State.STOP: "31", State.LOOK: "33", State.DO: "36", State.DONE: "32"}

_ADDRESS = re.compile(r"@|＠|﹫|%40", re.IGNORECASE)
_LINK = re.compile(r"[a-z][a-z0-9+.-]*://|www\.|(?:mailto|data|tel|zorg-?id|otpauth):\S", re.IGNORECASE)
_HOST = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9.-]{1,100})(?::\d{1,5})?(?:[/?#]|$)", re.IGNORECASE)
#: A key or token: long, with lower-case and capital letters and digits. Digests in hex do not match.
_TOKEN = re.compile(r"(?=[a-zA-Z0-9]*[a-z])(?=[a-zA-Z0-9]*[A-Z])(?=[a-zA-Z0-9]*[0-9])[a-zA-Z0-9]{20,}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^\s<>@]{1,100}@[^\s<>@]{1,100}>")


# Cached, because hundreds of organisations have the same few sentences.
@functools.lru_cache(maxsize=4096)
def safe_line(text: str, most: int = 400) -> str:
    """One printable line without mail addresses, links (their host stays) and tokens. Names of people cannot be
    recognised here, so code that makes a Trouble must leave them out."""
    pieces = re.split(r"([\s<>]+)", text[: 4 * most + 100])
    return printable(unicodedata.normalize("NFC", "".join(map(_masked, pieces))), most)


def _masked(piece: str) -> str:
    if _LINK.search(piece):
        host = _HOST.search(piece)
        return f"{host[1]}/…" if host and not host[1].lower().startswith("www.") else "…"
    return "…" if _ADDRESS.search(piece) or _TOKEN.search(piece) or _UUID.search(piece) else piece


def message_id(trouble: Trouble) -> str:
    """The Message-ID of the trouble's mail; empty if its text is not a valid one."""
    return trouble.mail if _MESSAGE_ID.fullmatch(trouble.mail) and trouble.mail.isprintable() else ""


def who(role: str) -> str:
    """``portal_administrator`` -> ``portal administrator``."""
    return "VZVZ" if role == "vzvz" else safe_line(role, 40).replace("_", " ")


def number(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


@dataclass(frozen=True)
class Style:
    """The abilities of a terminal. ``signs``: it can show signs (UTF-8). ``zone``: the controller's time zone, named in
    the heading."""

    colour: bool = False
    signs: bool = True
    zone: datetime.tzinfo = datetime.UTC
    zone_name: str = "UTC"

    def sign(self, state: State) -> str:
        """All signs have the same width, so that columns are aligned."""
        sign = _SIGNS[state][0] if self.signs else f"{_SIGNS[state][1]:<2}"
        code = _COLOURS.get(state)
        return f"\x1b[{code}m{sign}\x1b[0m" if self.colour and code else sign

    def hidden(self, state: State) -> int:
        """Number of invisible characters in the sign (colour codes)."""
        return 9 if self.colour and state in _COLOURS else 0

    @property
    def dots(self) -> str:
        return "…" if self.signs else ".."

    @property
    def between(self) -> str:
        return " · " if self.signs else " - "

    def text(self, text: str, most: int = 400) -> str:
        """Clean any text; in ASCII if the terminal has no signs."""
        return self.fold(safe_line(text, most))

    def fold(self, line: str) -> str:
        if self.signs or line.isascii():
            return line
        bare = unicodedata.normalize("NFKD", line.replace("…", ".."))
        return "".join(one if one.isascii() else "?" for one in bare if not unicodedata.combining(one))

    def day(self, at: Moment, now: Moment | None = None) -> str:
        """``12 Nov``, with the year if it differs from that of ``now`` or ``now`` is None."""
        local = at.astimezone(self.zone)
        day = f"{local.day} {_MONTHS[local.month - 1]}"
        return day if now is not None and local.year == now.astimezone(self.zone).year else f"{day} {local.year}"

    def moment(self, at: Moment, now: Moment | None = None) -> str:
        return f"{self.day(at, now)} {at.astimezone(self.zone):%H:%M}"
