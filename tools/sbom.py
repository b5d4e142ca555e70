# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bill of materials of a collection's archive, as CycloneDX JSON.

``.venv-release/bin/python tools/sbom.py ARCHIVE --site SITE_PACKAGES`` writes ARCHIVE's name with ``.cdx.json``.

It lists each file of the archive with its SHA-256, and each Python library that the collection needs. The libraries
are not in the archive: their versions are those with which this release was tested, the hashes are those of
requirements.txt.
The same archive gives the same bill, byte by byte; ``SOURCE_DATE_EPOCH`` sets its time, which is left out otherwise.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
import sys
import tarfile
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pip_requirements_parser import RequirementsFile

ROOT = Path(__file__).resolve().parents[1]
REQUIRED, OPTIONAL = "meta/ee-requirements.txt", "meta/ee-requirements-browser.txt"
TESTED = Property(name="gbz:tested-with", value="not in the archive; the version with which this release was tested")


def read_archive(archive: Path) -> tuple[dict[str, Any], str, dict[str, str], dict[str, str]]:
    """What MANIFEST.json says and its digest, the SHA-256 of every file (computed), and the lists of requirements."""
    digests, lists, manifest = {}, {}, b""
    with tarfile.open(archive) as opened:
        for member in opened:
            stream = opened.extractfile(member)
            if not member.isfile() or stream is None:
                continue
            content = stream.read()
            digests[member.name] = hashlib.sha256(content).hexdigest()
            if member.name == "MANIFEST.json":
                manifest = content
            if member.name in (REQUIRED, OPTIONAL):
                lists[member.name] = content.decode()
    return json.loads(manifest)["collection_info"], digests["MANIFEST.json"], digests, lists


def needed(wanted: Iterable[str], installed: dict[str, Distribution]) -> Iterator[tuple[str, set[str]]]:
    """Each library that these lines need, directly or through others, and which ones it needs itself."""
    waiting = [(Requirement(line), "") for line in wanted]
    seen: set[tuple[str, str]] = set()
    edges: dict[str, set[str]] = {}
    while waiting:
        requirement, parent = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name not in installed:
            sys.exit(f"sbom: {name} is not installed, `make setup` installs it")
        edges.setdefault(name, set())
        if parent:
            edges[parent].add(name)
        for extra in ("", *requirement.extras):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for text in installed[name].requires or ():
                child = Requirement(text)
                # Without an extra this holds what always holds; with one also what it adds.
                if child.marker is None or child.marker.evaluate({"extra": extra}):
                    waiting.append((child, name))
    return iter(sorted(edges.items()))


def locked(path: Path) -> dict[tuple[str, str], list[str]]:
    """(name, version) -> the hashes of its files."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in RequirementsFile.from_file(str(path)).requirements:
        version = line.get_pinned_version
        found[canonicalize_name(line.name), version] = [one.partition(":")[2] for one in line.hash_options]
    return found


def library(one: Distribution, hashes: list[str], scope: ComponentScope) -> Component:
    name = canonicalize_name(one.metadata["Name"])
    purl = PackageURL("pypi", None, name, one.version)
    # No index is named: every user's pip asks the one it is set up for.
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(purl.to_string()),
        comment="the files that requirements.txt accepts",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in hashes],
    )
    # An older library has a short name, or the whole text, under `License`.
    old = one.metadata.get("License") or ""
    expression = one.metadata.get("License-Expression") or (old if len(old) < 40 else "")
    classifiers = [
        text.rpartition(" :: ")[2] for text in one.metadata.get_all("Classifier", ()) if text.startswith("License ::")
    ]
    licences = (
        [LicenseFactory().make_from_string(expression)]
        if expression
        else [LicenseFactory().make_from_string(text) for text in classifiers]
    )
    return Component(
        type=ComponentType.LIBRARY,
        name=name,
        version=one.version,
        purl=purl,
        bom_ref=purl.to_string(),
        scope=scope,
        licenses=licences,
        external_references=[files],
        properties=[TESTED],
    )


def bill(archive: Path, lock: Path, site: Path) -> Bom:
    info, manifest, digests, lists = read_archive(archive)
    name, version = f"{info['namespace']}.{info['name']}", info["version"]
    root = Component(
        type=ComponentType.LIBRARY,
        group=info["namespace"],
        name=info["name"],
        version=version,
        description=info["description"],
        bom_ref=f"{name}@{version}",
        purl=PackageURL("generic", info["namespace"], info["name"], version),
        licenses=[LicenseFactory().make_from_string("GPL-3.0-or-later")],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(archive.read_bytes()).hexdigest())],
    )
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, f"{name}@{version}#{manifest}"))
    bom.metadata.component = root
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    bom.metadata.timestamp = datetime.datetime.fromtimestamp(int(epoch), datetime.UTC) if epoch else None
    for path, digest in sorted(digests.items()):
        content = HashType(alg=HashAlgorithm.SHA_256, content=digest)
        bom.components.add(Component(type=ComponentType.FILE, name=path, bom_ref=f"file:{path}", hashes=[content]))

    installed = {canonicalize_name(one.metadata["Name"]): one for one in distributions(path=[str(site)])}
    hashes = locked(lock)
    lines = {
        path: [one for one in text.splitlines() if one and not one.startswith("#")] for path, text in lists.items()
    }
    required = dict(needed(lines[REQUIRED], installed))
    everything = dict(needed([*lines[REQUIRED], *lines[OPTIONAL]], installed))
    parts: dict[str, Component] = {}
    for part in everything:
        scope = ComponentScope.REQUIRED if part in required else ComponentScope.OPTIONAL
        if (part, installed[part].version) not in hashes:
            sys.exit(f"sbom: {part} {installed[part].version} is not what {lock.name} has; `make setup` installs that")
        parts[part] = library(installed[part], hashes[part, installed[part].version], scope)
        bom.components.add(parts[part])
    for part, others in everything.items():
        bom.register_dependency(parts[part], [parts[other] for other in sorted(others)])
    direct = {canonicalize_name(Requirement(one).name) for one in (*lines[REQUIRED], *lines[OPTIONAL])}
    bom.register_dependency(root, [parts[one] for one in sorted(direct)])
    return bom


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("archive", type=Path)
    parser.add_argument(
        "--site", type=Path, required=True, help="the folder with the libraries that the tests ran with"
    )
    parser.add_argument("--lock", type=Path, default=ROOT / "requirements.txt")
    given = parser.parse_args()
    text = JsonV1Dot6(bill(given.archive, given.lock, given.site)).output_as_string(indent=1)
    if (error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)) is not None:
        sys.exit(f"sbom: what was made is no valid CycloneDX: {error}")
    out = given.archive.with_name(given.archive.name.removesuffix(".tar.gz") + ".cdx.json")
    out.write_text(text + "\n", "utf-8")
    print(f"bill of materials: {out}")


if __name__ == "__main__":
    main()
