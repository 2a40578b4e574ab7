"""What a virtual agent remembers: a ring of observations, numbered, and how everything was before the oldest."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass

from cellkit_mtconnect.protocol.conditions import Picture
from cellkit_mtconnect.protocol.documents import Observation


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some observations; ``next`` is where the following one begins, ``at_end`` whether nothing is left for now."""

    observations: tuple[Observation, ...]
    next: int
    at_end: bool


class Ring:
    """Sequence numbers begin with 1; ``size`` observations are kept."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._kept: deque[Observation] = deque()
        self._before = Picture()
        self._now = Picture()
        self.first = self.next = 1
        self._listeners: list[Callable[[Observation], None]] = []

    def add(self, item: str, element: str, timestamp: str, value: str, attributes: dict[str, str]) -> None:
        """Something was observed."""
        one = Observation(item, element, self.next, timestamp, value, tuple(attributes.items()))
        self.next += 1
        self._kept.append(one)
        self._now.apply([one])
        if len(self._kept) > self.size:
            self._before.apply([self._kept.popleft()])
            self.first += 1
        for listener in tuple(self._listeners):
            listener(one)

    def watch(self, listener: Callable[[Observation], None]) -> Callable[[], None]:
        """Call with every observation to come; the function returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def current(self, items: Collection[str], at: int | None = None) -> list[Observation]:
        """Everything as it is, or as it was at a sequence number."""
        picture = self._now
        if at is not None:
            picture = self._before.copy()
            picture.apply(one for one in self._kept if one.sequence <= at)
        return [one for one in picture.all() if one.item in items]

    def excerpt(self, items: Collection[str], start: int | None, count: int, to: int | None = None) -> Excerpt:
        """At most ``count`` observations from ``start`` on; backwards from it, or from the end, when negative.

        With ``to`` they are the last ones up to that number.
        """
        low = self.first if start is None else max(start, self.first)
        if to is not None:
            found, _ = self._walk(items, range(min(to, self.next - 1), low - 1, -1), count)
            return Excerpt(tuple(reversed(found)), min(to + 1, self.next), to + 1 >= self.next)
        if count < 0:
            high = self.next - 1 if start is None else min(start, self.next - 1)
            found, after = self._walk(items, range(high, self.first - 1, -1), -count)
            return Excerpt(tuple(reversed(found)), after, after <= self.first)
        found, after = self._walk(items, range(low, self.next), count)
        return Excerpt(tuple(found), after, after >= self.next)

    def _walk(self, items: Collection[str], numbers: range, count: int) -> tuple[list[Observation], int]:
        """Observations by number until there are ``count``, and the number that would be looked at next."""
        found: list[Observation] = []
        for number in numbers:
            if len(found) == count:
                return found, number
            one = self._kept[number - self.first]
            if one.item in items:
                found.append(one)
        return found, numbers.stop
