"""Expressions as Python closures over a frame.

A frame is the list of a call's variables: ``[returned value, depth of calls, *parameters, *locals]``; None is a
variable without value. ``Code.run(frame)`` returns the value, or for code that may wait a generator that does.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeAlias

from cellkit_ur.urscript import syntax, values
from cellkit_ur.urscript.builtins import BUILTINS, REQUIRED, Builtin
from cellkit_ur.urscript.errors import RuntimeException, ScriptSyntaxError
from cellkit_ur.urscript.runtime import DEEPEST_CALLS, OVERRUN, Runtime
from cellkit_ur.urscript.scope import Function
from cellkit_ur.urscript.syntax import Expression
from cellkit_ur.urscript.values import NUMBERS, OPERATORS, Value

Frame: TypeAlias = list[Any]


@dataclass(frozen=True, slots=True)
class Code:
    """Compiled code; ``waits`` states whether ``run`` returns a generator. ``constant`` holds a literal's value."""

    run: Callable[[Frame], Any]
    waits: bool = False
    constant: Value = None


@dataclass(slots=True)
class Body:
    """A function's compiled body, filled in after all calls of it have been compiled."""

    run: Callable[[Frame], Any]
    blanks: list[None]
    waits: bool
    cost: int


class Expressions:
    """Compiles the expressions of one script for one runtime."""

    def __init__(self, runtime: Runtime, global_names: dict[str, int], bodies: dict[Function, Body]) -> None:
        self.runtime = runtime
        self.global_names = global_names
        self.global_values: list[Value] = [None] * len(global_names)
        self.bodies = bodies

    def compile(self, expression: Expression, place: Function) -> Code:
        """Compile an expression within ``place``. Raises ``ScriptSyntaxError`` for undefined names."""
        match expression:
            case syntax.Literal(value):
                return constant(value)
            case syntax.Name():
                return self._variable(expression, place)
            case syntax.Unary(operator, operand):
                return _unary(operator, self.compile(operand, place))
            case syntax.Chain(first, rest):
                codes = [self.compile(first, place), *(self.compile(operand, place) for _, operand in rest)]
                return _chain([operator for operator, _ in rest], codes)
            case syntax.Call():
                return self._call(expression, place)
            case syntax.Index(base, items):
                codes = [self.compile(item, place) for item in items]
                if len(items) > 1 and isinstance(base, syntax.Name) and base.text == "p":
                    return together(codes, lambda *parts: values.make_pose(parts))
                return together([self.compile(base, place), *codes], _indexed)
            case syntax.ListOf(items):
                return together([self.compile(item, place) for item in items], lambda *parts: values.make_list(parts))
            case syntax.Attribute(base, name):
                return together([self.compile(base, place)], lambda value: _field(value, name))
            case syntax.StartThread():
                return self._start(expression, place)

    # --- variables ----------------------------------------------------------------------------------------------

    def _variable(self, name: syntax.Name, place: Function) -> Code:
        text = name.text
        if text in place.parameters:
            return Code(itemgetter(place.slots[text]))
        if text in place.slots:
            return Code(_reader(place.slots[text], text))
        if text in self.global_names:
            slot, cells = self.global_names[text], self.global_values
            read = _reader(slot, text)
            return Code(lambda _: cells[slot] if cells[slot] is not None else read(cells))
        raise ScriptSyntaxError(f"the name '{text}' is not known", name.line)

    # --- calls --------------------------------------------------------------------------------------------------

    def _call(self, call: syntax.Call, place: Function) -> Code:
        function = place.find(call.name)
        if function is not None:
            if function.definition.kind == "thread":
                raise ScriptSyntaxError(f"'{call.name}' is a thread: start it with 'run'", call.line)
            # Defaults see global names only: they are evaluated in the caller's frame.
            program = place.outermost
            defaults = [
                (name, REQUIRED if default is None else self.compile(default, program))
                for name, default in function.definition.parameters
            ]
            return self._own(function, self._arguments(call, defaults, place))
        if call.name == "struct":
            return self._struct(call, place)
        builtin = BUILTINS.get(call.name)
        if builtin is None:
            raise ScriptSyntaxError(f"the function '{call.name}' is not known", call.line)
        known = [(name, default if default is REQUIRED else constant(default)) for name, default in builtin.parameters]
        return self._builtin(builtin, self._arguments(call, known, place))

    def _arguments(self, call: syntax.Call, parameters: Sequence[tuple[str, Any]], place: Function) -> list[Code]:
        if len(call.arguments) > len(parameters):
            raise ScriptSyntaxError(
                f"'{call.name}' takes {len(parameters)} arguments at most, not {len(call.arguments)}", call.line
            )
        given: dict[str, Expression] = {}
        for (name, _), argument in zip(parameters, call.arguments, strict=False):
            given[name] = argument
        names = {name for name, _ in parameters}
        for name, argument in call.keywords:
            if name not in names:
                raise ScriptSyntaxError(f"'{call.name}' has no parameter '{name}'", call.line)
            if name in given:
                raise ScriptSyntaxError(f"'{call.name}' is given '{name}' twice", call.line)
            given[name] = argument
        codes: list[Code] = []
        for name, default in parameters:
            if name in given:
                codes.append(self.compile(given[name], place))
            elif default is REQUIRED:
                raise ScriptSyntaxError(f"'{call.name}' is called without '{name}'", call.line)
            else:
                codes.append(default)
        return codes

    def _own(self, function: Function, arguments: list[Code]) -> Code:
        body, budget, effects = self.bodies[function], self.runtime.budget, self.runtime.effects
        endless, cost = self.runtime.endless, body.cost
        runs = [code.run for code in arguments]
        if not body.waits and not any(code.waits for code in arguments):

            def plain(frame: Frame) -> Value:
                budget[0] -= cost
                if budget[0] < OVERRUN:
                    raise endless()
                inner = [None, 0, *[run(frame) for run in runs], *body.blanks]
                body.run(inner)
                return inner[0]

            return Code(plain)

        def waiting(frame: Frame) -> Generator[bool, None, Value]:
            inner: Frame = [None, frame[1] + 1]
            if inner[1] > DEEPEST_CALLS:
                raise RuntimeException(f"calls are nested more than {DEEPEST_CALLS} deep")
            inner += yield from evaluated(arguments, frame)
            inner += body.blanks
            budget[0] -= cost
            if budget[0] < 0:
                effects[0] += 1
                yield True
            if body.waits:
                yield from body.run(inner)
            else:
                body.run(inner)
            return inner[0]

        return Code(waiting, waits=True)

    def _builtin(self, builtin: Builtin, arguments: list[Code]) -> Code:
        run, runtime = builtin.run, self.runtime
        cost, budget, effects, effect = builtin.cost, runtime.budget, runtime.effects, not builtin.idle
        if not builtin.waits:
            if builtin.idle and cost == 0:
                return together(arguments, lambda *parts: run(runtime, *parts))

            def costly(*parts: Value) -> Value:
                effects[0] += effect
                budget[0] -= cost
                return run(runtime, *parts)

            return together(arguments, costly)

        def waiting(frame: Frame) -> Generator[bool, None, Value]:
            effects[0] += effect
            return (yield from run(runtime, *(yield from evaluated(arguments, frame))))

        return Code(waiting, waits=True)

    def _struct(self, call: syntax.Call, place: Function) -> Code:
        names = [name for name, _ in call.keywords]
        if call.arguments or len(set(names)) < len(names):
            raise ScriptSyntaxError("a struct takes named values, each name once", call.line)
        codes = [self.compile(value, place) for _, value in call.keywords]
        return together(codes, lambda *parts: values.make_struct(tuple(zip(names, parts, strict=True))))

    def _start(self, start: syntax.StartThread, place: Function) -> Code:
        function = place.find(start.name)
        if function is None:
            raise ScriptSyntaxError(f"the thread '{start.name}' is not known", start.line)
        if function.definition.kind != "thread":
            raise ScriptSyntaxError(f"'{start.name}' is not a thread", start.line)
        body, runtime = self.bodies[function], self.runtime

        def start_thread(_: Frame) -> Value:
            runtime.effects[0] += 1
            return runtime.start(as_thread(body))

        return Code(start_thread)


