# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that leaves the house and comes back: HTML forms, outgoing mail, the mailbox, the activation QR code."""
