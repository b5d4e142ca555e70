# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sentence about the good findings of forms and portals for all organisations. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .finding import Finding, Looked

#: More different texts are counted.
_MOST = 4


def forms(good: Sequence[tuple[Looked, Finding]]) -> str:
    """``application form 14 fields of 14; follow-up form: no link yet (38)``."""
    counts = Counter(each.says for _one, each in good)
    all_of_them = len({one.host for one, _each in good})
    texts = [text if count == all_of_them else f"{text} ({count:,})" for text, count in counts.items()]
    more = len(texts) - _MOST
    return "; ".join(texts[:_MOST]) + (f"; and {more:,} more" if more > 0 else "")


def portal(good: Sequence[tuple[Looked, Finding]]) -> str:
    """For one organisation its own text; for several the number of tokens of each role, and the oldest export."""
    if len(good) == 1:
        return good[0][1].says
    texts = []
    roles = Counter(str(each.values["role"]) or "role not told" for _one, each in good if "role" in each.values)
    if roles:
        by_role = ", ".join(f"{count:,} {role}" for role, count in sorted(roles.items()))
        texts.append(f"scim: {sum(roles.values()):,} tokens, each of its organisation ({by_role})")
    exports = [each for _one, each in good if "as_of" in each.values]
    if exports:
        oldest = min(exports, key=lambda each: str(each.values["as_of"]))
        texts.append(f"{len(exports):,} exports, the oldest: {oldest.says}" if len(exports) > 1 else oldest.says)
    return "; ".join(texts)
