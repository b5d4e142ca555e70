# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables that other systems export: CSV and XLSX, where the header is, and what a cell means."""
