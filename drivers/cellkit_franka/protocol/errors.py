"""The 41 error flags of the robot state, in wire order, and what the driver makes of them.

Order and names: the error enumeration of the vendor's interface headers (libfranka-common), server version 10. The
texts are ours.
"""

from __future__ import annotations

from collections.abc import Iterable

COUNT = 41

ERRORS: dict[str, str] = {
    "joint_position_limits_violation": "a joint is beyond its position limit",
    "cartesian_position_limits_violation": "the end effector is beyond its position limits",
    "self_collision_avoidance_violation": "the arm came too near to itself",
    "joint_velocity_violation": "a joint is faster than it may be",
    "cartesian_velocity_violation": "the end effector is faster than it may be",
    "force_control_safety_violation": "force control left its safe range",
    "joint_reflex": "an external torque at a joint is above its threshold",
    "cartesian_reflex": "an external force at the end effector is above its threshold",
    "max_goal_pose_deviation_violation": "the goal was missed by more than allowed",
    "max_path_pose_deviation_violation": "the path was left by more than allowed",
    "cartesian_velocity_profile_safety_violation": "the velocity profile is not safe",
    "joint_position_motion_generator_start_pose_invalid": "the first joint command is not where the arm is",
    "joint_motion_generator_position_limits_violation": "a joint command is beyond its position limit",
    "joint_motion_generator_velocity_limits_violation": "a joint command is faster than the joint may be there",
    "joint_motion_generator_velocity_discontinuity": "a joint command needs more acceleration than allowed",
    "joint_motion_generator_acceleration_discontinuity": "a joint command needs more jerk than allowed",
    "cartesian_position_motion_generator_start_pose_invalid": "the first pose command is not where the arm is",
    "cartesian_motion_generator_elbow_limit_violation": "an elbow command is beyond its limit",
    "cartesian_motion_generator_velocity_limits_violation": "a Cartesian command is too fast",
    "cartesian_motion_generator_velocity_discontinuity": "a Cartesian command needs too much acceleration",
    "cartesian_motion_generator_acceleration_discontinuity": "a Cartesian command needs too much jerk",
    "cartesian_motion_generator_elbow_sign_inconsistent": "an elbow command would flip the elbow",
    "cartesian_motion_generator_start_elbow_invalid": "the first elbow command is not where the elbow is",
    "force_controller_desired_force_tolerance_violation": "the desired force is out of range",
    "start_elbow_sign_inconsistent": "the elbow starts on the wrong side",
    "communication_constraints_violation": "too many cycles in a row came without a command",
    "power_limit_violation": "the power limit was exceeded",
    "cartesian_motion_generator_joint_position_limits_violation": "a Cartesian command leads beyond a joint limit",
    "cartesian_motion_generator_joint_velocity_limits_violation": "a Cartesian command makes a joint too fast",
    "cartesian_motion_generator_joint_velocity_discontinuity": "a Cartesian command accelerates a joint too much",
    "cartesian_motion_generator_joint_acceleration_discontinuity": "a Cartesian command jerks a joint too much",
    "cartesian_position_motion_generator_invalid_frame": "a pose command is no rigid transformation",
    "controller_torque_discontinuity": "a torque command changes too fast",
    "joint_p2p_insufficient_torque_for_planning": "the joint torques do not suffice for the motion",
    "tau_j_range_violation": "a joint torque is out of range",
    "instability_detected": "the controller has become unstable",
    "joint_move_in_wrong_direction": "a joint moves away from its limits the wrong way",
    "cartesian_spline_motion_generator_violation": "a Cartesian spline cannot be followed",
    "joint_via_motion_generator_planning_joint_limit_violation": "a joint via-point motion leads beyond a limit",
    "base_acceleration_initialization_timeout": "the base acceleration was not known in time",
    "base_acceleration_invalid_reading": "the base acceleration cannot be read",
}
"""Name to text; the position is the place of the flag."""

_NAMES = tuple(ERRORS)
_PLACES = {name: place for place, name in enumerate(_NAMES)}

COLLISIONS = frozenset({"joint_reflex", "cartesian_reflex"})
"""The error of the arm's own collision detection: a protective stop, as far as a program is concerned."""


def flags(names: Iterable[str]) -> bytes:
    """41 bytes with ones at the places of ``names``. Raises ``KeyError`` for a name there is not."""
    result = bytearray(COUNT)
    for name in names:
        result[_PLACES[name]] = 1
    return bytes(result)


def names(raised: bytes) -> tuple[str, ...]:
    """Return the names of the flags that are set, in wire order."""
    return tuple(name for name, flag in zip(_NAMES, raised, strict=True) if flag)