def as_thread(body: Body) -> Generator[bool, None, Value]:
    """Return the generator that runs a body as a thread of its own."""
    frame: Frame = [None, 0, *body.blanks]
    if body.waits:
        yield from body.run(frame)
    else:
        body.run(frame)


def constant(value: Value) -> Code:
    """Return the code of a value that is known already."""
    return Code(lambda _: value, constant=value)


def evaluated(codes: Sequence[Code], frame: Frame) -> Generator[bool, None, list[Value]]:
    """Return the values of ``codes``, some of which wait."""
    parts = []
    for code in codes:
        parts.append((yield from code.run(frame)) if code.waits else code.run(frame))
    return parts


def together(codes: Sequence[Code], apply: Callable[..., Value]) -> Code:
    """Return code that evaluates all of ``codes`` and applies a function to their values."""
    runs = [code.run for code in codes]
    if any(code.waits for code in codes):

        def waiting(frame: Frame) -> Generator[bool, None, Value]:
            return apply(*(yield from evaluated(codes, frame)))

        return Code(waiting, waits=True)
    if len(runs) == 1:
        only = runs[0]
        return Code(lambda frame: apply(only(frame)))
    if len(runs) == 2:
        first, second = runs
        return Code(lambda frame: apply(first(frame), second(frame)))
    return Code(lambda frame: apply(*[run(frame) for run in runs]))


