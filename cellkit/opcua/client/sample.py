"""A sample: the newest value of a variable with its status and times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """A value as the server reported it.

    ``status`` is the name of its OPC UA status code, ``stamp`` the cell time (s) of its source timestamp, None without
    one, and ``received`` the cell time (s) at which the client received it.
    """

    value: Any
    status: str
    stamp: float | None
    received: float

    @property
    def good(self) -> bool:
        """Whether the status is Good."""
        return self.status.startswith("Good")
