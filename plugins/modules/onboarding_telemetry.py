# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: onboarding_telemetry
short_description: Write figures about all organisations for Prometheus
version_added: 0.2.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Does the work of the playbook C(gbz.zorgid.telemetry). Reads the dossiers of all organisations, and writes one file
    for node_exporter's textfile collector. Connects to nothing else.
  - The file has the labels step, state and code only. It contains no organisation, URA number, host or person.
  - The file is replaced as a whole. If that fails, the previous file remains.
  - If a dossier cannot be read, the file is written, it says how many are missing, and the task fails.
  - A part of the role P(gbz.zorgid.zorgid_onboarding#role).
extends_documentation_fragment:
  - gbz.zorgid.attributes
attributes:
  check_mode:
    support: full
    details: Reads the same, writes nothing, and says whether the content of the file would change.
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - The file is written by each run, because its modification time says how old the figures are. The task is changed
        only if the content of the file changes.
  platform:
    platforms: posix
    support: full
    details: Runs on the controller.
options:
  organisations:
    description: The inventory names of the care organisations.
    type: list
    elements: str
    required: true
  path:
    description:
      - The file on the controller. Its name ends in C(.prom), and its folder exists.
      - It is an error to leave it out; it is no required option, so that the error can say what to give.
    type: path
seealso:
  - module: gbz.zorgid.onboarding_report
"""

EXAMPLES = r"""
- name: Telemetry
  gbz.zorgid.onboarding_telemetry:
    organisations: "{{ groups['care_organisations'] }}"
    path: /var/lib/prometheus/node-exporter/zorgid.prom
  run_once: true
"""

RETURN = r"""
path:
  description: The file.
  returned: always, except for an error before it is written
  type: str
dossiers:
  description: How many dossiers were read.
  returned: as RV(path)
  type: int
dossiers_unread:
  description: How many dossiers could not be read.
  returned: as RV(path)
  type: int
organisations_unread:
  description: How many organisations of the inventory are not in the figures.
  returned: as RV(path)
  type: int
"""
