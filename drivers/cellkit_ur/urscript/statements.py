"""Statements and whole scripts as Python closures.

A compiled statement returns None to go on, or one of the signals below. As in ``expressions``, code that may wait
for a control step is a generator, everything else a plain call.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeAlias

from cellkit_ur.urscript import syntax, values
from cellkit_ur.urscript.errors import RuntimeException, ScriptError, ScriptSyntaxError
from cellkit_ur.urscript.expressions import Body, Code, Expressions, Frame, as_thread, evaluated
from cellkit_ur.urscript.runtime import Halt, Run, Runtime
from cellkit_ur.urscript.scope import Function, resolve
from cellkit_ur.urscript.syntax import Statement
from cellkit_ur.urscript.values import Value

BREAK, CONTINUE, RETURN = 1, 2, 3

Signal: TypeAlias = int | None
Update: TypeAlias = Callable[[Value, Sequence[Value], Value], Value]


def compile_program(program: syntax.Definition, runtime: Runtime) -> Run:
    """Return the main thread of a program. Raises ``ScriptSyntaxError``."""
    root, global_names = resolve(program)
    bodies = {
        function: Body(
            _unfilled,
            [None] * (len(function.slots) - len(function.parameters)),
            function.waits,
            1 + syntax.weight(function.definition.body),
        )
        for function in root.all()
    }
    compiler = _Statements(runtime, global_names, bodies)
    for function, body in bodies.items():
        block = compiler.block(function.definition.body, function, in_loop=False)
        if block.waits and not body.waits:  # impossible: `scope` visits the same tree
            raise AssertionError(function.name)
        body.run, body.waits = block.run, block.waits
    return _main_thread(bodies[root], runtime)


def _main_thread(body: Body, runtime: Runtime) -> Run:
    yield from as_thread(body)
    left = None if runtime.secondary else runtime.machine.finish_path()
    if left is not None:
        yield from runtime.follow(lambda: left, passing=True)


def _unfilled(_: Frame) -> Any:
    raise AssertionError("called before it was compiled")


class _Statements:
    def __init__(self, runtime: Runtime, global_names: dict[str, int], bodies: dict[Function, Body]) -> None:
        self.expressions = Expressions(runtime, global_names, bodies)
        self.runtime = runtime

    def block(self, body: tuple[Statement, ...], place: Function, *, in_loop: bool) -> Code:
        compiled = [
            (statement.line, self.statement(statement, place, in_loop))
            for statement in body
            if not isinstance(statement, syntax.Definition)
        ]
        if any(code.waits for _, code in compiled):
            return Code(
                _waiting_block([(line, code.waits, code.run) for line, code in compiled], self.runtime.line), True
            )
        return Code(_plain_block([(line, code.run) for line, code in compiled]))

    def statement(self, statement: Statement, place: Function, in_loop: bool) -> Code:
        try:
            return self._statement(statement, place, in_loop)
        except ScriptSyntaxError as error:
            if error.line is None:
                error.line = statement.line
            raise

    def _statement(self, statement: Statement, place: Function, in_loop: bool) -> Code:
        match statement:
            case syntax.Assign():
                return self._assign(statement, place)
            case syntax.AssignPart():
                return self._assign_part(statement, place)
            case syntax.Evaluate(value):
                return _dropped(self.expressions.compile(value, place))
            case syntax.Branch():
                return self._branch(statement, place, in_loop)
            case syntax.Loop():
                return self._loop(statement, place)
            case syntax.Return():
                return self._return(statement, place)
            case syntax.OnThread():
                return self._on_thread(statement, place)
            case syntax.Word(text):
                return self._word(text, in_loop)
            case syntax.Definition():
                raise AssertionError("definitions are no statements to run")

    # --- assignments --------------------------------------------------------------------------------------------

    def _cell(self, name: str, place: Function, scope: str | None = None) -> tuple[list[Value] | None, int]:
        """Return the list that holds a variable (None for the frame) and its index there."""
        if scope != "global" and name in place.slots:
            return None, place.slots[name]
        return self.expressions.global_values, self.expressions.global_names[name]

    def _assign(self, statement: syntax.Assign, place: Function) -> Code:
        cells, slot = self._cell(statement.name, place, statement.scope)
        code = self.expressions.compile(statement.value, place)
        run, effects = code.run, self.runtime.effects
        if code.waits:

            def waiting(frame: Frame) -> Generator[bool, None, None]:
                (frame if cells is None else cells)[slot] = _some((yield from run(frame)))
                effects[0] += 1

            return Code(waiting, waits=True)
        if cells is None:

            def local(frame: Frame) -> None:
                value = run(frame)
                if frame[slot] is not value or value is None:
                    effects[0] += 1
                    frame[slot] = value if value is not None else _some(value)

            return Code(local)

        def shared(frame: Frame) -> None:
            value = run(frame)
            if cells[slot] is not value or value is None:
                effects[0] += 1
                cells[slot] = value if value is not None else _some(value)

        return Code(shared)

    def _assign_part(self, statement: syntax.AssignPart, place: Function) -> Code:
        if statement.name not in place.slots and statement.name not in self.expressions.global_names:
            raise ScriptSyntaxError(f"the name '{statement.name}' is not known", statement.line)
        cells, slot = self._cell(statement.name, place)
        name = statement.name
        path = [
            self.expressions.compile(syntax.Literal(part) if isinstance(part, str) else part, place)
            for part in statement.path
        ]
        named = [isinstance(part, str) for part in statement.path]
        value = self.expressions.compile(statement.value, place)
        codes = [value, *path]
        effects = self.runtime.effects

        def store(frame: Frame, parts: Sequence[Value]) -> None:
            where = frame if cells is None else cells
            if where[slot] is None:
                raise RuntimeException(f"the variable '{name}' has no value yet")
            effects[0] += 1
            where[slot] = _updated(where[slot], parts[1:], named, parts[0])

        if any(code.waits for code in codes):

            def waiting(frame: Frame) -> Generator[bool, None, None]:
                store(frame, (yield from evaluated(codes, frame)))

            return Code(waiting, waits=True)
        runs = [code.run for code in codes]
        return Code(lambda frame: store(frame, [run(frame) for run in runs]))

    # --- flow ---------------------------------------------------------------------------------------------------

    def _branch(self, statement: syntax.Branch, place: Function, in_loop: bool) -> Code:
        arms = [
            (line, self.expressions.compile(condition, place), self.block(body, place, in_loop=in_loop))
            for condition, body, line in statement.arms
        ]
        otherwise = self.block(statement.otherwise, place, in_loop=in_loop)
        if any(test.waits or body.waits for _, test, body in arms) or otherwise.waits:
            return Code(_waiting_branch(arms, otherwise), waits=True)
        plain = [(line, test.run, body.run) for line, test, body in arms]
        last = otherwise.run

        def branch(frame: Frame) -> Signal:
            line = 0
            try:
                for line, test, body in plain:  # noqa: B007 (used after the loop)
                    value = test(frame)
                    if value is True or (value is not False and values.truth(value)):
                        break
                else:
                    body = last
            except ScriptError as error:
                raise _at(error, line) from None
            signal: Signal = body(frame)
            return signal

        return Code(branch)

    def _loop(self, statement: syntax.Loop, place: Function) -> Code:
        test = self.expressions.compile(statement.condition, place)
        body = self.block(statement.body, place, in_loop=True)
        budget, current_line, line = self.runtime.budget, self.runtime.line, statement.line
        effects, syncs, machine = self.runtime.effects, self.runtime.syncs, self.runtime.machine
        cost = syntax.weight(statement)
        sync_line = _last_sync(statement, place)

        def loop(frame: Frame) -> Generator[bool, None, Signal]:
            while True:
                before, inputs = (effects[0], syncs[0]), machine.input_version
                value = (yield from test.run(frame)) if test.waits else test.run(frame)
                if value is not True and not values.truth(value):
                    return None
                signal = (yield from body.run(frame)) if body.waits else body.run(frame)
                if signal is not None:
                    if signal == BREAK:
                        return None
                    if signal == RETURN:
                        return RETURN
                budget[0] -= cost
                if budget[0] < 0:
                    effects[0] += 1
                    current_line[0] = line
                    yield True
                if sync_line is None or inputs is None or syncs[0] != before[1] + 1:
                    continue

                # The round changed nothing and waited at its end alone: the next ones do the same until an input or
                # another thread changes something.
                def asleep(count: int = before[0], inputs: int = inputs) -> bool:
                    return effects[0] == count and machine.input_version == inputs

                if asleep():
                    current_line[0] = sync_line
                    self.runtime.sleep(asleep)
                    yield False

        return Code(loop, waits=True)

    def _return(self, statement: syntax.Return, place: Function) -> Code:
        if statement.value is None:
            return Code(lambda _: RETURN)
        code = self.expressions.compile(statement.value, place)
        run = code.run
        if code.waits:

            def waiting(frame: Frame) -> Generator[bool, None, Signal]:
                frame[0] = yield from run(frame)
                return RETURN

            return Code(waiting, waits=True)

        def plain(frame: Frame) -> Signal:
            frame[0] = run(frame)
            return RETURN

        return Code(plain)

    # --- threads and words --------------------------------------------------------------------------------------

    def _on_thread(self, statement: syntax.OnThread, place: Function) -> Code:
        code = self.expressions.compile(statement.handle, place)
        runtime = self.runtime
        if statement.verb == "kill" and not code.waits:

            def kill(frame: Frame) -> None:
                runtime.effects[0] += 1
                runtime.kill(values.integer(code.run(frame)))

            return Code(kill)

        def waiting(frame: Frame) -> Generator[bool, None, None]:
            runtime.effects[0] += 1
            handle = values.integer((yield from code.run(frame)) if code.waits else code.run(frame))
            if statement.verb == "kill":
                runtime.kill(handle)
            while statement.verb == "join" and runtime.alive(handle):
                yield False

        return Code(waiting, waits=True)

    def _effect(self, run: Callable[[], None]) -> Callable[[Frame], None]:
        def effect(_: Frame) -> None:
            self.runtime.effects[0] += 1
            run()

        return effect

    def _word(self, text: str, in_loop: bool) -> Code:
        runtime = self.runtime
        match text:
            case "break" | "continue":
                if not in_loop:
                    raise ScriptSyntaxError(f"'{text}' outside of a loop")
                signal = BREAK if text == "break" else CONTINUE
                return Code(lambda _: signal)
            case "enter_critical":
                return Code(self._effect(runtime.enter_critical))
            case "exit_critical":
                return Code(self._effect(runtime.exit_critical))
            case "halt":
                return Code(_halt)
            case _:
                return Code(lambda _: None)


def _last_sync(loop: syntax.Loop, place: Function) -> int | None:
    """Return the line of the ``sync()`` that ends a loop's body; None where something else ends it."""
    match loop.body[-1:]:
        case (syntax.Evaluate(syntax.Call("sync"), line),) if place.find("sync") is None:
            return line
    return None


