"""Drives a Franka controller with franky-control: argument host; prints JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import franky

TRIES = 6
LOST = ("communication_constraints_violation", "discontinuity")


def main() -> None:
    host = sys.argv[1]
    robot = franky.Robot(host, realtime_config=franky.RealtimeConfig.Ignore)
    robot.relative_dynamics_factor = 0.2
    result: dict[str, Any] = {"start": list(robot.current_joint_state.position), "tries_lost": 0}

    def move(kind: Any, *arguments: Any, **options: Any) -> None:
        """Where a busy machine has lost cycles, franky's filters make discontinuities of it: recover, try again."""
        while True:
            try:
                return robot.move(kind(*arguments, **options))
            except franky.ControlException as error:
                if result["tries_lost"] == TRIES or not any(word in str(error) for word in LOST):
                    raise
                result["tries_lost"] += 1
                robot.recover_from_errors()

    move(franky.JointMotion, [0.0, -0.197, 0.0, -2.4, 0.0, 2.399, 0.1])
    result["joint_motion"] = list(robot.current_joint_state.position)
    before = robot.current_pose.end_effector_pose.translation
    move(franky.CartesianMotion, franky.Affine([0.0, 0.0, 0.03]), franky.ReferenceType.Relative)
    after = robot.current_pose.end_effector_pose.translation
    result["cartesian_motion"] = [float(b - a) for a, b in zip(before, after, strict=True)]
    move(franky.JointVelocityMotion, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2], duration=franky.Duration(500))
    move(franky.JointVelocityStopMotion)
    result["velocity_motion"] = list(robot.current_joint_state.position)
    try:
        move(franky.JointMotion, [0.0, -0.197, 0.0, -2.4, 0.0, 2.399, 3.2])
    except franky.ControlException as error:
        result["beyond_limit"] = str(error)
    robot.recover_from_errors()
    hand = franky.Gripper(host)
    result["gripper"] = [hand.homing(), hand.move(0.02, 0.1), hand.width]
    print(json.dumps(result))


if __name__ == "__main__":
    main()
