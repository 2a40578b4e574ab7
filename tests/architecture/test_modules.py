"""Each module offers what it says it offers, and no file is taken for a test that is none."""

from __future__ import annotations

import ast
import fnmatch
import importlib
from collections.abc import Iterator
from pathlib import Path

from import_graph import PROJECT, ImportGraph

TEST_FILES = ("test_*.py", "*_test.py")


def test_each_name_of_an_all_exists(project_imports: ImportGraph) -> None:
    missing = [
        f"{project_imports.files[module].relative_to(PROJECT)}: {name}"
        for module, file in project_imports.files.items()
        if "__all__" in (text := file.read_text("utf-8"))
        for name in missing_names(module, ast.parse(text))
    ]
    assert not missing, "names in __all__ that do not exist:\n  " + "\n  ".join(missing)


def test_no_file_outside_the_tests_looks_like_a_test() -> None:
    files = [file for folder in PROJECT.iterdir() if is_source(folder) for file in folder.rglob("*.py")]
    found = [str(file.relative_to(PROJECT)) for file in files if looks_like_a_test(file)]
    assert not found, f"pytest would take these for tests: {', '.join(found)}"


def test_a_missing_name_is_found() -> None:
    tree = ast.parse(
        "import a.b\nfrom c import d as e\nif a:\n    F = 1\n__all__ = ['G', 'a', 'e', 'F', 'h']\ndef h(): ..."
    )
    assert missing_names("cellkit.none", tree) == ["G"]


def test_names_that_a_module_makes_when_asked_are_asked_for() -> None:
    tree = ast.parse("__all__ = ['frozen', 'no_such_name']\ndef __getattr__(name): ...")
    assert missing_names("cellkit.geometry", tree) == ["no_such_name"]


def test_a_file_that_looks_like_a_test_is_found() -> None:
    assert [looks_like_a_test(Path(name)) for name in ("test_a.py", "force_test.py", "contest.py")] == [
        True,
        True,
        False,
    ]


def looks_like_a_test(file: Path) -> bool:
    return any(fnmatch.fnmatch(file.name, pattern) for pattern in TEST_FILES)


def is_source(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name in {"tests", "build", "dist"}
    return folder.is_dir() and not hidden


def missing_names(module: str, tree: ast.Module) -> list[str]:
    """Return the names of a module's `__all__` that it does not define."""
    bound = set(bound_names(tree.body))
    if "__all__" not in bound:
        return []
    values = [node.value for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) and binds_all(node)]
    try:
        names = [name for value in values if value is not None for name in ast.literal_eval(value)]
        if "__getattr__" not in bound:
            return [name for name in names if name not in bound]
    except ValueError:  # computed when the module is imported
        names = list(importlib.import_module(module).__all__)
    loaded = importlib.import_module(module)
    return [name for name in names if not hasattr(loaded, name)]


def binds_all(node: ast.Assign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def bound_names(body: list[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements bind at the top of a module, blocks such as `if` and `try` included."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
        else:
            yield from (
                inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
            )
            for block in ("body", "orelse", "finalbody", "handlers"):
                yield from bound_names(getattr(node, block, []))