def _halt(_: Frame) -> None:
    raise Halt("program")


def _some(value: Value) -> Value:
    if value is None:
        raise RuntimeException("the function that was called returns no value")
    return value


def _updated(old: Value, path: Sequence[Value], named: Sequence[bool], value: Value) -> Value:
    """Return ``old`` with ``value`` in the place that ``path`` leads to."""
    key, rest = path[0], path[1:]
    if named[0]:
        if not isinstance(old, values.StructValue):
            raise RuntimeException(f"type error: a {values.kind(old)} has no fields")
        return old.replaced(key, _updated(old.get(key), rest, named[1:], value) if rest else value)
    return values.with_item(old, key, _updated(values.item_of(old, key), rest, named[1:], value) if rest else value)


def _dropped(code: Code) -> Code:
    """Return the code of a call whose value is not used."""
    run = code.run
    if code.waits:

        def waiting(frame: Frame) -> Generator[bool, None, None]:
            yield from run(frame)

        return Code(waiting, waits=True)

    def plain(frame: Frame) -> None:
        run(frame)

    return Code(plain)


def _at(error: ScriptError, line: int) -> ScriptError:
    """Return the error with its line, unless an inner statement has set it already."""
    if error.line is None:
        error.line = line
    return error


def _plain_block(items: Sequence[tuple[int, Callable[[Frame], Signal]]]) -> Callable[[Frame], Signal]:
    def block(frame: Frame) -> Signal:
        line = 0
        try:
            for line, run in items:  # noqa: B007 (used in the handler)
                signal = run(frame)
                if signal is not None:
                    return signal
        except ScriptError as error:
            raise _at(error, line) from None
        return None

    return block


def _waiting_block(
    items: Sequence[tuple[int, bool, Callable[[Frame], Any]]], current_line: list[int]
) -> Callable[[Frame], Generator[bool, None, Signal]]:
    def block(frame: Frame) -> Generator[bool, None, Signal]:
        line = 0
        try:
            for line, waits, run in items:
                if waits:
                    current_line[0] = line
                    signal = yield from run(frame)
                else:
                    signal = run(frame)
                if signal is not None:
                    result: Signal = signal
                    return result
        except ScriptError as error:
            raise _at(error, line) from None
        return None

    return block


def _waiting_branch(
    arms: Sequence[tuple[int, Code, Code]], otherwise: Code
) -> Callable[[Frame], Generator[bool, None, Signal]]:
    def branch(frame: Frame) -> Generator[bool, None, Signal]:
        line = 0
        try:
            for line, test, body in arms:  # noqa: B007 (used after the loop)
                value = (yield from test.run(frame)) if test.waits else test.run(frame)
                if value is True or (value is not False and values.truth(value)):
                    break
            else:
                body = otherwise
        except ScriptError as error:
            raise _at(error, line) from None
        signal: Signal = (yield from body.run(frame)) if body.waits else body.run(frame)
        return signal

    return branch
