"""The files that determine a run: scenario, cell, program with the files beside it that it uses, and device models.

The files of a program are found in its text: modules that it imports, and files of its folder that it names. A name
that the program builds at run time is not found.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from cellkit.cell.config import CellFile
from cellkit.errors import ConfigError
from cellkit.models.load import beside, model_file
from cellkit.pythontext import read_syntax
from cellkit.scenario.choices import chosen_models
from cellkit.scenario.config import Scenario, read_scenario
from cellkit.yamlfile import read_yaml, validate

_MAX_NAME = 255  # characters of a file name
_MESH = re.compile(r"filename\s*=\s*[\"']([^\"']+)[\"']")


class Inputs:
    """Files by name, and the SHA-256 of each at the time of construction: ``hashes``."""

    def __init__(self, files: dict[str, Path]) -> None:
        self._files = files
        self.hashes = {name: _hash(file) for name, file in files.items()}

    def changed(self) -> list[str]:
        """Return the names of the files that have changed since."""
        return [name for name, file in self._files.items() if not file.is_file() or _hash(file) != self.hashes[name]]


_cache: dict[tuple[str, str, str | None, str | None], Inputs] = {}


def inputs_of(scenario: str, arm: str | None, gripper: str | None) -> Inputs:
    """Return the files of a scenario with these models, by names that do not depend on where its folder is.

    Raises ``ConfigError`` and ``DriverNotFound`` for missing or unreadable files.
    """
    request = os.getcwd(), scenario, arm, gripper  # relative paths depend on the working folder
    if request not in _cache or _cache[request].changed():
        _cache[request] = Inputs(dict(_files(read_scenario(scenario), arm, gripper)))
    return _cache[request]


def _files(scenario: Scenario, arm: str | None, gripper: str | None) -> Iterator[tuple[str, Path]]:
    file = scenario.document.file.absolute()
    for used in (file, scenario.cell_file, *with_neighbours(scenario.program_file)):
        yield Path(os.path.relpath(used, file.parent)).as_posix(), used
    document = read_yaml(scenario.cell_file)
    cell = validate(CellFile, document)
    chosen = chosen_models(cell, arm, gripper)
    for role, device in cell.devices.items():
        named = getattr(device, "model", None)
        if role in chosen:
            model = model_file(chosen[role]).absolute()
        elif named is not None:
            model = model_file(beside(scenario.cell_file.parent, named))
        else:
            continue
        for used in (model, *_drawing(model)):
            yield f"{role}: {Path(os.path.relpath(used, model.parent)).as_posix()}", used


def with_neighbours(program: Path) -> list[Path]:
    """Return a program and every file of its folder that it imports or names, directly or through another one."""
    files: list[Path] = []
    waiting = [program]
    while waiting:
        file = waiting.pop(0)
        if file not in files:
            files.append(file)
            waiting += sorted(_named(file, program.parent)) if file.suffix == ".py" else []
    return files


def _named(file: Path, folder: Path) -> Iterator[Path]:
    try:
        tree = read_syntax(file.read_bytes())
    except (SyntaxError, ValueError):
        return  # the program cannot run either; the run reports that
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules = [node.module or ""]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if 0 < len(text) <= _MAX_NAME and text.isprintable() and (folder / text).is_file():
                yield folder / text
            continue
        else:
            continue
        for module in modules:
            top = folder / module.partition(".")[0]
            if top != folder and top.with_suffix(".py").is_file():
                yield top.with_suffix(".py")
            elif top != folder and top.is_dir():  # a package, with all its modules
                yield from top.rglob("*.py")


def _drawing(model: Path) -> Iterator[Path]:
    """Yield a model's own URDF and its meshes."""
    data = read_yaml(model).data
    name = data.get("urdf") if isinstance(data, dict) else None
    if not isinstance(name, str):
        return
    urdf = model.parent / name
    if not urdf.is_file():
        raise ConfigError(f"urdf: the file {urdf} does not exist", file=model)
    yield urdf
    for mesh in dict.fromkeys(_MESH.findall(urdf.read_text(encoding="utf-8", errors="replace"))):
        inside = mesh.partition("://")[2] or mesh
        places = [folder / part for folder in urdf.parents for part in (inside, inside.partition("/")[2]) if part]
        yield from [place for place in places if place.is_file()][:1]


def _hash(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=file) from None
