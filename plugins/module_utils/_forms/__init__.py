# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTML forms: read a page as a browser does, fill in the fields by label, submit the form and read the answer."""
