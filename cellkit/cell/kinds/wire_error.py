"""The error of a device that the wire path cannot reach."""

from __future__ import annotations

from cellkit.errors import ConfigError

SIGNALS = "signals"
"""The protocol of devices that have none: they hang on digital signals of another device."""


class WireError(ConfigError):
    """A wire that is wrong; ``at`` is the place in the device's section of the cell file."""

    def __init__(self, message: str, at: tuple[str | int, ...] = ("wire",)) -> None:
        self.at = at
        super().__init__(message)
