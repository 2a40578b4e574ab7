"""fanuc-rmi against a controller at HOST with ports RMI and MOTION: prints what it did as one JSON object.

The client prints every answer and returns few: its own output is read for those.
"""

import ast
import contextlib
import io
import json
import os
import sys
import tempfile

from fanuc_rmi import RobotClient


def main(host: str, rmi: int, motion: int) -> dict:
    done: dict = {}
    robot = RobotClient(host, startup_port=rmi, main_port=motion)

    def said(action, *arguments, **options):
        """What an action has printed, its last line as the reply."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            action(*arguments, **options)
        return ast.literal_eval(out.getvalue().strip().splitlines()[-1])

    with contextlib.redirect_stdout(io.StringIO()):
        robot.connect()
        robot.initialize(uframe=0, utool=1)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        angles = robot.read_joint_coordinates(os.path.join(folder, "joints.jsonl"))["JointAngle"]
        where = robot.read_cartesian_coordinates(os.path.join(folder, "pose.jsonl"))["Position"]
        frames = robot.get_uframe_utool()
        robot.write_uframe_data(3, {"X": 10, "Y": 20, "Z": 30, "W": 0, "P": 0, "R": 90})
        robot.write_utool_data(2, {"X": 0, "Y": 0, "Z": 50, "W": 0, "P": 0, "R": 0})
        done["user_frame"], done["tool"] = robot.read_uframe_data(3), robot.read_utool_data(2)
        done["din"] = robot.read_din(7)["PortValue"]
        done["dout"] = robot.write_dout(7, True)["ErrorID"]
    done["frames"] = frames
    done["joints"], done["position"] = angles, where
    done["override"] = said(robot.speed_override, 80)
    goal = {**angles, "J6": angles["J6"] + 15.0}
    replies = [
        said(robot.joint_absolute, goal, 50, sequence_id=1),
        said(robot.joint_relative, {**dict.fromkeys(angles, 0.0), "J6": -15.0}, 50, sequence_id=2),
        said(robot.linear_absolute, {**where, "Z": where["Z"] + 50.0}, 200, sequence_id=3),
        said(robot.linear_relative, {"X": 0, "Y": 40, "Z": -50, "W": 0, "P": 0, "R": 0}, 200, sequence_id=4),
        said(robot.wait_time, 0.2, sequence_id=5),
        said(robot.set_uframe, 3, sequence_id=6),
        said(robot.set_utool, 2, sequence_id=7),
    ]
    done["replies"] = [[reply["ErrorID"], reply["SequenceID"]] for reply in replies]
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        done["in_user_frame"] = robot.read_cartesian_coordinates(os.path.join(folder, "pose.jsonl"))
    done["repeated"] = said(robot.wait_time, 0.1, sequence_id=7)
    done["on_hold"] = said(robot.wait_time, 0.1, sequence_id=8)
    with contextlib.redirect_stdout(io.StringIO()):
        done["abort"] = robot.abort()
        robot.close()
    return done


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
