# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.gbz.zorgid.tests.support.fixtures import pki

__all__ = ["pki"]
