"""The jaws of a parallel gripper."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class JawState:
    """Opening width (m) between the pads, force (N) on each pad."""

    stamp: float
    width: float
    force: float
    moving: bool


class JawPlant(Protocol):
    """Two coupled jaws."""

    def drive(self, width: float, speed: float, force: float) -> asyncio.Future[JawState]:
        """Move to an opening ``width`` (m) at ``speed`` (m/s), pressing with ``force`` (N) at most.

        The future ends when the jaws stand still, at the width or against a part. A new call takes over: the
        future before it is cancelled.
        """

    def halt(self) -> None:
        """Stop where the jaws are, keeping the force that holds a part. Cancels a pending drive."""

    def state(self) -> JawState:
        """The jaws as they are now."""

    def on_slip(self, callback: Callable[[], None]) -> None:
        """Call when jaws that stood against a part close further without a command: the part is gone."""
