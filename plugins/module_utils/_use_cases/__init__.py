# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each action does: one module per use case, a typed command in, a typed outcome out. It knows no Ansible."""
