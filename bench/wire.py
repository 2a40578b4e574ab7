"""The wire path in virtual time: the real-time factor of program, bytes and virtual controller together."""

from __future__ import annotations

from cellkit import registry
from cellkit.quality import wire_drivers
from cellkit.scenario.runner import RunOptions, run_scenario

PARTS = 10
ROUNDS = 3
HANDS = ["rg2", "wsg-50", "vacuum"]
"""Grippers beside the scenario's own, each with a protocol of its own."""
SENSING = ["feeder_pick", "machine_tending", "shared_workspace"]
"""Scenarios with a sensor, machine or signals on the wire that run in the kinematic world."""


def models() -> list[str]:
    """Return the usual arm of every vendor."""
    rigs = [registry.load_object(spec.rig) for spec in wire_drivers("arm") if spec.rig is not None]
    return [rig.usual for rig in rigs]  # type: ignore[attr-defined]


def measure(
    arm: str | None = None, gripper: str | None = None, scenario: str = "pick_and_place", parts: int | None = None
) -> tuple[float, float]:
    """Return the real-time factors by wire and directly, in the kinematic world: the best of some equal rounds."""
    factors = {"wire": 0.0, "direct": 0.0}
    for _ in range(ROUNDS):
        for path in factors:
            options = RunOptions(arm=arm, gripper=gripper, world="kinematic", path=path, quantity=parts)  # type: ignore[arg-type]
            record = run_scenario(scenario, options)
            if not record.success:
                raise SystemExit(f"{scenario} on {record.arm} with {record.gripper} by {path}: {record.failure}")
            factors[path] = max(factors[path], record.realtime_factor)
    return factors["wire"], factors["direct"]
