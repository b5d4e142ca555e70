# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# ruff: noqa: E402 - the documentation stands first
from __future__ import annotations

DOCUMENTATION = r"""
name: care_group
short_description: A care group in one YAML file or a table, with an HR export for each location
version_added: 0.1.0
author:
  - gbz.zorgid contributors (@gbz-zorgid)
description:
  - Makes each location of a care group a host of the group C(care_organisations), with the variables that the role
    P(gbz.zorgid.zorgid_onboarding#role) takes; these are C(zorgid_onboarding_organisation),
    C(zorgid_onboarding_accounts_path), C(zorgid_onboarding_administrators), C(zorgid_onboarding_certificate) with
    C(zorgid_onboarding_certificate_host), and C(zorgid_onboarding_portal).
  - A Windows server that a location names as C(certificate_host) is a host of the group C(certificate_hosts).
  - The whole file is checked, and so is each HR export. Every mistake is named with the file and the location, and the
    inventory stays empty. Set C(any_unparsed_is_failed = true) in the section C([inventory]) of C(ansible.cfg), so that
    Ansible then stops instead of going on with nothing.
  - Values from the file and the exports are data, they are never templated. Numbers such as a URA number stand between
    quotes, so that leading zeros stay.
  - The file holds personal data. Encrypt it with C(ansible-vault encrypt) if others may read it.
  - Other variables, such as the addresses of mail servers, stand in C(group_vars/care_organisations) and C(host_vars)
    beside the file as usual. The group gets C(ansible_connection=local).
options:
  plugin:
    description: The name of this plugin, V(gbz.zorgid.care_group).
    type: str
    required: true
    choices: [gbz.zorgid.care_group]
  shared:
    description: Fields of the organisation that all locations have in common, such as C(provider).
    type: dict
    default: {}
  locations:
    description:
      - Host name of each location, with its own fields of the organisation as
        O(gbz.zorgid.organisation_document#module:organisation) describes them. They go over the shared ones, field by
        field.
      - Besides, C(accounts) is the path of the HR export (JSON, CSV or XLSX as
        O(gbz.zorgid.employee_accounts#module:accounts_path) describes), relative to the file, and C(administrators) is
        what O(gbz.zorgid.portal_administrators#module:administrators) takes.
      - C(list_mapping) says how a list is read that a system wrote, as
        O(gbz.zorgid.employee_accounts#module:list_mapping) describes; C(list_roots) where it may lie, relative to the
        file. In O(shared) they hold for all locations, and a location changes them field by field, such as
        C(where).
      - C(certificate) says where the certificate and its key are, as the role's variable of that name does; its paths
        are relative to the file. C(certificate_host) is the Windows server with the certificate, C(portal) is the
        role's variable of that name. Secrets in them are vaulted values (C(!vault)).
      - O(locations) or O(table) is required.
    type: dict
    default: {}
  table:
    description:
      - Path of a table with one location in each row (CSV or XLSX), relative to the file. It is the table of the
        playbook C(gbz.zorgid.new), with the same columns.
      - The host name of a row is in its column Inventarisnaam, otherwise it is made of the name of the organisation. A
        location of the same name in O(locations) goes over the row, field by field.
    type: path
    version_added: 0.1.0
seealso:
  - module: gbz.zorgid.organisation_document
  - module: gbz.zorgid.employee_accounts
  - module: gbz.zorgid.portal_administrators
"""

EXAMPLES = r"""
# care_group.yml; try it with: ansible-inventory -i care_group.yml --list
plugin: gbz.zorgid.care_group
shared:
  care_application: {vendor: Voorbeeld Zorg-ICT, name: VoorbeeldHIS, version: "8.2"}
  provider: {name: Voorbeeld GBZ Beheer, email: zorgid@gbz.example, phone: "+31301234567"}
  people:
    technical_administrator: {first_name: Ruben, last_name: Techniek, email: r@gbz.example, phone: "+31301234567"}
    representative: {first_name: Pieter, last_name: Bestuur, email: bestuur@zorggroep.example}
locations:
  apotheek_het_anker:
    ura: "00000202"
    name: Apotheek Het Anker
    kvk_number: "12000202"
    address: {street: Havenstraat, house_number: "3", postal_code: 3011 AB, city: Rotterdam}
    people:
      portal_administrator:
        first_name: Mohammed
        last_name: Anker
        date_of_birth: "1980-07-21"
        email: m.anker@hetanker.example
        phone: "+31600002001"
    accounts: hr_exports/apotheek_het_anker.csv
    list_mapping: {preset: nmbrs, where: {Bedrijfnr: 1}}
    certificate: {source: windows}
    certificate_host: cert02.gbz.example

# The locations from a table; what all have in common stays here.
# plugin: gbz.zorgid.care_group
# table: klanten.xlsx
# shared:
#   provider: {name: Voorbeeld GBZ Beheer, email: zorgid@gbz.example, phone: "+31301234567"}
"""

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible_collections.gbz.zorgid.plugins.module_utils._common.errors import ZorgidError
from ansible_collections.gbz.zorgid.plugins.module_utils._common.libraries import missing
from ansible_collections.gbz.zorgid.plugins.module_utils._inventory.care_group import PLUGIN, read

GROUP = "care_organisations"
SERVERS = "certificate_hosts"


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]
    NAME = PLUGIN

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith((".yml", ".yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        # Not _read_config_data: that would mark the file's texts as trusted templates.
        data = loader.load_from_file(path, cache="none")
        if not isinstance(data, dict) or data.get("plugin") != PLUGIN:
            raise AnsibleParserError(f"{path} is not a file of the plugin {PLUGIN}")
        if absent := missing():
            raise AnsibleParserError(f"{path} needs Python libraries on the controller: {'; '.join(absent)}")
        try:
            locations = read(data, Path(path).resolve().parent)
        except ZorgidError as error:
            raise AnsibleParserError(f"{path} cannot be used:\n{error}") from error
        self.inventory.add_group(GROUP)
        self.inventory.set_variable(GROUP, "ansible_connection", "local")
        for location in locations:
            self.inventory.add_host(location.host, group=GROUP)
            for remark in location.remarks:
                self.display.warning(f"{path}: {location.host}: {remark}")
            if location.group:
                self.inventory.add_child(GROUP, self.inventory.add_group(location.group))
                self.inventory.add_host(location.host, group=location.group)
            if location.certificate_host:
                self.inventory.add_group(SERVERS)
                self.inventory.add_host(location.certificate_host, group=SERVERS)
            for name, value in location.variables.items():
                self.inventory.set_variable(location.host, name, value)
