"""Counts the vendor-specific statements of a cell program (L1) in its source text, without running it.

A statement counts when it imports a driver's package or a vendor's own library, uses a name that such an import or
statement has bound, asks for the vendor of a device, or spells the name of a model, driver or vendor. Of a statement
with a body only the head counts; the statements of the body count separately.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from cellkit import registry
from cellkit.errors import ConfigError
from cellkit.pythontext import read_syntax
from cellkit.study.dependencies.result import CodeShare, VendorLine
from cellkit.study.dependencies.suppliers import suppliers_file
from cellkit.study.runs.inputs import with_neighbours

LIBRARIES = frozenset(
    {
        "abb_robot_client",
        "dashboard_client",
        "fanucpy",
        "franky",
        "frankx",
        "neurapy",
        "panda_py",
        "py_openshowvar",
        "pydobot",
        "pylibfranka",
        "pyniryo",
        "rtde",
        "rtde_control",
        "rtde_io",
        "rtde_receive",
        "urx",
        "xarm",
    }
)
"""Import names of libraries for one vendor's devices."""


def code_share(program: Path) -> CodeShare:
    """Return the share of vendor-specific statements of a program and of the modules it imports from its folder.

    Raises ``ConfigError`` for a text that is not valid Python.
    """
    statements = 0
    vendor: list[VendorLine] = []
    for file in with_neighbours(program):
        if file.suffix != ".py":
            continue
        try:
            tree = read_syntax(file.read_bytes(), str(file))
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            raise ConfigError(f"is not valid Python: {error}", file=file, line=line) from None
        count, lines = _count(tree, file.name)
        statements += count
        vendor += lines
    return CodeShare(statements=statements, vendor=vendor, share=len(vendor) / statements if statements else 0.0)


def _count(tree: ast.Module, file: str) -> tuple[int, list[VendorLine]]:
    """Return the number of statements of a module and those that are vendor-specific."""
    heads = [(statement, list(_head(statement))) for statement in _statements(tree)]
    tainted = _tainted(heads)
    lines = []
    for statement, nodes in heads:
        why = next((reason for node in nodes if (reason := _reason(node, tainted)) is not None), None)
        if why is not None:
            lines.append(VendorLine(file=file, line=statement.lineno, why=why))
    return len(heads), lines


def _statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """Yield every executable statement; a docstring is not a statement."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        skip = body[0] if documented and isinstance(body, list) and body and _is_text(body[0]) else None
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt) and child is not skip:
                yield child


def _is_text(statement: ast.stmt) -> bool:
    value = getattr(statement, "value", None)
    return isinstance(statement, ast.Expr) and isinstance(value, ast.Constant) and isinstance(value.value, str)


def _head(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes of a statement without those of the statements inside it."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop(0)
        yield node
        waiting += [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt)]


def _tainted(heads: list[tuple[ast.stmt, list[ast.AST]]]) -> set[str]:
    """Return the names and attributes that are bound to vendor-specific objects, directly or through others."""
    tainted: set[str] = set()
    while True:
        before = len(tainted)
        for statement, nodes in heads:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                tainted |= _bound_by_import(statement)
            elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.With | ast.AsyncWith) and any(
                _uses(node, tainted) for node in nodes
            ):
                tainted |= _targets(nodes)
        if len(tainted) == before:
            return tainted


def _bound_by_import(statement: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(statement, ast.ImportFrom):
        names = {alias.asname or alias.name for alias in statement.names}
        return names if statement.level == 0 and _is_of_vendor(statement.module or "") else set()
    return {alias.asname or alias.name.partition(".")[0] for alias in statement.names if _is_of_vendor(alias.name)}


def _is_of_vendor(module: str) -> bool:
    return module.partition(".")[0] in LIBRARIES | _driver_packages()


@cache
def _driver_packages() -> frozenset[str]:
    """Return the packages of the installed drivers, without the reference devices, which belong to no vendor."""
    specs = map(registry.driver, registry.driver_names())
    return frozenset(spec.package for spec in specs if spec.factory is None)


@cache
def _brand_words() -> frozenset[str]:
    """Return the names of models, drivers and vendors in lower case."""
    titles = {
        spec.title for spec in map(registry.driver, registry.driver_names()) if spec.package in _driver_packages()
    }
    suppliers = suppliers_file().suppliers
    vendors = {name for vendor, supplier in suppliers.items() for name in (vendor, *supplier.also)}
    models = {model for model in registry.model_files() if model != "vacuum"}  # a generic model
    return frozenset(word.casefold() for word in models | titles | vendors)


def _uses(node: ast.AST, tainted: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return isinstance(node.ctx, ast.Load) and node.id in tainted
    return isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and f".{node.attr}" in tainted


def _targets(nodes: list[ast.AST]) -> set[str]:
    """Return the names that a statement binds; attributes begin with a dot."""
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return names | {
        f".{node.attr}" for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }


def _reason(node: ast.AST, tainted: set[str]) -> str | None:
    """Return the reason why a node is vendor-specific; None if it is not."""
    if isinstance(node, ast.Import | ast.ImportFrom) and _bound_by_import(node):
        module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        return f"imports {module}"
    if _uses(node, tainted):
        return f"uses {node.id if isinstance(node, ast.Name) else getattr(node, 'attr', '')}"
    if isinstance(node, ast.Attribute) and node.attr == "vendor":
        return "asks for the vendor of a device"
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.casefold() in _brand_words():
        return f"names {node.value!r}"
    return None
