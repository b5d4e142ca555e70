# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The activation QR code: found in mail or picture, read, and handed to the portal administrator as a letter."""
