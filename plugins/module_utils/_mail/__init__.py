# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail: send it over SMTP, read it over IMAP, recognise VZVZ's answers, and find the state of an organisation in
them."""
