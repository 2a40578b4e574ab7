"""RAPID in a virtual controller: one task with the guided-motion program built in, modules and persistent data."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

from cellkit.errors import ProtocolError
from cellkit_abb.protocol.dialect import TASK
from cellkit_abb.protocol.errors import INVALID_PARAMETER, MODULE_INVALID, TASK_NOT_FOUND, WRONG_STATE, Refusal
from cellkit_abb.protocol.rapid import (
    Symbol,
    Value,
    format_value,
    module_name,
    parse_value,
    persistent_symbols,
    same_shape,
)
from cellkit_abb.virtual_access import RequestRefused

PROGRAM = "CellkitEgm"
EXAMPLE = """MODULE Examples
  ! Data of every kind, for clients to read and write.
  PERS num example_num := 1;
  PERS bool example_bool := FALSE;
  PERS string example_string := "cellkit";
  PERS num example_array{3} := [1,2,3];
  PERS jointtarget example_joints := [[0,0,0,0,30,0],[9E9,9E9,9E9,9E9,9E9,9E9]];
ENDMODULE
"""


def program_text() -> str:
    """The RAPID module that a real controller needs; a virtual one has its effect built in."""
    return (files("cellkit_abb") / "rapid" / "cellkit_egm.mod").read_text("utf-8")


class RapidTask:
    """``T_ROB1``. ``on_write`` is told of every variable that was written; ``unknown`` refuses one there is not."""

    def __init__(self, on_write: Callable[[Symbol], None], unknown: Refusal) -> None:
        self.active = True
        self.running = False
        self.pointer_set = True
        self.cycle = "forever"
        self.modules: dict[str, str] = {}
        self._symbols: dict[tuple[str, str], Symbol] = {}
        self._on_write = on_write
        self._unknown = unknown
        for text in (program_text(), EXAMPLE):
            self.load(text)

    @property
    def state(self) -> str:
        """``excstate`` of the task."""
        return "star" if self.running else "stop" if self.pointer_set else "read"

    def load(self, text: str, replace: bool = False) -> None:
        """Load a module. Raises ``RequestRefused``."""
        name = module_name(text)
        if name is None or (name in self.modules and not replace):
            raise RequestRefused(
                MODULE_INVALID, "no MODULE in the file" if name is None else f"{name} is loaded already"
            )
        if self.running:
            raise RequestRefused(WRONG_STATE)
        try:
            symbols = persistent_symbols(text)
        except ProtocolError as error:
            raise RequestRefused(MODULE_INVALID, error.message) from None
        self.unload(name, missing_ok=True)
        self.modules[name] = text
        self._symbols.update({(name.lower(), one.name.lower()): one for one in symbols})

    def unload(self, name: str, missing_ok: bool = False) -> None:
        """Take a module away. Raises ``RequestRefused``."""
        if name not in self.modules:
            if missing_ok:
                return
            raise RequestRefused(MODULE_INVALID, "unknown module name")
        if self.running:
            raise RequestRefused(WRONG_STATE)
        del self.modules[name]
        self._symbols = {key: one for key, one in self._symbols.items() if key[0] != name.lower()}

    def symbols(self) -> list[Symbol]:
        """All persistent variables."""
        return list(self._symbols.values())

    def find(self, path: str) -> Symbol:
        """A variable by ``task/name`` or ``task/module/name``; RAPID does not tell upper from lower case.

        Raises ``RequestRefused``.
        """
        task, *rest = path.split("/")
        if task == TASK and 1 <= len(rest) <= 2:
            module, name = rest[0].lower() if len(rest) == 2 else None, rest[-1].lower()
            for key, symbol in self._symbols.items():
                if key[1] == name and module in (None, key[0]):
                    return symbol
        raise RequestRefused(self._unknown, path)

    def value(self, name: str) -> Value:
        """What a variable of the guided-motion program holds. Raises ``RequestRefused``."""
        return self.find(f"{TASK}/{PROGRAM}/{name}").value

    def write(self, symbol: Symbol, text: str) -> Symbol:
        """Give a variable another value of its own type. Raises ``RequestRefused``."""
        try:
            value = parse_value(text)
        except ProtocolError as error:
            raise RequestRefused(INVALID_PARAMETER, error.message) from None
        if not same_shape(value, symbol.value):
            raise RequestRefused(INVALID_PARAMETER, f"not a {symbol.kind}: {format_value(value)}")
        changed = Symbol(symbol.module, symbol.name, symbol.kind, value)
        self._symbols[symbol.module.lower(), symbol.name.lower()] = changed
        self._on_write(changed)
        return changed

    def require(self, task: str) -> None:
        """Raise ``RequestRefused`` for a task there is not."""
        if task != TASK:
            raise RequestRefused(TASK_NOT_FOUND, task)
