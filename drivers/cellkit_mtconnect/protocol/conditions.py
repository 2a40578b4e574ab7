"""What holds now, from the observations of all moments: the newest value of each data item, and active conditions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from cellkit.errors import ProtocolError
from cellkit_mtconnect.protocol.documents import CONDITION_LEVELS, UNAVAILABLE, Observation

NORMAL, WARNING, FAULT, UNKNOWN = CONDITION_LEVELS
MOST_ACTIVE = 1000
"""Conditions of one data item that may be active at once, before the agent is taken for broken."""
_ACTIVE = (WARNING, FAULT)
_LASTING = ("type", "subType", "name", "compositionId")  # what a Normal says of its data item, not of one condition


class ActiveConditions:
    """The conditions of one data item, several of which may be active at once.

    A warning or fault replaces the one with the same code and stands beside the others. Normal with a code ends that
    one, Normal without ends all, and so does Unavailable (cppagent, buffer/checkpoint.cpp).
    """

    def __init__(self) -> None:
        self._active: dict[str, Observation] = {}
        self._quiet: Observation | None = None
        """The Normal or Unavailable that holds when nothing is active."""

    def apply(self, observation: Observation) -> None:
        """Apply the next condition. Raises ``ProtocolError`` when too many are active."""
        code = observation.code
        if observation.element in _ACTIVE:
            self._active.pop(code, None)
            self._active[code] = observation
            if len(self._active) > MOST_ACTIVE:
                raise ProtocolError("mtconnect", f"{observation.item}: more than {MOST_ACTIVE} conditions at once")
        elif observation.element == NORMAL and code and self._active and code not in self._active:
            pass  # it ends nothing: in doubt a condition stays
        else:
            self._active = {key: one for key, one in self._active.items() if code and key != code}
            self._quiet = _plain(observation) if observation.element == NORMAL and code else observation

    def active(self) -> tuple[Observation, ...]:
        """Warnings and faults, the oldest first."""
        return tuple(self._active.values())

    def all(self) -> tuple[Observation, ...]:
        """Return what a current document shows: those that are active, or else the one that says that none is."""
        return self.active() or (() if self._quiet is None else (self._quiet,))


def _plain(normal: Observation) -> Observation:
    """Return a Normal that speaks for the whole data item."""
    return replace(normal, value="", attributes=tuple(one for one in normal.attributes if one[0] in _LASTING))


class Picture:
    """All data items of a device as they are now, or the ``wanted`` ones alone."""

    def __init__(self, wanted: Collection[str] | None = None) -> None:
        self._wanted = wanted
        self._values: dict[str, Observation] = {}
        self._conditions: dict[str, ActiveConditions] = {}

    def apply(self, observations: Iterable[Observation]) -> None:
        """Apply the next observations, in the order of sequence numbers. Raises ``ProtocolError``."""
        for one in observations:
            if self._wanted is not None and one.item not in self._wanted:
                continue
            if one.element in CONDITION_LEVELS:
                self._conditions.setdefault(one.item, ActiveConditions()).apply(one)
            else:
                self._values[one.item] = one

    def value(self, item: str | None) -> str:
        """Return the value of an event or sample; UNAVAILABLE before the first report."""
        found = self._values.get(item or "")
        return UNAVAILABLE if found is None else found.value

    def active(self) -> list[Observation]:
        """Warnings and faults of all data items, the oldest first."""
        found = [one for item in self._conditions.values() for one in item.active()]
        return sorted(found, key=lambda one: one.sequence)

    def all(self) -> list[Observation]:
        """Return what a current document shows."""
        conditions = [one for item in self._conditions.values() for one in item.all()]
        return sorted([*self._values.values(), *conditions], key=lambda one: one.sequence)

    def copy(self) -> Picture:
        """Return one that goes its own way."""
        twin = Picture(self._wanted)
        twin.apply(self.all())
        return twin
