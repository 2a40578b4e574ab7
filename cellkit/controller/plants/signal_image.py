"""The signal image: named signals with listeners, shared by a controller and the device at the other end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

ValueT = TypeVar("ValueT")


class _Image(Generic[ValueT]):
    """Values of named signals. Reading and writing an unknown name raises ``KeyError``."""

    def __init__(self, signals: Iterable[str], rest: ValueT) -> None:
        self._values = dict.fromkeys(signals, rest)
        self._listeners: dict[str, list[Callable[[], None]]] = {name: [] for name in self._values}

    def __getitem__(self, signal: str) -> ValueT:
        return self._values[signal]

    def __setitem__(self, signal: str, value: ValueT) -> None:
        if self._values[signal] != value:
            self._values[signal] = value
            for listener in tuple(self._listeners[signal]):
                listener()

    def values(self) -> dict[str, ValueT]:
        """Return the present values of all signals by name."""
        return dict(self._values)

    def __contains__(self, signal: str) -> bool:
        return signal in self._values

    def watch(self, signal: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after every change of a signal; return a function that ends this."""
        self._listeners[signal].append(listener)
        return lambda: self._listeners[signal].remove(listener)


class IoImage(_Image[bool]):
    """The image of digital signals, all off at first."""

    def __init__(self, signals: Iterable[str]) -> None:
        super().__init__(signals, False)


class AnalogImage(_Image[float | None]):
    """The image of analog signals as shares of their range, 0 to 1, all 0 at first; None: the wire is broken."""

    def __init__(self, signals: Iterable[str]) -> None:
        super().__init__(signals, 0.0)
