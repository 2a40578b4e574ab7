"""The generator of ``generated.py``: for every open interface a class with the same methods, which block.

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
    "OwnSignals": None,  # offered by drivers; a cell file names these signals and programs read them by those names
    "Cell": {"devices", "device", "emit", "connect", "close"},  # cellkit.blocking.cell defines its own
}
HEAD = '''"""Blocking wrappers of the open interfaces. Written by ``python -m cellkit.blocking.generate``: do not edit.

Every method does the same as in ``cellkit.devices``, and returns or raises when its work has ended.
"""

from __future__ import annotations

'''

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def generate() -> str:
    """Return the text of ``generated.py``."""
    originals = interfaces()
    names = {original.__name__ for original in originals}
    imports = Imports(names)
    classes = [_Writer(original, names, imports).text() for original in originals]
    return HEAD + imports.text() + "".join(f"\n\n{text}" for text in classes)


def interfaces() -> list[type]:
    """Return the classes with a wrapper, bases first: all devices and abilities, and the cell of a program."""
    named = [getattr(devices, name) for name in devices.__all__]
    kinds = [kind for kind in named if inspect.isclass(kind) and (issubclass(kind, Device) or inspect.isabstract(kind))]
    bases = [base for kind in kinds for base in kind.__mro__ if issubclass(base, Device)]
    wanted = {kind for kind in (*kinds, *bases) if LEFT_OUT.get(kind.__name__, ()) is not None}
    return [*sorted(wanted, key=lambda kind: (len(kind.__mro__), kind.__module__, kind.__name__)), cell.Cell]


class Imports:
    """The imports of the generated module."""

    def __init__(self, wrappers: set[str]) -> None:
        self._wrappers = wrappers
        self._from: dict[str, str] = {
            "ClassVar": "typing",
            "BlockingWrapper": "cellkit.blocking.wrapper",
        }
        self._modules: set[str] = set()

    def module(self, name: str) -> str:
        """Import an original's module; return its name in the text."""
        self._modules.add(name)
        return name.rpartition(".")[2]

    def add(self, name: str, module: str) -> None:
        """Import a name from where it is defined. Raises ``ValueError`` if two modules define it."""
        defined = getattr(importlib.import_module(module), name)
        if inspect.isclass(defined) and module.startswith("cellkit"):
            module = defined.__module__
        if self._from.setdefault(name, module) != module:
            raise ValueError(f"{name} is defined in both {self._from[name]} and {module}: rename one of them")

    def text(self) -> str:
        """Return the import statements, sorted as the linter requires."""
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
    """The writer of one wrapper."""

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
                parts += [f'        """The ``{attribute}`` of the original."""']
                parts += [f"        return self._of.{attribute}"]
        for node in self._node.body:
            if isinstance(node, FunctionNode) and node.name not in self._skip:
                if node.name == "__aenter__":
                    parts += self._entering()
                elif not node.name.startswith("_"):
                    parts += self._function(node)
        return "\n".join(parts) + "\n"

    def _function(self, node: FunctionNode) -> list[str]:
        decorators = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
        returns = "None" if "asynccontextmanager" in decorators else self._type(node.returns)
        if decorators & {"property", "cached_property"}:
            head = ["", "    @property", f"    def {node.name}(self) -> {returns}:", _doc(node, 2)]
            return [*head, f"        return self._of.{node.name}"]
        given = ", ".join(_passed(node.args))
        work = f"lambda: self._of.{node.name}({given})" if given else f"self._of.{node.name}"
        if "asynccontextmanager" in decorators:
            self._imports.add("AbstractContextManager", "contextlib")
            self._imports.add("Scope", "cellkit.blocking.portal")
            return [*self._head(node, "AbstractContextManager[None]"), f"        return Scope(self._portal, {work})"]
        how = "call" if isinstance(node, ast.AsyncFunctionDef) else "do"
        line = f"self._portal.{how}({work})"
        if returns in self._wrappers:
            self._imports.add("wrap", "cellkit.blocking.wrapper")
            line = f"wrap(self._portal, {line}, {returns})"
        return [*self._head(node, returns), *_statement(line if returns == "None" else f"return {line}")]

    def _head(self, node: FunctionNode, returns: str) -> list[str]:
        given = [self._parameter(*parameter) for parameter in _parameters(node.args)]
        line = f"    def {node.name}({', '.join(['self', *given])}) -> {returns}:"
        if len(line) > WIDTH:
            inside = f"        {', '.join(['self', *given])}"
            trailing_comma = len(given) > 4 or len(inside) > WIDTH  # the formatter then puts one parameter a line
            lines = [f"        {parameter}," for parameter in ("self", *given)] if trailing_comma else [inside]
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
        """Return a default value as text, names resolved, since each interface may define its own name."""
        return repr(getattr(self._module, default.id)) if isinstance(default, ast.Name) else ast.unparse(default)

    def _type(self, annotation: ast.expr | None) -> str:
        if annotation is None:
            raise ValueError(f"{self._original.__name__}: a public parameter or return value has no type: annotate it")
        for node in ast.walk(annotation):
            if isinstance(node, ast.Name) and node.id not in self._wrappers and not hasattr(builtins, node.id):
                self._imports.add(node.id, self._known[node.id])
        return ast.unparse(annotation)

    def _attributes(self) -> dict[str, ast.expr]:
        """Return public attributes and their types, from the class body and from ``__init__``."""
        attributes: dict[str, ast.expr] = {}
        for node in self._node.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                attributes[node.target.id] = node.annotation
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                types = {name: annotation for name, annotation, _ in _parameters(node.args) if annotation is not None}
                for line in node.body:
                    target, annotation = _assigned(line, types)
                    if target is not None and not target.startswith("_"):
                        if annotation is None:
                            name = f"{self._original.__name__}.{target}"
                            raise ValueError(f"{name}: its type cannot be inferred: annotate it")
                        attributes[target] = annotation
        return {name: annotation for name, annotation in attributes.items() if not name.startswith("_")}


