"""The line between a device and its controller: a flag that a test can clear."""

from __future__ import annotations

from collections.abc import Callable

from cellkit.devices import Device
from cellkit.errors import ConnectionFailed


class Link:
    """A line that is up or down. A connected device is notified of a loss at once."""

    def __init__(self) -> None:
        self.up = True
        self._listeners: list[Callable[[str], None]] = []

    def open(self, device: str, on_loss: Callable[[str], None]) -> None:
        """Connect. Raises ``ConnectionFailed`` while the line is down."""
        if not self.up:
            raise ConnectionFailed(device, "no answer from the virtual controller: the link is down")
        self._listeners.append(on_loss)

    def close(self) -> None:
        """Disconnect."""
        self._listeners.clear()

    def drop(self, why: str = "the link to the virtual controller broke") -> None:
        """Cut the line."""
        self.up = False
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener(why)

    def restore(self) -> None:
        """Restore the line; devices connect anew."""
        self.up = True


class Linked(Device):
    """A device at the end of a ``Link``. Inherit it before the open interface."""

    _link: Link

    async def _connect(self) -> None:
        self._link.open(self.name, self._on_loss)

    async def _close(self) -> None:
        self._link.close()

    def _on_loss(self, why: str) -> None:
        self._link_lost(why)
