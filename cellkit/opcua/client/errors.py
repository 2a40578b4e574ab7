"""The errors of the OPC UA client."""

from __future__ import annotations

from cellkit.errors import CommandRejected


class ServerRefused(CommandRejected):
    """A service or a method ended with a bad status code; ``status`` is its name."""

    def __init__(self, device: str, subject: str, status: str) -> None:
        self.status = status
        super().__init__(device, f"{subject}: the server answers {status}")
