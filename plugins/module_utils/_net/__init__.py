# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections of our own: TLS, HTTP with proxies and bounded bodies, and which places we talk to."""
