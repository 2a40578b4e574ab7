"""The software bill of materials of a cell as CycloneDX 1.6 JSON: program, packages, devices and their software.

The same cell gives the same bytes: the document has no time stamp, and its serial number is a hash of the contents.
File names are relative to the cell file, so the document contains no path of the machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cellkit import __version__
from cellkit.study.dependencies.installed_package import HASH_OF, author, files_hash
from cellkit.study.dependencies.licences import ROOT, normal, requirements
from cellkit.study.dependencies.result import Bom, BomItem, SoftwareItem
from cellkit.study.dependencies.subject import Subject
from cellkit.study.runs.inputs import with_neighbours

SPEC = "1.6"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "cellkit.sbom")

Json = dict[str, Any]


def sbom(subject: Subject, bom: Bom, written_for: str | None = None) -> Json:
    """Return the document; ``written_for``: the name of its author; without it, cellkit is named.

    Raises ``ConfigError`` when a file of the cell cannot be read.
    """
    files = [_file(name, path) for name, path in sorted(_files(subject).items())]
    packages = [_package(item) for item in bom.software if item.of is None]
    devices = [_device(item) for item in bom.items]
    firmware = [_firmware(item) for item in bom.software if item.of is not None]
    cell = {
        "bom-ref": f"cell:{subject.name}",
        "type": "application",
        "name": subject.name,
        "description": subject.plan.file.title or subject.name,
    }
    document: Json = {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "version": 1,
        "metadata": {
            "authors": [{"name": written_for or f"{ROOT} {__version__}"}],
            "component": cell,
            "tools": {"components": [{"type": "application", "name": ROOT, "version": __version__}]},
        },
        "components": [*files, *packages, _python(), *devices, *firmware],
        "dependencies": _dependencies(cell["bom-ref"], files, bom, devices),
    }
    text = json.dumps(document, sort_keys=True, ensure_ascii=False)
    return (
        {"$schema": f"http://cyclonedx.org/schema/bom-{SPEC}.schema.json"}
        | document
        | {"serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, text)}"}
    )


def _files(subject: Subject) -> dict[str, Path]:
    """Return cell file, scenario file, and program with its neighbouring modules, by names relative to the cell."""
    files = [subject.plan.document.file.absolute()]
    if subject.scenario is not None:
        files += [subject.scenario.document.file.absolute(), *with_neighbours(subject.scenario.program_file)]
    folder = files[0].parent
    return {Path(os.path.relpath(file, folder)).as_posix(): file for file in files}


def _file(name: str, path: Path) -> Json:
    program = path.suffix == ".py"
    return {
        "bom-ref": f"file:{name}",
        "type": "application" if program else "data",
        "name": name,
        "description": "cell program" if program else "cell data",
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}],
    }


def _package(item: SoftwareItem) -> Json:
    package: Json = {
        "bom-ref": f"package:{normal(item.name)}",
        "type": "framework" if normal(item.name) == ROOT else "library",
        "name": item.name,
        "version": item.version,
        "purl": f"pkg:pypi/{quote(normal(item.name))}@{quote(item.version or '')}",
    }
    if (writer := author(item.name)) is not None:
        package["authors"] = [{"name": writer}]
    if (digest := files_hash(item.name)) is not None:
        package["hashes"] = [{"alg": "SHA-256", "content": digest}]
        package["properties"] = [{"name": "cellkit:hash_of", "value": HASH_OF}]
    if item.licence is not None:
        package["licenses"] = [{"expression": item.licence} if item.spdx else {"license": {"name": item.licence}}]
    return package


def _python() -> Json:
    name = platform.python_implementation()
    return {"bom-ref": "platform:python", "type": "platform", "name": name, "version": platform.python_version()}


def _device(item: BomItem) -> Json:
    device: Json = {"bom-ref": f"device:{item.role}", "type": "device", "name": item.name}
    if item.vendor is not None:
        device |= {"supplier": {"name": item.vendor}, "manufacturer": {"name": item.vendor}}
    properties = {
        "cellkit:role": item.role,
        "cellkit:kind": item.kind,
        "cellkit:model": item.model,
        "cellkit:protocol": None if item.driver is None else f"{item.driver}/{item.protocol}",
        "cellkit:included_in": item.included_in,
    }
    if item.origin is not None:
        for view in ("headquarters", "production", "owner"):
            properties[f"cellkit:{view}"] = ",".join(item.origin.countries(view)) or "not known"
    device["properties"] = [{"name": name, "value": value} for name, value in properties.items() if value is not None]
    return device


def _firmware(item: SoftwareItem) -> Json:
    firmware: Json = {
        "bom-ref": f"firmware:{item.of}",
        "type": "firmware",
        "name": item.name,
        "description": "Software inside the device; its version is not known to cellkit",
    }
    return firmware if item.vendor is None else firmware | {"supplier": {"name": item.vendor}}


def _dependencies(cell: Any, files: list[Json], bom: Bom, devices: list[Json]) -> list[Json]:
    """Return the dependencies: of the cell its files and devices, of programs the framework, of packages each other."""
    inside = {item.of: f"firmware:{item.of}" for item in bom.software if item.of is not None}
    parts: dict[str, list[str]] = {cell: [one["bom-ref"] for one in [*files, *devices]]}
    for one in files:
        parts[one["bom-ref"]] = [f"package:{ROOT}", "platform:python"] if one["type"] == "application" else []
    for item in bom.items:
        parts[f"device:{item.role}"] = [inside[item.role]] if item.role in inside else []
    parts |= {f"package:{name}": [f"package:{one}" for one in needs] for name, needs in requirements().items()}
    parts["platform:python"] = []
    parts |= {name: [] for name in inside.values()}
    return list(_listed(parts))


def _listed(parts: dict[str, list[str]]) -> Iterator[Json]:
    for name, needs in sorted(parts.items()):
        yield {"ref": name} | ({"dependsOn": sorted(set(needs))} if needs else {})
