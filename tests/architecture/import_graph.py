"""The imports between the project's files, read from their syntax trees: nothing is imported to find them."""

from __future__ import annotations

import ast
import tomllib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cellkit.pythontext import read_syntax

PROJECT = Path(__file__).resolve().parents[2]
FOLDERS = ("cellkit", "drivers", "sim", "scenarios", "bench", "examples")
IMPORT_ROOTS = ("drivers", "sim", "scenarios")
"""Folders that hold packages: their own name is no part of a module's name."""


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """One import statement's arrow from one module to another module of the project."""

    importer: str
    imported: str
    place: str
    """`file:line` of the statement."""

    def __str__(self) -> str:
        return f"{self.place}: {self.importer} imports {self.imported}"


class ImportGraph:
    """The modules of the project and every import between them, `if TYPE_CHECKING` and functions included."""

    def __init__(self, root: Path, folders: Sequence[str] = FOLDERS) -> None:
        self.files = {
            module_name(root, file): file for folder in folders for file in sorted((root / folder).rglob("*.py"))
        }
        self.names = {name: tuple(_imported_names(name, file)) for name, file in self.files.items()}
        """Dotted names that a module's statements import, with their lines, names from outside the project included."""
        self.imports = sorted(set(self._imports(root)))
        self.below: dict[str, dict[str, Import]] = {name: {} for name in self.files}
        for arrow in self.imports:
            self.below[arrow.importer].setdefault(arrow.imported, arrow)

    def _imports(self, root: Path) -> Iterator[Import]:
        for importer, file in self.files.items():
            for name, line in self.names[importer]:
                imported = self._module_of(importer, name)
                if imported is not None and imported != importer:
                    yield Import(importer, imported, f"{file.relative_to(root)}:{line}")

    def _module_of(self, importer: str, name: str) -> str | None:
        """Return the module that holds `name`, or None if it is outside the project."""
        package = importer.rpartition(".")[0]
        candidates = [name, name.rpartition(".")[0]]
        if importer.startswith("examples."):  # a program's own folder comes first on its path
            candidates = [f"{package}.{candidate}" for candidate in candidates if candidate] + candidates
        return next((candidate for candidate in candidates if candidate in self.files), None)

    def circles(self) -> list[list[Import]]:
        """Return one shortest circle of each group of modules that import each other."""
        return [self._shortest_circle(group) for group in self.groups()]

    def groups(self) -> list[set[str]]:
        """Return the strongly connected components of more than one module (Tarjan's algorithm, without recursion)."""
        index: dict[str, int] = {}
        lowest: dict[str, int] = {}
        path: list[str] = []
        groups: list[set[str]] = []
        for start in sorted(self.below):
            work = [(start, iter(self.below[start]))] if start not in index else []
            while work:
                module, rest = work[-1]
                if module not in index:
                    index[module] = lowest[module] = len(index)
                    path.append(module)
                following = next(rest, None)
                if following is None:
                    work.pop()
                    if work:
                        lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[module])
                    if lowest[module] == index[module]:
                        group = set(path[path.index(module) :])
                        del path[path.index(module) :]
                        groups.extend([group] if len(group) > 1 else [])
                elif following not in index:
                    work.append((following, iter(self.below[following])))
                elif following in path:
                    lowest[module] = min(lowest[module], index[following])
        return groups

    def _shortest_circle(self, group: set[str]) -> list[Import]:
        return min((self._circle_through(module, group) for module in sorted(group)), key=len)

    def _circle_through(self, start: str, group: set[str]) -> list[Import]:
        arrived: dict[str, Import] = {}
        queue = deque([start])
        while start not in arrived:
            module = queue.popleft()
            for imported, arrow in self.below[module].items():
                if imported in group and imported not in arrived:
                    arrived[imported] = arrow
                    queue.append(imported)
        circle = [arrived[start]]
        while circle[0].importer != start:
            circle.insert(0, arrived[circle[0].importer])
        return circle

    def upward(self, layers: Sequence[Sequence[str]]) -> list[Import]:
        """Return the imports that go to a higher layer, or to a sibling in the same one. `layers` starts at the top."""
        rank = {name: number for number, layer in enumerate(layers) for name in layer}
        found = []
        for arrow in self.imports:
            own, other = layer_of(arrow.importer, rank), layer_of(arrow.imported, rank)
            if own is not None and other is not None and own != other and rank[other] <= rank[own]:
                found.append(arrow)
        return found


def layer_of(module: str, layers: Iterable[str] | Mapping[str, int]) -> str | None:
    """Return the layer that a module belongs to, or None."""
    parts = module.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in layers), None)


def declared_layers(project: Path = PROJECT) -> list[list[str]]:
    """Return the layers of import-linter's contract in `pyproject.toml`, the top one first."""
    settings = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    contract = next(contract for contract in settings["contracts"] if contract["type"] == "layers")
    return [[name.strip() for name in layer.replace(":", "|").split("|")] for layer in contract["layers"]]


def module_name(root: Path, file: Path) -> str:
    """Return the dotted name under which a file is imported; a file of `examples` gets its folders' names."""
    folder = file.relative_to(root).parts[0]
    parts = list(file.relative_to(root / folder if folder in IMPORT_ROOTS else root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported_names(module: str, file: Path) -> Iterator[tuple[str, int]]:
    tree = read_syntax(file.read_bytes(), str(file))
    package = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)
