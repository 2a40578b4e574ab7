"""Judging of a placed part, and the tally that all processes keep."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cellkit.cell.plan import CellPlan
from cellkit.geometry import Pose, inverse_transform, rotvec_from_rotation
from cellkit.scenario.config import Scenario
from cellkit.scenario.tolerances import Tolerances
from cellkit.yamlfile import near_names

Report = Callable[..., None]
DROP = 0.0005
"""Height (m) above its place at which a part is put down."""


@dataclass(slots=True)
class Tally:
    """The parts (or presses, or visits) judged so far. ``errors`` in m, of every part that stands in a nest.

    ``figures``: further measurements, by a name that ends in its unit, such as ``peak force (N)``.
    """

    good: int = 0
    judged: int = 0
    errors: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def note(self, what: str, fault: str | None, error: float | None = None) -> None:
        """Count one more; ``fault`` states why it is not good."""
        self.judged += 1
        if fault is not None:
            self.faults.append(f"{what}: {fault}")
            return
        self.good += 1
        if error is not None:
            self.errors.append(error)


def over_limit(value: float, limit: float, unit: str, of: str = "") -> str:
    """Return a value above its limit in words, with as many decimals as show that it is above: at least one."""
    decimals = next((count for count in range(1, 10) if float(f"{value:.{count}f}") > limit), 10)
    return f"{value:.{decimals}f} {unit} {of}".rstrip() + f" (allowed {limit:g} {unit})"


def judge(pose: Pose, nest: Pose, turns: list[np.ndarray] | None, tolerances: Tolerances) -> tuple[float, str | None]:
    """Return the distance (m) of a part from its nest in the nest's plane, and its fault or None.

    ``turns`` about z leave the part looking the same; None: any turn does, as with a cylinder.
    """
    relative = inverse_transform(nest.matrix) @ pose.matrix
    error = float(np.hypot(relative[0, 3], relative[1, 3]))
    if error > tolerances.position:
        return error, over_limit(error * 1000, tolerances.position * 1000, "mm", "from its nest")
    height = float(relative[2, 3])
    if abs(height) > tolerances.height:
        text = over_limit(abs(height) * 1000, tolerances.height * 1000, "mm", "too high or low")
        return error, ("+" if height > 0 else "-") + text
    if turns is None:
        angle = math.acos(min(1.0, max(-1.0, float(relative[2, 2]))))
    else:
        angle = min(float(np.linalg.norm(rotvec_from_rotation(turn[:3, :3].T @ relative[:3, :3]))) for turn in turns)
    if math.degrees(angle) > tolerances.angle_deg:
        return error, f"turned or tilted by {over_limit(math.degrees(angle), tolerances.angle_deg, 'deg')}"
    return error, None


def require(scenario: Scenario, key: str, name: str, valid: Mapping[str, object] | Sequence[str], what: str) -> None:
    """Raise ``ConfigError``, with the line, when the process names something that the cell does not have."""
    if name not in valid:
        text = f"process.{key}: the cell has no {what} {name!r}; {near_names(name, valid)}"
        raise scenario.document.error(text, ("process", key))


def require_room(scenario: Scenario, quantity: int, room: int, where: str, what: str = "parts") -> None:
    """Raise ``ConfigError`` when the quantity is larger than the room."""
    if quantity > room:
        text = f"quantity: {quantity} {what} do not fit {where}: the room is for {room}"
        raise scenario.document.error(text, ("quantity",))


def require_signal(
    scenario: Scenario, key: str, role: str, name: str, what: str, valid: Mapping[str, object] | Sequence[str]
) -> None:
    """Raise ``ConfigError``, with the line, when the signals in a role have no such input or output."""
    if name not in valid:
        text = f"process.{key}: {role!r} has no {what} {name!r}; {near_names(name, valid)}"
        raise scenario.document.error(text, ("process", key))


def require_no_stock(scenario: Scenario, plan: CellPlan, workpiece: str) -> None:
    """Raise ``ConfigError`` when the cell's stock has the parts that the process brings."""
    if workpiece in plan.file.stock:
        text = f"process.workpiece: {workpiece!r} is also in the cell's stock; remove it there, the process brings it"
        raise scenario.document.error(text, ("process", "workpiece"))
