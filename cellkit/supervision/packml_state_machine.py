"""PackML's unit machine (ISA-TR88.00.02, OPC 30050): states, commands, modes and the time spent in each.

The machine only says what may follow what. Who drives it calls :meth:`PackML.command` for what an operator or a line
asks, and :meth:`PackML.done` when the work of an acting state is finished.
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
    """What an operator or a line may ask for; the values are the standard's method names."""

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
    """The command or the change of mode does not exist in the state that the machine is in; nothing changed."""


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
"""Where an acting state leads when its work is done."""

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
"""The mode may change only where the machine waits and no product is in work."""

Listener = Callable[[State, State], None]


class PackML:
    """One unit. ``now`` gives seconds of any steady clock; it is asked at each change and for the times."""

    def __init__(self, now: Callable[[], float], *, state: State = State.STOPPED, mode: Mode = Mode.PRODUCTION) -> None:
        self._now = now
        self._state = state
        self._mode = mode
        self._since = now()
        self._times: defaultdict[tuple[Mode, State], float] = defaultdict(float)
        self._listeners: list[Listener] = []
        self._to_tell: deque[tuple[State, State]] = deque()

    @property
    def state(self) -> State:
        """The state the machine is in."""
        return self._state

    @property
    def mode(self) -> Mode:
        """The unit mode."""
        return self._mode

    @property
    def acting(self) -> bool:
        """True while there is work that :meth:`done` ends."""
        return self._state in FINISHED

    def allowed(self) -> frozenset[Command]:
        """The commands that the present state takes."""
        return frozenset(TRANSITIONS[self._state])

    def on_change(self, listener: Listener) -> None:
        """Call ``listener(before, after)`` after each change of state."""
        self._listeners.append(listener)

    def command(self, command: Command) -> None:
        """Take a command; ``CommandNotAllowed`` if the present state has no such transition."""
        target = TRANSITIONS[self._state].get(command)
        if target is None:
            known = ", ".join(sorted(other.value for other in self.allowed())) or "none"
            raise CommandNotAllowed(f"{command.value} is not allowed in {self._state.name}; allowed: {known}")
        self._enter(target)

    def done(self) -> None:
        """The work of the acting state is finished; ``CommandNotAllowed`` where nothing is in work."""
        target = FINISHED.get(self._state)
        if target is None:
            raise CommandNotAllowed(f"{self._state.name} is no acting state: nothing is to be finished")
        self._enter(target)

    def set_mode(self, mode: Mode) -> None:
        """Change the unit mode; ``CommandNotAllowed`` unless the machine is stopped, idle or aborted."""
        if mode is self._mode:
            return
        if self._state not in MODE_CHANGES:
            places = ", ".join(sorted(state.name for state in MODE_CHANGES))
            raise CommandNotAllowed(f"the mode cannot change in {self._state.name}; it can in {places}")
        self._account()
        self._mode = mode

    def time_in(self, state: State, mode: Mode | None = None) -> float:
        """Seconds spent in a state so far, in one mode or in all; the present stay counts."""
        self._account()
        modes = Mode if mode is None else (mode,)
        return sum(self._times[one, state] for one in modes)

    def _account(self) -> None:
        now = self._now()
        self._times[self._mode, self._state] += now - self._since
        self._since = now

    def _enter(self, target: State) -> None:
        self._account()
        self._to_tell.append((self._state, target))
        self._state = target
        if len(self._to_tell) > 1:
            return  # a listener gave the command: everybody hears of the change before this one first
        try:
            while self._to_tell:
                for listener in tuple(self._listeners):
                    listener(*self._to_tell[0])
                self._to_tell.popleft()
        finally:
            self._to_tell.clear()
