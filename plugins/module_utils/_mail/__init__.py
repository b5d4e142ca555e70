# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail as it is: sent over SMTP, read over IMAP, sorted into VZVZ's answers, and what these come to."""
