"""From PackML's states to the time elements of ISO 22400-2, as the shift goes on.

Execute is production. Suspended and Idle wait for somebody else (material, the next station, a change of trays): delay.
Resetting and Starting are set-up when a product is set up, else part of the recovery from a fault; that, and all that
holds, aborts, clears or stops, is down time. Within a planned stop nothing counts, whatever the state is.
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
    """Which element a time in a state is, given why the cell is there."""
    if state in _PRODUCTION:
        return APT
    if state in _DELAY:
        return ADET
    return AUST if state in _READYING and cause == SETUP else ADOT


class Ledger:
    """Where the time goes: by element, by cause of a delay, and the timeline. Times in s.

    ``planned``: begin and end of the planned stops, in order, which do not overlap.
    """

    def __init__(self, now: Callable[[], float], state: State, planned: Sequence[tuple[float, float]]) -> None:
        self._now, self._planned = now, planned
        self._state, self._cause, self._since = state, "", 0.0
        self.times: defaultdict[str, float] = defaultdict(float)
        self.delays: defaultdict[str, float] = defaultdict(float)
        self.timeline: list[tuple[float, str]] = [(0.0, state.name)]

    def enter(self, state: State) -> None:
        """The cell is in another state from now on."""
        self._close()
        self._state = state
        if self.timeline[-1][0] == self._now():
            self.timeline.pop()
        if not self.timeline or self.timeline[-1][1] != state.name:
            self.timeline.append((self._now(), state.name))

    def because(self, cause: str) -> None:
        """Why the cell is where it is, from now on."""
        if cause != self._cause:
            self._close()
            self._cause = cause

    def close(self) -> None:
        """The shift is over."""
        self._close()

    def _close(self) -> None:
        now = self._now()
        busy = now - self._since - sum(overlap(self._since, now, *stop) for stop in self._planned)
        kind = element(self._state, self._cause)
        self.times[kind] += busy
        if kind == ADET:
            self.delays[self._cause] += busy
        self._since = now


def overlap(begin: float, end: float, other_begin: float, other_end: float) -> float:
    """S that two spans of time share."""
    return max(0.0, min(end, other_end) - max(begin, other_begin))