def _assigned(line: ast.stmt, types: dict[str, ast.expr]) -> tuple[str | None, ast.expr | None]:
    """Return the attribute that a line of ``__init__`` sets, and its type if the line shows it."""
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
    """Return the module from which each name of a module comes."""
    known: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            known.update({alias.asname or alias.name: node.module for alias in node.names})
        elif isinstance(node, ast.ClassDef):
            known[node.name] = module
    return known


def _parameters(arguments: ast.arguments) -> list[tuple[str, ast.expr | None, ast.expr | None]]:
    """Return name, annotation and default of each parameter except ``self``; ``*`` marks the begin of keywords."""
    plain = arguments.args[1:]
    missing: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
    pairs = zip(plain, [*missing, *arguments.defaults], strict=True)
    parameters = [(argument.arg, argument.annotation, default) for argument, default in pairs]
    if arguments.kwonlyargs:
        parameters.append(("*", None, None))
        keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        parameters += [(argument.arg, argument.annotation, default) for argument, default in keywords]
    return parameters


def _passed(arguments: ast.arguments) -> list[str]:
    keywords = [f"{argument.arg}={argument.arg}" for argument in arguments.kwonlyargs]
    return [argument.arg for argument in arguments.args[1:]] + keywords


def _statement(line: str) -> list[str]:
    """Return a line of a method, broken as the formatter breaks it."""
    if len(line) + 8 <= WIDTH:
        return [f"        {line}"]
    head, _, rest = line.partition("(lambda: ")
    call = f"lambda: {rest[:-1]}"
    if len(call) + 12 <= WIDTH:
        return [f"        {head}(", f"            {call}", "        )"]
    function, _, given = call.partition("(")
    return [
        f"        {head}(",
        f"            {function}(",
        f"                {given[:-1]}",
        "            )",
        "        )",
    ]


def _doc(node: ast.ClassDef | FunctionNode, depth: int) -> str:
    text = ast.get_docstring(node)
    if text is None:
        raise ValueError(f"{node.name} has no docstring")
    end = "\n" if "\n" in text else ""
    return textwrap.indent(f'"""{text}{end}"""', "    " * depth, lambda line: bool(line.strip()))


if __name__ == "__main__":
    TARGET.write_text(generate(), encoding="utf-8")
