# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The remembered pages of a map as the bytes of their file, and what a run demands of them. Pure."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Mapping
from typing import Any, Final, get_args

from .._common.errors import ZorgidError
from .._common.text import printable
from .fingerprint import Pages, Remembered, Seen, What
from .names import PageMap
from .window import Versions

FORMAT: Final = 1


def demand_remembered(seen: Remembered | None, page_map: PageMap, role: str, place: str = "") -> Pages:
    """The pages of a session with this role. Error: ``page_map_not_remembered``."""
    found = "no file with them"
    if seen is not None:
        found = "those of another version of the map"
        if seen.digest == page_map.digest:
            pages = seen.pages.get(role)
            if pages is not None and (not place or place in pages):
                return pages
            found = f"none of a session as {printable(role, 30)}" if pages is None else f"no page '{place}'"
    raise not_remembered(found)


def not_remembered(found: str) -> ZorgidError:
    return ZorgidError(
        "page_map_not_remembered",
        "The portal's pages of this map were not remembered, so nobody knows whether they are still the same",
        expected="the pages of this map, remembered by portal_map after a good check",
        found=found,
        action="run gbz.zorgid.portal_map, and when all is good once more with -e state=remember",
    )


def demand_tested(seen: Remembered, versions: Versions) -> None:
    """Error: ``browser_pair_untested``."""
    if versions != seen.versions:
        raise ZorgidError(
            "browser_pair_untested",
            "This browser and this Playwright were not tested together with this map",
            expected=f"Playwright {seen.versions.playwright} with browser {seen.versions.browser}",
            found=f"Playwright {printable(versions.playwright, 40)} with browser {printable(versions.browser, 40)}",
            action="run gbz.zorgid.portal_map with -e state=remember, which tests this pair, or install the other one",
        )


def merged(before: Remembered | None, now: Remembered) -> Remembered:
    """What to store: the pages of other roles stay if they are of the same map and the same pair."""
    if before is None or (before.digest, before.versions) != (now.digest, now.versions):
        return now
    return Remembered(now.digest, now.versions, now.on, {**before.pages, **now.pages})


def same(one: Remembered, other: Remembered) -> bool:
    """Whether they differ in nothing but the day."""
    return dataclasses.replace(one, on=other.on) == other


def written(seen: Remembered) -> bytes:
    """The file: the same content is always the same bytes."""
    pages = {
        role: {place: [part._asdict() for part in parts] for place, parts in sorted(those.items())}
        for role, those in sorted(seen.pages.items())
    }
    content = {
        "seen": FORMAT,
        "map": seen.digest,
        "on": seen.on,
        "playwright": seen.versions.playwright,
        "browser": seen.versions.browser,
        "pages": pages,
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def read(data: bytes) -> Remembered | None:
    """None for content that ``written`` did not make."""
    try:
        content: Any = json.loads(data)
        if content["seen"] != FORMAT:
            return None
        datetime.date.fromisoformat(content["on"])
        texts = (content["map"], content["on"], content["playwright"], content["browser"])
        if not all(isinstance(text, str) for text in texts):
            return None
        pages = {
            str(role): {str(place): tuple(map(_seen, parts)) for place, parts in those.items()}
            for role, those in content["pages"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return Remembered(content["map"], Versions(content["playwright"], content["browser"]), content["on"], pages)


def _seen(fields: Mapping[str, Any]) -> Seen:
    part = Seen(
        fields["what"],
        str(fields["name"]),
        bool(fields["required"]),
        tuple(map(str, fields["choices"])),
        bool(fields["always"]),
    )
    if part.what not in get_args(What):
        raise ValueError
    return part
