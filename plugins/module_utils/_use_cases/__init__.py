# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each action does: one module per use case, with a typed command and a typed outcome. Nothing here imports
Ansible."""
