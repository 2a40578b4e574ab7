"""Writes ``generated.py``: for every open interface a class with the same methods, that waits instead of being awaited.

Run ``python -m cellkit.blocking.generate`` after changing an interface. Signatures and docstrings are those of the
interface, so editors and type checkers know as much about a wrapper as about the original.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import textwrap
from pathlib import Path
from types import ModuleType

from cellkit import devices
from cellkit.cell import cell
from cellkit.devices import Device

TARGET = Path(__file__).with_name("generated.py")
WIDTH = 120
LEFT_OUT = {
    "OwnSignals": None,  # what drivers offer; a cell file gives these signals names and programs read them by those
    "Cell": {"devices", "device", "emit", "connect", "close"},  # cellkit.blocking.cell has its own
}
HEAD = '''"""Blocking wrappers of the open interfaces. Written by ``python -m cellkit.blocking.generate``: do not edit.

Every method does what its namesake in ``cellkit.devices`` does, and returns or raises when that has ended.
"""

from __future__ import annotations

'''

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def generate() -> str:
    """The text of ``generated.py``."""
    originals = interfaces()
    names = {one.__name__ for one in originals}
    imports = Imports(names)
    classes = [_Writer(one, names, imports).text() for one in originals]
    return HEAD + imports.text() + "".join(f"\n\n{one}" for one in classes)


def interfaces() -> list[type]:
    """The classes that have a wrapper, bases first: all devices and abilities, and what a program is given."""
    named = [getattr(devices, name) for name in devices.__all__]
    found = [one for one in named if inspect.isclass(one) and (issubclass(one, Device) or inspect.isabstract(one))]
    bases = [base for one in found for base in one.__mro__ if issubclass(base, Device)]
    wanted = {one for one in (*found, *bases) if LEFT_OUT.get(one.__name__, ()) is not None}
    return [*sorted(wanted, key=lambda one: (len(one.__mro__), one.__module__, one.__name__)), cell.Cell]


class Imports:
    """What the written module needs from elsewhere."""

    def __init__(self, wrappers: set[str]) -> None:
        self._wrappers = wrappers
        self._from: dict[str, str] = {
            "ClassVar": "typing",
            "BlockingWrapper": "cellkit.blocking.wrapper",
        }
        self._modules: set[str] = set()

    def module(self, name: str) -> str:
        """An original's module, by the name it has in the text."""
        self._modules.add(name)
        return name.rpartition(".")[2]

    def add(self, name: str, module: str) -> None:
        """One name, from where it is defined. Raises ``ValueError`` when it means two things."""
        defined = getattr(importlib.import_module(module), name)
        if inspect.isclass(defined) and module.startswith("cellkit"):
            module = defined.__module__
        if self._from.setdefault(name, module) != module:
            raise ValueError(f"{name} is both {self._from[name]}'s and {module}'s")

    def text(self) -> str:
        """The import statements, sorted as the linter wants them."""
        by_module: dict[str, list[str]] = {}
        for name, module in self._from.items():
            by_module.setdefault(module, []).append(name)
        for module in self._modules:
            package, _, name = module.rpartition(".")
            by_module.setdefault(package, []).append(name)
        groups: list[list[str]] = [[], []]
        for module, names in sorted(by_module.items()):
            line = f"from {module} import {', '.join(sorted(names, key=_import_order))}"
            if len(line) > WIDTH:
                line = (
                    f"from {module} import (\n" + "".join(f"    {n},\n" for n in sorted(names, key=_import_order)) + ")"
                )
            groups[module.startswith("cellkit")].append(line)
        return "\n\n".join("\n".join(group) for group in groups) + "\n"


