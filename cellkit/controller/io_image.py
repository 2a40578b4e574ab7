"""The digital signals of a controller: named, with listeners; written by whoever owns the other end."""

from __future__ import annotations

from collections.abc import Callable, Iterable


class IoImage:
    """Values of named signals. Reading and writing an unknown name raises ``KeyError``."""

    def __init__(self, signals: Iterable[str]) -> None:
        self._values = dict.fromkeys(signals, False)
        self._listeners: dict[str, list[Callable[[], None]]] = {name: [] for name in self._values}

    def __getitem__(self, signal: str) -> bool:
        return self._values[signal]

    def __setitem__(self, signal: str, value: bool) -> None:
        if self._values[signal] != value:
            self._values[signal] = value
            for listener in tuple(self._listeners[signal]):
                listener()

    def __contains__(self, signal: str) -> bool:
        return signal in self._values

    def watch(self, signal: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after every change of a signal; the function returned ends that."""
        self._listeners[signal].append(listener)
        return lambda: self._listeners[signal].remove(listener)
