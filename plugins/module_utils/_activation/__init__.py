# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The activation QR code: find it in a mail or image, read it, and give it to the portal administrator as a letter."""
