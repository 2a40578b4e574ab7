"""yrcom against a virtual controller at HOST, robot control on PORT, files on FILE_PORT: prints what happened as JSON.

yrcom reads status and added status of an answer two bytes too far (26, 28 and 30 instead of 25, 26 and 28). With
answers as the manuals have them it takes good ones for good and refusals for refusals, but reports the size of the
added status (1) as the status, and no code. It has reported just that from a real YRC1000.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from yrcom import hses_client
from yrcom.hses_client import AxisPositionVar, CartesianMove, HsesClient, HsesError, PositionVar, PulseMove
from yrcom.hses_file import HsesFileClient

JOB = (
    "/JOB\r\n//NAME TRY\r\n//POS\r\n///NPOS 1,0,0,0,0,0\r\n///TOOL 0\r\n///POSTYPE PULSE\r\n///PULSE\r\n"
    "C00000={pulses}\r\n//INST\r\n///DATE 2025/01/01 00:00\r\n///ATTR SC,RW\r\n///GROUP1 RB1\r\n"
    "NOP\r\nMOVJ C00000 VJ=50.00\r\nEND\r\n"
)
AXES = ("S", "L", "U", "R", "B", "T")


def refused(call: Callable[[], Any]) -> list[int] | str:
    """Status and added status as the client understands them."""
    try:
        call()
    except HsesError as error:
        return [error.status, error.added]
    return "went through"


def settle(robot: HsesClient) -> dict[str, Any]:
    """Wait until nothing runs."""
    for _ in range(500):
        status = robot.read_status()
        if not status["running"]:
            return status
        time.sleep(0.02)
    raise AssertionError("still running")


def pulses(robot: HsesClient) -> list[int]:
    """Where the six axes are."""
    position = robot.read_position(1)
    return [position[f"pos_{axis}"] for axis in AXES]


def looking(robot: HsesClient) -> dict[str, Any]:
    """Everything that can be read."""
    return {
        "status": robot.read_status(),
        "system": robot.read_system_info(11)["model"],
        "axes": robot.read_axis_config(1)["axes"],
        "pulses": pulses(robot),
        "cartesian": robot.read_position(101),
        "alarm": robot.read_alarm(1)["alarm_code"],
        "history": robot.read_alarm_history(1001)["alarm_code"],
        "sub_code": robot.read_alarm_sub(1)["alarm_code"],
        "job": robot.read_job(1),
        "torque": len(robot.read_torque(1)),
        "position_error": len(robot.read_position_error(1)),
        "management": len(robot.read_management_time(1)["elapse_time"]),
    }


def variables(robot: HsesClient) -> dict[str, Any]:
    """Written and read again."""
    robot.write_register(5, 4660)
    robot.write_b_var(1, 200)
    robot.write_i_var(2, -300)
    robot.write_d_var(3, -70000)
    robot.write_r_var(4, 1.5)
    robot.write_s_var(5, "hello")
    robot.write_position_var(6, PositionVar(0, axes=[1, -2, 3, -4, 5, -6]))
    robot.write_bp_var(7, AxisPositionVar(0, [7]))
    robot.write_ex_var(8, AxisPositionVar(0, [8]))
    robot.write_d_vars(10, [1, -2, 3])
    robot.write_b_vars(20, [1, 2, 3, 4])
    robot.write_i_vars(20, [-1, 2])
    robot.write_r_vars(20, [0.5, -0.5])
    robot.write_s_vars(20, ["one", "two"])
    robot.write_registers(20, [7, 8])
    robot.write_position_vars(20, [PositionVar(0, axes=[9]), PositionVar(17, axes=[10])])
    robot.write_io_plural(27010, b"\x05\x06")
    robot.write_io(27030, 0xA5)
    return {
        "single": [
            robot.read_register(5),
            robot.read_b_var(1),
            robot.read_i_var(2),
            robot.read_d_var(3),
            robot.read_r_var(4),
            robot.read_s_var(5),
            robot.read_position_var(6).axes[:6],
            robot.read_bp_var(7).axes[0],
            robot.read_ex_var(8).axes[0],
        ],
        "several": [
            robot.read_d_vars(10, 3),
            robot.read_b_vars(20, 3),
            robot.read_i_vars(20, 2),
            robot.read_r_vars(20, 2),
            robot.read_s_vars(20, 2),
            robot.read_registers(20, 2),
            [variable.axes[0] for variable in robot.read_position_vars(20, 2)],
        ],
        "io": [robot.read_io(27010), list(robot.read_io_plural(27010, 2))],
        "copied": [robot.read_io(10010), robot.read_io(10020), robot.read_io(10030)],  # by the ladder program
        "undefined": refused(lambda: robot.read_position_var(99)),
        "output": refused(lambda: robot.write_io_plural(10010, b"\x01\x00")),
    }


def moving(robot: HsesClient) -> dict[str, Any]:
    """Moves and what forbids them."""
    start = pulses(robot)
    goal = [value + 3000 for value in start]
    move = PulseMove(robot_axes=goal, speed=3000)
    done: dict[str, Any] = {"without_power": refused(lambda: robot.move_pulse(move))}
    robot.servo(True)
    time.sleep(0.2)
    robot.move_pulse(move)
    done["second"] = refused(lambda: robot.move_pulse(move))
    settle(robot)
    done["off"] = max(abs(a - b) for a, b in zip(pulses(robot), goal, strict=True))
    here = robot.read_position(101)
    x, y, z = (round(here[f"pos_{axis}"] * 1000) for axis in "XYZ")
    rx, ry, rz = (round(here[f"pos_R{axis}"] * 10000) for axis in "xyz")
    robot.move_cartesian(CartesianMove(x, y + 20000, z, rx, ry, rz, speed=2000))
    settle(robot)
    robot.move_cartesian(CartesianMove(y=10000, speed=2000), mode=3)
    settle(robot)
    done["moved_y"] = robot.read_position(101)["pos_Y"] - here["pos_Y"]
    robot.move_pulse(PulseMove(robot_axes=start, speed=200))
    time.sleep(0.3)
    robot.hold(True)
    time.sleep(0.5)
    done["held"] = {key: robot.read_status()[key] for key in ("running", "hold_cmd")}
    done["while_held"] = refused(lambda: robot.move_pulse(move))
    robot.servo(False)
    time.sleep(0.3)
    robot.hold(False)
    robot.servo(True)
    time.sleep(0.3)
    done["given_up"] = (
        not robot.read_status()["running"] and max(abs(a - b) for a, b in zip(pulses(robot), start, strict=True)) > 100
    )
    both = PulseMove(robot_axes=start, station_group=1, speed=100)
    done["robot_and_station"] = refused(lambda: robot.move_pulse(both))
    robot.hlock(True)
    robot.hlock(False)
    robot.display_message("good morning")
    robot.reset_alarm()
    robot.cancel_error()
    return done


def jobs(robot: HsesClient, files: HsesFileClient) -> dict[str, Any]:
    """A job is brought, played and taken away."""
    goal = [value - 1500 for value in pulses(robot)]
    content = JOB.format(pulses=",".join(map(str, goal))).encode()
    done: dict[str, Any] = {"missing": refused(lambda: robot.select_job("TRY"))}
    files.write_file("TRY.JBI", content)
    done["listed"] = files.list_files("*.JBI")
    done["same"] = files.read_file("TRY.JBI") == content
    done["long"] = refused(
        lambda: files.write_file("LONG.JBI", content.replace(b"NOP", b"'" + b"x" * 900 + b"\r\nNOP"))
    )
    robot.set_cycle(2)
    robot.select_job("TRY")
    robot.start_job()
    settle(robot)
    done["off"] = max(abs(a - b) for a, b in zip(pulses(robot), goal, strict=True))
    done["job"] = robot.read_job(1)["job_name"]
    files.delete_file("TRY.JBI")
    done["after"] = refused(lambda: files.delete_file("TRY.JBI"))
    return done


def main(host: str, port: int, file_port: int) -> dict[str, Any]:
    """Drive it all."""
    assert hses_client.HSES_PORT == 10040
    with HsesClient(host, port, timeout=2.0) as robot, HsesFileClient(host, file_port, timeout=2.0) as files:
        return {
            "looking": looking(robot),
            "variables": variables(robot),
            "moving": moving(robot),
            "jobs": jobs(robot, files),
        }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
