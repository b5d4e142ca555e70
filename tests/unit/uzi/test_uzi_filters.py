# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters and tests, as a playbook uses them."""

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'90000101' is gbz.zorgid.ura", True),
        ("90000101 is gbz.zorgid.ura", False),
        ("'202' is gbz.zorgid.ura", True),
        ("'' is gbz.zorgid.ura", False),
        ("'900001011' is gbz.zorgid.ura", False),
        ("none is gbz.zorgid.ura", False),
        ("true is gbz.zorgid.ura", False),
        ("'0000010\u0661' is gbz.zorgid.ura", False),
        ("'01054321' is gbz.zorgid.agb_code", True),
        ("'1054321' is gbz.zorgid.agb_code", False),
        ("'00020202' is gbz.zorgid.uzi_number", True),
        ("'202' is gbz.zorgid.uzi_number", True),
        ("202 is gbz.zorgid.uzi_number", False),
        ("'1234567890' is gbz.zorgid.uzi_number", False),
        ("'' is gbz.zorgid.uzi_number", False),
        ("'Jansen' | gbz.zorgid.mask", "J*****"),
        ("none | gbz.zorgid.mask", ""),
        ("'j.jansen@example.nl' | gbz.zorgid.mask_email", "j*******@example.nl"),
    ],
)
def test_numbers_and_masks(expression: str, expected: object) -> None:
    from ansible.template import trust_as_template

    assert Templar(loader=DataLoader()).template(trust_as_template("{{ " + expression + " }}")) == expected
