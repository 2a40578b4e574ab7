"""What a client knows of a variable: the newest value, how good it is, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """A value as the server told it.

    ``status`` is the name of its OPC UA status code; ``stamp`` the cell time (s) at which the source had it, None where
    it does not say; ``heard`` the cell time at which it came.
    """

    value: Any
    status: str
    stamp: float | None
    heard: float

    @property
    def good(self) -> bool:
        """Whether the value can be used as it is."""
        return self.status.startswith("Good")
