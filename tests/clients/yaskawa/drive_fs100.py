"""fs100 (github.com/hsinkoyu/fs100) from the file FS100_PY against a controller at HOST: prints what happened as JSON.

It always uses ports 10040 and 10041. It reads status and added status where the manuals have them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
import time
from typing import Any

JOB = (
    "/JOB\r\n//NAME TRY\r\n//POS\r\n///NPOS 0,0,0,0,0,0\r\n//INST\r\n///DATE 2022/12/23 15:58\r\n"
    "///ATTR SC,RW\r\n///GROUP1 RB1\r\nNOP\r\n{comments}END\r\n"
)


def loaded(path: str) -> Any:
    """The module at a path."""
    spec = importlib.util.spec_from_file_location("fs100", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def settle(robot: Any) -> dict[str, bool]:
    """Wait until nothing runs."""
    status: dict[str, bool] = {}
    for _ in range(500):
        robot.get_status(status)
        if not status["running"]:
            return status
        time.sleep(0.02)
    raise AssertionError("still running")


def read(call: Any, *options: Any) -> dict[str, Any]:
    """What a call that fills a dictionary has filled it with."""
    found: dict[str, Any] = {}
    assert call(*options, found) == 0 if options else call(found) == 0
    return found


def main(path: str, host: str) -> dict[str, Any]:
    """Drive it all."""
    kind = loaded(path).FS100
    robot = kind(host, timeout=2.0)
    done: dict[str, Any] = {"status": read(robot.get_status)}
    pulses: dict[str, Any] = {}
    robot.read_position(pulses, 1)
    done["cartesian"] = read(robot.read_position)
    done["axes"] = read(robot.read_axis_name)
    done["alarm"] = read(robot.get_last_alarm)["code"]
    done["model"] = read(robot.acquire_system_info, kind.SystemInfoType.R1)["model"].rstrip("\0")
    done["time"] = len(read(robot.acquire_management_time, kind.ManagementTimeType.CONTROL_POWER_ON)["elapse"])
    done["torque"], done["error"] = len(read(robot.read_torque)), len(read(robot.read_position_error))
    start, values = tuple(pulses["pos"][:7]), kind.VarType
    goal = (*(value + 3000 for value in start[:6]), 0)

    def code(result: int) -> list[int]:
        return [result, robot.errno]

    done["without_power"] = code(robot.pmov(1, 0, 3000, goal))
    robot.switch_power(kind.POWER_TYPE_SERVO, kind.POWER_SWITCH_ON)
    time.sleep(0.2)
    done["moved"] = code(robot.pmov(1, 0, 3000, goal))
    done["second"] = code(robot.pmov(1, 0, 3000, start))
    settle(robot)
    robot.read_position(pulses, 1)
    done["off"] = max(abs(a - b) for a, b in zip(pulses["pos"], goal, strict=False))
    here = read(robot.read_position)["pos"]
    target = (here[0], here[1] + 20000, *here[2:6], 0)
    robot.mov(kind.MOVE_TYPE_LINEAR_ABSOLUTE_POS, kind.MOVE_COORDINATE_SYSTEM_ROBOT, 1, 2000, target)
    settle(robot)
    done["moved_y"] = read(robot.read_position)["pos"][1] - here[1]
    robot.switch_power(kind.POWER_TYPE_HOLD, kind.POWER_SWITCH_ON)
    done["held"] = code(robot.pmov(1, 0, 3000, start))
    robot.switch_power(kind.POWER_TYPE_HOLD, kind.POWER_SWITCH_OFF)

    written = [(values.BYTE, 200), (values.INTEGER, -300), (values.DOUBLE, -70000), (values.REAL, 1.5)]
    for type_, value in written:
        robot.write_variable(kind.Variable(type_, 9, value))
    back = [kind.Variable(type_, 9) for type_, _ in written]
    for variable in back:
        robot.read_variable(variable)
    done["variables"] = [variable.val for variable in back]
    several = [kind.Variable(values.DOUBLE, number) for number in (8, 9, 10)]
    done["several"] = [robot.read_variables(several), [variable.val for variable in several]]
    done["undefined"] = code(robot.read_variable(kind.Variable(values.ROBOT_POSITION, 99)))

    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "TRY.JBI")
        text = JOB.format(comments="".join(f"'{n:060d}\r\n" for n in range(30)))  # of several blocks
        with open(file, "wb") as stream:
            stream.write(text.encode())
        done["no_job"] = code(robot.select_job("TRY"))
        done["sent"] = code(robot.send_file(file))
        listed: list[str] = []
        robot.get_file_list("*.JBI", listed)
        done["listed"] = listed
        done["played"] = [robot.select_job("TRY.JBI"), robot.select_cycle(kind.CYCLE_TYPE_ONE_CYCLE), robot.play_job()]
        settle(robot)
        os.remove(file)
        done["received"] = code(robot.recv_file("TRY.JBI", folder))
        with open(file, "rb") as stream:
            done["same"] = stream.read() == text.encode()
        done["deleted"] = [code(robot.delete_file("TRY.JBI")), code(robot.delete_file("TRY.JBI"))]
    done["reset"] = code(robot.reset_alarm(kind.RESET_ALARM_TYPE_ALARM))
    done["text"] = code(robot.show_text_on_pendant("good morning"))
    return done


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2])))
