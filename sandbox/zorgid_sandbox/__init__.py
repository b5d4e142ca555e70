# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything outside a GBZ, for demo and tests: certificates, a Windows host, VZVZ's intake, mail and portal, people.

Real protocols on loopback. Imports nothing of the collection, which imports nothing from here: what the one gets wrong,
the other notices.
"""
