"""The SBOM: valid by the official schema, the same bytes every time, without paths of the machine."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from dependencies_rig import subject

from cellkit import registry
from cellkit.study.dependencies.bom import bill_of_materials
from cellkit.study.dependencies.sbom import sbom
from cellkit.study.dependencies.suppliers import Suppliers


def made(reference: Path | str) -> dict[str, Any]:
    found = subject(reference)
    return sbom(found, bill_of_materials(found, Suppliers({}), {}))


def complaint(document: dict[str, Any]) -> object:
    """Return the complaint of the official schema; None if the document is valid."""
    from cyclonedx.schema import SchemaVersion  # imported late: a second that would slow the collection of tests
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document))


def test_it_is_valid_and_complete() -> None:
    found = made("machine_tending")
    assert complaint(found) is None
    assert complaint({key: value for key, value in found.items() if key != "bomFormat"}) is not None
    parts = {one["bom-ref"]: one for one in found["components"]}
    kinds = ["application", "data", "framework", "library", "platform", "device", "firmware"]
    assert {one["type"] for one in parts.values()} == set(kinds)
    program = registry.scenario_files()["machine_tending"].with_name("program.py")
    digest = hashlib.sha256(program.read_bytes()).hexdigest()
    assert parts["file:program.py"]["hashes"] == [{"alg": "SHA-256", "content": digest}]
    assert parts["package:cellkit-robotics"]["licenses"] == [{"expression": "Apache-2.0"}]
    assert parts["package:numpy"]["purl"].startswith("pkg:pypi/numpy@2.")
    assert found["metadata"]["authors"][0]["name"].startswith("cellkit-robotics ")
    assert parts["package:rich"]["licenses"] == [{"expression": "MIT"}]
    assert parts["package:rich"]["authors"] == [{"name": "Will McGugan"}]
    assert len(parts["package:rich"]["hashes"][0]["content"]) == 64
    assert parts["device:robot"]["supplier"] == {"name": "Universal Robots"}
    properties = {one["name"]: one["value"] for one in parts["device:robot"]["properties"]}
    assert (properties["cellkit:headquarters"], properties["cellkit:owner"]) == ("DK", "US")
    assert "supplier" not in parts["device:mill"]
    needs = {one["ref"]: one.get("dependsOn", []) for one in found["dependencies"]}
    assert set(needs) == {*parts, "cell:machine_tending"}
    assert needs["device:robot.controller"] == ["firmware:robot.controller"]
    assert "package:cellkit-robotics" in needs["file:program.py"]
    assert all(need in parts for every in needs.values() for need in every)


def test_the_same_cell_gives_the_same_bytes_wherever_it_lies(tmp_path: Path) -> None:
    folder = registry.scenario_files()["pick_and_place"].parent
    copies = [tmp_path / "one", tmp_path / "deeper" / "two"]
    for copy in copies:
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
    first, second = (made(copy) for copy in copies)
    assert json.dumps(first) == json.dumps(second)
    assert str(tmp_path) not in json.dumps(first)
    assert str(folder) not in json.dumps(made("pick_and_place"))
    program = copies[1] / "program.py"
    program.write_text(program.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert made(copies[1])["serialNumber"] != first["serialNumber"]


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(registry.scenario_files()))
def test_of_every_shipped_scenario(name: str) -> None:
    assert complaint(made(name)) is None


def test_of_a_bare_cell() -> None:
    cell = registry.scenario_files()["pick_and_place"].with_name("cell.yaml")
    names = [one["name"] for one in made(cell)["components"] if one["bom-ref"].startswith("file:")]
    assert names == ["cell.yaml"]
