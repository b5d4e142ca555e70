# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  ca_path:
    description:
      - PEM file on the controller with the CA certificates that TLS servers are checked against.
      - Without it the CA certificates of the system are used. Verification cannot be switched off.
    type: path
  timeout:
    description: Seconds to wait for a connection, and again for each answer.
    type: int
    default: 30
"""
