"""What a server answers instead of doing what it was asked."""

from __future__ import annotations

from cellkit.errors import CommandRejected


class ServerRefused(CommandRejected):
    """A service or a method ended with a bad status code; ``status`` is its name."""

    def __init__(self, device: str, what: str, status: str) -> None:
        self.status = status
        super().__init__(device, f"{what}: the server answers {status}")
