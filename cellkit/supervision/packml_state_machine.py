"""The unit machine of PackML (ISA-TR88.00.02, OPC 30050): states, commands, modes and the time spent in each.

The machine only defines which state may follow which. Its user calls :meth:`PackML.command` for a command of an
operator or a line, and :meth:`PackML.done` when the work of an acting state is finished.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from enum import Enum, IntEnum
from types import MappingProxyType

from cellkit.errors import CellkitError


class State(IntEnum):
    """The standard's states with the standard's numbers."""

    CLEARING = 1
    STOPPED = 2
    STARTING = 3
    IDLE = 4
    SUSPENDED = 5
    EXECUTE = 6
    STOPPING = 7
    ABORTING = 8
    ABORTED = 9
    HOLDING = 10
    HELD = 11
    UNHOLDING = 12
    SUSPENDING = 13
    UNSUSPENDING = 14
    RESETTING = 15
    COMPLETING = 16
    COMPLETE = 17


class Mode(IntEnum):
    """The unit modes with the standard's numbers."""

    PRODUCTION = 1
    MAINTENANCE = 2
    MANUAL = 3


class Command(Enum):
    """The commands of an operator or a line; the values are the standard's method names."""

    CLEAR = "Clear"
    ABORT = "Abort"
    STOP = "Stop"
    RESET = "Reset"
    START = "Start"
    HOLD = "Hold"
    UNHOLD = "Unhold"
    SUSPEND = "Suspend"
    UNSUSPEND = "Unsuspend"
    COMPLETE = "ToComplete"


class CommandNotAllowed(CellkitError):
    """The present state does not allow the command or the change of mode; nothing changed."""


FINISHED: Mapping[State, State] = MappingProxyType(
    {
        State.CLEARING: State.STOPPED,
        State.STOPPING: State.STOPPED,
        State.ABORTING: State.ABORTED,
        State.RESETTING: State.IDLE,
        State.STARTING: State.EXECUTE,
        State.EXECUTE: State.COMPLETING,
        State.COMPLETING: State.COMPLETE,
        State.HOLDING: State.HELD,
        State.UNHOLDING: State.EXECUTE,
        State.SUSPENDING: State.SUSPENDED,
        State.UNSUSPENDING: State.EXECUTE,
    }
)
"""The state that follows an acting state when its work is done."""

_ABORT = {Command.ABORT: State.ABORTING}
_STOP = _ABORT | {Command.STOP: State.STOPPING}
_HOLD = _STOP | {Command.HOLD: State.HOLDING}

TRANSITIONS: Mapping[State, Mapping[Command, State]] = MappingProxyType(
    {
        State.ABORTING: {},
        State.ABORTED: {Command.CLEAR: State.CLEARING},
        State.CLEARING: _ABORT,
        State.STOPPING: _ABORT,
        State.STOPPED: _ABORT | {Command.RESET: State.RESETTING},
        State.RESETTING: _STOP,
        State.IDLE: _STOP | {Command.START: State.STARTING},
        State.STARTING: _HOLD,
        State.EXECUTE: _HOLD | {Command.SUSPEND: State.SUSPENDING, Command.COMPLETE: State.COMPLETING},
        State.HOLDING: _STOP,
        State.HELD: _STOP | {Command.UNHOLD: State.UNHOLDING},
        State.UNHOLDING: _HOLD,
        State.SUSPENDING: _HOLD,
        State.SUSPENDED: _HOLD | {Command.UNSUSPEND: State.UNSUSPENDING},
        State.UNSUSPENDING: _HOLD,
        State.COMPLETING: _STOP,
        State.COMPLETE: _STOP | {Command.RESET: State.RESETTING},
    }
)
"""Every command of the standard: by the state it is allowed in, the state it leads to."""

MODE_CHANGES = frozenset({State.STOPPED, State.IDLE, State.ABORTED})
"""The states in which the mode may change: the machine waits and no product is in work."""

Listener = Callable[[State, State], None]


class PackML:
    """One unit. ``now`` returns seconds of any steady clock; it is called at each change and for the times."""

    def __init__(self, now: Callable[[], float], *, state: State = State.STOPPED, mode: Mode = Mode.PRODUCTION) -> None:
        self._now = now
        self._state = state
        self._mode = mode
        self._since = now()
        self._times: defaultdict[tuple[Mode, State], float] = defaultdict(float)
        self._listeners: list[Listener] = []
        self._pending: deque[tuple[State, State]] = deque()

    @property
    def state(self) -> State:
        """The present state."""
        return self._state

    @property
    def mode(self) -> Mode:
        """The unit mode."""
        return self._mode

    @property
    def acting(self) -> bool:
        """True while work is under way that :meth:`done` ends."""
        return self._state in FINISHED

    def allowed(self) -> frozenset[Command]:
        """Return the commands that the present state allows."""
        return frozenset(TRANSITIONS[self._state])

    def on_change(self, listener: Listener) -> None:
        """Call ``listener(before, after)`` after each change of state."""
        self._listeners.append(listener)

    def command(self, command: Command) -> None:
        """Carry out a command. Raises ``CommandNotAllowed`` if the present state has no such transition."""
        target = TRANSITIONS[self._state].get(command)
        if target is None:
            known = ", ".join(sorted(other.value for other in self.allowed())) or "none"
            raise CommandNotAllowed(f"{command.value} is not allowed in {self._state.name}; allowed: {known}")
        self._enter(target)

    def done(self) -> None:
        """End the work of the acting state. Raises ``CommandNotAllowed`` in a state that is not acting."""
        target = FINISHED.get(self._state)
        if target is None:
            raise CommandNotAllowed(f"{self._state.name} is no acting state: it has no work to finish")
        self._enter(target)

    def set_mode(self, mode: Mode) -> None:
        """Change the unit mode. Raises ``CommandNotAllowed`` unless the machine is stopped, idle or aborted."""
        if mode is self._mode:
            return
        if self._state not in MODE_CHANGES:
            places = ", ".join(sorted(state.name for state in MODE_CHANGES))
            raise CommandNotAllowed(f"the mode cannot change in {self._state.name}; it can change in {places}")
        self._account()
        self._mode = mode

    def time_in(self, state: State, mode: Mode | None = None) -> float:
        """Return the seconds spent in a state so far, in one mode or in all; the present stay counts."""
        self._account()
        modes = Mode if mode is None else (mode,)
        return sum(self._times[each, state] for each in modes)

    def _account(self) -> None:
        now = self._now()
        self._times[self._mode, self._state] += now - self._since
        self._since = now

    def _enter(self, target: State) -> None:
        self._account()
        self._pending.append((self._state, target))
        self._state = target
        if len(self._pending) > 1:
            return  # a listener gave the command: all listeners are notified of the earlier change first
        try:
            while self._pending:
                for listener in tuple(self._listeners):
                    listener(*self._pending[0])
                self._pending.popleft()
        finally:
            self._pending.clear()
