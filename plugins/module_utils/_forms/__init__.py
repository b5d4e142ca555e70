# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTML forms as a person fills them in: read as a browser reads them, filled by label, submitted, the answer read."""