def _import_order(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


class _Writer:
    """Writes one wrapper."""

    def __init__(self, original: type, wrappers: set[str], imports: Imports) -> None:
        self._original = original
        self._wrappers = wrappers
        self._imports = imports
        self._module: ModuleType = importlib.import_module(original.__module__)
        tree = ast.parse(inspect.getsource(self._module))
        self._node = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == original.__name__)
        self._known = _names(tree, original.__module__)
        self._skip = LEFT_OUT.get(original.__name__) or set()

    def text(self) -> str:
        name = self._original.__name__
        bases = [base.id for base in self._node.bases if isinstance(base, ast.Name) and base.id in self._wrappers]
        where = self._imports.module(self._original.__module__)
        parts = [f"class {name}({', '.join(bases) or 'BlockingWrapper'}):", _doc(self._node, 1)]
        parts += ["", f"    asynchronous: ClassVar[type] = {where}.{name}", f"    _of: {where}.{name}"]
        for attribute, annotation in self._attributes().items():
            if attribute not in self._skip:
                parts += ["", "    @property", f"    def {attribute}(self) -> {self._type(annotation)}:"]
                parts += [f'        """``{attribute}`` of what this stands for."""']
                parts += [f"        return self._of.{attribute}"]
        for node in self._node.body:
            if isinstance(node, FunctionNode) and node.name not in self._skip:
                if node.name == "__aenter__":
                    parts += self._entering()
                elif not node.name.startswith("_"):
                    parts += self._function(node)
        return "\n".join(parts) + "\n"

    def _function(self, node: FunctionNode) -> list[str]:
        decorators = {ast.unparse(one).rpartition(".")[2] for one in node.decorator_list}
        returns = "None" if "asynccontextmanager" in decorators else self._type(node.returns)
        if decorators & {"property", "cached_property"}:
            head = ["", "    @property", f"    def {node.name}(self) -> {returns}:", _doc(node, 2)]
            return [*head, f"        return self._of.{node.name}"]
        given = ", ".join(_passed(node.args))
        work = f"lambda: self._of.{node.name}({given})" if given else f"self._of.{node.name}"
        if "asynccontextmanager" in decorators:
            self._imports.add("AbstractContextManager", "contextlib")
            self._imports.add("Scope", "cellkit.blocking.scope")
            return [*self._head(node, "AbstractContextManager[None]"), f"        return Scope(self._portal, {work})"]
        how = "call" if isinstance(node, ast.AsyncFunctionDef) else "do"
        line = f"self._portal.{how}({work})"
        if returns in self._wrappers:
            self._imports.add("wrap", "cellkit.blocking.wrapper")
            line = f"wrap(self._portal, {line}, {returns})"
        return [*self._head(node, returns), *_statement(line if returns == "None" else f"return {line}")]

    def _head(self, node: FunctionNode, returns: str) -> list[str]:
        given = [self._parameter(*one) for one in _parameters(node.args)]
        line = f"    def {node.name}({', '.join(['self', *given])}) -> {returns}:"
        if len(line) > WIDTH:
            inside = f"        {', '.join(['self', *given])}"
            trailing_comma = len(given) > 4 or len(inside) > WIDTH  # where the formatter puts one a line
            lines = [f"        {one}," for one in ("self", *given)] if trailing_comma else [inside]
            line = "\n".join([f"    def {node.name}(", *lines, f"    ) -> {returns}:"])
        return ["", line, _doc(node, 2)]

    def _entering(self) -> list[str]:
        self._imports.add("Self", "typing")
        return [
            "",
            "    def __enter__(self) -> Self:",
            "        self.connect()",
            "        return self",
            "",
            "    def __exit__(self, *_exception: object) -> None:",
            "        self.close()",
        ]

    def _parameter(self, name: str, annotation: ast.expr | None, default: ast.expr | None) -> str:
        if annotation is None:
            return name
        text = f"{name}: {self._type(annotation)}"
        return text if default is None else f"{text} = {self._value(default)}"

    def _value(self, default: ast.expr) -> str:
        """A default: what a name stands for, as each interface may have its own of that name."""
        return repr(getattr(self._module, default.id)) if isinstance(default, ast.Name) else ast.unparse(default)

    def _type(self, annotation: ast.expr | None) -> str:
        if annotation is None:
            raise ValueError(f"{self._original.__name__}: something public has no type")
        for node in ast.walk(annotation):
            if isinstance(node, ast.Name) and node.id not in self._wrappers and not hasattr(builtins, node.id):
                self._imports.add(node.id, self._known[node.id])
        return ast.unparse(annotation)

    def _attributes(self) -> dict[str, ast.expr]:
        """Public attributes and their types, from the class and from what ``__init__`` sets."""
        found: dict[str, ast.expr] = {}
        for node in self._node.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found[node.target.id] = node.annotation
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                types = {name: annotation for name, annotation, _ in _parameters(node.args) if annotation is not None}
                for line in node.body:
                    target, annotation = _assigned(line, types)
                    if target is not None and not target.startswith("_"):
                        if annotation is None:
                            raise ValueError(
                                f"{self._original.__name__}.{target}: its type cannot be told; annotate it"
                            )
                        found[target] = annotation
        return {name: annotation for name, annotation in found.items() if not name.startswith("_")}


