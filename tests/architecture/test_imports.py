"""Imports go downward only, in no circle, and never to the tests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from import_graph import PROJECT, Import, ImportGraph, declared_layers, layer_of

OUTSIDE_THE_LAYERS = {"cellkit", "cellkit.__main__", "cellkit.testing"}
"""The package itself, `python -m cellkit`, and the driver contract: tests and rigs use it, it may use everything."""

RIGS = re.compile(r"cellkit_\w+\.rig(\.\w+|_\w+)?|cellkit_virtual\.bench|examples\.05_own_driver\.line_rig")
"""Modules that set a driver up for the driver contract. They run under pytest and `cellkit check-driver`."""

CONTRACT = re.compile(r"cellkit\.testing(\.\w+)*")
CONTRACT_COMMAND = "cellkit.cli.check_driver"


def top_folders() -> list[list[str]]:
    """Return what stands above the core: programs, then scenarios, then drivers and worlds."""
    packages = {
        folder: sorted({path.parent.name for path in (PROJECT / folder).glob("*/__init__.py")})
        for folder in ("scenarios", "drivers", "sim")
    }
    return [["bench", "examples"], packages["scenarios"], packages["drivers"] + packages["sim"]]


def listed(arrows: Iterable[Import]) -> str:
    return "\n  ".join(["", *map(str, arrows)])


def test_files_do_not_import_each_other_in_a_circle(project_imports: ImportGraph) -> None:
    groups = map(sorted, project_imports.groups())
    report = [
        f"{', '.join(group)}:{listed(circle)}" for group, circle in zip(groups, project_imports.circles(), strict=True)
    ]
    assert not report, f"{len(report)} groups of files import each other in a circle\n" + "\n".join(report)


def test_imports_go_downward_only(project_imports: ImportGraph) -> None:
    upward = project_imports.upward([*top_folders(), *declared_layers()])
    assert not upward, f"{len(upward)} imports go to a higher layer or to a sibling{listed(upward)}"


def test_every_module_of_the_core_has_a_layer(project_imports: ImportGraph) -> None:
    layers = {name for layer in declared_layers() for name in layer} | OUTSIDE_THE_LAYERS - {"cellkit"}
    core = [name for name in project_imports.files if name.startswith("cellkit.")]
    without = [name for name in core if layer_of(name, layers) is None]
    assert not without, f"not in the layers of pyproject.toml: {', '.join(without)}"


def test_benchmarks_import_no_tests(project_imports: ImportGraph) -> None:
    tests = re.compile(r"(tests|conftest)(\.|$)|(\w+\.)*test_\w+$")
    found = [
        f"{project_imports.files[module].relative_to(PROJECT)}:{line}: {name}"
        for module, names in project_imports.names.items()
        if module.split(".")[0] == "bench"
        for name, line in names
        if tests.match(name)
    ]
    assert not found, "bench imports tests:\n  " + "\n  ".join(found)


def test_only_rigs_import_the_driver_contract(project_imports: ImportGraph) -> None:
    def may_use_it(module: str) -> bool:
        return bool(CONTRACT.fullmatch(module) or RIGS.fullmatch(module))

    found = [
        arrow
        for arrow in project_imports.imports
        if may_use_it(arrow.imported)
        and not may_use_it(arrow.importer)
        and not (arrow.importer == CONTRACT_COMMAND and CONTRACT.fullmatch(arrow.imported))
    ]
    assert not found, f"runtime modules import cellkit.testing, or a rig that does{listed(found)}"


def write(root: Path, files: dict[str, str]) -> ImportGraph:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return ImportGraph(root)


def test_a_circle_is_found_and_named_file_by_file(tmp_path: Path) -> None:
    graph = write(
        tmp_path,
        {
            "cellkit/__init__.py": "",
            "cellkit/arm.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import cellkit.cell\n",
            "cellkit/cell/__init__.py": "def tool():\n    from cellkit import tool\n    return tool\n",
            "cellkit/tool.py": "import os\nimport cellkit.arm\n",
            "cellkit/alone.py": "from cellkit.arm import Arm\n",
            "drivers/cellkit_vendor/__init__.py": "from cellkit.alone import x\n",
        },
    )
    (circle,) = graph.circles()
    assert sorted(map(str, circle)) == [
        "cellkit/arm.py:3: cellkit.arm imports cellkit.cell",
        "cellkit/cell/__init__.py:2: cellkit.cell imports cellkit.tool",
        "cellkit/tool.py:2: cellkit.tool imports cellkit.arm",
    ]


def test_two_circles_that_share_no_file_are_two(tmp_path: Path) -> None:
    files = {f"cellkit/{a}.py": f"from cellkit import {b}\n" for a, b in ["ab", "ba", "cd", "dc", "ea"]}
    circles = write(tmp_path, files).circles()
    assert [[arrow.importer for arrow in circle] for circle in circles] == [
        ["cellkit.a", "cellkit.b"],
        ["cellkit.c", "cellkit.d"],
    ]


def test_an_upward_import_is_found(tmp_path: Path) -> None:
    graph = write(
        tmp_path,
        {
            "cellkit/cli/run.py": "from cellkit.cell import Cell\n",
            "cellkit/cell/__init__.py": "",
            "cellkit/cell/file.py": "from cellkit.view import page\nfrom cellkit.cell import Cell\n",
            "cellkit/view/__init__.py": "from cellkit import study\n",
            "cellkit/study/__init__.py": "",
            "drivers/cellkit_ur/__init__.py": "import cellkit.cli.run\n",
            "drivers/cellkit_abb/__init__.py": "from ..cellkit_ur import driver\n",
        },
    )
    layers = [["cellkit_abb", "cellkit_ur"], ["cellkit.cli"], ["cellkit.view", "cellkit.study"], ["cellkit.cell"]]
    assert list(map(str, graph.upward(layers))) == [
        "cellkit/cell/file.py:1: cellkit.cell.file imports cellkit.view",
        "cellkit/view/__init__.py:1: cellkit.view imports cellkit.study",
        "drivers/cellkit_abb/__init__.py:1: cellkit_abb imports cellkit_ur",
    ]


def test_a_program_of_the_examples_imports_its_neighbour_by_its_bare_name(tmp_path: Path) -> None:
    graph = write(tmp_path, {"examples/05/a.py": "from b import c\n", "examples/05/b.py": "import a\n"})
    assert len(graph.circles()) == 1
