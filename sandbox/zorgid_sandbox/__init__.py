# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything outside a GBZ, for demo and tests: certificates, a Windows host, VZVZ's intake, mail and portal, people.

Real protocols on loopback. The sandbox and the collection import nothing from each other, so that a mistake in one
shows in the other.
"""