def _assigned(line: ast.stmt, types: dict[str, ast.expr]) -> tuple[str | None, ast.expr | None]:
    """The attribute that a line of ``__init__`` sets, and its type where the line tells."""
    target = (
        line.target if isinstance(line, ast.AnnAssign) else line.targets[0] if isinstance(line, ast.Assign) else None
    )
    if not (isinstance(target, ast.Attribute) and isinstance(line, ast.Assign | ast.AnnAssign)):
        return None, None
    if isinstance(line, ast.AnnAssign):
        return target.attr, line.annotation
    value = line.value
    if isinstance(value, ast.Name):
        return target.attr, types.get(value.id)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        made = value.func.id
        if made[0].isupper():
            return target.attr, value.func
        source = value.args[0].values[0] if isinstance(value.args[0], ast.BoolOp) else value.args[0]
        given = types.get(source.id) if isinstance(source, ast.Name) else None
        while isinstance(given, ast.BinOp):  # X | None
            given = given.left
        if isinstance(given, ast.Subscript) and made in ("tuple", "dict"):
            inner = ast.unparse(given.slice).strip("()")
            return target.attr, ast.parse(
                f"tuple[{inner}, ...]" if made == "tuple" else f"dict[{inner}]", mode="eval"
            ).body
    return target.attr, None


def _names(tree: ast.Module, module: str) -> dict[str, str]:
    """Where the names in a module come from."""
    known: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            known.update({alias.asname or alias.name: node.module for alias in node.names})
        elif isinstance(node, ast.ClassDef):
            known[node.name] = module
    return known


def _parameters(arguments: ast.arguments) -> list[tuple[str, ast.expr | None, ast.expr | None]]:
    """Name, annotation and default of each, with ``*`` where keywords begin; ``self`` is left out."""
    plain = arguments.args[1:]
    missing: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
    found = [
        (one.arg, one.annotation, default) for one, default in zip(plain, [*missing, *arguments.defaults], strict=True)
    ]
    if arguments.kwonlyargs:
        found.append(("*", None, None))
        pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        found += [(one.arg, one.annotation, default) for one, default in pairs]
    return found


def _passed(arguments: ast.arguments) -> list[str]:
    return [one.arg for one in arguments.args[1:]] + [f"{one.arg}={one.arg}" for one in arguments.kwonlyargs]


def _statement(line: str) -> list[str]:
    """A line of a method, broken as the formatter breaks it."""
    if len(line) + 8 <= WIDTH:
        return [f"        {line}"]
    head, _, rest = line.partition("(lambda: ")
    call = f"lambda: {rest[:-1]}"
    if len(call) + 12 <= WIDTH:
        return [f"        {head}(", f"            {call}", "        )"]
    what, _, given = call.partition("(")
    return [f"        {head}(", f"            {what}(", f"                {given[:-1]}", "            )", "        )"]


def _doc(node: ast.ClassDef | FunctionNode, depth: int) -> str:
    text = ast.get_docstring(node)
    if text is None:
        raise ValueError(f"{node.name} has no docstring")
    end = "\n" if "\n" in text else ""
    return textwrap.indent(f'"""{text}{end}"""', "    " * depth, lambda line: bool(line.strip()))


if __name__ == "__main__":
    TARGET.write_text(generate(), encoding="utf-8")
