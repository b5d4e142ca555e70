# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of one line about the good findings of all organisations. Pure.

A line without its own function here shows the words of its findings, each once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from . import channel_sums, inventory
from .finding import Finding, Looked

Good = Sequence[tuple[Looked, Finding]]
#: More different texts are counted.
_MOST = 2


def words(line: str, good: Good) -> str:
    """Empty without good findings."""
    return SUMS.get(line, each_once)(good) if good else ""


def each_once(good: Good) -> str:
    """``mail.gbz.example:587, login; and 3 others``."""
    texts = list(dict.fromkeys(each.says for _one, each in good if each.says))
    more = len(texts) - _MOST
    if more <= 0:
        return "; ".join(texts)
    return f"{'; '.join(texts[:_MOST])}; and {more:,} {'other' if more == 1 else 'others'}"


def _controller(good: Good) -> str:
    """The finding about the run, then the highest number of libraries that one organisation needs."""
    texts = dict.fromkeys(each.says for _one, each in good if "libraries" not in each.values)
    most = max((int(each.values.get("libraries", 0)) for _one, each in good), default=0)
    return ", ".join([*texts, *([f"{most} libraries"] if most else [])])


def _windows(good: Good) -> str:
    """Each host and store once, with the names of the first."""
    stores = {each.says: int(each.values["certificates"]) for _one, each in good}
    hosts = sorted({str(each.values["host"]) for _one, each in good})
    named = ", ".join(hosts[:_MOST]) + (f" and {len(hosts) - _MOST:,} more" if len(hosts) > _MOST else "")
    count = sum(stores.values())
    return f"{named}: login, {count:,} {'certificate' if count == 1 else 'certificates'}"


def _certificates(good: Good) -> str:
    one, shortest = min(good, key=lambda pair: int(pair[1].values["days"]))
    days = int(shortest.values["days"])
    return (
        f"{len(good):,} found, judged, key signs; shortest: {one.name or one.host}, {days:,} "
        f"{'day' if days == 1 else 'days'}"
    )


def _lists(good: Good) -> str:
    rows = sum(int(each.values["rows"]) for _one, each in good)
    oldest = min((str(each.values["oldest"]) for _one, each in good if each.values["oldest"]), default="")
    modified = min((str(each.values["modified"]) for _one, each in good if each.values["modified"]), default="")
    parts = [f"{len(good):,} {'list' if len(good) == 1 else 'lists'}", f"{rows:,} {'row' if rows == 1 else 'rows'}"]
    without = sum(int(each.values["unchecked"]) for _one, each in good)
    parts += [f"{without:,} without identity check"] if without else []
    parts += [f"oldest check {oldest}"] if oldest else []
    parts += [f"oldest file of {modified}"] if modified else []
    return ", ".join(parts)


SUMS: Mapping[str, Callable[[Good], str]] = {
    "controller": _controller,
    "inventory": lambda good: inventory.words([one for one, _each in good]),
    "windows": _windows,
    "certificates": _certificates,
    "forms": channel_sums.forms,
    "portal": channel_sums.portal,
    "HR lists": _lists,
}
