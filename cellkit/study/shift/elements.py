"""Adds up the time elements of ISO 22400-2 from the PackML states of a shift.

Execute is production. Suspended and Idle are delay: the cell waits for material, the next station or a change of trays.
Resetting and Starting are set-up when a product is set up, else part of the recovery from a fault. That recovery, and
holding, aborting, clearing and stopping, are down time. No time within a planned stop counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from cellkit.supervision.packml_state_machine import State

APT, AUST, ADET, ADOT = "apt", "aust", "adet", "adot"
SETUP = "set-up"

_PRODUCTION = frozenset({State.EXECUTE, State.COMPLETING})
_DELAY = frozenset({State.SUSPENDING, State.SUSPENDED, State.UNSUSPENDING, State.IDLE, State.COMPLETE})
_READYING = frozenset({State.RESETTING, State.STARTING})


def element(state: State, cause: str) -> str:
    """Return the time element of a state with this cause."""
    if state in _PRODUCTION:
        return APT
    if state in _DELAY:
        return ADET
    return AUST if state in _READYING and cause == SETUP else ADOT


class Ledger:
    """The times of a shift in s: by element, by cause of delay, and the timeline.

    ``planned`` holds begin and end of the planned stops, in order and without overlap.
    """

    def __init__(self, now: Callable[[], float], state: State, planned: Sequence[tuple[float, float]]) -> None:
        self._now, self._planned = now, planned
        self._state, self._cause, self._since = state, "", 0.0
        self.times: defaultdict[str, float] = defaultdict(float)
        self.delays: defaultdict[str, float] = defaultdict(float)
        self.timeline: list[tuple[float, str]] = [(0.0, state.name)]

    def enter(self, state: State) -> None:
        """Record that the cell enters a state now."""
        self.close()
        self._state = state
        if self.timeline[-1][0] == self._now():
            self.timeline.pop()
        if not self.timeline or self.timeline[-1][1] != state.name:
            self.timeline.append((self._now(), state.name))

    def because(self, cause: str) -> None:
        """Record the cause of the state from now on."""
        if cause != self._cause:
            self.close()
            self._cause = cause

    def close(self) -> None:
        """Add up the time until now: at each change, and at the end of the shift."""
        now = self._now()
        busy = now - self._since - sum(overlap(self._since, now, *stop) for stop in self._planned)
        kind = element(self._state, self._cause)
        self.times[kind] += busy
        if kind == ADET:
            self.delays[self._cause] += busy
        self._since = now


def overlap(begin: float, end: float, other_begin: float, other_end: float) -> float:
    """Return the overlap of two time spans in s."""
    return max(0.0, min(end, other_end) - max(begin, other_begin))
