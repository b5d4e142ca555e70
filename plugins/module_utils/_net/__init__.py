# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own network connections: TLS, HTTP with proxies and limited answers, and the hosts that are allowed."""