def _reader(slot: int, name: str) -> Callable[[Frame], Value]:
    def read(frame: Frame) -> Value:
        value = frame[slot]
        if value is None:
            raise RuntimeException(f"the variable '{name}' has no value yet")
        return value

    return read


def _indexed(value: Value, *indices: Value) -> Value:
    for index in indices:
        value = values.item_of(value, index)
    return value


def _field(value: Value, name: str) -> Value:
    if isinstance(value, values.StructValue):
        return value.get(name)
    raise RuntimeException(f"type error: a {values.kind(value)} has no fields")


def _unary(operator: str, operand: Code) -> Code:
    if operator == "not":
        return together([operand], lambda value: not values.truth(value))
    if operand.constant is not None and type(operand.constant) in NUMBERS:
        return constant(values.negative(operand.constant))
    return together([operand], values.negative)


def _chain(operators: list[str], codes: list[Code]) -> Code:
    if len(operators) == 1 and operators[0] in OPERATORS:
        if operators[0] in {"==", "!="} and type(codes[1].constant) in NUMBERS and not codes[0].waits:
            return _compared(codes[0].run, operators[0], codes[1].constant)
        return together(codes, OPERATORS[operators[0]])
    first = codes[0]
    steps = [(operator, OPERATORS.get(operator), code) for operator, code in zip(operators, codes[1:], strict=True)]
    if any(code.waits for code in codes):

        def waiting(frame: Frame) -> Generator[bool, None, Value]:
            value = (yield from first.run(frame)) if first.waits else first.run(frame)
            for operator, apply, code in steps:
                if apply is None:
                    if values.truth(value) is (operator == "or"):
                        continue
                    value = values.truth((yield from code.run(frame)) if code.waits else code.run(frame))
                else:
                    value = apply(value, (yield from code.run(frame)) if code.waits else code.run(frame))
            return value

        return Code(waiting, waits=True)
    if set(operators) in ({"or"}, {"and"}):
        return _all_alike(operators[0] == "or", [code.run for code in codes])

    def fold(frame: Frame) -> Value:
        value = first.run(frame)
        for operator, apply, code in steps:
            if apply is not None:
                value = apply(value, code.run(frame))
            elif values.truth(value) is not (operator == "or"):
                value = values.truth(code.run(frame))
        return value

    return Code(fold)


def _all_alike(decisive: bool, runs: list[Callable[[Frame], Value]]) -> Code:
    def logic(frame: Frame) -> Value:
        for run in runs:
            value = run(frame)
            if value is decisive:
                return decisive
            if type(value) is not bool:
                values.truth(value)
        return not decisive

    return Code(logic)


def _compared(run: Callable[[Frame], Value], operator: str, number: float) -> Code:
    """Compile a comparison with a constant number, the most frequent operation of control programs."""
    if operator == "==":

        def same(frame: Frame) -> Value:
            value = run(frame)
            return value == number if type(value) in NUMBERS else values.equal(value, number)

        return Code(same)

    def other(frame: Frame) -> Value:
        value = run(frame)
        return value != number if type(value) in NUMBERS else values.differ(value, number)

    return Code(other)
