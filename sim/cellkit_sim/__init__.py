"""The simulated worlds ``physics`` (PyBullet) and ``kinematic`` (rules, geometry). It imports nothing heavy."""

from cellkit.registry import WorldSpec

PHYSICS = WorldSpec(
    "physics",
    "PyBullet at 480 Hz: contacts, friction grasps, suction that breaks away",
    "cellkit_sim.physics:PhysicsWorld",
    pictures=True,
)
KINEMATIC = WorldSpec(
    "kinematic", "no integration: states on demand, parts attached by rule", "cellkit_sim.kinematic:KinematicWorld"
)

__all__ = ["KINEMATIC", "PHYSICS"]
