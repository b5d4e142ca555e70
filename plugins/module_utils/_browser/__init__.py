# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real browser that works a portal's pages by a page map, for a person who is there (docs/browser.md)."""
