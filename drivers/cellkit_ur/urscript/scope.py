"""Resolution of names, and of the functions that may have to wait, before a script runs.

By the script manual, variables of the program itself are global, whether declared so or not; within a function a name
is a parameter, else declared ``local``, else a global of that name if one exists, else local. A function that can wait
for a control step (a motion, ``sync()``, a loop) runs as a generator; all other functions are plain calls, which are
several times faster.
"""

from __future__ import annotations

from collections.abc import Iterator

from cellkit_ur.urscript import syntax
from cellkit_ur.urscript.builtins import BUILTINS, Builtin
from cellkit_ur.urscript.errors import ScriptSyntaxError
from cellkit_ur.urscript.syntax import Definition, Expression, Statement

DEEPEST = 60  # constructs within constructs; real programs stay below a dozen
FIRST_SLOT = 2  # a frame begins with the returned value and the depth of calls


class Function:
    """A function, thread or the program itself, with its variables' places."""

    def __init__(self, definition: Definition, parent: Function | None) -> None:
        self.definition = definition
        self.name = definition.name
        self.parent = parent
        self.parameters = [name for name, _ in definition.parameters]
        self.slots = {name: FIRST_SLOT + i for i, name in enumerate(self.parameters)}
        self.inner: dict[str, Function] = {}
        self.waits = False
        self._assigned: dict[str, None] = {}  # a set that keeps its order
        self._local: set[str] = set()
        self._calls: list[str] = []

    def find(self, name: str) -> Function | None:
        """Return the function of that name that is visible here."""
        place: Function | None = self
        while place is not None:
            if name in place.inner:
                return place.inner[name]
            place = place.parent
        return None

    @property
    def outermost(self) -> Function:
        """The program that this function is part of."""
        place = self
        while place.parent is not None:
            place = place.parent
        return place

    def all(self) -> Iterator[Function]:
        """Yield this function and all within it."""
        yield self
        for function in self.inner.values():
            yield from function.all()

    # --- collecting ---------------------------------------------------------------------------------------------

    def collect(self, declared_global: dict[str, None]) -> None:
        """Read the body: definitions, assignments, calls. Raises ``ScriptSyntaxError``."""
        for _, default in self.definition.parameters:
            if default is not None:
                self._expression(default, 0)
        self._block(self.definition.body, declared_global, 0)
        for function in self.inner.values():
            function.collect(declared_global)

    def _block(self, body: tuple[Statement, ...], declared: dict[str, None], depth: int) -> None:
        for statement in body:
            if depth > DEEPEST:
                raise ScriptSyntaxError("blocks are nested too deeply", statement.line)
            self._statement(statement, declared, depth)

    def _statement(self, statement: Statement, declared: dict[str, None], depth: int) -> None:
        match statement:
            case Definition():
                if statement.kind == "sec":
                    raise ScriptSyntaxError("a secondary program must be the only program of a script", statement.line)
                if statement.name in self.inner:
                    raise ScriptSyntaxError(f"'{statement.name}' is defined twice", statement.line)
                nesting = self.parent
                for _ in range(DEEPEST):
                    if nesting is None:
                        break
                    nesting = nesting.parent
                else:
                    raise ScriptSyntaxError("functions are nested too deeply", statement.line)
                self.inner[statement.name] = Function(statement, self)
            case syntax.Assign(scope, name, value):
                self._expression(value, depth)
                if scope == "global":
                    declared[name] = None
                elif scope == "local":
                    self._local.add(name)
                self._assigned[name] = None
            case syntax.AssignPart(_, path, value):
                self._expression(value, depth)
                for part in path:
                    if not isinstance(part, str):
                        self._expression(part, depth)
            case syntax.Evaluate(value):
                self._expression(value, depth)
            case syntax.Branch(arms, otherwise):
                for condition, body, _ in arms:
                    self._expression(condition, depth)
                    self._block(body, declared, depth + 1)
                self._block(otherwise, declared, depth + 1)
            case syntax.Loop(condition, body):
                self.waits = True
                self._expression(condition, depth)
                self._block(body, declared, depth + 1)
            case syntax.Return(value):
                if value is not None:
                    self._expression(value, depth)
            case syntax.OnThread(verb, handle):
                self.waits = self.waits or verb == "join"
                self._expression(handle, depth)
            case syntax.Word():
                pass

    def _expression(self, expression: Expression, depth: int) -> None:
        depth += 1
        match expression:
            case syntax.Literal() | syntax.Name() | syntax.StartThread():
                pass
            case _ if depth > 2 * DEEPEST:
                raise ScriptSyntaxError("an expression is nested too deeply", self.definition.line)
            case syntax.ListOf(items):
                for item in items:
                    self._expression(item, depth)
            case syntax.Index(base, items):
                self._expression(base, depth)
                for item in items:
                    self._expression(item, depth)
            case syntax.Attribute(base):
                self._expression(base, depth)
            case syntax.Call(name, arguments, keywords):
                self._calls.append(name)
                for argument in arguments:
                    self._expression(argument, depth)
                for _, argument in keywords:
                    self._expression(argument, depth)
            case syntax.Chain(first, rest):
                self._expression(first, depth)
                for _, operand in rest:
                    self._expression(operand, depth)
            case syntax.Unary(_, operand):
                self._expression(operand, depth)

    # --- settling -----------------------------------------------------------------------------------------------

    def settle(self, global_names: dict[str, int]) -> None:
        """Give the local variables their places in a frame."""
        for name in self._assigned:
            if name not in self.slots and (name in self._local or name not in global_names):
                self.slots[name] = FIRST_SLOT + len(self.slots)

    @property
    def assigned(self) -> dict[str, None]:
        """Names assigned to in the body."""
        return self._assigned

    def callees(self) -> list[Function]:
        """Return the script's own functions called from here."""
        functions = (self.find(name) for name in dict.fromkeys(self._calls))
        return [function for function in functions if function is not None]

    def calls_waiting_builtin(self) -> bool:
        """Return whether a builtin that takes control steps is called from here."""
        for name in self._calls:
            builtin: Builtin | None = BUILTINS.get(name)
            if builtin is not None and builtin.waits and self.find(name) is None:
                return True
        return False


def resolve(program: Definition) -> tuple[Function, dict[str, int]]:
    """Return the program with all places settled, and the places of the global variables.

    Raises ``ScriptSyntaxError``.
    """
    root = Function(program, None)
    declared: dict[str, None] = {}
    root.collect(declared)
    global_names = {name: i for i, name in enumerate(dict.fromkeys([*root.assigned, *declared]))}
    functions = list(root.all())
    for function in functions:
        if function is not root:
            function.settle(global_names)
    _settle_waiting(functions)
    return root, global_names


def _settle_waiting(functions: list[Function]) -> None:
    callees = {function: function.callees() for function in functions}
    for function in functions:
        # Recursion is preempted like a loop, so that it cannot hold up a control step.
        recursive = function in _reachable(function, callees)
        function.waits = function.waits or recursive or function.calls_waiting_builtin()
    changed = True
    while changed:
        changed = False
        for function in functions:
            if not function.waits and any(callee.waits for callee in callees[function]):
                function.waits = changed = True


def _reachable(start: Function, callees: dict[Function, list[Function]]) -> set[Function]:
    seen: set[Function] = set()
    open_ends = list(callees[start])
    while open_ends:
        function = open_ends.pop()
        if function not in seen:
            seen.add(function)
            open_ends.extend(callees[function])
    return seen
