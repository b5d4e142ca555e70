# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""URA number: the care organisation's subscriber number in CIBG's UZI register. Defines when two are equal."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import ZorgidError, kind
from .text import printable

_FORM = re.compile("[0-9]{1,8}", re.ASCII)


@dataclass(frozen=True, eq=False, slots=True)
class Ura:
    """Text of 1 to 8 digits (CIBG, UZI server certificate profile). CIBG writes leading zeros, people often do not: two
    are equal if they are equal with leading zeros. A message shows a URA as it was written."""

    text: str

    @classmethod
    def of(cls, value: object) -> Ura:
        """``value`` as a URA. Error: ``ura_invalid``, also for a number, because YAML reads ``ura: 00000212`` as
        138."""
        if isinstance(value, str) and _FORM.fullmatch(value):
            return cls(str(value))
        number = isinstance(value, int | float) and not isinstance(value, bool)
        raise ZorgidError(
            "ura_invalid",
            "The URA number cannot be used",
            expected="a text of 1 to 8 digits",
            found=f"the number {printable(value, 40)}"
            if number
            else kind(value)
            if not isinstance(value, str)
            else f"a text of {len(value)} characters that is not a URA number",
            action=(
                'put quotes around it in the inventory (ura: "00000212"); YAML reads it as another number otherwise'
            )
            if number
            else "correct the URA number in the inventory",
        )

    @property
    def digits(self) -> str:
        """Eight digits with leading zeros, for keys and comparisons."""
        return self.text.zfill(8)

    def __eq__(self, other: object) -> bool:
        return self.digits == other.digits if isinstance(other, Ura) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digits)

    def __str__(self) -> str:
        return self.text


def is_ura(value: object) -> bool:
    """Whether ``value`` is a URA number: a text of 1 to 8 ASCII digits; an integer never is."""
    return isinstance(value, str) and _FORM.fullmatch(value) is not None


def same_ura(one: object, other: object) -> bool:
    """Whether both are URA numbers of the same organisation."""
    return is_ura(one) and is_ura(other) and Ura(str(one)) == Ura(str(other))
