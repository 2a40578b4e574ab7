"""A concept of a study: which arm, gripper, layout and speed do the task. Each is run, and judged, by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True)
class Concept:
    """One way to do the task. ``scenario`` is the layout's scenario (name or absolute path); ``arm`` and ``gripper``
    are what ``RunOptions`` takes; ``speed`` is the share of all arms' speed (the speed override).
    """

    layout: str
    scenario: str
    arm: str
    gripper: str
    speed: float = 1.0

    @property
    def id(self) -> str:
        """A name that tells it from all others of the study."""
        parts = [self.arm, self.gripper]
        if self.layout:
            parts.append(self.layout)
        if self.speed != 1.0:
            parts.append(f"{self.speed * 100:g}%")
        return " · ".join(parts)


def concepts(
    layouts: Mapping[str, str], arms: Sequence[str], grippers: Sequence[str], speeds: Sequence[float]
) -> list[Concept]:
    """Every combination, arms first. ``layouts``: name → scenario; the only layout goes without a name."""
    names = {name: (name if len(layouts) > 1 else "") for name in layouts}
    return [
        Concept(names[layout], layouts[layout], arm, gripper, speed)
        for arm, gripper, layout, speed in product(arms, grippers, layouts, speeds)
    ]
