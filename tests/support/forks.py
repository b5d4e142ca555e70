# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `ansible-test units` needs once, not in each fork: keys, and what Hypothesis reads before its first property."""

from __future__ import annotations

from hypothesis import given, strategies

from .keys import MOST, rsa_key


@given(strategies.integers())
def _property(_number: int) -> None:
    """The first property of a process reads the sources of all modules."""


def before_them() -> None:
    for number in range(MOST):
        rsa_key(number)
    _property()
