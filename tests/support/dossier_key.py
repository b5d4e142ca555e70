# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key with which the dossiers of the tests are sealed: as long as a real one, and known to everybody."""

from __future__ import annotations

import base64

KEY = base64.b64encode(bytes(range(32))).decode()
