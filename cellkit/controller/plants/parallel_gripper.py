"""The plant of a parallel gripper: its jaws."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class JawState:
    """The state of the jaws: opening width (m) between the pads, force (N) on each pad."""

    stamp: float
    width: float
    force: float
    moving: bool


class JawPlant(Protocol):
    """Two coupled jaws."""

    def drive(self, width: float, speed: float, force: float) -> asyncio.Future[JawState]:
        """Move to an opening ``width`` (m) at ``speed`` (m/s), with at most ``force`` (N).

        The future ends when the jaws are at rest, at the width or against a part. A new call replaces the earlier one,
        whose future is cancelled.
        """

    def halt(self) -> None:
        """Stop the jaws and keep the force that holds a part. Cancels a pending drive."""

    def state(self) -> JawState:
        """Return the present state of the jaws."""

    def on_slip(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` when the jaws at a part close further without a command, because the part was lost."""
