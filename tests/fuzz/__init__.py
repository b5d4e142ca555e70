# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fuzzing of everything that reads foreign input; see ``python -m tests.fuzz --help``."""
