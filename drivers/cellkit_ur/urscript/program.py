"""A compiled script that runs on a machine, one control step at a time."""

from __future__ import annotations

from cellkit_ur.urscript import (
    builtins_io,
    builtins_math,
    builtins_motion,
    builtins_pose,
    builtins_state,
    builtins_system,
)
from cellkit_ur.urscript.errors import RuntimeException, ScriptError, ScriptSyntaxError
from cellkit_ur.urscript.machine import Machine
from cellkit_ur.urscript.parser import parse
from cellkit_ur.urscript.runtime import Halt, Runtime
from cellkit_ur.urscript.statements import compile_program
from cellkit_ur.urscript.syntax import Definition

# Importing them fills the register of builtins.
_FILLED = (builtins_io, builtins_math, builtins_motion, builtins_pose, builtins_state, builtins_system)


class Program:
    """One run of a script, created by ``compile_script``.

    ``name`` is that of the outer ``def`` or ``sec`` (``""`` for commands outside of one). ``secondary`` marks a ``sec``
    block: it runs beside the main program within one control step, must not replace it, and cannot move the arm or
    wait.
    """

    def __init__(self, name: str, runtime: Runtime) -> None:
        self.name = name
        self.secondary = runtime.secondary
        self.error: RuntimeException | None = None
        """The error that ended the program, if one did; ``.text`` and ``.line``."""
        self.line = 0
        """Line of the script (from 1) that the main thread waits at (RTDE's ``script_control_line``)."""
        self._runtime = runtime
        self._running = True
        self._stepping = False

    @property
    def running(self) -> bool:
        """True until the main thread has returned, or a thread halted, failed or the program was killed."""
        return self._running

    def step(self) -> bool:
        """Run all threads for one control step and return ``running``. An error of the script is in ``error``."""
        if not self._running:
            return False
        self._stepping = True
        try:
            self._runtime.step()
            self.line = self._runtime.main_line
        except Halt:
            self._running = False
        except RuntimeException as error:
            self._fail(error)
        except RecursionError:
            self._fail(RuntimeException("calls are nested too deeply", self._runtime.line[0]))
        finally:
            self._stepping = False
        if not self._running:
            self._runtime.close()
        return self._running

    def _fail(self, error: RuntimeException) -> None:
        self.error = error
        self.line = error.line or self.line
        self._running = False

    def kill(self) -> None:
        """End the program and cancel the motion it waits for.

        Allowed at any time, from within a ``Machine``'s methods too.
        """
        self._running = False
        if self._stepping:
            self._runtime.stop_early()  # its threads cannot be closed while one of them runs
        else:
            self._runtime.close()


def compile_script(text: str, machine: Machine) -> Program:
    """Return a program ready for its first ``step()``.

    A text that is one ``def`` or ``sec`` is that program; any other text is a list of commands to be carried out once.
    Raises ``ScriptSyntaxError`` with the line.
    """
    statements = parse(text)
    if len(statements) == 1 and isinstance(statements[0], Definition):
        program = statements[0]
        if program.kind == "thread" or program.parameters:
            raise ScriptSyntaxError("a program is a def or sec without parameters", program.line)
    else:
        program = Definition("def", "", (), statements, 1)
    runtime = Runtime(machine, secondary=program.kind == "sec")
    try:
        runtime.start(compile_program(program, runtime))
    except ScriptSyntaxError:
        raise
    except ScriptError as error:  # a literal without a value, detected early
        raise ScriptSyntaxError(error.text, error.line) from None
    return Program(program.name, runtime)
