"""The error of a device that the wire path cannot reach."""

from __future__ import annotations

from cellkit.errors import ConfigError

SIGNALS = "signals"
"""The protocol name of devices without a protocol, which are wired to the digital signals of another device."""


class WireError(ConfigError):
    """An error in the wire of a device; ``at`` is the place in the device's section of the cell file."""

    def __init__(self, message: str, at: tuple[str | int, ...] = ("wire",)) -> None:
        self.at = at
        super().__init__(message)
